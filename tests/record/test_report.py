"""The feedback report: counts by trial, week and criterion, as a table, JSON, a figure; and the record's commands."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import orjson
import pytest
from typer.testing import CliRunner

from cds.cli import app
from cds.record.report import FeedbackReport, feedback_report
from cds.record.rows import ShownCard
from cds.record.store import Store
from tests.record.making import NOON, a_call, a_feedback, a_recorder, named

T1, T2 = "NCT05262673", "NCT07441291"
LATER = (NOON + timedelta(minutes=5)).isoformat()


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three cards of T2 and one of T1 in week 23, one of T2 in week 24, and what became of them."""
    monkeypatch.setenv("TRIAL_HOOKS_STATE", str(tmp_path))
    recorder = a_recorder(tmp_path)
    shown = [ShownCard(named(name), T2, (named("s"),)) for name in "abc"] + [ShownCard(named("d"), T1)]
    next_week = (NOON + timedelta(days=7)).isoformat()
    override = {"reason_system": "urn:trial-hooks:override"}
    recorder.keep(
        a_call(1, cards=tuple(shown)),
        a_call(2, cards=(ShownCard(named("e"), T2),), at=next_week),
        # The same hook instance again, a week later: the same card, shown first in week 23.
        a_call(3, cards=(ShownCard(named("a"), T2, (named("s"),)),), at=next_week),
        a_feedback(named("a"), "accepted", accepted=(named("s"), named("not offered"))),
        a_feedback(named("b"), "overridden", reason_code=f"{T2}.I3", **override),
        a_feedback(named("e"), "overridden", reason_code=f"{T2}.I3", **override),
        a_feedback(named("d"), "overridden", reason_code="other-plan", comment_dropped=True, **override),
        a_feedback(named("d"), "accepted", outcome_at=LATER),
        a_feedback(named("elsewhere"), "overridden", reason_code=f"{T2}.E1", **override),
        a_feedback(named("elsewhere too"), "overridden", reason_code="anything", reason_system="urn:other"),
    )
    assert recorder.writer.cycle()
    recorder.store.close()
    return tmp_path


def report_of(state: Path) -> FeedbackReport:
    store = Store(f"sqlite:///{state}/record.sqlite3")
    try:
        return feedback_report(store.shown_cards(), store.feedback())
    finally:
        store.close()


def test_cards_count_once_in_the_week_they_were_first_shown_by_their_last_word(state: Path) -> None:
    tallies = [(t.trial, t.week, t.shown, t.accepted, t.overridden, t.acceptance) for t in report_of(state).tallies]

    assert tallies == [
        (T1, "2026-W23", 1, 1, 0, 1.0),
        (T2, "2026-W23", 3, 1, 1, 0.5),
        (T2, "2026-W24", 1, 0, 1, 0.0),
    ]


def test_reasons_are_counted_by_criterion_also_for_cards_that_others_showed(state: Path) -> None:
    reasons = [(r.trial, r.code, r.criterion, r.count) for r in report_of(state).reasons]

    assert reasons == [
        (T2, f"{T2}.I3", "I3", 2),
        (T2, f"{T2}.E1", "E1", 1),
        ("unknown", "anything", None, 1),
    ]


def test_what_does_not_join_is_counted(state: Path) -> None:
    report = report_of(state)

    assert (report.unknown_cards, report.unknown_suggestions, report.comments_dropped) == (2, 1, 1)


def test_no_feedback_is_never_read_as_a_no(tmp_path: Path) -> None:
    recorder = a_recorder(tmp_path)
    recorder.keep(a_call(1))
    recorder.writer.cycle()
    recorder.store.close()

    [tally] = report_of(tmp_path).tallies
    assert (tally.shown, tally.acceptance) == (1, None)


def invoke(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 0, done.output
    return done.output


def test_the_command_prints_a_table_and_json(state: Path) -> None:
    table = invoke("feedback", "report")
    numbers = orjson.loads(invoke("feedback", "report", "--json"))

    assert "2026-W23" in table
    assert "I3" in table
    assert numbers["weeks"][1]["acceptance"] == 0.5
    assert numbers["reasons"][0] == {"trial": T2, "code": f"{T2}.I3", "criterion": "I3", "count": 2}
    assert numbers["unknown_cards"] == 2


def test_the_figure_is_svg_or_png_and_the_same_each_time(state: Path) -> None:
    for name in ("one.svg", "two.svg", "one.png"):
        invoke("feedback", "report", "--plot", str(state / name))

    svg = (state / "one.svg").read_bytes()
    assert svg == (state / "two.svg").read_bytes()
    assert ElementTree.fromstring(svg).tag.endswith("svg")  # noqa: S314 - our own file
    assert b"2026-W23" in svg
    assert b"NCT07441291 I3" in svg
    assert (state / "one.png").read_bytes().startswith(b"\x89PNG")


def test_the_record_can_be_looked_at_and_mended_from_the_command_line(state: Path) -> None:
    recorder = a_recorder(state)
    recorder.keep(a_call("left behind"))
    recorder.spool.seal()
    recorder.spool.sync()

    assert orjson.loads(invoke("record", "status"))["backlog_bytes"] > 0
    assert orjson.loads(invoke("record", "drain"))["stored"] == {"call": 1}
    assert invoke("record", "migrate").strip() == "tables: r0003 -> r0003"
    assert len(invoke("audit", "list", "--patient", "Patient/1", "--limit", "2").splitlines()) == 2
    assert orjson.loads(invoke("audit", "show", named("left behind")))["patient"] == "Patient/1"
