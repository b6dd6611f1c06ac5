"""T2-I0a: acute lymphoblastic leukaemia of B lineage."""

from __future__ import annotations

import pytest

from tests.criteria.rows import Row, assess, criterion_in, enrolment_in, outcomes_in, row
from tests.fhir import Chart, Resource, base_chart, condition, icd, loinc, observation, snomed

BASE = base_chart()


def diagnosed(*codes: Resource, clinical: str | None = "active", verified: str | None = "confirmed") -> Chart:
    """The base patient with these diagnoses instead of his own."""
    found = [condition(f"leukaemia-{n}", code, clinical, verified) for n, code in enumerate(codes)]
    return BASE.without("leukaemia").having(*found)


PHENOTYPE = observation("phenotype", loinc("101119-6"), "2026-05-20", valueString="positive for CD19+ CD10+ CD79a+")

ROWS = [
    row("T2-I0a.1 714251006 is B-ALL", BASE, "pass"),
    row("T2-I0a.2 C91.01 alone names no lineage", diagnosed(icd("C91.01")), "unknown", needs="data"),
    row("T2-I0a.3 277575008 is T-ALL", diagnosed(snomed("277575008")), "fail"),
    row("T1-I0.1 91857003 alone names no lineage", diagnosed(snomed("91857003")), "unknown"),
    row("T1-I0.2 a phenotype in words does not settle C91.02", diagnosed(icd("C91.02")).having(PHENOTYPE), "unknown"),
    row(
        "T1-I0.3 B-ALL refuted and T-ALL confirmed",
        diagnosed(snomed("277575008")).having(condition("b", snomed("277571004"), verified="refuted")),
        "fail",
    ),
    row(
        "T1-I0.4 B-ALL and T-ALL both confirmed contradict each other",
        diagnosed(snomed("277575008"), snomed("277572006")),
        "unknown",
        reason="conflict",
    ),
    row("T1-I0 mixed phenotype is ambiguous", diagnosed(snomed("1187123005")), "unknown"),
    row("T1-I0 ambiguous lineage is ambiguous", diagnosed(snomed("721308005")), "unknown"),
    row("T1-I0 provisional B-ALL is not confirmed", diagnosed(snomed("277571004"), verified="provisional"), "unknown"),
    row(
        "T1-I0 differential B-ALL is not confirmed", diagnosed(snomed("277571004"), verified="differential"), "unknown"
    ),
    row("T1-I0 unconfirmed B-ALL is not confirmed", diagnosed(snomed("277571004"), verified="unconfirmed"), "unknown"),
    row("T1-I0 no verification status counts as confirmed", diagnosed(snomed("277571004"), verified=None), "pass"),
    row("T1-I0 B-ALL in remission is still B-ALL", diagnosed(snomed("277571004"), clinical="remission"), "pass"),
    row("T1-I0 resolved B-ALL is still B-ALL", diagnosed(snomed("277571004"), clinical="resolved"), "pass"),
    row("T1-I0 B-ALL in relapse is still B-ALL", diagnosed(snomed("277571004"), clinical="relapse"), "pass"),
    row("T1-I0 B-ALL without a clinical status", diagnosed(snomed("277571004"), clinical=None), "pass"),
    row("T1-I0 C83.50 is a lymphoma, perhaps ALL", diagnosed(icd("C83.50")), "unknown"),
    row("T1-I0 C91.01 beside 277571004 does not weaken it", diagnosed(icd("C91.01"), snomed("277571004")), "pass"),
    row("T1-I0 no leukaemia code in a reconciled problem list", BASE.without("leukaemia"), "fail"),
    row(
        "T1-I0 no leukaemia code in an unreconciled record",
        BASE.without("leukaemia", "problems"),
        "unknown",
        reason="not_reconciled",
    ),
]


@pytest.mark.parametrize("row", ROWS)
def test_b_lineage(row: Row) -> None:
    assert row.found("I0a") == row.expected


B_LINEAGE = (
    "277571004 277572006 277573001 371012000 425941003 714251006 723889003 "
    "838340006 838341005 838342003 838343008 838344002 838346000"
)
T_LINEAGE = "277575008 420890002 427642009 421246008 404124002"
NO_LINEAGE = "91857003 91856007 12301000132103 12311000132101 277574007 425688002"
AMBIGUOUS = "1187123005 1153377008 721308005 278453007 1264458000"


@pytest.mark.parametrize("code", B_LINEAGE.split())
def test_every_b_all_code_proves_b_lineage(code: str) -> None:
    assert criterion_in(assess(diagnosed(snomed(code))), "I0a")["outcome"] == "pass"


@pytest.mark.parametrize("code", T_LINEAGE.split())
def test_every_t_all_code_alone_fails(code: str) -> None:
    assert criterion_in(assess(diagnosed(snomed(code))), "I0a")["outcome"] == "fail"


@pytest.mark.parametrize("code", NO_LINEAGE.split() + AMBIGUOUS.split())
def test_codes_without_a_certain_lineage_leave_it_open(code: str) -> None:
    assert criterion_in(assess(diagnosed(snomed(code))), "I0a")["outcome"] == "unknown"


@pytest.mark.parametrize("code", ["C91.00", "C91.01", "C91.02"])
def test_icd_codes_of_all_leave_the_lineage_open(code: str) -> None:
    assert criterion_in(assess(diagnosed(icd(code))), "I0a")["outcome"] == "unknown"


def test_t_all_closes_the_question() -> None:
    """B3: enrolment does not apply when a population criterion of the disease fails."""
    found = enrolment_in(assess(diagnosed(snomed("277575008"))))

    assert found["standing"] == "not_applicable"


def test_one_ph_negative_b_all_code_answers_lineage_and_ph() -> None:
    """T2-I0a.1: 714251006 meets I0a and I0c."""
    outcomes = outcomes_in(assess(BASE))

    assert (outcomes["I0a"], outcomes["I0c"]) == ("pass", "pass")
