"""T1-I5e: total bilirubin of at most 2.0 mg/dL, absolute, not older than 14 days."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import Row, assess, criterion_in, row
from tests.fhir import Chart, Resource, amount, condition, loinc, measured, observation
from tests.multi_car_t import TRIAL, candidate

BASE = candidate()
UNMEASURED = BASE.without("bilirubin")
BY_MASS, BY_MOLES = "1975-2", "14631-6"


def result(value: Resource, name: str = "bilirubin", on: str = "2026-05-28", **elements: Any) -> Resource:
    moles = value.get("valueQuantity", {}).get("code") == "umol/L"
    return observation(name, loinc(BY_MOLES if moles else BY_MASS), on, **value, **elements)


def bilirubin(value: float | str, unit: str = "mg/dL", comparator: str | None = None, **elements: Any) -> Chart:
    return UNMEASURED.having(result(measured(value, unit, comparator), **elements))


def mg(value: float, on: str, name: str) -> Resource:
    return result(measured(value, "mg/dL"), name, on)


# No code of direct bilirubin or of Gilbert's syndrome is in a value set: both are said in words.
DIRECT = observation("direct", {"text": "Bilirubin, direct"}, "2026-05-28", **measured(0.5, "mg/dL"))
GILBERT = condition("gilbert", {"text": "Gilbert syndrome"})

ROWS = [
    row("T1-I5e.1 34.2 umol/L", bilirubin("34.2", "umol/L"), "pass"),
    row("T1-I5e.2 35 umol/L", bilirubin(35, "umol/L"), "fail"),
    row("T1-I5e.3 2.4 mg/dL in Gilbert's syndrome", bilirubin(2.4).having(GILBERT, DIRECT), "fail", review=True),
    row("T1-I5e.4 only direct bilirubin", UNMEASURED.having(DIRECT), "unknown", needs="data"),
    row("T1-I5e.5 below 0.2 mg/dL", bilirubin(0.2, comparator="<"), "pass"),
    row("T1-I5e 2.0 mg/dL", bilirubin("2.0"), "pass", valid_until="2026-06-11"),
    row("T1-I5e 2.01 mg/dL", bilirubin(2.01), "fail"),
    row("T1-I5e 2.04 mg/dL is not rounded", bilirubin(2.04), "fail"),
    row("T1-I5e 2.4 mg/dL without Gilbert's syndrome", bilirubin(2.4), "fail", review=False),
    row("T1-I5e 34.21 umol/L", bilirubin(34.21, "umol/L"), "fail"),
    row("units 1 34 umol/L", bilirubin(34, "umol/L"), "pass"),
    row("T1-I5e 12 without a unit", UNMEASURED.having(result({"valueQuantity": {"value": 12}})), "unknown",
        reason="unit"),
    row("units 1 umol/l in lower case is known", bilirubin(34, "umol/l"), "pass"),
    row("units 1 60 mg/dL is plausible", bilirubin(60), "fail"),
    row("units 1 61 mg/dL is not", bilirubin(61), "unknown", reason="implausible"),
    row("section 0: above 2.0 mg/dL", bilirubin(2.0, comparator=">"), "fail"),
    row("section 0: 2.0 mg/dL or more", bilirubin(2.0, comparator=">="), "unknown", reason="imprecise"),
    row("section 0: 2.0 mg/dL or less", bilirubin(2.0, comparator="<="), "pass"),
    row("section 0: above 1.0 mg/dL", bilirubin(1.0, comparator=">"), "unknown", reason="imprecise"),
    row("section 0: below 5 mg/dL", bilirubin(5, comparator="<"), "unknown", reason="imprecise"),
    row(
        "T1-I5e the laboratory's own limit is not asked",
        bilirubin(1.9, referenceRange=[{"high": amount(0.3, "mg/dL")}]),
        "pass",
    ),
    row(
        "T1-I5e a higher limit does not help",
        bilirubin(2.1, referenceRange=[{"high": amount(3.0, "mg/dL")}]),
        "fail",
    ),
    row("section 0: 1.9 and 2.1 mg/dL on one day", bilirubin(1.9).having(mg(2.1, "2026-05-28", "again")), "unknown",
        reason="conflict"),
    row("section 0: the newest wins, worse", bilirubin(1.9).having(mg(2.1, "2026-05-30", "later")), "fail"),
    row("section 0: the newest wins, better", bilirubin(2.1).having(mg(1.9, "2026-05-30", "later")), "pass"),
    row("T1-I5e direct bilirubin does not count beside the total", bilirubin(2.4).having(DIRECT), "fail"),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_bilirubin(row: Row) -> None:
    assert row.found("I5e", trial_id=TRIAL) == row.expected


@pytest.mark.parametrize("code", ["1975-2", "42719-5", "59828-4"])
def test_every_code_by_mass_counts(code: str) -> None:
    chart = BASE.changed("bilirubin", code=loinc(code), valueQuantity=amount(2.1, "mg/dL"))

    assert criterion_in(assess(chart), "I5e", TRIAL)["outcome"] == "fail"


@pytest.mark.parametrize("code", ["14631-6", "54363-7", "77137-8", "89871-8"])
def test_every_code_by_moles_counts(code: str) -> None:
    chart = BASE.changed("bilirubin", code=loinc(code), valueQuantity=amount(35, "umol/L"))

    assert criterion_in(assess(chart), "I5e", TRIAL)["outcome"] == "fail"
