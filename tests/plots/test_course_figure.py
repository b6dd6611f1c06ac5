"""After enrolment: the clock says how long, the visits how they stand, the products in which order."""

from __future__ import annotations

from datetime import date

import pytest

from cds.follow_up.visits import Window
from hooks.workbench.course_plot import Panel, course_figure
from hooks.workbench.plots.course_wording import clock_state, clock_words
from tests.fhir import TRIAL
from tests.follow_up.subjects import car_t_subject, subject
from tests.plots.charts import fixture, read

WINDOW = Window(3, date(2026, 4, 30), date(2026, 4, 16), date(2026, 5, 14))


def panel_of(name: str) -> Panel:
    [panel] = course_figure(*fixture(name)).panels
    return panel


@pytest.mark.parametrize(
    ("as_of", "state", "said"),
    [
        ("2026-04-04", "before", "opens in 12 days"),
        ("2026-04-15", "before", "opens tomorrow"),
        ("2026-04-16", "open", "open; closes in 28 days"),
        ("2026-05-05", "open", "open; closes in 9 days"),
        ("2026-05-13", "open", "open; tomorrow is its last day"),
        ("2026-05-14", "open", "open; today is its last day"),
        ("2026-05-15", "closed", "closed since yesterday"),
        ("2026-05-20", "closed", "closed 6 days ago"),
    ],
)
def test_the_clock_counts_days_to_the_ends_of_the_window(as_of: str, state: str, said: str) -> None:
    today = date.fromisoformat(as_of)

    assert (clock_state(WINDOW, today), clock_words(WINDOW, today)) == (state, said)


def test_whoever_is_no_subject_has_no_panel() -> None:
    assert course_figure(*fixture("fits")).panels == ()


def test_every_visit_has_a_symbol_a_word_and_its_level() -> None:
    visits = {row.month: row for row in panel_of("cross-recurrence").visits}

    assert (visits["1"].symbol, visits["1"].state, visits["1"].measured) == ("✕", "missed", "")
    assert (visits["2"].symbol, visits["2"].state, visits["2"].measured) == ("✓", "done", "0.02 %")
    assert (visits["3"].state, visits["3"].measured, visits["3"].crossover) == ("done", "0.3 %", "crossover window")
    assert {row.state for month, row in visits.items() if int(month) > 3} == {"upcoming"}


def test_symbols_of_different_states_differ() -> None:
    symbols = {
        row.state: row.symbol for name in ("cross-recurrence", "cross-mrd-missing") for row in panel_of(name).visits
    }

    assert {"done", "missed", "upcoming", "due"} <= set(symbols)
    assert len(set(symbols.values())) == len(symbols)


def test_arms_day_zero_and_deviations_are_named() -> None:
    panel = panel_of("arm-car-t-deviations")

    assert ("Assigned arm", "CD19 CAR-T") in panel.facts
    [day0] = [value for name, value in panel.facts if name == "Day 0"]
    assert day0.startswith("2026-06-20")
    [deviations] = [table for table in panel.tables if table.caption.startswith("Deviations")]
    assert {row.id: row.state for row in deviations.rows}["A4"] == "violation"


def test_who_crossed_over_keeps_the_assigned_arm() -> None:
    facts = dict(panel_of("cross-already").facts)

    assert (facts["Assigned arm"], facts["Treated in arm"]) == ("CD19 CAR-T", "chemotherapy + DLI")


def test_before_day_zero_there_is_a_reason_and_no_picture() -> None:
    panel = panel_of("arm-car-t-waiting")

    assert (panel.wide, panel.visits, panel.clock) == ("", (), None)
    assert panel.notes


def test_who_left_the_study_has_no_visits_due() -> None:
    left = subject(status="off-study") | {"period": {"start": "2026-06-08", "end": "2026-07-02"}}
    [panel] = course_figure(*read(car_t_subject().having(left), "2026-08-01")).panels

    assert {row.state for row in panel.visits} == {"not due"}


@pytest.mark.parametrize(
    ("patient", "steps", "order"),
    [
        ("course-persistent", ["given", "given", "next"], "not complete yet"),
        ("course-deep-negative", ["given", "given", "given"], "as the protocol says"),
        ("course-out-of-order", ["given", "given", "given"], "out of order"),
    ],
)
def test_the_products_stand_in_the_protocols_order(patient: str, steps: list[str], order: str) -> None:
    panel = panel_of(patient)

    assert [step.state for step in panel.steps] == steps
    assert dict(panel.facts)["Order of products"] == order


def test_the_response_is_named() -> None:
    assert dict(panel_of("course-very-low-positive").facts)["Response by MRD"] == "very low positive"


def test_records_open_where_the_page_says() -> None:
    figure = course_figure(*fixture("cross-may-to-car-t"), link=lambda reference: f"#{reference}")

    [visit] = [row for row in figure.panels[0].visits if row.month == "3"]
    assert all(record.href == f"#{record.reference}" for record in visit.records)
    assert figure.panels[0].prefix.endswith(TRIAL)
