"""`trial-hooks record`, `audit` and `feedback`: the memory of what was said, for those who keep and check it."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cds.assess import build_assessor
from cds.clock import now
from cds.errors import CdsError
from cds.record.fingerprint import fingerprint_of
from cds.record.migrate import migrate
from cds.record.recorder import build_recorder
from cds.record.replay import ReplayError, replay
from cds.record.report import FeedbackReport, feedback_report
from cds.record.store import Store
from cds.settings import Settings

record_app = typer.Typer(help="The database of calls and feedback, and the spool before it.", no_args_is_help=True)
audit_app = typer.Typer(help="What was asked and answered; proof that it was so.", no_args_is_help=True)
feedback_app = typer.Typer(help="What became of the cards that were shown.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
console = Console()


class PlotNotInstalledError(CdsError):
    """matplotlib, of the extra `report`, is not installed."""


def _store() -> Store:
    return Store(Settings.from_environment().database_url)


@record_app.command("migrate")
def migrate_record() -> None:
    """Bring the tables to the newest revision (the service does so itself when its role may)."""
    settings = Settings.from_environment()
    before, after = migrate(Store(settings.database_url), lock=settings.state / "migrate.lock")
    console.print(f"tables: {before or 'none'} -> {after}")


@record_app.command("status")
def record_status() -> None:
    """What waits in this machine's spool and what was lost. Exit code 1 when a person should look."""
    recorder = build_recorder(Settings.from_environment(), now)
    recorder.store.ping()
    lost = recorder.losses.total()
    typer.echo(orjson.dumps({"backlog_bytes": recorder.spool.backlog, "lost": dict(lost)}).decode())
    raise typer.Exit(1 if lost else 0)


@record_app.command("drain")
def drain_record() -> None:
    """Store what waits in this machine's spool now, also what a dead process left. Exit code 1 when it cannot be."""
    recorder = build_recorder(Settings.from_environment(), now)
    done = recorder.writer.cycle()
    progress = recorder.writer.progress
    typer.echo(orjson.dumps({"stored": dict(progress.stored), "refused": dict(progress.refused)}).decode())
    raise typer.Exit(0 if done else 1)


@record_app.command("prune")
def prune_record(
    before: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The first day to keep, e.g. 2026-01-01.")],
) -> None:
    """Delete calls and feedback from before a day, as the site's retention rule says."""
    typer.echo(orjson.dumps(_store().prune(before.replace(tzinfo=UTC))).decode())


@audit_app.command("list")
def list_calls(
    patient: Annotated[str, typer.Option(help="Only of this patient, e.g. Patient/1.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most this many, latest first.")] = 20,
    *,
    as_json: AsJson = False,
) -> None:
    """Calls, latest first."""
    found = _store().calls(limit=limit, patient=patient or None)
    if as_json:
        _print_json(found)
        return
    for call in found:
        at = call["at"].isoformat(timespec="seconds")
        who = [call[name] or "-" for name in ("issuer", "user", "patient", "as_of")]
        typer.echo("  ".join((call["id"], at, call["door"], str(call["status"]), *who)))


@audit_app.command("show")
def show_call(call_id: str) -> None:
    """One call with its answers and cards, as JSON."""
    found = _store().call(call_id)
    if found is None:
        raise ReplayError(f"no call {call_id}; `trial-hooks audit list` shows them")
    _print_json(found)


@audit_app.command("replay")
def replay_call(call_id: str, *, as_json: AsJson = False) -> None:
    """Evaluate an archived call again and compare the answer. Exit code 1 when it is not the same."""
    settings = Settings.from_environment()
    assessor = build_assessor(settings)
    found = replay(Store(settings.database_url), assessor, fingerprint_of(assessor, settings), call_id)
    if as_json:
        _print_json({name: getattr(found, name) for name in ("call", "same_input", "same_answer", "differences")})
    else:
        console.print(f"input:  {'the same' if found.same_input else '[red]different[/]'} (SHA-256)")
        console.print(f"answer: {'the same' if found.same_answer else '[red]different[/]'} (SHA-256)")
        for difference in found.differences:
            console.print(f"- {escape(difference)}")
    raise typer.Exit(0 if found.same_input and found.same_answer else 1)


@feedback_app.callback()
def feedback() -> None:
    """What became of the cards that were shown."""


@feedback_app.command("report")
def report_feedback(
    plot: Annotated[Path | None, typer.Option(help="Also draw it into this file (.svg or .png).")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Acceptance and override by trial, week and criterion."""
    store = _store()
    report = feedback_report(store.shown_cards(), store.feedback())
    if as_json:
        _print_json(report.as_json())
    else:
        _show(report)
    if plot is not None:
        _draw(report, plot)


def _draw(report: FeedbackReport, path: Path) -> None:
    if find_spec("matplotlib") is None:
        raise PlotNotInstalledError("not installed: matplotlib; install the extra `report` of trial-hooks")
    if path.suffix not in (".svg", ".png"):
        raise ValueError(f"{path}: the plot must be .svg or .png")
    from cds.record.plot import draw

    path.write_bytes(draw(report, "svg" if path.suffix == ".svg" else "png"))


def _show(report: FeedbackReport) -> None:
    weeks = Table("trial", "week", "shown", "accepted", "overridden", "accepted of those with feedback")
    for tally in report.tallies:
        share = "" if tally.acceptance is None else f"{tally.acceptance:.0%}"
        weeks.add_row(tally.trial, tally.week, str(tally.shown), str(tally.accepted), str(tally.overridden), share)
    reasons = Table("trial", "reason for overriding", "criterion", "cards")
    for reason in report.reasons:
        reasons.add_row(reason.trial, escape(reason.code), reason.criterion or "", str(reason.count))
    console.print(weeks, reasons)
    console.print(f"Feedback on cards that were not shown from this database: {report.unknown_cards}")


def _print_json(content: Any) -> None:
    typer.echo(orjson.dumps(content, option=orjson.OPT_INDENT_2).decode())
