"""Day 0 of NCT07441291 (T2-S1, B4, B6.6): the first protocol treatment of the assigned arm, or why it is open."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fhir import CPT, ICD10PCS, Chart, concept, given, procedure, snomed
from tests.follow_up.crossing import CAR_T, DAY0, crossing, follow_up, outcome, question
from tests.follow_up.subjects import CYTARABINE, DEXAMETHASONE, INTRATHECAL, METHOTREXATE

IV = snomed("47625008")
CONTROL_ARM, CAR_T_ARM = crossing(), crossing(CAR_T)


def dli(on: str | None, name: str = "dli") -> Any:
    return procedure(name, concept(CPT, "38242", "Donor lymphocyte infusion"), on)


def white_cells(on: str) -> Any:
    return procedure("white-cells", concept(ICD10PCS, "30243Q1", "Transfusion of white cells"), on)


def chemotherapy(on: str) -> Chart:
    return CONTROL_ARM.changed("product", effectiveDateTime=on)


KNOWN = [
    pytest.param(CONTROL_ARM, DAY0, id="B4 the first chemotherapy of the control arm"),
    pytest.param(CONTROL_ARM.having(dli("2026-01-25")), "2026-01-25", id="B4 a donor lymphocyte infusion before it"),
    pytest.param(CONTROL_ARM.having(dli("2026-02-25")), DAY0, id="B4 a donor lymphocyte infusion after it"),
    pytest.param(CONTROL_ARM.having(dli("2026-01-19")), DAY0, id="B6.6 an infusion before the start is prior therapy"),
    pytest.param(CONTROL_ARM.having(dli("2026-01-20")), "2026-01-20", id="B6.6 on the day of the start"),
    pytest.param(CONTROL_ARM.having(dli("2025")), DAY0, id="B6.6 a year before the start, coarsely dated"),
    pytest.param(CONTROL_ARM.having(dli("2026-02")), DAY0, id="section 0 coarse, but certainly later"),
    pytest.param(CONTROL_ARM.having(white_cells("2026-02-10")), DAY0, id="T2-A5 unproven, but later"),
    pytest.param(CONTROL_ARM.having(dli("2026-01-22") | {"status": "not-done"}), DAY0, id="B4 an infusion not done"),
    pytest.param(
        CONTROL_ARM.having(given("it", METHOTREXATE, "2026-01-22", INTRATHECAL)), DAY0, id="intrathecal prophylaxis"
    ),
    pytest.param(CONTROL_ARM.having(given("steroid", DEXAMETHASONE, "2026-01-22", IV)), DAY0, id="a glucocorticoid"),
    pytest.param(CAR_T_ARM, DAY0, id="B4 the infusion of the CAR-T arm"),
    pytest.param(
        CAR_T_ARM.having(given("ld", CYTARABINE, "2026-01-25", IV)), DAY0, id="B4 chemotherapy before the infusion"
    ),
]


@pytest.mark.parametrize(("chart", "day"), KNOWN)
def test_day_zero(chart: Chart, day: str) -> None:
    assert follow_up(chart)["day0"] == day


OPEN = [
    pytest.param(chemotherapy("2026-02"), "imprecise", id="section 0 a month is no day"),
    pytest.param(chemotherapy("2026-01"), "imprecise", id="B6.6 a month that begins before the start"),
    pytest.param(CAR_T_ARM.changed("product", performedDateTime="2026-02"), "imprecise", id="section 0 CAR-T, a month"),
    pytest.param(CAR_T_ARM.changed("product", performedDateTime=None), "undated", id="section 0 CAR-T without a date"),
    pytest.param(CONTROL_ARM.having(dli("2026-01")), "imprecise", id="section 0 an infusion that may be earlier"),
    pytest.param(CONTROL_ARM.having(white_cells("2026-01-22")), "not_specific", id="T2-A5 white cells before it"),
    pytest.param(
        CONTROL_ARM.changed("subject-NCT07441291", period={"start": "2026-01"}),
        "imprecise",
        id="B6.6 a start on study of an unknown day",
    ),
    pytest.param(CONTROL_ARM.without("product"), "missing", id="T2-X1 no treatment"),
    pytest.param(CONTROL_ARM.without("product").having(white_cells("2026-02-10")), "not_specific", id="T2-A5 alone"),
    pytest.param(CONTROL_ARM.without("product").having(dli(None)), "undated", id="section 0 an undated infusion"),
]


@pytest.mark.parametrize(("chart", "reason"), OPEN)
def test_day_zero_stays_open(chart: Chart, reason: str) -> None:
    [found] = [c for c in question(chart)["criteria"] if c["id"] == "X1b"]

    assert (found["outcome"], found["reason"]) == ("unknown", reason)
    assert "day0" not in follow_up(chart)
    assert outcome(chart, "X1c") == "unknown"
