"""T1-E5: any systemic glucocorticoid taken in the seven days before entry excludes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import Row, assess, criterion_in, row
from tests.fhir import PATIENT, RXNORM, Chart, Resource, answered, atc, concept, given, order, snomed
from tests.multi_car_t import TRIAL, candidate

BASE = candidate()
DEXAMETHASONE, PREDNISONE, HYDROCORTISONE = atc("H02AB02"), concept(RXNORM, "8640"), concept(RXNORM, "5492")
FLUTICASONE, BUDESONIDE, FLUDROCORTISONE = concept(RXNORM, "41126"), concept(RXNORM, "19831"), concept(RXNORM, "4452")
ORAL, INTRAVENOUS, SUBCUTANEOUS, INTRAMUSCULAR = map(snomed, ("26643006", "47625008", "34206005", "78421000"))
EYE, INHALED, TOPICAL, JOINT, NASAL = map(snomed, ("54485002", "447694001", "6064005", "12130007", "46713006"))
INTRATHECAL = snomed("72607000")


def dose(
    on: str = "2026-05-29", route: Resource | None = INTRAVENOUS, drug: Resource = DEXAMETHASONE, **x: Any
) -> Chart:
    """One administration; by default of dexamethasone into a vein, three days ago."""
    return BASE.having(given("steroid", drug, on, route, **x))


def course(start: str | None, end: str | None, drug: Resource = PREDNISONE, **elements: Any) -> Chart:
    """An administration over a period, by mouth."""
    period = {name: day for name, day in (("start", start), ("end", end)) if day}
    found = given("steroid", drug, "", ORAL, effectivePeriod=period, **elements)
    return BASE.having({name: value for name, value in found.items() if name != "effectiveDateTime"})


def taken(status: str = "active", drug: Resource = PREDNISONE, route: Resource | None = ORAL, **elements: Any) -> Chart:
    """A MedicationStatement: what the patient takes, as told."""
    statement: Resource = {
        "resourceType": "MedicationStatement",
        "id": "steroid",
        "status": status,
        "medicationCodeableConcept": drug,
        "subject": {"reference": PATIENT},
        **({"dosage": [{"route": route}]} if route else {}),
        **elements,
    }
    return BASE.having(statement)


def ordered(on: str = "2026-05-28", status: str = "active", drug: Resource = PREDNISONE, **elements: Any) -> Chart:
    return BASE.having(order("steroid", drug, on, status, dosageInstruction=[{"route": ORAL}], **elements))


def period(start: str, end: str | None = None) -> dict[str, Any]:
    return {"effectivePeriod": {"start": start, **({"end": end} if end else {})}}


UNDATED = BASE.having(
    {
        name: value
        for name, value in given("steroid", DEXAMETHASONE, "", INTRAVENOUS).items()
        if name != "effectiveDateTime"
    }
)
ADRENAL: Resource = {"reasonCode": [{"text": "Adrenal insufficiency, replacement"}]}

ROWS = [
    row("T1-E5 medications reconciled, none", BASE, "pass"),
    row("T1-E5.1 dexamethasone into a vein 7 days ago", dose("2026-05-25"), "fail"),
    row("T1-E5 dexamethasone 8 days ago", dose("2026-05-24"), "pass"),
    row("T1-E5 dexamethasone today", dose("2026-06-01"), "fail"),
    row("units 4 any hour of the day 7 days ago", dose("2026-05-25T00:30:00Z"), "fail"),
    row("T1-E5 exactly 7 times 24 hours ago", dose("2026-05-25T10:00:00Z"), "fail", as_of="2026-06-01T10:00:00Z"),
    row("T1-E5 8 times 24 hours ago", dose("2026-05-24T10:00:00Z"), "pass", as_of="2026-06-01T10:00:00Z"),
    row("T1-E5.2 prednisone ended 8 days ago", course("2026-04-01", "2026-05-24"), "pass"),
    row("T1-E5 prednisone ended 7 days ago", course("2026-04-01", "2026-05-25"), "fail"),
    row(
        "T1-E5.2 a statement that it ended 8 days ago", taken("completed", **period("2026-04-01", "2026-05-24")), "pass"
    ),
    row("T1-E5 a statement that it ended 7 days ago", taken("completed", **period("2026-04-01", "2026-05-25")), "fail"),
    row("T1-E5 a period that overlaps the week", course("2026-05-20", "2026-05-27"), "fail"),
    row("T1-E5 a period from before the week until today", course("2026-04-01", "2026-06-01"), "fail"),
    row("T1-E5 a course in progress to end later", course("2026-04-01", "2026-06-10", status="in-progress"), "fail"),
    row("T1-E5 a course in progress", course("2026-04-01", None, status="in-progress"), "fail"),
    row("T1-E5 taken now, by statement", taken(**period("2026-05-01")), "fail"),
    row("T1-E5.3 fluticasone inhaler daily", taken(drug=FLUTICASONE, route=INHALED, **period("2025-01-01")), "pass"),
    row("T1-E5.3 fluticasone without a route", taken(drug=FLUTICASONE, route=None, **period("2025-01-01")), "pass"),
    row(
        "T1-E5.4 hydrocortisone 15 mg/d as adrenal replacement",
        taken(drug=HYDROCORTISONE, **period("2025-01-01"), **ADRENAL),
        "fail",
        review=True,
    ),
    row("T1-E5.5 prednisone ordered, none administered", ordered(), "unknown"),
    row("T1-E5.6 dexamethasone eye drops", dose(route=EYE), "pass"),
    row("T1-E5.7 intrathecal methotrexate and dexamethasone 3 days ago", dose(route=INTRATHECAL), "unknown"),
    row("T1-E5 intrathecal 8 days ago", dose("2026-05-24", INTRATHECAL), "pass"),
    row("T1-E5 no route", dose(route=None), "unknown"),
    row("T1-E5 no route, but 8 days ago", dose("2026-05-24", None), "pass"),
    row("T1-E5 no date", UNDATED, "unknown", reason="undated"),
    row("T1-E5 dated only May 2026", dose("2026-05"), "unknown"),
    row("T1-E5 dated only April 2026", dose("2026-04"), "pass"),
    row("T1-E5 by mouth", dose(route=ORAL), "fail"),
    row("T1-E5 under the skin", dose(route=SUBCUTANEOUS), "fail"),
    row("T1-E5 into a muscle", dose(route=INTRAMUSCULAR), "fail"),
    row("T1-E5 on the skin", dose(route=TOPICAL), "pass"),
    row("T1-E5 into a joint", dose(route=JOINT), "pass"),
    row("T1-E5 into the nose", dose(route=NASAL), "pass"),
    row("T1-E5 inhaled", dose(route=INHALED), "pass"),
    row("T1-E5 enteric budesonide", dose(route=ORAL, drug=BUDESONIDE), "unknown"),
    row("T1-E5 inhaled budesonide", dose(route=INHALED, drug=BUDESONIDE), "pass"),
    row("T1-E5 fludrocortisone is a mineralocorticoid", dose(route=ORAL, drug=FLUDROCORTISONE), "pass"),
    row("T1-E5 prednisone by RxNorm", dose(route=ORAL, drug=PREDNISONE), "fail"),
    row("T1-E5 not done", dose(status="not-done"), "pass"),
    row("T1-E5 on hold", dose(status="on-hold"), "pass"),
    row("T1-E5 entered in error", dose(status="entered-in-error"), "pass"),
    row("T1-E5 a statement on hold", taken("on-hold", **period("2026-05-01")), "pass"),
    row("T1-E5 a statement entered in error", taken("entered-in-error", **period("2026-05-01")), "pass"),
    row("T1-E5 an order entered in error", ordered(status="entered-in-error"), "pass"),
    row("T1-E5 an order on hold", ordered(status="on-hold"), "pass"),
    row("T1-E5 an order not to give", ordered(doNotPerform=True), "pass"),
    row("section 0: a dose of tomorrow is dropped", dose("2026-06-02"), "pass"),
    row("T1-E5 no reconciled medication list", BASE.without("medications"), "unknown", reason="not_reconciled"),
    row(
        "T1-E5 medication list of 7 days ago",
        BASE.changed("medications", date="2026-05-25"),
        "pass",
        valid_until="2026-06-01",
    ),
    row(
        "T1-E5 medication list of 8 days ago",
        BASE.changed("medications", date="2026-05-24"),
        "unknown",
        reason="not_reconciled",
    ),
    row("T1-E5 a dose in the week needs no reconciled list", dose().without("medications"), "fail"),
    row(
        "T1-E5 eye drops do not replace the list",
        dose(route=EYE).without("medications"),
        "unknown",
        reason="not_reconciled",
    ),
    row(
        "B6.3 attested none, list not reconciled",
        BASE.without("medications").having(answered("a", "2026-05-30", trial=TRIAL, E5="N")),
        "pass",
    ),
    row(
        "B6.3 attested, nothing in the chart",
        BASE.without("medications").having(answered("a", "2026-05-30", trial=TRIAL, E5="Y")),
        "fail",
    ),
    row(
        "B6.3 attested none beside a dose of the week",
        dose().having(answered("a", "2026-05-30", trial=TRIAL, E5="N")),
        "unknown",
        reason="conflict",
    ),
]


@pytest.mark.parametrize("row", ROWS)
def test_systemic_glucocorticoid(row: Row) -> None:
    assert row.found("E5", trial_id=TRIAL) == row.expected


def test_a_completed_course_without_a_recorded_end_never_passes() -> None:
    """B5.1: nobody knows that it ended before the week began."""
    found = criterion_in(assess(course("2026-04-01", None)), "E5", TRIAL)

    assert found["outcome"] != "pass"
