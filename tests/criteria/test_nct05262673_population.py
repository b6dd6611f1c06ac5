"""T1-G0, T1-I0, T1-I1: recruitment, B lineage, older than six months."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.criteria.rows import Row, assess, configured, enrolment_in, row, trial_in
from tests.fhir import Chart, Resource, condition, icd, loinc, measured, observation, snomed
from tests.multi_car_t import TRIAL, candidate

B_ALL, PRE_B, T_ALL, PH_POSITIVE = "277571004", "277572006", "277575008", "425688002"


def diagnosed(*resources: Resource) -> Chart:
    """The candidate with other diagnoses of leukaemia."""
    return candidate().without("leukaemia").having(*resources)


def born(date: str | None, as_of: str = "2026-06-01") -> dict[str, Any]:
    return {"chart": candidate().changed("1", birthDate=date), "as_of": as_of}


LINEAGE = [
    row("T1-I0.1 only C91.01", diagnosed(condition("all", icd("C91.01"))), "unknown", reason="not_specific"),
    row(
        "T1-I0.2 C91.02 and an immunophenotype as text",
        diagnosed(
            condition("all", icd("C91.02")),
            observation("phenotype", loinc("101119-6"), "2026-05-01", valueString="CD19+ CD10+ CD79a+"),
        ),
        "unknown",
        review=True,
    ),
    row(
        "T1-I0.3 B-ALL refuted, T-ALL confirmed",
        diagnosed(condition("b", snomed(B_ALL), verified="refuted"), condition("t", snomed(T_ALL))),
        None,
    ),
    row(
        "T1-I0.4 B and T lineage both confirmed",
        diagnosed(condition("b", snomed(B_ALL)), condition("t", snomed(PRE_B)), condition("u", snomed(T_ALL))),
        "unknown",
        reason="conflict",
    ),
    row(
        "T1-I0.5 Ph-positive ALL with B antigens on the blasts",
        diagnosed(
            condition("ph", snomed(PH_POSITIVE)),
            observation("cd22", loinc("51124-6"), "2026-05-20", **measured(80)),
        ),
        "pass",
    ),
    row("T1-I0 provisional", diagnosed(condition("b", snomed(B_ALL), verified="provisional")), "unknown"),
    row("T1-I0 in remission", diagnosed(condition("b", snomed(B_ALL), clinical="remission")), "pass"),
    row("T1-I0 in relapse", diagnosed(condition("b", snomed(B_ALL), clinical="relapse")), "pass"),
    row("T1-I0 lymphoblastic lymphoma alone", diagnosed(condition("l", icd("C83.50"))), "unknown"),
]


@pytest.mark.parametrize("row", LINEAGE)
def test_lineage(row: Row) -> None:
    question = enrolment_in(assess(row.chart), TRIAL)
    found = {c["id"]: c for c in question["criteria"]}
    if row.expected["outcome"] is None:
        # T lineage alone closes the gate: nothing is asked of this patient.
        assert question["standing"] == "not_applicable"
        return
    assert row.found("I0", trial_id=TRIAL) == row.expected, found.get("I0")


AGE = [
    row("T1-I1.1 six months to the day", **born("2025-12-01"), outcome="fail"),
    row("T1-I1.2 six months and one day", **born("2025-11-30"), outcome="pass"),
    row("T1-I1.3 every day of the birth month fails", **born("2025-12"), outcome="fail"),
    row("T1-I1.4 the birth month straddles the limit", **born("2025-11", "2026-05-15"), outcome="unknown"),
    row("T1-I1.5 birth year only", **born("2025"), outcome="unknown", reason="imprecise"),
    row("T1-I1.6 91 years: no upper limit", **born("1935-03-03"), outcome="pass"),
    row("T1-I1 the day after the boundary", **born("2025-12-01", "2026-06-02"), outcome="pass"),
    row("T1-I1 31 August: the last day of February is six months", **born("2025-08-31", "2026-02-28"), outcome="fail"),
    row("T1-I1 31 August: the day after passes", **born("2025-08-31", "2026-03-01"), outcome="pass"),
    row("T1-I1 no birth date", **born(None), outcome="unknown", reason="missing"),
    row("T1-I1 born in the future", **born("2027-01-01"), outcome="unknown"),
]


@pytest.mark.parametrize("row", AGE)
def test_age(row: Row) -> None:
    assert row.found("I1", trial_id=TRIAL) == row.expected


def study(status: str, end: str | None = None) -> Resource:
    period = {"period": {"end": end}} if end else {}
    return {"resourceType": "ResearchStudy", "id": "s", "status": status, "identifier": [{"value": TRIAL}]} | period


@pytest.mark.parametrize(
    ("as_of", "state"),
    [
        pytest.param("2025-12-31", "open", id="T1-G0.1 the last day is still open"),
        pytest.param("2026-01-01", "closed", id="T1-G0.2 the day after it is closed"),
    ],
)
def test_the_registrys_end_date_closes_the_study(as_of: str, state: str) -> None:
    assert trial_in(assess(candidate(), as_of), TRIAL)["recruitment"]["state"] == state


def test_an_active_study_with_a_later_end_opens_it() -> None:
    """T1-G0.3"""
    chart = candidate().having(study("active", "2027-06-30"))

    assert trial_in(assess(chart), TRIAL)["recruitment"]["state"] == "open"


def test_an_active_study_whose_end_has_passed_does_not() -> None:
    """T1-G0"""
    chart = candidate().having(study("active", "2026-05-31"))

    assert trial_in(assess(chart), TRIAL)["recruitment"]["state"] == "closed"


def test_the_sites_word_opens_it(tmp_path: Path) -> None:
    """T1-G0.3, by the site profile."""
    site = {"version": "1", "recruitment": {TRIAL: {"state": "open", "because": "confirmed by the sponsor"}}}

    found = trial_in(assess(candidate(), service=configured(tmp_path, site=site)), TRIAL)["recruitment"]

    assert found == {"state": "open", "because": "Confirmed by the sponsor"}


def test_a_closed_study_changes_nothing_about_the_patient() -> None:
    """T1-G0: verdicts are computed all the same."""
    before, after = (enrolment_in(assess(candidate(), day), TRIAL)["standing"] for day in ("2026-06-01", "2026-06-01"))

    assert before == after == "potentially_eligible"


def test_a_page_that_nobody_changed_for_a_year_is_not_believed() -> None:
    """T1-G0: last modified 13 March 2022."""
    assert "unverified" in trial_in(assess(candidate(), "2025-12-31"), TRIAL)["recruitment"]["because"]
