"""T2-I0b: after a completed allogeneic HSCT, before the qualifying MRD sample."""

from __future__ import annotations

import pytest

from tests.criteria.rows import Row, assess, criterion_in, row
from tests.fhir import (
    CPT,
    ICD10PCS,
    Chart,
    Resource,
    base_chart,
    concept,
    condition,
    icd,
    measured,
    mrd,
    procedure,
    snomed,
)

BASE = base_chart()
NONE = BASE.without("hsct")
ALLOGENEIC = concept(CPT, "38240")
AUTOLOGOUS = concept(CPT, "38241")
LYMPHOCYTES = concept(CPT, "38242")
RELATED_DONOR = concept(ICD10PCS, "30243Y2")
STATUS_CODE = condition("status", icd("Z94.84"))


def grafted(code: Resource, on: str | None = "2026-01-10", status: str = "completed", chart: Chart = NONE) -> Chart:
    return chart.having(procedure("graft", code, on, status))


UNDETERMINED = grafted(snomed("234336002"))

ROWS = [
    row("T2-I0b.1 38240 completed 2026-01-10", BASE, "pass"),
    row("T2-I0b.2 Z94.84 alone names no donor", NONE.having(STATUS_CODE), "unknown"),
    row("T2-I0b.2 Z94.81 alone names no donor", NONE.having(condition("status", icd("Z94.81"))), "unknown"),
    row("T2-I0b.3 38241 in 2025, procedures reconciled", grafted(AUTOLOGOUS, "2025-03-01"), "fail"),
    row(
        "B6.11 38241 in 2025, procedures not reconciled",
        grafted(AUTOLOGOUS, "2025-03-01").without("procedures"),
        "unknown",
        reason="not_reconciled",
    ),
    row("T2-I0b.4 30243Y2 dated 2025 before an MRD of 2026", grafted(RELATED_DONOR, "2025"), "pass"),
    row(
        "T2-I0b.4 30243Y2 dated 2025 and an MRD of 2025",
        grafted(RELATED_DONOR, "2025").having(mrd(measured(0.3), "2025-08-01")),
        "unknown",
    ),
    row("T2-I0b.5 not done, procedures reconciled", grafted(ALLOGENEIC, status="not-done"), "fail"),
    row(
        "T2-I0b.5 not done, procedures not reconciled",
        grafted(ALLOGENEIC, status="not-done").without("procedures"),
        "unknown",
    ),
    row("T2-I0b no HSCT in a complete record", NONE, "fail"),
    row("T2-I0b no HSCT in an unreconciled record", NONE.without("procedures"), "unknown", reason="not_reconciled"),
    row("T2-I0b in progress", grafted(ALLOGENEIC, status="in-progress"), "unknown"),
    row("T2-I0b in preparation", grafted(ALLOGENEIC, status="preparation"), "unknown"),
    row("T2-I0b status unknown", grafted(ALLOGENEIC, status="unknown"), "unknown"),
    row("T2-I0b allogeneic without a date", grafted(ALLOGENEIC, on=None), "unknown"),
    row("T2-I0b donor lymphocytes alone", grafted(LYMPHOCYTES), "unknown"),
    row("T2-I0b type undetermined", UNDETERMINED, "unknown"),
    row(
        "T2-I0b type undetermined, but GVHD speaks for a donor",
        UNDETERMINED.having(condition("gvhd-once", icd("D89.810"), "resolved", abatementDateTime="2026-03-01")),
        "pass",
    ),
    row("T2-I0b a syngeneic donor needs a look", grafted(snomed("234331007")), "unknown", review=True),
    row("T2-I0b two allogeneic transplants", BASE.having(procedure("first", ALLOGENEIC, "2024-02-01")), "pass"),
    row(
        "T2-I0b a performedPeriod is a date",
        BASE.changed(
            "hsct",
            performedDateTime=None,
            performedPeriod={"start": "2026-01-10T09:00:00Z", "end": "2026-01-10T11:00:00Z"},
        ),
        "pass",
    ),
    row("T2-I0b a month is precise enough", grafted(ALLOGENEIC, "2026-01"), "pass"),
    row("T2-I0b autologous first, allogeneic later", grafted(AUTOLOGOUS, "2025-03-01", chart=BASE), "pass"),
    row("T2-I0b entered in error, procedures reconciled", grafted(ALLOGENEIC, status="entered-in-error"), "fail"),
]


@pytest.mark.parametrize("row", ROWS)
def test_allogeneic_transplant(row: Row) -> None:
    assert row.found("I0b") == row.expected


DONOR_SNOMED = "58390007 234334004 234335003 445757003 446253009 425843001"
DONOR_PCS = "30230G2 30230U3 30230X4 30233Y2 30243Y3 30243G4"
OWN_SNOMED = "58776007 19944001 46280001 425983008 709115004 711429001"
OWN_PCS = "30243Y0 30233Y0 30243G0 30233G0"


@pytest.mark.parametrize(
    "code",
    [
        *(snomed(c) for c in DONOR_SNOMED.split()),
        *(concept(ICD10PCS, c) for c in DONOR_PCS.split()),
    ],
    ids=lambda code: code["coding"][0]["code"],
)
def test_codes_that_name_a_donor_count(code: Resource) -> None:
    assert criterion_in(assess(grafted(code)), "I0b")["outcome"] == "pass"


@pytest.mark.parametrize(
    "code",
    [
        AUTOLOGOUS,
        *(snomed(c) for c in OWN_SNOMED.split()),
        *(concept(ICD10PCS, c) for c in OWN_PCS.split()),
    ],
    ids=lambda code: code["coding"][0]["code"],
)
def test_autologous_codes_never_count(code: Resource) -> None:
    assert criterion_in(assess(grafted(code)), "I0b")["outcome"] == "fail"


def test_a_status_code_after_an_autologous_transplant_must_not_pass() -> None:
    """T2-I0b boundary: 38241 with Z94.84."""
    chart = grafted(AUTOLOGOUS, "2025-03-01").having(STATUS_CODE)

    assert criterion_in(assess(chart), "I0b")["outcome"] != "pass"


def test_a_transplant_planned_for_later_must_not_pass() -> None:
    """T2-I0b reading: dated before the day of assessment."""
    assert criterion_in(assess(grafted(ALLOGENEIC, "2026-07-01")), "I0b")["outcome"] != "pass"
