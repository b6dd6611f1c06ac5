"""T1-I5a: a left ventricular ejection fraction of at least 50 %, not older than 28 days."""

from __future__ import annotations

import pytest

from tests.criteria.rows import Row, assess, criterion_in, row
from tests.fhir import RXNORM, Chart, Resource, amount, concept, given, loinc, measured, observation
from tests.multi_car_t import TRIAL, candidate

UNMEASURED = candidate().without("lvef")
ECHO, NUCLEAR, UPPER_LIMIT = "8806-2", "8812-0", "104145-8"


def ejection(value: Resource | float, on: str = "2026-05-20", code: str = "10230-1", name: str = "lvef") -> Resource:
    """An ejection fraction in percent unless a value[x] is given."""
    return observation(name, loinc(code), on, **(value if isinstance(value, dict) else measured(value)))


def lvef(value: Resource | float, on: str = "2026-05-20", code: str = "10230-1") -> Chart:
    return UNMEASURED.having(ejection(value, on, code))


def between(low: float, high: float) -> Resource:
    return {"valueRange": {"low": amount(low), "high": amount(high)}}


def twice(first: float, on: str, second: float, later: str) -> Chart:
    return UNMEASURED.having(ejection(first, on, ECHO), ejection(second, later, NUCLEAR, "again"))


RIGHT = observation("rvef", {"text": "Right ventricular ejection fraction"}, "2026-05-20", **measured(60))

ROWS = [
    row("T1-I5a.1 50 %", lvef(50), "pass", valid_until="2026-06-17"),
    row("T1-I5a.2 45 to 50 % as a range", lvef(between(45, 50)), "unknown", reason="imprecise"),
    row(
        "T1-I5a.3 62 % of 120 days ago, an anthracycline since",
        lvef(62, "2026-02-01").having(given("anthracycline", concept(RXNORM, "5650"), "2026-04-01")),
        "unknown",
        reason="stale",
        needs="data",
    ),
    row(
        "T1-I5a.4 echo of 48 and nuclear of 52 on one day",
        twice(48, "2026-05-20", 52, "2026-05-20"),
        "unknown",
        reason="conflict",
    ),
    row("T1-I5a.5 an upper limit is no measurement", lvef(60, code=UPPER_LIMIT), "unknown", reason="missing"),
    row("T1-I5a 50.0 %", lvef(measured("50.0")), "pass"),
    row("T1-I5a 49.9 %", lvef(49.9), "fail"),
    row("T1-I5a 49.99 % is not rounded", lvef(49.99), "fail"),
    row("units 1 0.50 as a fraction", lvef(measured("0.50", "1")), "pass"),
    row("units 1 0.495 as a fraction", lvef(measured(0.495, "1")), "fail"),
    row("units 1 0.55 without a unit", lvef({"valueQuantity": {"value": 0.55}}), "unknown", reason="unit"),
    row("B6.13 62 without a unit", lvef({"valueQuantity": {"value": 62}}), "unknown", reason="unit"),
    row("T1-I5a 50 to 55 % lies inside", lvef(between(50, 55)), "pass"),
    row("T1-I5a 45 to 49 % lies outside", lvef(between(45, 49)), "fail"),
    row("T1-I5a 45 to 49.9 % lies outside", lvef(between(45, 49.9)), "fail"),
    row("T1-I5a 45 to 55 % straddles", lvef(between(45, 55)), "unknown", reason="imprecise"),
    row("section 0: above 55 %", lvef(measured(55, comparator=">")), "pass"),
    row("section 0: 50 % or more", lvef(measured(50, comparator=">=")), "pass"),
    row("section 0: below 50 %", lvef(measured(50, comparator="<")), "fail"),
    row("section 0: 50 % or less", lvef(measured(50, comparator="<=")), "unknown", reason="imprecise"),
    row("section 0: above 45 %", lvef(measured(45, comparator=">")), "unknown", reason="imprecise"),
    row("section 0: below 55 %", lvef(measured(55, comparator="<")), "unknown", reason="imprecise"),
    row("T1-I5a preserved in words", lvef({"valueString": "preserved"}), "unknown"),
    row("T1-I5a normal in words", lvef({"valueCodeableConcept": {"text": "Normal"}}), "unknown"),
    row("T1-I5a only the right ventricle", UNMEASURED.having(RIGHT), "unknown"),
    row("T1-I5a the right ventricle does not count beside the left", lvef(45).having(RIGHT), "fail"),
    row("units 1 4.9 % is not plausible", lvef(4.9), "unknown", reason="implausible"),
    row("units 1 5 % is plausible", lvef(5), "fail"),
    row("units 1 90 % is plausible", lvef(90), "pass"),
    row("units 1 90.1 % is not plausible", lvef(90.1), "unknown", reason="implausible"),
    row("units 1 62 as a fraction is not plausible", lvef(measured(62, "1")), "unknown", reason="implausible"),
    row("T1-I5a nuclear", lvef(50, code=NUCLEAR), "pass"),
    row("T1-I5a by eye", lvef(50, code="8807-0"), "pass"),
    row("section 0: 52 and 55 % on one day agree", twice(52, "2026-05-20", 55, "2026-05-20"), "pass"),
    row("section 0: 45 and 48 % on one day agree", twice(45, "2026-05-20", 48, "2026-05-20"), "fail"),
    row("section 0: the newest wins, worse", twice(62, "2026-05-10", 48, "2026-05-20"), "fail"),
    row("section 0: the newest wins, better", twice(48, "2026-05-10", 62, "2026-05-20"), "pass"),
    row(
        "section 0: within 24 hours across midnight",
        twice(62, "2026-05-19T20:00:00Z", 48, "2026-05-20T16:00:00Z"),
        "unknown",
        reason="conflict",
    ),
    row(
        "section 0: exactly 24 hours apart the newest wins",
        twice(62, "2026-05-19T16:00:00Z", 48, "2026-05-20T16:00:00Z"),
        "fail",
    ),
    row("T1-I5a 45 % long ago does not exclude", lvef(45, "2026-02-01"), "unknown", reason="stale"),
]


@pytest.mark.parametrize("row", ROWS)
def test_ejection_fraction(row: Row) -> None:
    assert row.found("I5a", trial_id=TRIAL) == row.expected


def test_both_methods_are_shown_when_they_contradict() -> None:
    found = criterion_in(assess(twice(48, "2026-05-20", 52, "2026-05-20")), "I5a", TRIAL)

    assert {item["reference"] for item in found["evidence"]} == {"Observation/lvef", "Observation/again"}
