"""T2-E3: any disorder of the central nervous system, ever."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import Row, assess, criterion_in, row
from tests.fhir import (
    RXNORM,
    Chart,
    Resource,
    base_chart,
    concept,
    condition,
    given,
    icd,
    loinc,
    measured,
    observation,
    snomed,
)

BASE = base_chart()


def having(
    code: Resource, clinical: str | None = "active", verified: str | None = "confirmed", **elements: Any
) -> Chart:
    return BASE.having(condition("event", code, clinical, verified, **elements))


FAMILY = {
    "resourceType": "FamilyMemberHistory",
    "id": "mother",
    "status": "completed",
    "patient": {"reference": "Patient/1"},
    "relationship": {"text": "mother"},
    "condition": [{"code": snomed("84757009")}],
}
INTRATHECAL = given("it", concept(RXNORM, "6851"), "2025-03-01", snomed("72607000"))

ROWS = [
    row("T2-E3 reconciled history, none", BASE, "pass"),
    row(
        "T2-E3.1 CNS leukaemia 2022, cleared",
        having(snomed("61301000119102"), "resolved", onsetDateTime="2022-03-01", abatementDateTime="2022-09-01"),
        "fail",
    ),
    row(
        "T2-E3.2 febrile seizure at the age of two",
        having(icd("R56.00"), "resolved", onsetDateTime="1987-05-01"),
        "unknown",
    ),
    row("T2-E3.3 prophylactic intrathecal methotrexate", BASE.having(INTRATHECAL), "pass"),
    row("T2-E3.4 ICANS after a prior CAR-T", having(icd("G92.02"), "resolved"), "fail"),
    row("T2-E3.5 epilepsy of the mother", BASE.having(FAMILY), "pass"),
    row("T2-E3 a family history code is not the patient's", having(icd("Z82.0")), "pass"),
    row(
        "T2-E3 negative cerebrospinal fluid",
        BASE.having(observation("csf", loinc("26447-3"), "2026-04-01", **measured(0))),
        "pass",
    ),
    row("B6.12 peripheral neuropathy is not central", having(icd("G62.0")), "pass"),
    row("T2-E3 migraine is left to the clinician", having(icd("G43.909")), "unknown"),
    row("T2-E3 syncope is left to the clinician", having(icd("R55")), "unknown"),
    row("T2-E3 headache is left to the clinician", having(icd("R51.9")), "unknown"),
    row("T2-E3 depression is left to the clinician", having(icd("F32.9")), "unknown"),
    row("B6.12 provisional epilepsy", having(icd("G40.909"), verified="provisional"), "unknown"),
    row("T2-E3 refuted epilepsy", having(icd("G40.909"), verified="refuted"), "pass"),
    row("T2-E3 epilepsy entered in error", having(icd("G40.909"), verified="entered-in-error"), "pass"),
    row("T2-E3 inactive epilepsy is still a history", having(icd("G40.909"), "inactive"), "fail"),
    row("T2-E3 epilepsy in remission is still a history", having(icd("G40.909"), "remission"), "fail"),
    row("T2-E3 epilepsy without a clinical status", having(icd("G40.909"), None), "fail"),
    row("T2-E3 an unreconciled record says nothing", BASE.without("problems"), "unknown", reason="not_reconciled"),
    row("T2-E3 epilepsy needs no reconciliation", having(icd("G40.909")).without("problems"), "fail"),
    row("T2-E3 a negated text proves nothing", having({"text": "No history of seizures"}), "unknown"),
]


@pytest.mark.parametrize("row", ROWS)
def test_nervous_system(row: Row) -> None:
    assert row.found("E3") == row.expected


ICD_TIER_A = "G40.909 I60.9 I61.9 I63.9 I69.30 G35 G00.9 G04.90 G93.40 F01.50 C70.9 C71.9 C72.0 G92.01 C79.32"
SNOMED_TIER_A = "84757009 128613002 230690007 52448006 24700007 39367000 61291000119103"
TIER_A = [*map(icd, ICD_TIER_A.split()), *map(snomed, SNOMED_TIER_A.split())]


@pytest.mark.parametrize("code", TIER_A, ids=lambda code: code["coding"][0]["code"])
def test_tier_a_counts_even_when_resolved(code: Resource) -> None:
    assert criterion_in(assess(having(code, "resolved")), "E3")["outcome"] == "fail"


def test_posterior_reversible_encephalopathy_is_tier_a() -> None:
    assert criterion_in(assess(having(icd("I67.83"), "resolved")), "E3")["outcome"] == "fail"


@pytest.mark.parametrize("code", ["G03.9", "A87.9", "G05.3", "G36.9", "G37.9", "F03.90", "G30.9"])
def test_meningitis_demyelination_and_dementia_of_any_cause_are_tier_a(code: str) -> None:
    """T2-E3 tier A names them without a cause; each ICD-10-CM chapter codes some of them."""
    assert criterion_in(assess(having(icd(code), "resolved")), "E3")["outcome"] == "fail"


@pytest.mark.parametrize("code", ["G20", "G45.9", "G44.209", "D32.0", "D33.2", "C79.31", "G80.9", "G91.9"])
def test_other_disorders_of_the_brain_never_pass_silently(code: str) -> None:
    """The text says any disorder of the central nervous system, ever."""
    assert criterion_in(assess(having(icd(code))), "E3")["outcome"] != "pass"


def test_blasts_in_the_cerebrospinal_fluid_never_pass() -> None:
    """T2-E3 data: csf_blasts."""
    chart = BASE.having(observation("csf", loinc("26447-3"), "2022-04-01", **measured(12)))

    assert criterion_in(assess(chart), "E3")["outcome"] != "pass"
