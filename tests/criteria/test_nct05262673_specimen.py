"""T1-I2: a tumour specimen with at least 30 % blasts, and one that can still be had."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.criteria.rows import Row, assess, configured, criterion_in, row
from tests.fhir import Chart, Resource, amount, answered, loinc, measured, observation, snomed, specimen
from tests.multi_car_t import TRIAL, candidate

BASE = candidate()
MARROW, BLOOD = "119359002", "119297000"


def burden(
    value: Resource, on: str | None = "2024-11-05", code: str = "11150-0", of: str = "archive", **more: Any
) -> Resource:
    """The diagnostic blast count with another value, date, code or specimen."""
    return observation("burden", loinc(code), on, **{**value, "specimen": {"reference": f"Specimen/{of}"}, **more})


def blasts(value: Resource, on: str | None = "2024-11-05", **more: Any) -> Chart:
    """The candidate with this count in his archived, available marrow."""
    return BASE.having(burden(value, on, **more))


def now(value: float, **elements: Any) -> Resource:
    """A marrow of today's disease."""
    return observation("now", loinc("11150-0"), "2026-05-20", **measured(value), **elements)


def between(low: float, high: float) -> Resource:
    return {"valueRange": {"low": amount(low), "high": amount(high)}}


def stored(status: str | None, **elements: Any) -> Chart:
    """The candidate's archived specimen with another status."""
    kept = {"status": status} if status else {}
    return BASE.having(specimen("archive", MARROW) | kept | elements)


GONE = stored("unavailable")
SECOND = specimen("second", MARROW) | {"status": "available"}
IN_BLOOD = BASE.without("burden").having(
    specimen("tube", BLOOD) | {"status": "available"}, burden(measured(62), "2026-05-20", "26446-5", "tube")
)

ROWS = [
    row("T1-I2.1 remission with 1 %, archived marrow of 86 %", BASE.having(now(1)), "pass"),
    row("T1-I2.2 archived 86 %, its Specimen not there", BASE.without("archive").having(now(1)), "unknown"),
    row(
        "T1-I2.2 archived 86 %, no specimen named",
        BASE.without("archive").having(now(1)).changed("burden", specimen=None),
        "unknown",
        needs="data",
    ),
    row("T1-I2.3 exactly 30 %", blasts(measured(30)), "pass"),
    row(
        "T1-I2.4 29.6 % with 30 % in a note",
        blasts(measured(29.6), note=[{"text": "Blasts 30 %"}]),
        "unknown",
    ),
    row("T1-I2.5 blood of 62 %, no marrow", IN_BLOOD, "unknown"),
    row("T1-I2 30.0 %", blasts(measured("30.0")), "pass"),
    row("T1-I2 29.9 % is not enough, and older samples may exist", blasts(measured(29.9)), "unknown"),
    row("T1-I2 25 to 35 %", blasts(between(25, 35)), "unknown"),
    row("T1-I2 30 to 35 %", blasts(between(30, 35)), "pass"),
    row("T1-I2 30%+ in words is at least 30", blasts({"valueString": "30%+"}), "pass"),
    row("T1-I2 above 90 %", blasts(measured(90, comparator=">")), "pass"),
    row("T1-I2 30 % or more", blasts(measured(30, comparator=">=")), "pass"),
    row("T1-I2 below 30 %", blasts(measured(30, comparator="<")), "unknown"),
    row("T1-I2 above 20 %", blasts(measured(20, comparator=">")), "unknown"),
    row("units 1 0.86 as a fraction", blasts(measured(0.86, "1")), "pass"),
    row("T1-I2 86 without a unit", blasts({"valueQuantity": {"value": 86}}), "unknown", reason="unit"),
    row("T1-I2 lymphoblasts of the marrow count", blasts(measured(86), code="74850-9"), "pass"),
    row("T1-I2 twenty years old", blasts(measured(86), "2006-05-20"), "pass"),
    row(
        "T1-I2 the second of two specimens",
        GONE.having(SECOND, now(40, specimen={"reference": "Specimen/second"})),
        "pass",
    ),
    row("T1-I2 exhausted, and 1 % now", GONE.having(now(1)), "fail"),
    row("T1-I2 exhausted, but 45 % now", GONE.having(now(45)), "unknown"),
    row("T1-I2 exhausted, and nothing known of now", GONE, "unknown"),
    row("T1-I2 a specimen without a status", stored(None), "unknown"),
    row("T1-I2 an unsatisfactory specimen", stored("unsatisfactory"), "unknown"),
    row("B5.1 a specimen entered in error", stored("entered-in-error"), "unknown"),
    row("B5.1 another patient's specimen", stored("available", subject={"reference": "Patient/999"}), "unknown"),
    row("T1-I2 blasts never recorded", BASE.without("burden"), "unknown", reason="missing", needs="data"),
    row(
        "T1-I2 only a report in words",
        BASE.having(burden({"valueString": "Hypercellular, 80 % lymphoblasts"}, code="33721-2")),
        "unknown",
    ),
    row("T1-I2 a count in words", blasts({"valueString": "numerous"}), "unknown"),
    row("section 0: preliminary", blasts(measured(86), status="preliminary"), "unknown", reason="preliminary"),
    row("section 0: registered", blasts(measured(86), status="registered"), "unknown"),
    row("section 0: amended", blasts(measured(86), status="amended"), "pass"),
    row("section 0: corrected", blasts(measured(86), status="corrected"), "pass"),
    row("section 0: cancelled", blasts(measured(86), status="cancelled"), "unknown"),
    row("section 0: entered in error", blasts(measured(86), status="entered-in-error"), "unknown"),
    row("B5.1 a count to come", blasts(measured(86), "2026-06-02"), "unknown"),
    row("B5.1 another patient's count", blasts(measured(86), subject={"reference": "Patient/999"}), "unknown"),
    row("section 0: no date", blasts(measured(86), None), "unknown"),
    row("section 0: only issued", blasts(measured(86), None, issued="2024-11-05T10:00:00Z"), "pass"),
    row(
        "section 0: 31 and 29 % of one specimen on one day",
        blasts(measured(31)).having(burden(measured(29), id="again")),
        "unknown",
        reason="conflict",
    ),
    row(
        "section 0: 86 and 80 % of one specimen on one day",
        BASE.having(burden(measured(80), id="again")),
        "pass",
    ),
    row(
        "T1-I2 a clinician knows of the specimen",
        BASE.without("archive").having(answered("answers", "2026-05-28", trial=TRIAL, I2="Y")),
        "pass",
    ),
    row(
        "T1-I2 a clinician knows that there is none",
        BASE.without("archive").having(answered("answers", "2026-05-28", trial=TRIAL, I2="N")),
        "fail",
    ),
]


@pytest.mark.parametrize("row", ROWS)
def test_specimen(row: Row) -> None:
    assert row.found("I2", trial_id=TRIAL) == row.expected


@pytest.mark.parametrize(
    ("allowed", "outcome"),
    [
        pytest.param(True, "pass", id="T1-I2 a site that takes blood"),
        pytest.param(False, "unknown", id="T1-I2 a site that does not"),
    ],
)
def test_blood_is_a_source_only_if_the_site_says_so(outcome: str, tmp_path: Path, *, allowed: bool) -> None:
    service = configured(tmp_path, site={"version": "1", "settings": {"blood_is_specimen_source": allowed}})

    assert criterion_in(assess(IN_BLOOD, service=service), "I2", TRIAL)["outcome"] == outcome


def test_a_blood_count_per_volume_is_no_percentage(tmp_path: Path) -> None:
    service = configured(tmp_path, site={"version": "1", "settings": {"blood_is_specimen_source": True}})
    chart = IN_BLOOD.having(burden(measured(62, "/uL"), "2026-05-20", "30376-8", "tube"))

    assert criterion_in(assess(chart, service=service), "I2", TRIAL)["outcome"] == "unknown"


def test_a_blood_specimen_under_a_marrow_code_is_not_taken_for_marrow() -> None:
    """T1-I2: marrow passes, blood is unknown."""
    chart = BASE.having(specimen("archive", BLOOD) | {"status": "available"})

    assert criterion_in(assess(chart), "I2", TRIAL)["outcome"] == "unknown"


def test_marrow_by_body_site_is_marrow() -> None:
    chart = BASE.having(
        {"resourceType": "Specimen", "id": "archive", "subject": {"reference": "Patient/1"}, "status": "available"}
    ).changed("burden", bodySite=snomed("14016003"))

    assert criterion_in(assess(chart), "I2", TRIAL)["outcome"] == "pass"
