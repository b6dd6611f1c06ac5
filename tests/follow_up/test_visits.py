"""T2-S1, T2-S2: the calendar of visits. Dates only, and what must hold for every day 0."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.follow_up.visits import Assessment, VisitState, Window, follow_up_ends, visits_on, window_of
from rules.facts import Evidence
from rules.packs import find_trials
from rules.treatment import PlannedVisit
from tests.fhir import measured
from tests.follow_up.crossing import CONTROL, DAY_91, crossing, follow_up, mrd

[PLAN] = [trial.follow_up for trial in find_trials() if trial.follow_up is not None]
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


def windows(day0: date) -> tuple[Window, ...]:
    return tuple(window_of(day0, visit) for visit in PLAN.visits)


def states(day0: date, today: date, *done: date, stopped: date | None = None) -> dict[int, str]:
    assessments = [Assessment(day, Evidence("Observation/1", "x")) for day in done]
    return {v.window.month: v.state.value for v in visits_on(today, windows(day0), assessments, stopped)}


@pytest.mark.parametrize(
    ("day0", "month", "target"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-01-31", 3, "2026-04-30"),
        ("2026-12-01", 3, "2027-03-01"),
        ("2026-06-01", 3, "2026-09-01"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2027-01-31", 1, "2027-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
    ],
)
def test_months_are_calendar_months(day0: str, month: int, target: str) -> None:
    """T2-S1, T2-S2.1"""
    found = window_of(date.fromisoformat(day0), PlannedVisit(month=month, window=7))

    assert found.target == date.fromisoformat(target)


@given(DAYS)
def test_every_window_holds_its_target_and_no_two_windows_touch(day0: date) -> None:
    found = windows(day0)

    assert all(window.holds(window.target) for window in found)
    assert all(one.closes < two.opens for one, two in pairwise(found))


@given(DAYS, st.integers(1, 24))
def test_a_later_day_zero_never_has_an_earlier_target(day0: date, month: int) -> None:
    visit = PlannedVisit(month=month, window=7)

    assert window_of(day0 + timedelta(days=1), visit).target >= window_of(day0, visit).target


@given(DAYS, st.integers(1, 24))
def test_the_target_keeps_the_day_or_is_the_last_of_its_month(day0: date, month: int) -> None:
    target = window_of(day0, PlannedVisit(month=month, window=7)).target

    assert target.day == day0.day or target.day == monthrange(target.year, target.month)[1]
    assert target.day <= day0.day


@given(DAYS, st.integers(0, 500))
def test_a_visit_never_goes_back(day0: date, days: int) -> None:
    """From upcoming to due to overdue to missed, day by day."""
    order = ["upcoming", "due", "overdue", "missed"]
    today = day0 + timedelta(days=days)
    before, after = states(day0, today), states(day0, today + timedelta(days=1))

    assert all(order.index(after[month]) >= order.index(before[month]) for month in before)


DAY0 = date(2026, 1, 31)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ("2026-02-20", "upcoming"),
        ("2026-02-21", "due"),
        ("2026-03-07", "due"),
        ("2026-03-08", "overdue"),
        ("2026-03-23", "overdue"),
        ("2026-03-24", "missed"),
    ],
)
def test_the_first_visit_through_time(today: str, expected: str) -> None:
    """B6.7: the second window opens on 24 March."""
    assert states(DAY0, date.fromisoformat(today))[1] == expected


def test_an_assessment_outside_every_window_is_unscheduled() -> None:
    """T2-S1.1: day 45"""
    found = states(DAY0, date(2026, 4, 1), DAY0 + timedelta(days=45))

    assert "done" not in found.values()


def test_an_assessment_at_month_seven_is_neither_six_nor_nine() -> None:
    """T2-S1.2"""
    found = states(DAY0, date(2026, 9, 1), date(2026, 8, 31))

    assert (found[6], found[9]) == ("overdue", "upcoming")


@pytest.mark.parametrize(
    ("days", "end"),
    [
        pytest.param(["2028-02-29"], "2029-02-28", id="T2-S2.1 clamped"),
        pytest.param(["2026-01-31", "2026-06-01", "2025-12-24"], "2027-06-01", id="T2-S2 the last patient's treatment"),
        pytest.param([], None, id="T2-S2.2 nobody was treated"),
    ],
)
def test_the_study_ends_a_year_after_the_last_day_zero(days: list[str], end: str | None) -> None:
    found = follow_up_ends([date.fromisoformat(day) for day in days], PLAN.final_month)

    assert found == (date.fromisoformat(end) if end else None)


def test_a_subjects_own_follow_up_ends_after_twelve_months() -> None:
    """T2-S2"""
    assert follow_up(crossing())["ends"] == "2027-01-31"


def test_after_death_nothing_is_due() -> None:
    """T2-S1.3: death on day 70"""
    found = states(DAY0, date(2026, 12, 1), stopped=DAY0 + timedelta(days=70))

    assert {month: state for month, state in found.items() if month >= 3} == dict.fromkeys(
        [3, 4, 5, 6, 9, 12], "not_due"
    )
    assert found[1] == "missed"


def test_one_day_for_each_visit_the_nearest() -> None:
    done = [date(2026, 4, 20), date(2026, 4, 29)]
    [visit] = [
        v
        for v in visits_on(
            date(2026, 5, 1), windows(DAY0), [Assessment(d, Evidence("O/1", str(d))) for d in done], None
        )
        if v.window.month == 3
    ]

    assert (visit.state, [e.value for e in visit.evidence]) == (VisitState.DONE, ["2026-04-29"])


def test_the_assessment_names_each_visit_with_its_evidence() -> None:
    """B3"""
    found = {visit["month"]: visit for visit in follow_up(crossing())["visits"]}

    assert (found[3]["state"], found[1]["state"], found[4]["state"]) == ("done", "missed", "upcoming")
    assert f"Observation/mrd-{DAY_91}" in {e["reference"] for e in found[3]["evidence"]}


def test_a_deceased_subject_has_no_visit_due() -> None:
    """T2-S1.3"""
    chart = crossing().changed("1", deceasedDateTime="2026-04-11").without(f"mrd-{DAY_91}", "blasts")

    assert {v["state"] for v in follow_up(chart)["visits"] if v["month"] >= 3} == {"not_due"}


def test_what_could_not_be_fetched_makes_no_visit_missed() -> None:
    """B5.1"""
    chart = crossing(CONTROL, 0.25, 2, mrd(measured(0.2), "2026-02-28", "first"))
    bundle = chart.bundle().replace(
        b'"type":"collection"', b'"type":"searchset","link":[{"relation":"next","url":"x"}]'
    )
    from tests.criteria.rows import assessor, trial_in

    found = trial_in(assessor().assess_bundle(bundle, as_of="2026-05-06").as_json())["follow_up"]

    assert "visits" not in found
    assert "could not be fetched" in found["because"]
