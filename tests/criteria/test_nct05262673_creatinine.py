"""T1-I5c: creatinine of at most two and a half times its own upper limit of normal, not older than 14 days."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import Row, row
from tests.fhir import INTERPRETATION, Chart, Resource, amount, concept, loinc, measured, observation, procedure
from tests.multi_car_t import TRIAL, candidate

BASE = candidate()
UNMEASURED = BASE.without("creatinine")
CHILD = BASE.changed("1", birthDate="2023-03-01").without("creatinine")
UNSEXED = BASE.changed("1", gender=None).without("creatinine")
MG, UMOL = "mg/dL", "umol/L"
BY_MASS, BY_MOLES = "2160-0", "14682-9"
MEANING = "http://terminology.hl7.org/CodeSystem/referencerange-meaning"
GENDER = "http://hl7.org/fhir/administrative-gender"


def upto(high: float, unit: str = MG, low: float | None = None, **elements: Any) -> Resource:
    """A reference range."""
    return {**({"low": amount(low, unit)} if low is not None else {}), "high": amount(high, unit), **elements}


def of_sex(high: float, sex: str) -> Resource:
    return upto(high, appliesTo=[concept(GENDER, sex, sex)])


def of_age(high: float, low: int, top: int) -> Resource:
    return upto(high, age={"low": amount(low, "a"), "high": amount(top, "a")})


def creatinine(value: Resource | float, unit: str, *ranges: Resource, chart: Chart = UNMEASURED, **more: Any) -> Chart:
    """A result with its own ranges, in moles or mass by its unit."""
    stated = value if isinstance(value, dict) else measured(value, unit)
    found = observation("creatinine", loinc(BY_MOLES if unit == UMOL else BY_MASS), "2026-05-28", **stated, **more)
    return chart.having(found | ({"referenceRange": list(ranges)} if ranges else {}))


def read_as(letter: str) -> Resource:
    return {"interpretation": [concept(INTERPRETATION, letter)]}


def also(value: float, on: str) -> Resource:
    return observation("again", loinc(BY_MASS), on, **measured(value, MG), referenceRange=[upto(1.2)])


def dialysis(status: str) -> Resource:
    return procedure("dialysis", {"text": "Haemodialysis"}, "2026-05-29", status)


ROWS = [
    row("T1-I5c.1 260 against 104 umol/L", creatinine(260, UMOL, upto(104, UMOL)), "pass"),
    row("T1-I5c.2 3.0 mg/dL against 106 umol/L", creatinine(3.0, MG, upto(106, UMOL)), "fail"),
    row("T1-I5c.3 1.1 mg/dL at three, 0.2 to 0.4", creatinine(1.1, MG, upto(0.4, MG, 0.2), chart=CHILD), "fail"),
    row("T1-I5c.4 1.1 mg/dL, no range, no interpretation", creatinine(1.1, MG), "unknown", needs="data"),
    row("T1-I5c.5 1.1 mg/dL, read as normal", creatinine(1.1, MG, **read_as("N")), "pass"),
    row("T1-I5c read as low", creatinine(0.3, MG, **read_as("L")), "pass"),
    row("T1-I5c read as high", creatinine(2.9, MG, **read_as("H")), "unknown"),
    row("T1-I5c read as very high", creatinine(2.9, MG, **read_as("HH")), "unknown"),
    row("T1-I5c read as abnormal", creatinine(2.9, MG, **read_as("A")), "unknown"),
    row("T1-I5c 260.1 against 104 umol/L", creatinine(260.1, UMOL, upto(104, UMOL)), "fail"),
    row("units 1 2.75 against 1.1 mg/dL", creatinine(2.75, MG, upto(1.1)), "pass"),
    row("units 1 2.76 against 1.1 mg/dL", creatinine(2.76, MG, upto(1.1)), "fail"),
    row("T1-I5c a child's limit is 1.0 mg/dL", creatinine(1.0, MG, upto(0.4, MG, 0.2), chart=CHILD), "pass"),
    row("T1-I5c a child just above it", creatinine(1.01, MG, upto(0.4, MG, 0.2), chart=CHILD), "fail"),
    row(
        "T1-I5c 2.9 mg/dL in a child is not judged as an adult's",
        creatinine(2.9, MG, of_age(0.4, 1, 4), of_age(1.2, 18, 120), chart=CHILD),
        "fail",
    ),
    row("units 2 an adult's range alone does not fit a child", creatinine(1.1, MG, of_age(1.2, 18, 120), chart=CHILD),
        "unknown"),
    row("units 2 0.5 mg/dL at two, 0.17 to 0.42", creatinine(0.5, MG, upto(0.42, MG, 0.17), chart=CHILD), "pass"),
    row("units 2 of several, the lowest limit", creatinine(2.8, MG, upto(1.2), upto(1.1)), "fail"),
    row("units 2 the patient's sex", creatinine(2.8, MG, of_sex(1.2, "male"), of_sex(1.0, "female")), "pass"),
    row("units 2 only the other sex has a range", creatinine(2.4, MG, of_sex(1.0, "female")), "unknown"),
    row(
        "T1-I5c ambiguous: sex unknown, the ranges disagree",
        creatinine(2.8, MG, of_sex(1.2, "male"), of_sex(1.0, "female"), chart=UNSEXED),
        "unknown",
    ),
    row(
        "units 2 sex unknown, the ranges agree",
        creatinine(2.4, MG, of_sex(1.2, "male"), of_sex(1.0, "female"), chart=UNSEXED),
        "pass",
    ),
    row(
        "units 2 a therapeutic range is no normal range",
        creatinine(1.1, MG, upto(5, type=concept(MEANING, "therapeutic"))),
        "unknown",
    ),
    row("units 2 a normal range", creatinine(3.0, MG, upto(1.2, type=concept(MEANING, "normal"))), "pass"),
    row("units 2 a limit of 0", creatinine(1.1, MG, upto(0)), "unknown"),
    row("units 2 a limit under its lower bound", creatinine(1.1, MG, upto(0.4, MG, 0.9)), "unknown"),
    row("units 2 <1.2 in words", creatinine(3.0, MG, {"text": "<1.2"}), "pass"),
    row("units 2 0.6-1.2 in words", creatinine(3.01, MG, {"text": "0.6-1.2"}), "fail"),
    row("units 2 other words", creatinine(1.1, MG, {"text": "see 1.2 in men"}), "unknown"),
    row("units 2 a limit that cannot be converted", creatinine(1.1, MG, upto(40, "U/L")), "unknown"),
    row("section 0: without a unit", creatinine({"valueQuantity": {"value": 1.1}}, MG, upto(1.2)), "unknown",
        reason="unit"),
    row("units 1 mg/dl in lower case is known", creatinine(3.0, "mg/dl", upto(1.2)), "pass"),
    row("units 1 31 mg/dL is not plausible", creatinine(31, MG, upto(1.2)), "unknown", reason="implausible"),
    row("units 1 4.9 umol/L is not plausible", creatinine(4.9, UMOL, upto(104, UMOL)), "unknown", reason="implausible"),
    row("section 0: above 3.0 mg/dL", creatinine(measured(3.0, MG, ">"), MG, upto(1.2)), "fail"),
    row("section 0: above 2.0 mg/dL", creatinine(measured(2.0, MG, ">"), MG, upto(1.2)), "unknown", reason="imprecise"),
    row("section 0: below 0.2 mg/dL", creatinine(measured(0.2, MG, "<"), MG, upto(1.2)), "pass"),
    row(
        "T1-I5c urine is something else",
        UNMEASURED.having(observation("u", {"text": "Creatinine in urine"}, "2026-05-28", **measured(1.1, MG),
                                      referenceRange=[upto(1.2)])),
        "unknown",
    ),
    row(
        "T1-I5c 21232-4 of arterial blood is not in the set",
        BASE.changed("creatinine", code=loinc("21232-4")),
        "unknown",
    ),
    row("section 0: 2.9 and 3.1 mg/dL on one day", creatinine(2.9, MG, upto(1.2)).having(also(3.1, "2026-05-28")),
        "unknown", reason="conflict"),
    row("section 0: the newest wins", creatinine(3.1, MG, upto(1.2)).having(also(1.0, "2026-05-30")), "pass"),
    row("T1-I5c on dialysis", BASE.having(dialysis("in-progress")), "unknown", review=True),
    row("T1-I5c a dialysis three days ago", BASE.having(dialysis("completed")), "unknown", review=True),
    row("T1-I5c a dialysis that was not done", BASE.having(dialysis("not-done")), "pass", review=False),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_creatinine(row: Row) -> None:
    assert row.found("I5c", trial_id=TRIAL) == row.expected
