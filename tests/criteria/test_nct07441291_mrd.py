"""T2-I3: flow MRD of CD19+ abnormal B cells at or above 0.1 %, after the last allogeneic HSCT."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import Row, assess, criterion_in, row
from tests.fhir import (
    CPT,
    Chart,
    Resource,
    base_chart,
    concept,
    given,
    local,
    loinc,
    measured,
    mrd,
    observation,
    procedure,
    snomed,
    specimen,
)

BASE = base_chart()


def residual(value: Resource, on: str | None = "2026-05-20", **elements: Any) -> Chart:
    return BASE.having(mrd(value, on, **elements))


def second(value: Resource, on: str, code: str = "mrd-flow-cd19", **elements: Any) -> Resource:
    return mrd(value, on, code, id="mrd-2", **elements)


def transplanted(on: str, value: Resource, sampled: str = "2026-05-20") -> Chart:
    return residual(value, sampled).changed("hsct", performedDateTime=on)


def lod(value: float, unit: str = "%") -> dict[str, Any]:
    return {"component": [{"code": local("lod"), **measured(value, unit)}]}


def cells(value: int) -> Resource:
    return {"code": local("cells-evaluated"), **measured(value, "{cells}")}


NEGATIVE = {"valueCodeableConcept": loinc("LA9634-2")}
CD19_NEGATIVE_CLONE = BASE.without("mrd").having(
    second(measured(0.3), "2026-05-20", "mrd-flow-cd19neg"),
    given("blinatumomab", concept("http://www.nlm.nih.gov/research/umls/rxnorm", "1597258"), "2026-03-01"),
)
BLOOD: Resource = {"specimen": {"reference": "Specimen/blood"}}
WITH_BLOOD = BASE.having(specimen("blood", "119297000"))

ROWS = [
    row("T2-I3.1 0.10 % in marrow 40 days after HSCT", transplanted("2026-04-10", measured(0.10)), "pass"),
    row("T2-I3.4 0.08 % is below the threshold", residual(measured(0.08)), "fail"),
    row("T2-I3 0.0999 % is below the threshold", residual(measured(0.0999)), "fail"),
    row("T2-I3 5 % is above the threshold here", residual(measured(5)), "pass"),
    row("T2-I3.5 0.1 without unit", residual({"valueQuantity": {"value": 0.1}}), "unknown", reason="unit"),
    row("T2-I3.6 NGS never substitutes", residual(measured(0.5), code="mrd-ngs"), "unknown"),
    row("T2-I3.7 only a CD19-negative clone after blinatumomab", CD19_NEGATIVE_CLONE, "fail", review=True),
    row(
        "T2-I3.7 the CD19-negative clone is never added",
        residual(measured(0.06)).having(second(measured(0.06), "2026-05-20", "mrd-flow-cd19neg")),
        "fail",
        review=True,
    ),
    row(
        "T2-I3 a CD19-negative clone beside a positive CD19+ result",
        BASE.having(second(measured(0.5), "2026-05-20", "mrd-flow-cd19neg")),
        "pass",
        review=True,
    ),
    row(
        "T2-I3.8 blood 0.2 % and marrow 0.02 % on one day contradict",
        WITH_BLOOD.having(mrd(measured(0.02)), second(measured(0.2), "2026-05-20", **BLOOD)),
        "unknown",
        reason="conflict",
    ),
    row(
        "T2-I3.9 a myeloma panel is not leukaemia MRD",
        BASE.without("mrd").having(observation("mrd", loinc("93022-2"), "2026-05-20", **measured(0.4))),
        "unknown",
        reason="missing",
    ),
    row("T2-I3 no result", BASE.without("mrd"), "unknown", reason="missing"),
    row("T2-I3 preliminary", residual(measured(0.3), status="preliminary"), "unknown", reason="preliminary"),
    row("T2-I3 data absent", residual({"dataAbsentReason": concept("x", "unknown")}), "unknown"),
    row("T2-I3 freshness: day 28 counts", residual(measured(0.3), "2026-05-04"), "pass", valid_until="2026-06-01"),
    row("T2-I3 freshness: day 29 does not", residual(measured(0.3), "2026-05-03"), "unknown", reason="stale"),
    row("T2-I3 a stale low result does not exclude", residual(measured(0.01), "2026-05-03"), "unknown", reason="stale"),
    row(
        "T2-I3 0.3 and 0.05 % on one day contradict",
        BASE.having(second(measured(0.05), "2026-05-20")),
        "unknown",
        reason="conflict",
    ),
    row("T2-I3 0.3 and 0.2 % on one day agree", BASE.having(second(measured(0.2), "2026-05-20")), "pass"),
    row("T2-I3 the newest wins, lower", BASE.having(second(measured(0.05), "2026-05-27")), "fail"),
    row("T2-I3 the newest wins, higher", residual(measured(0.05)).having(second(measured(0.3), "2026-05-27")), "pass"),
    row("T2-I3 sample before the HSCT", transplanted("2026-05-25", measured(0.3)), "unknown"),
    row("T2-I3 sample on the day of the HSCT", transplanted("2026-05-20", measured(0.3)), "unknown"),
    row("T2-I3 sample the day after the HSCT", transplanted("2026-05-19", measured(0.3)), "pass", review=True),
    row("T2-I3 29 days after HSCT needs a look", transplanted("2026-04-21", measured(0.3)), "pass", review=True),
    row("T2-I3 30 days after HSCT does not", transplanted("2026-04-20", measured(0.3)), "pass", review=False),
    row(
        "T2-I3 a second HSCT after the sample",
        BASE.having(procedure("hsct-2", concept(CPT, "38240"), "2026-05-25")),
        "unknown",
    ),
    row(
        "T2-I3 a range that straddles",
        residual({"valueRange": {"low": measured(0.05)["valueQuantity"], "high": measured(0.2)["valueQuantity"]}}),
        "unknown",
        reason="imprecise",
    ),
    row(
        "T2-I3 a range at and above",
        residual({"valueRange": {"low": measured(0.1)["valueQuantity"], "high": measured(0.2)["valueQuantity"]}}),
        "pass",
    ),
    row("T2-I3 no specimen stated counts as marrow", residual(measured(0.3), specimen=None), "pass"),
    row("T2-I3 marrow by body site", residual(measured(0.3), specimen=None, bodySite=snomed("14016003")), "pass"),
]


@pytest.mark.parametrize("row", ROWS)
def test_residual_disease(row: Row) -> None:
    assert row.found("I3") == row.expected


DETECTION_LIMITS = [
    row("units 3 negative with a detection limit of 0.01 %", residual(NEGATIVE | lod(0.01)), "fail"),
    row("units 3 negative with a detection limit of 0.1 %", residual(NEGATIVE | lod(0.1)), "fail"),
    row("units 3 negative with a detection limit of 0.2 %", residual(NEGATIVE | lod(0.2)), "unknown"),
    row("units 3 negative without a detection limit", residual(NEGATIVE), "unknown"),
    row("units 3 Negative in words with 0.01 %", residual({"valueString": "Negative"} | lod(0.01)), "fail"),
    row("units 3 Not detected in words with 0.01 %", residual({"valueString": "not detected"} | lod(0.01)), "fail"),
    row("units 3 Not detected in words alone", residual({"valueString": "not detected"}), "unknown"),
    row("units 3 a detection limit of 1e-4 as a fraction", residual(NEGATIVE | lod(0.0001, "1")), "fail"),
    row("T2-I3 0.08 % by an assay that sees from 0.2 %", residual(measured(0.08) | lod(0.2)), "unknown"),
    row("T2-I3 0.08 % by an assay that sees from 0.1 %", residual(measured(0.08) | lod(0.1)), "fail"),
    row(
        "units 3 cells evaluated do not turn a positive result",
        residual(measured(0.3) | {"component": [cells(1_000_000)]}),
        "pass",
    ),
]


@pytest.mark.parametrize("row", DETECTION_LIMITS)
def test_detection_limit(row: Row) -> None:
    assert row.found("I3") == row.expected


def test_blood_and_marrow_are_both_shown_when_they_contradict() -> None:
    """T2-I3.8: show both."""
    chart = WITH_BLOOD.having(mrd(measured(0.02)), second(measured(0.2), "2026-05-20", **BLOOD))

    references = {evidence["reference"] for evidence in criterion_in(assess(chart), "I3")["evidence"]}

    assert references == {"Observation/mrd", "Observation/mrd-2"}


def test_a_result_well_above_the_marrow_blasts_is_worth_a_look() -> None:
    """Units 3: 0.1 typed into a fraction field is 10 %, more than three times the marrow's 2 % blasts."""
    found = criterion_in(assess(residual(measured(0.1, "1"))), "I3")

    assert found["outcome"] == "pass"
    assert found["review"]
