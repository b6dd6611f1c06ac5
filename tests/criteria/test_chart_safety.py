"""B5 and B6.13-16: never a definite answer from data that is not this patient's, not readable, not had or not yet."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from cds.errors import NoPatientError, UnreadableInputError
from tests.criteria.rows import assess, assessor, criterion_in, enrolment_in, outcomes_in
from tests.fhir import AS_OF, Chart, base_chart, condition, icd, loinc, observation

BASE = base_chart()
KEYS_OF_CRITERIA = {
    "conditions": {"E1", "E3", "E4", "E5", "I4"},
    "observations": {"I2", "I3", "I4", "E2"},
    "procedures": {"I0b"},
    "lists": {"E1", "E3", "E4", "E5"},
    "medicationRequests": {"E1"},
}


def changed_outcomes(chart: Chart) -> dict[str, str]:
    before, after = outcomes_in(assess(BASE)), outcomes_in(assess(chart))
    return {name: outcome for name, outcome in after.items() if before[name] != outcome}


def hooked(prefetch: dict[str, bytes]) -> dict[str, Any]:
    return assessor().assess_prefetch(prefetch, patient_id="1", as_of=AS_OF).as_json()


@pytest.mark.parametrize("name", ["mrd", "blasts", "ecog", "gvhd"])
def test_another_patients_observation_is_never_used(name: str) -> None:
    """B5.1: and the reader is told."""
    assessment = assess(BASE.changed(name, subject={"reference": "Patient/999"}))

    assert outcomes_in(assessment) != outcomes_in(assess(BASE))
    assert f"Observation/{name}" in {warning.get("reference") for warning in assessment["warnings"]}


def test_another_patients_diagnosis_does_not_exclude() -> None:
    epilepsy = condition("epilepsy", icd("G40.909"), subject={"reference": "Patient/999"})

    assert changed_outcomes(BASE.having(epilepsy)) == {}


@pytest.mark.parametrize("status", ["entered-in-error", "entered-in-error ", "cancelled", "banana"])
def test_a_status_that_is_not_usable_drops_the_result(status: str) -> None:
    """B6.13: surrounding blanks do not hide a status."""
    assert changed_outcomes(BASE.changed("ecog", status=status)) == {"I2": "unknown"}


def test_blanks_around_a_good_status_do_no_harm() -> None:
    """B6.13"""
    assert changed_outcomes(BASE.changed("ecog", status=" final ")) == {}


def test_blanks_around_a_code_do_no_harm() -> None:
    """B6.13"""
    assert changed_outcomes(BASE.changed("ecog", code=loinc(" 89247-1 "))) == {}


def test_an_entry_in_error_is_mentioned() -> None:
    warnings = assess(BASE.changed("ecog", status="entered-in-error"))["warnings"]

    assert {"entered-in-error"} <= {found["code"] for found in warnings if found.get("reference") == "Observation/ecog"}


@pytest.mark.parametrize("name", ["mrd", "blasts", "ecog", "gvhd"])
def test_a_result_of_the_future_is_dropped_with_a_warning(name: str) -> None:
    assessment = assess(BASE.changed(name, effectiveDateTime="2026-06-03"))

    assert f"Observation/{name}" in {warning.get("reference") for warning in assessment["warnings"]}
    assert "fail" not in outcomes_in(assessment).values()


@pytest.mark.parametrize("name", ["mrd", "blasts", "ecog", "gvhd"])
def test_a_preliminary_result_decides_nothing(name: str) -> None:
    outcomes = changed_outcomes(BASE.changed(name, status="preliminary"))

    assert outcomes
    assert set(outcomes.values()) == {"unknown"}


def test_a_truncated_upload_decides_nothing_by_absence() -> None:
    """B5.1: a Bundle with a next page."""
    bundle = orjson.loads(BASE.bundle()) | {"link": [{"relation": "next", "url": "https://ehr.example/page2"}]}

    outcomes = outcomes_in(assessor().assess_bundle(orjson.dumps(bundle), as_of=AS_OF).as_json())

    assert {outcomes[name] for name in ("E1", "E3", "E4", "E5")} == {"unknown"}


@pytest.mark.parametrize("key", KEYS_OF_CRITERIA)
def test_a_prefetch_key_that_was_not_sent_leaves_its_criteria_open(key: str) -> None:
    prefetch = {name: raw for name, raw in BASE.prefetch().items() if name != key}

    criteria = {found["id"]: found for found in enrolment_in(hooked(prefetch))["criteria"]}

    assert {criteria[name]["outcome"] for name in KEYS_OF_CRITERIA[key]} == {"unknown"}


@pytest.mark.parametrize("key", ["consents", "researchSubjects", "questionnaireResponses"])
def test_a_prefetch_key_that_enrolment_does_not_need_may_be_empty(key: str) -> None:
    prefetch = BASE.prefetch() | {key: b"null"}

    assert outcomes_in(hooked(prefetch)) == outcomes_in(assess(BASE))


def test_an_operation_outcome_is_not_an_empty_answer() -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "forbidden"}]}

    outcomes = outcomes_in(hooked(BASE.prefetch() | {"conditions": orjson.dumps(outcome)}))

    assert {outcomes[name] for name in ("E1", "E3", "E4", "E5")} == {"unknown"}


def test_null_means_looked_and_found_nothing() -> None:
    outcomes = outcomes_in(hooked(BASE.prefetch() | {"medicationRequests": b"null"}))

    assert outcomes == outcomes_in(assess(BASE))


@pytest.mark.parametrize("patient", [b"null", b"{}", b'{"resourceType": "Banana"}'])
def test_without_a_patient_nothing_is_said(patient: bytes) -> None:
    with pytest.raises(NoPatientError):
        hooked(BASE.prefetch() | {"patient": patient})


def test_the_prefetched_patient_must_be_the_one_of_the_context() -> None:
    with pytest.raises(NoPatientError):
        assessor().assess_prefetch(BASE.prefetch(), patient_id="999", as_of=AS_OF)


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", b"[]", b'"text"', b"null", b'{"resourceType": "Patient", "id": "1"}'],
    ids=["empty", "not JSON", "an array", "a string", "null", "not a Bundle"],
)
def test_what_is_not_a_bundle_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableInputError):
        assessor().assess_bundle(body, as_of=AS_OF)


@pytest.mark.parametrize("as_of", ["", "yesterday", "2026-13-01", "2026-02-30", "20260601"])
def test_a_day_that_does_not_exist_is_refused(as_of: str) -> None:
    with pytest.raises(UnreadableInputError):
        assessor().assess_bundle(BASE.bundle(), as_of=as_of)


def test_a_bundle_holds_exactly_one_patient() -> None:
    """B3: no Patient or two Patients are refused."""
    twin = {"resourceType": "Patient", "id": "2", "gender": "male", "birthDate": "1985-02-14"}

    for chart in (BASE.having(twin), BASE.without("1")):
        with pytest.raises((NoPatientError, UnreadableInputError)):
            assess(chart)


def test_an_unreadable_resource_leaves_the_criteria_of_its_code_open() -> None:
    """B6.16: the codes still show which criterion it belongs to."""
    broken = BASE.changed("ecog", valueInteger={"oops": 1})

    assert criterion_in(assess(broken), "I2")["reason"] == "unreadable"
    assert changed_outcomes(broken) == {"I2": "unknown"}


def test_an_unreadable_newer_result_does_not_leave_the_older_one_in_force() -> None:
    newer = observation("newer", loinc("89247-1"), "2026-05-30", valueInteger={"oops": 1})

    assert changed_outcomes(BASE.having(newer)) == {"I2": "unknown"}


def test_a_resource_of_which_nothing_can_be_seen_is_a_warning_only() -> None:
    """B6.16"""
    mangled = {"resourceType": "Observation", "id": "mangled", "code": 7}

    assessment = assess(BASE.having(mangled))

    assert outcomes_in(assessment) == outcomes_in(assess(BASE))
    assert assessment["warnings"] != assess(BASE)["warnings"]


@pytest.mark.parametrize("element", [{"modifierExtension": [{"url": "urn:x"}]}, {"implicitRules": "urn:x"}])
def test_a_modified_resource_is_not_used(element: dict[str, Any]) -> None:
    assessment = assess(BASE.changed("ecog", **element))

    assert outcomes_in(assessment)["I2"] == "unknown"
    assert "Observation/ecog" in {warning.get("reference") for warning in assessment["warnings"]}
