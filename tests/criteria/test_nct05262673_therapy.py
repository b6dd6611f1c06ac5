"""T1-E5, T1-E6: a systemic glucocorticoid within a week, and gene therapy at any time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.criteria.rows import Row, assess, configured, criterion_in, row
from tests.fhir import (
    CPT,
    ICD10PCS,
    RXNORM,
    Chart,
    Resource,
    atc,
    concept,
    condition,
    given,
    icd,
    order,
    procedure,
    snomed,
)
from tests.multi_car_t import TRIAL, candidate

ORAL, IV, INHALED, EYE, SPINAL = "26643006", "47625008", "447694001", "54485002", "72607000"
DEXA, PREDNISONE, HYDROCORTISONE = (
    atc("H02AB02", "Dexamethasone"),
    concept(RXNORM, "8640", "Prednisone"),
    atc("H02AB09"),
)


def dose(drug: Resource, on: str, route: str | None = IV, **elements: Any) -> Resource:
    return given("dose", drug, on, snomed(route) if route else None, **elements)


def has(*resources: Resource) -> Chart:
    return candidate().having(*resources)


def statement(start: str, end: str | None, status: str = "completed", route: str | None = ORAL) -> Resource:
    """A MedicationStatement of prednisone over a period."""
    found: Resource = {
        "resourceType": "MedicationStatement",
        "id": "statement",
        "status": status,
        "medicationCodeableConcept": PREDNISONE,
        "subject": {"reference": "Patient/1"},
        "effectivePeriod": {"start": start} | ({"end": end} if end else {}),
    }
    return found | ({"dosage": [{"route": snomed(route)}]} if route else {})


STEROID = [
    row("T1-E5.1 dexamethasone i.v. 7 days ago", has(dose(DEXA, "2026-05-25")), "fail"),
    row("T1-E5.2 prednisone ended 8 days ago", has(statement("2026-05-01", "2026-05-24")), "pass"),
    row("T1-E5.3 fluticasone inhaled daily", has(dose(concept(RXNORM, "41126"), "2026-05-31", INHALED)), "pass"),
    row("T1-E5.4 hydrocortisone replacement", has(dose(HYDROCORTISONE, "2026-05-31", ORAL)), "fail", review=True),
    row("T1-E5.5 prednisone ordered only", has(order("p", PREDNISONE, "2026-05-28")), "unknown", reason="unconfirmed"),
    row("T1-E5.6 dexamethasone eye drops", has(dose(DEXA, "2026-05-31", EYE)), "pass"),
    row("T1-E5.7 intrathecal 3 days ago", has(dose(DEXA, "2026-05-29", SPINAL)), "unknown", reason="judgement"),
    row("T1-E5 8 days ago", has(dose(DEXA, "2026-05-24")), "pass", valid_until="2026-06-06"),
    row("T1-E5 today", has(dose(DEXA, "2026-06-01")), "fail"),
    row("T1-E5 a period that reaches into the week", has(statement("2026-05-01", "2026-05-26")), "fail"),
    row("T1-E5 taken until today", has(statement("2026-05-01", None, "active")), "fail"),
    row("T1-E5 no route", has(dose(DEXA, "2026-05-30", None)), "unknown", reason="not_specific"),
    row("T1-E5 no route, long ago", has(dose(DEXA, "2026-04-30", None)), "pass"),
    row("T1-E5 dated only to the month", has(dose(DEXA, "2026-05")), "unknown", reason="imprecise"),
    row("T1-E5 not done", has(dose(DEXA, "2026-05-30", status="not-done")), "pass"),
    row("T1-E5 on hold", has(order("p", PREDNISONE, "2026-05-28", "on-hold")), "pass"),
    row("T1-E5 entered in error", has(dose(DEXA, "2026-05-30", status="entered-in-error")), "pass"),
    row(
        "T1-E5 enteric budesonide",
        has(dose(concept(RXNORM, "19831"), "2026-05-30", ORAL)),
        "unknown",
        reason="judgement",
    ),
    row(
        "T1-E5 words only", has(dose({"text": "Prednisolone 20 mg"}, "2026-05-30", ORAL)), "unknown", reason="unmapped"
    ),
    row("T1-E5 medications not reconciled", candidate().without("medications"), "unknown", reason="not_reconciled"),
    row(
        "T1-E5 reconciled 8 days ago",
        candidate().changed("medications", date="2026-05-24"),
        "unknown",
        reason="not_reconciled",
    ),
    row("T1-E5 fludrocortisone is none", has(dose(concept(RXNORM, "4452"), "2026-05-30", ORAL)), "pass"),
]


@pytest.mark.parametrize("row", STEROID)
def test_systemic_glucocorticoid(row: Row) -> None:
    assert row.found("E5", trial_id=TRIAL) == row.expected


GENES = [
    row("T1-E6.1 cells collected, product failed", has(procedure("c", concept(CPT, "38225"), "2024-02-01")), "unknown"),
    row("T1-E6.2 CAR-T cells in 2020", has(procedure("c", concept(ICD10PCS, "XW033C3"), "2020-03-04")), "fail"),
    row("T1-E6.3 donor lymphocytes only", has(procedure("d", concept(CPT, "38242"), "2025-03-04")), "pass"),
    row(
        "T1-E6.4 words: CAR-T trial abroad",
        has(procedure("c", {"text": "CD19 CAR-T trial 2022, abroad"}, "2022-01-01")),
        "unknown",
        review=True,
    ),
    row(
        "T1-E6.5 mRNA vaccine",
        has(dose(atc("J07BN01", "COVID-19, mRNA vaccine"), "2021-05-01", "78421000")),
        "pass",
    ),
    row("T1-E6 tisagenlecleucel", has(dose(atc("L01XL04"), "2021-05-01")), "fail"),
    row("T1-E6 ordered, not given", has(order("o", atc("L01XL04"), "2026-05-01")), "unknown"),
    row("T1-E6 history of CAR-T cells", has(condition("h", icd("Z92.850"))), "fail"),
    row("T1-E6 history of gene therapy", has(condition("h", icd("Z92.86"))), "fail"),
    row("T1-E6 history of an unnamed cell therapy", has(condition("h", icd("Z92.859"))), "unknown"),
    row("T1-E6 cytokine release syndrome", has(condition("h", icd("D89.831"))), "unknown"),
    row("T1-E6 neurotoxicity", has(condition("h", icd("G92.00"))), "unknown"),
    row("T1-E6 infusion not done", has(procedure("c", concept(CPT, "38228"), "2020-03-04", "not-done")), "pass"),
    row(
        "T1-E6 infusion in preparation",
        has(procedure("c", concept(CPT, "38228"), "2026-05-30", "preparation")),
        "unknown",
    ),
    row("T1-E6 tabelecleucel is not modified", has(dose(atc("L01XL09"), "2025-05-01")), "pass"),
    row("T1-E6 not reconciled", candidate().without("procedures"), "unknown", reason="not_reconciled"),
]


@pytest.mark.parametrize("row", GENES)
def test_gene_therapy(row: Row) -> None:
    assert row.found("E6", trial_id=TRIAL) == row.expected


def test_a_site_may_count_absence_always(tmp_path: Path) -> None:
    """T1-E6: closed world."""
    service = configured(tmp_path, site={"version": "1", "closed_world": ["procedures"]})

    found = criterion_in(assess(candidate().without("procedures"), service=service), "E6", TRIAL)

    assert found["outcome"] == "pass"
