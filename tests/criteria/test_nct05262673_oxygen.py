"""T1-I5b: an oxygen saturation of at least 90 % at rest without added oxygen, not older than 7 days."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import Row, row
from tests.fhir import Chart, Resource, amount, loinc, measured, observation
from tests.multi_car_t import TRIAL, candidate

UNMEASURED = candidate().without("spo2")
OXIMETRY, ARTERIAL, ROOM_AIR, RESTING = "59408-5", "2708-6", "59410-1", "59417-6"
EXERCISE, ANAESTHESIA, BEFORE_TREATMENT, VENOUS = "89276-0", "89277-8", "59416-8", "20564-1"
CONCENTRATION, FLOW = "3150-6", "3151-8"
NOON = "2026-05-30T12:00:00Z"


def saturation(
    value: Resource | float, on: str = "2026-05-30", code: str = OXIMETRY, name: str = "spo2", **elements: Any
) -> Resource:
    """A saturation in percent unless a value[x] is given."""
    return observation(name, loinc(code), on, **(value if isinstance(value, dict) else measured(value)), **elements)


def spo2(value: Resource | float, on: str = "2026-05-30", code: str = OXIMETRY, **elements: Any) -> Chart:
    return UNMEASURED.having(saturation(value, on, code, **elements))


def twice(first: float, on: str, second: float, later: str, code: str = OXIMETRY) -> Chart:
    return UNMEASURED.having(saturation(first, on), saturation(second, later, code, "again"))


def part(code: str, value: float, unit: str) -> dict[str, Any]:
    return {"component": [{"code": loinc(code), **measured(value, unit)}]}


def oxygen(code: str, value: float, unit: str, on: str) -> Resource:
    """Inhaled oxygen as an Observation of its own."""
    return observation("oxygen", loinc(code), on, **measured(value, unit))


ROWS = [
    row("T1-I5b.1 96 % on 4 L/min", spo2(96, **part(FLOW, 4, "L/min")), "unknown", review=True),
    row("T1-I5b.2 90 %", spo2(90), "pass", review=False),
    row("T1-I5b.3 86 % in exercise, 95 % at rest", twice(95, NOON, 86, NOON, EXERCISE), "pass"),
    row("T1-I5b.3 86 % in exercise, later than 95 % at rest", twice(95, "2026-05-29", 86, NOON, EXERCISE), "pass"),
    row("T1-I5b.4 only venous of 72 %", spo2(72, code=VENOUS), "unknown", reason="missing", needs="data"),
    row("T1-I5b.4 venous of 72 % beside arterial of 95 %", twice(95, NOON, 72, NOON, VENOUS), "pass"),
    row("T1-I5b only in exercise", spo2(95, code=EXERCISE), "unknown", reason="missing"),
    row("T1-I5b only in anaesthesia", spo2(99, code=ANAESTHESIA), "unknown", reason="missing"),
    row("T1-I5b only before treatment", spo2(95, code=BEFORE_TREATMENT), "unknown", reason="missing"),
    row("T1-I5b 89.9 %", spo2(89.9), "fail"),
    row("T1-I5b 89.99 % is not rounded", spo2(89.99), "fail"),
    row("T1-I5b 0.93 as a fraction", spo2(measured(0.93, "1")), "pass"),
    row("units 1 0.90 as a fraction", spo2(measured("0.90", "1")), "pass"),
    row("units 1 0.899 as a fraction", spo2(measured(0.899, "1")), "fail"),
    row("B6.13 93 without a unit", spo2({"valueQuantity": {"value": 93}}), "unknown", reason="unit"),
    row("T1-I5b 9.3 % is not plausible", spo2(9.3), "unknown", reason="implausible"),
    row("units 1 40 % is not plausible", spo2(40), "unknown", reason="implausible"),
    row("units 1 40.1 % is plausible", spo2(40.1), "fail"),
    row("units 1 100 % is plausible", spo2(100), "pass"),
    row("units 1 100.1 % is not plausible", spo2(100.1), "unknown", reason="implausible"),
    row("units 1 93 as a fraction is not plausible", spo2(measured(93, "1")), "unknown", reason="implausible"),
    row("T1-I5b arterial blood gas", spo2(90, code=ARTERIAL), "pass"),
    row("T1-I5b on room air", spo2(90, code=ROOM_AIR), "pass"),
    row("T1-I5b resting", spo2(90, code=RESTING), "pass"),
    row("T1-I5b on room air, too low", spo2(88, code=ROOM_AIR), "fail"),
    row("T1-I5b 96 % at a concentration of 40 %", spo2(96, **part(CONCENTRATION, 40, "%")), "unknown", review=True),
    row(
        "T1-I5b oxygen recorded at the same time",
        spo2(96, NOON).having(oxygen(FLOW, 2, "L/min", NOON)),
        "unknown",
        review=True,
    ),
    row(
        "T1-I5b a concentration recorded at the same time",
        spo2(96, NOON).having(oxygen(CONCENTRATION, 35, "%", NOON)),
        "unknown",
        review=True,
    ),
    row(
        "T1-I5b oxygen given ten days before",
        spo2(96, NOON).having(oxygen(FLOW, 2, "L/min", "2026-05-20T12:00:00Z")),
        "pass",
    ),
    row(
        "T1-I5b on oxygen now, a resting 95 % without it the day before",
        UNMEASURED.having(saturation(95, "2026-05-29T08:00:00Z")).having(
            saturation(96, NOON, name="again", **part(FLOW, 4, "L/min"))
        ),
        "unknown",
    ),
    row("section 0: 90 % or more", spo2(measured(90, comparator=">=")), "pass"),
    row("section 0: above 95 %", spo2(measured(95, comparator=">")), "pass"),
    row("section 0: below 90 %", spo2(measured(90, comparator="<")), "fail"),
    row("section 0: below 95 %", spo2(measured(95, comparator="<")), "unknown", reason="imprecise"),
    row(
        "section 0: 88 to 92 %",
        spo2({"valueRange": {"low": amount(88), "high": amount(92)}}),
        "unknown",
        reason="imprecise",
    ),
    row("section 0: 88 and 92 % on one day", twice(88, NOON, 92, NOON), "unknown", reason="conflict"),
    row("section 0: 92 and 95 % on one day agree", twice(92, NOON, 95, NOON), "pass"),
    row("section 0: the newest wins, worse", twice(95, "2026-05-28", 88, "2026-05-30"), "fail"),
    row("section 0: the newest wins, better", twice(88, "2026-05-28", 95, "2026-05-30"), "pass"),
    row("T1-I5b 85 % of eight days ago does not exclude", spo2(85, "2026-05-24"), "unknown", reason="stale"),
]


@pytest.mark.parametrize("row", ROWS)
def test_oxygen_saturation(row: Row) -> None:
    assert row.found("I5b", trial_id=TRIAL) == row.expected
