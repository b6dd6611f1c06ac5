"""T2-E2: uncontrolled graft-versus-host disease. GVHD alone does not exclude."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import Row, assess, criterion_in, row
from tests.fhir import (
    RXNORM,
    Chart,
    Resource,
    answered,
    base_chart,
    concept,
    condition,
    icd,
    local,
    loinc,
    observation,
    order,
    snomed,
)

BASE = base_chart()
PRESENT = BASE.changed("gvhd", valueCodeableConcept=loinc("LA9633-4"))
ACUTE, CHRONIC, UNSPECIFIED = icd("D89.810"), icd("D89.811"), icd("D89.813")
RUXOLITINIB, PREDNISONE, BUDESONIDE = (concept(RXNORM, code) for code in ("1193326", "8640", "19831"))
FOR_GVHD: Resource = {"reasonReference": [{"reference": "Condition/graft"}]}
ORAL: Resource = {"dosageInstruction": [{"route": snomed("26643006")}]}
TOPICAL: Resource = {"dosageInstruction": [{"route": snomed("6064005")}]}
SEVERITY = {"mild": "255604002", "moderate": "6736007", "severe": "24484000"}


def graft(code: Resource, clinical: str | None = "active", chart: Chart = PRESENT, **elements: Any) -> Chart:
    return chart.having(condition("graft", code, clinical, **elements))


def staged(grade: str) -> dict[str, Any]:
    return {"stage": [{"summary": {"text": grade}}]}


def severity(word: str) -> dict[str, Any]:
    return {"severity": snomed(SEVERITY[word])}


def graded(grade: str, on: str = "2026-05-28") -> Resource:
    return observation("grade", local("agvhd-grade"), on, valueCodeableConcept={"text": grade})


def escalated(on: str, drug: Resource = RUXOLITINIB, chart: Chart | None = None, **elements: Any) -> Chart:
    return (chart or graft(CHRONIC)).having(order("drug", drug, on, **elements))


def assessed(on: str) -> Chart:
    return BASE.changed("gvhd", effectiveDateTime=on)


RESOLVED = {"onsetDateTime": "2026-02-10", "abatementDateTime": "2026-04-01", **staged("Grade II")}

ROWS = [
    row("T2-E2 assessed, none", BASE, "pass"),
    row("T2-E2.1 acute grade III active", graft(ACUTE, **staged("Grade III")), "fail"),
    row("T2-E2 acute grade IV active", graft(ACUTE, **staged("IV")), "fail"),
    row("T2-E2.1 acute, grade III by observation", graft(ACUTE).having(graded("III")), "fail"),
    row("T2-E2 acute, grade IV by observation", graft(ACUTE).having(graded("IV")), "fail"),
    row("T2-E2 acute grade II active, control unknown", graft(ACUTE, **staged("Grade II")), "unknown"),
    row("T2-E2 acute, grade II by observation", graft(ACUTE).having(graded("II")), "unknown"),
    row(
        "T2-E2.2 chronic mild, attested controlled",
        graft(CHRONIC, **severity("mild")).having(answered("a", "2026-05-28", E2="N")),
        "pass",
    ),
    row(
        "T2-E2 attested uncontrolled",
        graft(CHRONIC, **severity("mild")).having(answered("a", "2026-05-28", E2="Y")),
        "fail",
    ),
    row("T2-E2.3 chronic active, ruxolitinib added 10 days ago", escalated("2026-05-22", **FOR_GVHD), "fail"),
    row("T2-E2.3 ruxolitinib added 10 days ago, no reason stated", escalated("2026-05-22"), "fail"),
    row(
        "T2-E2 ruxolitinib added for another disease",
        escalated("2026-05-22", reasonCode=[{"text": "Polycythaemia vera"}]),
        "unknown",
    ),
    row(
        "T2-E2 ruxolitinib renewed 10 days ago is not new",
        escalated("2026-05-22", chart=graft(CHRONIC).having(order("old", RUXOLITINIB, "2026-01-15", "completed"))),
        "unknown",
    ),
    row("T2-E2 ruxolitinib added 28 days ago", escalated("2026-05-04", **FOR_GVHD), "fail"),
    row("T2-E2 ruxolitinib added 29 days ago", escalated("2026-05-03", **FOR_GVHD), "unknown"),
    row("T2-E2 oral prednisone added 10 days ago", escalated("2026-05-22", PREDNISONE, **ORAL, **FOR_GVHD), "fail"),
    row("T2-E2 prednisone on the skin is not systemic", escalated("2026-05-22", PREDNISONE, **TOPICAL), "unknown"),
    row("T2-E2 budesonide is local", escalated("2026-05-22", BUDESONIDE), "unknown"),
    row(
        "T2-E2 ruxolitinib without any GVHD",
        escalated("2026-05-22", chart=BASE),
        "pass",
    ),
    row("T2-E2 a refused order is no escalation", escalated("2026-05-22", doNotPerform=True), "unknown"),
    row("T2-E2.4 unspecified GVHD active, no grade", graft(UNSPECIFIED), "unknown"),
    row("T2-E2.5 grade II resolved two months ago", graft(ACUTE, "resolved", BASE, **RESOLVED), "pass"),
    row(
        "T2-E2.5 resolved, and no assessment since",
        graft(ACUTE, "resolved", BASE.without("gvhd"), **RESOLVED),
        "pass",
    ),
    row("T2-E2 an abatement date means resolved", graft(ACUTE, None, BASE, **RESOLVED), "pass"),
    row("T2-E2 severe chronic", graft(CHRONIC, **severity("severe")), "fail"),
    row("T2-E2 severe chronic in SNOMED CT", graft(snomed("402356004"), **severity("severe")), "fail"),
    row("T2-E2 moderate chronic", graft(CHRONIC, **severity("moderate")), "unknown"),
    row("T2-E2 active GVHD without grade", graft(ACUTE), "unknown"),
    row("T2-E2 assessed as present, nothing else", PRESENT, "unknown"),
    row("T2-E2 no assessment on file", BASE.without("gvhd"), "unknown", reason="missing"),
    row("T2-E2 freshness: assessed 14 days ago", assessed("2026-05-18"), "pass", valid_until="2026-06-01"),
    row("T2-E2 freshness: assessed 15 days ago", assessed("2026-05-17"), "unknown", reason="stale"),
    row("T2-E2 materno-fetal GVHD is another thing", graft(snomed("402360001"), chart=BASE), "pass"),
    row("T2-E2 GVHD of a renal graft is another thing", graft(snomed("128631000119109"), chart=BASE), "pass"),
    row("T2-E2 refuted", BASE.having(condition("graft", ACUTE, verified="refuted", **staged("III"))), "pass"),
    row(
        "T2-E2 provisional grade III",
        BASE.having(condition("graft", ACUTE, verified="provisional", **staged("III"))),
        "unknown",
    ),
    row("T2-E2 resolved grade III", graft(ACUTE, "resolved", BASE, **RESOLVED | staged("Grade III")), "pass"),
]


@pytest.mark.parametrize("row", ROWS)
def test_graft_versus_host_disease(row: Row) -> None:
    assert row.found("E2") == row.expected


def test_assessed_as_absent_beside_active_grade_three_never_passes() -> None:
    """The assessment says none, the problem list says grade III: not a definite absence."""
    chart = graft(ACUTE, chart=BASE, **staged("Grade III"))

    assert criterion_in(assess(chart), "E2")["outcome"] != "pass"


def test_tapering_immunosuppression_with_active_disease_stays_open() -> None:
    """T2-E2: a taper is unknown."""
    chart = escalated("2026-02-01", PREDNISONE, **ORAL, **FOR_GVHD)

    assert criterion_in(assess(chart), "E2")["outcome"] == "unknown"
