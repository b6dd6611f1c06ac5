"""Section 0 and B4: absence counts only where a domain was reconciled, by a working list or by site policy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.criteria.rows import Row, assess, configured, criterion_in, row
from tests.fhir import Chart, base_chart, reconciled

BASE = base_chart()
OTHERS_LIST = {"subject": {"reference": "Patient/999"}}


def problems(on: str | None, status: str = "current") -> Chart:
    return BASE.having(reconciled("problems", "11450-4", on, status))


def medications(on: str | None, status: str = "current") -> Chart:
    return BASE.having(reconciled("medications", "10160-0", on, status))


def procedures(on: str | None) -> Chart:
    return BASE.without("hsct").having(reconciled("procedures", "47519-4", on))


CONDITIONS = [
    row("B4 problem list of 90 days ago", problems("2026-03-03"), "pass"),
    row("B4 problem list of 91 days ago", problems("2026-03-02"), "unknown", reason="not_reconciled"),
    row("B4 retired problem list", problems("2026-05-30", "retired"), "unknown", reason="not_reconciled"),
    row("B4 problem list entered in error", problems("2026-05-30", "entered-in-error"), "unknown"),
    row("B4 problem list without a date", problems(None), "unknown"),
    row("B5.1 tomorrow's problem list", problems("2026-06-02"), "unknown"),
    row("B5.1 another patient's problem list", BASE.changed("problems", **OTHERS_LIST), "unknown"),
    row("B4 a medication list is no problem list", BASE.without("problems"), "unknown", reason="not_reconciled"),
]


@pytest.mark.parametrize("row", CONDITIONS)
def test_a_problem_list_lets_absence_of_conditions_count(row: Row) -> None:
    assert row.found("E4") == row.expected


MEDICATIONS = [
    row("B4 medication list of 7 days ago", medications("2026-05-25"), "pass"),
    row("B4 medication list of 8 days ago", medications("2026-05-24"), "unknown", reason="not_reconciled"),
    row("B4 retired medication list", medications("2026-05-30", "retired"), "unknown"),
]


@pytest.mark.parametrize("row", MEDICATIONS)
def test_a_medication_list_lets_absence_of_treatment_count(row: Row) -> None:
    assert row.found("E1") == row.expected


PROCEDURES = [
    row("B4 procedure list of 90 days ago", procedures("2026-03-03"), "fail"),
    row("B4 procedure list of 91 days ago", procedures("2026-03-02"), "unknown", reason="not_reconciled"),
]


@pytest.mark.parametrize("row", PROCEDURES)
def test_a_procedure_list_lets_absence_of_a_transplant_count(row: Row) -> None:
    assert row.found("I0b") == row.expected


@pytest.mark.parametrize(
    ("domain", "missing", "criterion", "outcome"),
    [
        pytest.param("conditions", "problems", "E3", "pass", id="B4 closed world of conditions"),
        pytest.param("medications", "medications", "E1", "pass", id="B4 closed world of medications"),
        pytest.param("procedures", "procedures", "I0b", "fail", id="B4 closed world of procedures"),
    ],
)
def test_a_site_may_declare_its_record_complete(
    domain: str, missing: str, criterion: str, outcome: str, tmp_path: Path
) -> None:
    chart = BASE.without(missing, *(["hsct"] if domain == "procedures" else []))
    service = configured(tmp_path, site={"version": "1", "closed_world": [domain]})

    assert criterion_in(assess(chart), criterion)["outcome"] == "unknown"
    assert criterion_in(assess(chart, service=service), criterion)["outcome"] == outcome


def test_reconciliation_runs_out() -> None:
    """B3, valid_until: a problem list of 30 May carries an absence for 90 days, until 28 August."""
    assert criterion_in(assess(BASE), "E3").get("valid_until") == "2026-08-28"
