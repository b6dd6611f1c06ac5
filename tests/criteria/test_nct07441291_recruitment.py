"""T2-G0: whether the study takes patients. It never changes what is said of the patient."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.criteria.rows import assess, configured, enrolment_in, trial_in
from tests.fhir import TRIAL, Resource, base_chart

BASE = base_chart()


def study(status: str, nct: str = TRIAL) -> Resource:
    return {"resourceType": "ResearchStudy", "id": "study", "status": status, "identifier": [{"value": nct}]}


def test_an_active_study_in_the_data_is_open() -> None:
    """T2-G0.1"""
    found = trial_in(assess(BASE.having(study("active"))))["recruitment"]

    assert found["state"] == "open"


@pytest.mark.parametrize("status", ["closed-to-accrual", "completed", "withdrawn"])
def test_a_study_that_has_ended_in_the_data_is_closed(status: str) -> None:
    """T2-G0 reading: open means status active."""
    found = trial_in(assess(BASE.having(study(status))))["recruitment"]

    assert found["state"] == "closed"


@pytest.mark.parametrize(
    ("site", "state"),
    [
        pytest.param({"randomised": 70}, "closed", id="T2-G0.2 70 subjects randomised is full"),
        pytest.param({"randomised": 69}, "open", id="T2-G0.3 69 subjects randomised leaves one place"),
        pytest.param({"randomised": 70, "state": "open"}, "open", id="T2-G0.2 the site may override a full study"),
        pytest.param({"state": "closed", "because": "Paused by the sponsor"}, "closed", id="T2-G0 the site closed it"),
        pytest.param({"state": "open"}, "open", id="T2-G0 the site says it is open"),
    ],
)
def test_the_site_knows_how_many_were_randomised(site: dict[str, Any], state: str, tmp_path: Path) -> None:
    service = configured(tmp_path, site={"version": "1", "recruitment": {TRIAL: site}})

    found = trial_in(assess(BASE, service=service))["recruitment"]

    assert found["state"] == state


def test_a_full_study_says_how_full(tmp_path: Path) -> None:
    """T2-G0.2: accrual 70/70."""
    service = configured(tmp_path, site={"version": "1", "recruitment": {TRIAL: {"randomised": 70}}})

    found = trial_in(assess(BASE, service=service))["recruitment"]

    assert "70" in found["because"]


def test_the_sites_reason_is_shown(tmp_path: Path) -> None:
    service = configured(
        tmp_path, site={"version": "1", "recruitment": {TRIAL: {"state": "closed", "because": "Paused by the sponsor"}}}
    )

    found = trial_in(assess(BASE, service=service))["recruitment"]

    assert "Paused by the sponsor" in found["because"]


def test_without_other_knowledge_the_date_of_the_source_is_shown() -> None:
    """T2-G0 reading: the page contradicts itself, so the date of its status is part of the answer."""
    found = trial_in(assess(BASE))["recruitment"]

    assert "2026-05-13" in found["because"] or "13 May 2026" in found["because"]


def test_another_trials_study_says_nothing() -> None:
    alone = trial_in(assess(BASE))["recruitment"]

    found = trial_in(assess(BASE.having(study("completed", "NCT00000000"))))["recruitment"]

    assert found == alone


def test_a_closed_study_does_not_change_what_is_said_of_the_patient() -> None:
    found = enrolment_in(assess(BASE.having(study("completed"))))

    assert found == enrolment_in(assess(BASE))
