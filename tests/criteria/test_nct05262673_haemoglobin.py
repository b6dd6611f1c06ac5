"""T1-I6: haemoglobin of at least 80 g/L, not older than 7 days; a transfusion is allowed and said."""

from __future__ import annotations

import pytest

from tests.criteria.rows import Row, assess, criterion_in, row
from tests.fhir import Chart, Resource, amount, loinc, measured, observation, procedure
from tests.multi_car_t import TRIAL, candidate

BASE = candidate()
UNMEASURED = BASE.without("haemoglobin")
BY_MASS, BY_MOLES = "718-7", "59260-0"


def result(value: Resource, on: str = "2026-05-28", name: str = "haemoglobin") -> Resource:
    moles = value.get("valueQuantity", {}).get("code") == "mmol/L"
    return observation(name, loinc(BY_MOLES if moles else BY_MASS), on, **value)


def hb(value: float | str, unit: str = "g/L", comparator: str | None = None, on: str = "2026-05-28") -> Chart:
    return UNMEASURED.having(result(measured(value, unit, comparator), on))


def also(value: float, on: str) -> Resource:
    return result(measured(value, "g/L"), on, "again")


def transfused(at: str, status: str = "completed") -> Resource:
    return procedure("transfusion", {"text": "Transfusion of 2 units of red blood cells"}, at, status)


SIX_HOURS_LATER = hb(82, on="2026-05-28T14:00:00Z")

ROWS = [
    row("T1-I6.1 8.0 g/dL", hb("8.0", "g/dL"), "pass", valid_until="2026-06-04", review=False),
    row("T1-I6.2 79 g/L", hb(79), "fail"),
    row("T1-I6.3 4.96 mmol/L", hb(4.96, "mmol/L"), "fail"),
    row("T1-I6.4 80 g/dL are 800 g/L", hb(80, "g/dL"), "unknown", reason="implausible"),
    row(
        "T1-I6.5 82 g/L six hours after two units of red cells",
        SIX_HOURS_LATER.having(transfused("2026-05-28T08:00:00Z")),
        "pass",
        review=True,
    ),
    row(
        "T1-I6.5 a transfusion that was not done",
        SIX_HOURS_LATER.having(transfused("2026-05-28T08:00:00Z", "not-done")),
        "pass",
        review=False,
    ),
    row("T1-I6.5 79 g/L after a transfusion still fails", hb(79).having(transfused("2026-05-27")), "fail"),
    row("T1-I6 80.0 g/L", hb("80.0"), "pass"),
    row("T1-I6 79.9 g/L", hb(79.9), "fail"),
    row("T1-I6 79.99 g/L is not rounded", hb(79.99), "fail"),
    row("T1-I6 7.99 g/dL", hb(7.99, "g/dL"), "fail"),
    row("units 1 7.95 g/dL", hb(7.95, "g/dL"), "fail"),
    row("T1-I6 4.965 mmol/L", hb(4.965, "mmol/L"), "pass"),
    row("T1-I6 4.9 mmol/L", hb(4.9, "mmol/L"), "fail"),
    row("T1-I6 5.0 mmol/L", hb("5.0", "mmol/L"), "pass"),
    row("T1-I6 1.24 mmol/L counts tetramers", hb(1.24, "mmol/L"), "unknown", reason="implausible"),
    row("units 1 1.99 mmol/L counts tetramers", hb(1.99, "mmol/L"), "unknown", reason="implausible"),
    row("units 1 2.0 mmol/L", hb("2.0", "mmol/L"), "fail"),
    row("units 1 1.9 g/dL is not plausible", hb(1.9, "g/dL"), "unknown", reason="implausible"),
    row("units 1 2 g/dL is plausible", hb(2, "g/dL"), "fail"),
    row("units 1 25 g/dL is plausible", hb(25, "g/dL"), "pass"),
    row("units 1 25.1 g/dL is not plausible", hb(25.1, "g/dL"), "unknown", reason="implausible"),
    row("units 1 8 g/L are 0.8 g/dL", hb(8), "unknown", reason="implausible"),
    row("units 1 gm/dL is known", hb("8.0", "gm/dL"), "pass"),
    row("section 0: 8.0 without a unit", UNMEASURED.having(result({"valueQuantity": {"value": 8.0}})), "unknown",
        reason="unit"),
    row("section 0: 80 g/L or more", hb(80, comparator=">="), "pass"),
    row("section 0: below 80 g/L", hb(80, comparator="<"), "fail"),
    row("section 0: above 70 g/L", hb(70, comparator=">"), "unknown", reason="imprecise"),
    row("section 0: below 90 g/L", hb(90, comparator="<"), "unknown", reason="imprecise"),
    row("section 0: 79 and 81 g/L on one day", hb(79).having(also(81, "2026-05-28")), "unknown", reason="conflict"),
    row("section 0: 81 and 95 g/L on one day agree", hb(81).having(also(95, "2026-05-28")), "pass"),
    row("section 0: the newest wins, worse", hb(95).having(also(79, "2026-05-30")), "fail"),
    row("section 0: the newest wins, better", hb(79).having(also(95, "2026-05-30")), "pass"),
    row("T1-I6 free haemoglobin of plasma is something else", BASE.changed("haemoglobin", code=loinc("35183-3")),
        "unknown"),
    row("T1-I6 70 g/L of eight days ago does not exclude", hb(70, on="2026-05-24"), "unknown", reason="stale"),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_haemoglobin(row: Row) -> None:
    assert row.found("I6", trial_id=TRIAL) == row.expected


@pytest.mark.parametrize("code", ["718-7", "20509-6", "55782-7", "30350-3", "30313-1"])
def test_every_code_by_mass_counts(code: str) -> None:
    chart = BASE.changed("haemoglobin", code=loinc(code), valueQuantity=amount(79, "g/L"))

    assert criterion_in(assess(chart), "I6", TRIAL)["outcome"] == "fail"


@pytest.mark.parametrize("code", ["59260-0", "93846-4", "75928-2"])
def test_every_code_by_moles_counts(code: str) -> None:
    chart = BASE.changed("haemoglobin", code=loinc(code), valueQuantity=amount(4.96, "mmol/L"))

    assert criterion_in(assess(chart), "I6", TRIAL)["outcome"] == "fail"
