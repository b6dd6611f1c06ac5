"""T2-X2, T2-P1.4, T2-S1: the assigned arm is never overwritten; who left or was lost is not waited for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fhir import CPT, Chart, concept, given, local, observation, procedure, snomed
from tests.follow_up.crossing import CAR_T, CONTROL, DAY_91, crossing, endpoint, follow_up, question
from tests.follow_up.subjects import CYCLOPHOSPHAMIDE, subject

IV = snomed("47625008")
INFUSION = procedure("infusion", local("cart-infusion"), "2026-01-25")


def dli(on: str) -> Any:
    return procedure("dli", concept(CPT, "38242", "Donor lymphocyte infusion"), on)


def named(chart: Chart) -> set[tuple[str, str]]:
    found = follow_up(chart).get("deviations", [])
    return {(d["id"], d["state"]) for d in found if d["id"].startswith("X")}


DEVIATIONS = [
    pytest.param(crossing(CAR_T, actual=CONTROL).having(dli("2026-05-20")), set(), id="T2-X2.1 crossed after 3 months"),
    pytest.param(crossing(CONTROL), set(), id="T2-X2.3 not crossed"),
    pytest.param(crossing(CONTROL).having(INFUSION), {("X2", "review")}, id="T2-X2.2 CAR-T first, assigned to control"),
    pytest.param(crossing(CAR_T).having(dli("2026-01-25")), {("X2", "review")}, id="T2-X2.2 DLI first, CAR-T assigned"),
    pytest.param(crossing(CAR_T).having(dli("2026-02-25")), set(), id="T2-X2 DLI after the infusion is no overwriting"),
    pytest.param(
        crossing(CAR_T).having(given("ld", CYCLOPHOSPHAMIDE, "2026-01-26", IV)), set(), id="T2-A3 lymphodepletion"
    ),
    pytest.param(
        crossing(CAR_T).having(subject(CONTROL, start="2026-01-20") | {"id": "another"}),
        {("X2", "violation")},
        id="T2-X2.2 two records, two assigned arms",
    ),
    pytest.param(
        crossing(CAR_T).having(subject("CAR-T ", start="2026-01-20") | {"id": "another"}), set(), id="T2-A1.1 one arm"
    ),
    pytest.param(crossing(CONTROL, actual=CAR_T).having(procedure("c", local("cart-infusion"), "2026-04-10")),
                 {("X1", "violation")}, id="T2-P1.4 crossed before the window"),
    pytest.param(
        crossing(CAR_T, actual=CONTROL).having(given("ld", CYCLOPHOSPHAMIDE, "2026-01-26", IV), dli("2026-05-20")),
        set(),
        id="T2-P1.4 lymphodepletion before the infusion is no early crossover",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("chart", "expected"), DEVIATIONS)
def test_deviations_of_crossing(chart: Chart, expected: set[tuple[str, str]]) -> None:
    assert named(chart) == expected


def test_two_assigned_arms_leave_the_question_open() -> None:
    """T2-X2.2"""
    chart = crossing(CAR_T).having(subject(CONTROL, start="2026-01-20") | {"id": "another"})
    [found] = [c for c in question(chart)["criteria"] if c["id"] == "X1a"]

    assert (found["outcome"], found["reason"]) == ("unknown", "conflict")


def states(chart: Chart, as_of: str) -> list[str]:
    return [visit["state"] for visit in follow_up(chart, as_of)["visits"]]


@pytest.mark.parametrize("status", ["withdrawn", "off-study"])
def test_nobody_waits_for_a_subject_who_left_on_an_unknown_day(status: str) -> None:
    """T2-S1: what lies behind keeps its state, nothing is due."""
    chart = crossing(status=status).without(f"mrd-{DAY_91}", "blasts")

    assert states(chart, "2026-05-06") == ["missed", "missed"] + ["not_due"] * 6


def test_who_left_after_four_months_has_visits_until_then() -> None:
    left = subject(CONTROL, "off-study", start="2026-01-20") | {"period": {"start": "2026-01-20", "end": "2026-06-15"}}

    assert states(crossing().having(left), "2026-09-01")[2:] == ["done", "missed"] + ["not_due"] * 4


def test_a_coarse_date_is_no_contact_in_the_future() -> None:
    """Section 0; T2-S2.3: censored at the last contact."""
    coarse = observation("coarse", local("mrd-ngs"), "2026", valueCodeableConcept={"text": "Negative"})

    assert endpoint(crossing(), "Q3", "2026-06-20") == endpoint(crossing().having(coarse), "Q3", "2026-06-20")
