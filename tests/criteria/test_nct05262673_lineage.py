"""T1-I0: acute lymphoblastic leukaemia of B lineage, in any state."""

from __future__ import annotations

import pytest

from tests.criteria.rows import Row, assess, criterion_in, enrolment_in, row
from tests.fhir import CPT, Chart, Resource, concept, condition, icd, loinc, observation, procedure, snomed
from tests.multi_car_t import TRIAL, candidate

BASE = candidate()
# Without antigens, so that nothing but the diagnosis speaks of lineage.
BARE = BASE.without("leukaemia", "cd19")
B_ALL, PRE_B_ALL, T_ALL = snomed("277571004"), snomed("277572006"), snomed("277575008")
PH_POSITIVE, MIXED = snomed("425688002"), snomed("1187123005")
HINT = procedure("hsct", concept(CPT, "38240"), "2026-01-10")


def diagnosed(*codes: Resource, clinical: str | None = "active", verified: str | None = "confirmed") -> Chart:
    found = [condition(f"leukaemia-{n}", code, clinical, verified) for n, code in enumerate(codes)]
    return BARE.having(*found)


def phenotype(**value: object) -> Resource:
    return observation("phenotype", loinc("101119-6"), "2026-05-20", **value)


ROWS = [
    row("T1-I0.1 only C91.01 names no lineage", diagnosed(icd("C91.01")), "unknown", needs="data"),
    row("T1-I0 only 91857003 names no lineage", diagnosed(snomed("91857003")), "unknown", needs="data"),
    row(
        "T1-I0.2 a phenotype in words does not settle C91.02",
        diagnosed(icd("C91.02")).having(phenotype(valueString="CD19+ CD10+ CD79a+")),
        "unknown",
        needs="data",
    ),
    row(
        "T1-I0.3 B-ALL refuted and T-ALL confirmed",
        diagnosed(T_ALL).having(condition("b", B_ALL, verified="refuted")),
        "fail",
    ),
    row(
        "T1-I0.4 T-ALL and pre-B-ALL both confirmed contradict each other",
        diagnosed(T_ALL, PRE_B_ALL),
        "unknown",
        reason="conflict",
    ),
    row(
        "T1-I0.5 Ph-positive ALL with a structured B phenotype",
        diagnosed(PH_POSITIVE).having(phenotype(valueCodeableConcept=B_ALL)),
        "pass",
    ),
    row("T1-I0.5 Ph-positive ALL alone names no lineage", diagnosed(PH_POSITIVE), "unknown"),
    row("T1-I0.5 Ph-positive B-ALL is B-ALL here", diagnosed(snomed("723889003")), "pass"),
    row("T1-I0 B-ALL", BASE, "pass"),
    row("T1-I0 C91.01 beside B-ALL does not weaken it", diagnosed(icd("C91.01"), B_ALL), "pass"),
    row("T1-I0 only T-ALL", diagnosed(T_ALL), "fail"),
    row("T1-I0 mixed phenotype", diagnosed(MIXED), "unknown"),
    row("T1-I0 mixed phenotype beside B-ALL is never settled by itself", diagnosed(MIXED, B_ALL), "unknown"),
    row("T1-I0 provisional B-ALL", diagnosed(B_ALL, verified="provisional"), "unknown"),
    row("T1-I0 differential B-ALL", diagnosed(B_ALL, verified="differential"), "unknown"),
    row("T1-I0 unconfirmed B-ALL", diagnosed(B_ALL, verified="unconfirmed"), "unknown"),
    row("T1-I0 provisional T-ALL does not fail", diagnosed(T_ALL, verified="provisional"), "unknown"),
    row("T1-I0 no verification status counts as confirmed", diagnosed(B_ALL, verified=None), "pass"),
    row("T1-I0 in remission", diagnosed(B_ALL, clinical="remission"), "pass"),
    row("T1-I0 in relapse", diagnosed(B_ALL, clinical="relapse"), "pass"),
    row("T1-I0 resolved", diagnosed(B_ALL, clinical="resolved"), "pass"),
    row("T1-I0 no clinical status", diagnosed(B_ALL, clinical=None), "pass"),
    row("T1-I0 precursor B-ALL in remission, by its own code", diagnosed(snomed("425941003")), "pass"),
    row("T1-I0 C83.50 is a lymphoma, perhaps ALL", diagnosed(icd("C83.50")), "unknown"),
    row("T1-I0 C83.50 beside B-ALL", diagnosed(icd("C83.50"), B_ALL), "pass"),
    row(
        "T1-I0 B-ALL in the past counts for a lifetime",
        BASE.changed("leukaemia", onsetDateTime="1995-03-01"),
        "pass",
    ),
    row("T1-I0 no leukaemia in a reconciled problem list", BARE.having(HINT), "fail"),
    row(
        "T1-I0 no leukaemia in a list that nobody reconciled",
        BARE.without("problems").having(HINT),
        "unknown",
        reason="not_reconciled",
        needs="data",
    ),
    row(
        "T1-I0 B-ALL entered in error leaves nothing",
        BARE.without("problems").having(HINT, condition("b", B_ALL, verified="entered-in-error")),
        "unknown",
    ),
    row(
        "B5.1 another patient's B-ALL",
        BARE.without("problems").having(HINT, condition("b", B_ALL, subject={"reference": "Patient/999"})),
        "unknown",
    ),
    row(
        "B5.1 B-ALL that begins tomorrow",
        BARE.without("problems").having(HINT, condition("b", B_ALL, onsetDateTime="2026-06-02")),
        "unknown",
    ),
]


@pytest.mark.parametrize("row", ROWS)
def test_b_lineage(row: Row) -> None:
    assert row.found("I0", trial_id=TRIAL) == row.expected


def test_t_all_closes_the_question() -> None:
    """B3: enrolment does not apply when a population criterion of the disease fails."""
    assert enrolment_in(assess(diagnosed(T_ALL)), TRIAL)["standing"] == "not_applicable"


def test_an_open_lineage_leaves_the_question_open() -> None:
    assert enrolment_in(assess(diagnosed(icd("C91.01"))), TRIAL)["standing"] == "indeterminate"


def test_both_diagnoses_are_shown_when_they_contradict() -> None:
    """Section 0: show both."""
    found = criterion_in(assess(diagnosed(T_ALL, PRE_B_ALL)), "I0", TRIAL)

    assert {item["reference"] for item in found["evidence"]} == {"Condition/leukaemia-0", "Condition/leukaemia-1"}


def test_it_is_a_population_criterion() -> None:
    assert criterion_in(assess(BASE), "I0", TRIAL)["kind"] == "population"
