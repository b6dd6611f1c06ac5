"""T1-G0: whether the study takes patients. It never changes what is said of the patient."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.criteria.rows import assess, configured, enrolment_in, trial_in
from tests.fhir import Resource
from tests.multi_car_t import TRIAL, candidate

BASE = candidate()
LAST_DAY, DAY_AFTER = "2025-12-31", "2026-01-01"


def study(status: str, end: str | None = LAST_DAY, nct: str = TRIAL) -> Resource:
    found: Resource = {"resourceType": "ResearchStudy", "id": "study", "status": status, "identifier": [{"value": nct}]}
    return found | ({"period": {"end": end}} if end else {})


def recruitment(as_of: str, *more: Resource) -> Resource:
    return dict(trial_in(assess(BASE.having(*more), as_of), TRIAL)["recruitment"])


@pytest.mark.parametrize(
    ("as_of", "state"),
    [
        pytest.param(LAST_DAY, "open", id="T1-G0.1 the end date itself is still open"),
        pytest.param("2025-06-01", "open", id="T1-G0 half a year before the end"),
        pytest.param(DAY_AFTER, "closed", id="T1-G0.2 the day after the end is closed"),
        pytest.param("2026-06-01", "closed", id="T1-G0 half a year after the end"),
    ],
)
def test_an_active_study_is_open_until_its_end_date(as_of: str, state: str) -> None:
    assert recruitment(as_of, study("active"))["state"] == state


def test_without_a_study_in_the_data_the_registrys_end_date_has_passed() -> None:
    """T1-G0.2"""
    found = recruitment(DAY_AFTER)

    assert found["state"] == "closed"
    assert LAST_DAY in found["because"]


def test_a_site_that_extended_the_study_keeps_it_open() -> None:
    """T1-G0.3: status active with a later end."""
    assert recruitment("2026-06-01", study("active", "2027-12-31"))["state"] == "open"


def test_an_extended_study_closes_after_its_own_end() -> None:
    """T1-G0: closed if asOf is after the end."""
    assert recruitment("2028-01-01", study("active", "2027-12-31"))["state"] == "closed"


@pytest.mark.parametrize("status", ["closed-to-accrual", "completed", "withdrawn"])
def test_a_study_that_is_not_active_is_not_open(status: str) -> None:
    """T1-G0: open needs status active."""
    assert recruitment(LAST_DAY, study(status))["state"] == "closed"


def test_another_trials_study_says_nothing() -> None:
    assert recruitment("2026-06-01", study("active", "2027-12-31", "NCT00000000")) == recruitment("2026-06-01")


def test_the_site_profile_may_say_that_it_is_open(tmp_path: Path) -> None:
    service = configured(tmp_path, site={"version": "1", "recruitment": {TRIAL: {"state": "open"}}})

    assert trial_in(assess(BASE, service=service), TRIAL)["recruitment"]["state"] == "open"


def test_the_age_of_the_source_is_part_of_the_answer() -> None:
    """T1-G0 reading: last modified on 13 March 2022, so the status of the study is not verified."""
    because = recruitment(LAST_DAY)["because"]

    assert "2022-03-13" in because or "13 March 2022" in because


def test_a_closed_study_does_not_change_what_is_said_of_the_patient() -> None:
    """T1-G0 reading: patient-level verdicts are still computed."""
    closed = enrolment_in(assess(BASE), TRIAL)

    assert enrolment_in(assess(BASE.having(study("active", "2027-12-31"))), TRIAL) == closed
