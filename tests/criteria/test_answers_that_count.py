"""A clinician's answer counts with its author and its date, for a time, and unless another one contradicts it (B4)."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.criteria.rows import assess, assessor, criterion_in
from tests.fhir import AS_OF, Resource, answered, base_chart

BASE = base_chart()
OTHER: Resource = {"subject": {"reference": "Patient/999"}}


def answer(criterion: str, choice: str, on: str = "2026-05-28", **elements: Any) -> Resource:
    return answered("answers", on, **{criterion: choice}) | elements


def organ_function(*responses: Resource, as_of: str = AS_OF) -> dict[str, Any]:
    """What is said of the criterion that only a clinician can answer."""
    return criterion_in(assess(BASE.having(*responses), as_of), "I5")


def warned_of(*responses: Resource) -> set[tuple[str, str]]:
    """Every warning about a response: code and reference."""
    warnings = assess(BASE.having(*responses))["warnings"]
    return {(found["code"], found.get("reference", "")) for found in warnings}


DOCTOR: Resource = {"reference": "Practitioner/7", "display": "Dr. Lin"}
RELATIVE: Resource = {"reference": "RelatedPerson/8", "display": "His sister"}
THE_PATIENT: Resource = {"reference": "Patient/1", "display": "Wei Zhang"}

WHO = [
    pytest.param({"author": DOCTOR}, "Yes (Dr. Lin)", id="the author by name"),
    pytest.param({"author": {"reference": "Practitioner/7"}}, "Yes (Practitioner/7)", id="the author by reference"),
    pytest.param(
        {"author": {"reference": "https://ehr.example/fhir/PractitionerRole/9/_history/2"}},
        "Yes (PractitionerRole/9)",
        id="the author on another server",
    ),
    pytest.param({"author": {"type": "Practitioner", "display": "Dr. Lin"}}, "Yes (Dr. Lin)", id="by type and name"),
    pytest.param(
        {"author": {"reference": "Device/form"}, "source": DOCTOR}, "Yes (Dr. Lin)", id="the source before the author"
    ),
]


@pytest.mark.parametrize(("said_by", "value"), WHO)
def test_an_answer_shows_who_gave_it_and_when(said_by: Resource, value: str) -> None:
    found = organ_function(answer("I5", "Y", **said_by))

    assert found["outcome"] == "pass"
    assert {"reference": "QuestionnaireResponse/answers", "value": value, "date": "2026-05-28"} in found["evidence"]
    assert "The answer of 2026-05-28 names no clinician" not in found.get("review", [])


NAMELESS = [
    pytest.param({}, id="no author"),
    pytest.param({"author": {"reference": "Organization/3", "display": "Ward 5"}}, id="an organization"),
    pytest.param({"author": {"reference": "urn:uuid:0b1f", "display": "Somebody"}}, id="an author of unknown kind"),
]


@pytest.mark.parametrize("said_by", NAMELESS)
def test_an_answer_that_names_no_clinician_counts_and_is_for_review(said_by: Resource) -> None:
    found = organ_function(answer("I5", "Y", **said_by))

    assert found["outcome"] == "pass"
    assert "The answer of 2026-05-28 names no clinician" in found["review"]
    assert "Yes" in [item["value"] for item in found["evidence"]]


NO_CLINICIANS = [
    pytest.param({"author": THE_PATIENT}, id="the patient"),
    pytest.param({"author": RELATIVE}, id="a relative"),
    pytest.param({"author": {"reference": "Device/form"}}, id="a device"),
    pytest.param({"author": DOCTOR, "source": THE_PATIENT}, id="the patient, written down by a clinician"),
    pytest.param({"author": {"type": "Patient", "display": "Wei Zhang"}}, id="the patient by type"),
]


@pytest.mark.parametrize("said_by", NO_CLINICIANS)
def test_what_a_clinician_did_not_answer_is_no_attestation(said_by: Resource) -> None:
    response = answer("I5", "Y", **said_by)

    assert organ_function(response)["outcome"] == "unknown"
    assert ("not-a-clinician", "QuestionnaireResponse/answers") in warned_of(response)
    assert "Wei Zhang" not in str(assess(BASE.having(response)))


def test_a_patient_named_by_the_bundle_s_own_address_is_no_clinician() -> None:
    author = {"author": {"reference": "urn:uuid:11111111-1111-4111-8111-111111111111"}}
    bundle = orjson.loads(BASE.having(answer("I5", "Y", **author)).bundle())
    [patient] = [entry for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Patient"]
    patient["fullUrl"] = author["author"]["reference"]

    assessment = assessor().assess_bundle(orjson.dumps(bundle), as_of=AS_OF).as_json()

    assert criterion_in(assessment, "I5")["outcome"] == "unknown"


WARNED = [
    pytest.param(answer("I5", "Y", authored=None), "undated", id="no date"),
    pytest.param(answer("I5", "Y", authored="last week"), "undated", id="a date that cannot be read"),
    pytest.param(answer("I5", "Y", "2026-06-02"), "future", id="a date to come"),
    pytest.param(answer("I5", "Y", **OTHER), "another-patient", id="another patient"),
    pytest.param(answer("I5", "Y", subject=None), "no-subject", id="no patient"),
    pytest.param(answer("I5", "Y", status="in-progress"), "status", id="not finished"),
    pytest.param(answer("I5", "Y", status="entered-in-error"), "entered-in-error", id="entered in error"),
]


@pytest.mark.parametrize(("response", "code"), WARNED)
def test_a_response_that_is_not_used_is_warned_about(response: Resource, code: str) -> None:
    assert organ_function(response)["outcome"] == "unknown"
    assert (code, "QuestionnaireResponse/answers") in warned_of(response)


def test_two_answers_to_one_question_are_none() -> None:
    response = answer("I5", "Y")
    [item] = response["item"]
    item["answer"] *= 2

    found = organ_function(response)

    assert found["outcome"] == "unknown"
    assert "A clinician's answer of 2026-05-28 cannot be read" in str(found)


def test_other_forms_of_the_chart_are_left_alone() -> None:
    other = answer("I5", "Y", questionnaire="https://ehr.example/Questionnaire/phq-9", authored=None)

    assert "QuestionnaireResponse/answers" not in {reference for _, reference in warned_of(other)}


@pytest.mark.parametrize(("version", "told"), [("|2025.3", True), ("|2026.1", False), ("", False)])
def test_an_answer_on_another_version_of_the_form_counts_and_is_for_review(version: str, *, told: bool) -> None:
    form = f"https://trials.example/fhir/Questionnaire/NCT07441291{version}"
    found = organ_function(answer("I5", "Y", questionnaire=form, author=DOCTOR))

    assert found["outcome"] == "pass"
    note = "The answer of 2026-05-28 was given on version 2025.3 of the form; now it is 2026.1"
    assert (note in found["review"]) is told


def test_an_answer_says_until_when_it_counts_and_afterwards_that_it_did() -> None:
    given = answer("I5", "Y", "2026-05-04", author=DOCTOR)

    today, tomorrow = organ_function(given), organ_function(given, as_of="2026-06-02")

    assert (today["outcome"], today["valid_until"]) == ("pass", "2026-06-01")
    assert (tomorrow["outcome"], tomorrow["reason"]) == ("unknown", "attestation")
    assert tomorrow["because"] == "A clinician answered Yes on 2026-05-04; that counted until 2026-06-01"


def test_not_sure_takes_an_earlier_answer_back_and_is_shown() -> None:
    found = organ_function(answer("I5", "Y", "2026-05-20"), answered("later", "2026-05-28", I5="asked-unknown"))

    assert (found["outcome"], found["reason"]) == ("unknown", "attestation")
    assert found["because"] == "A clinician answered Not sure on 2026-05-28"


def test_a_question_left_empty_takes_nothing_back() -> None:
    empty = answered("later", "2026-05-28") | {"item": [{"linkId": "I5"}]}

    assert organ_function(answer("I5", "Y", "2026-05-20"), empty)["outcome"] == "pass"


SAME_TIME = [
    pytest.param("2026-05-28", "2026-05-28", id="the same day"),
    pytest.param("2026-05-28T09:00:00Z", "2026-05-28", id="a time and its day"),
    pytest.param("2026-05-28T09:00:00Z", "2026-05-28T09:00:00Z", id="the same second"),
]


@pytest.mark.parametrize(("first", "second"), SAME_TIME)
def test_two_answers_of_the_same_time_that_differ_are_a_conflict(first: str, second: str) -> None:
    found = organ_function(
        answer("I5", "Y", first, author=DOCTOR),
        answered("other", second, I5="N") | {"author": {"reference": "Practitioner/8"}},
    )

    assert (found["outcome"], found["reason"]) == ("unknown", "conflict")
    assert {"Yes (Dr. Lin)", "No (Practitioner/8)"} <= {item["value"] for item in found["evidence"]}


def test_the_later_of_two_answers_of_one_day_counts() -> None:
    found = organ_function(answer("I5", "Y", "2026-05-28T09:00:00Z"), answered("other", "2026-05-28T09:30:00Z", I5="N"))

    assert found["outcome"] == "fail"


def test_two_answers_of_the_same_time_that_agree_count() -> None:
    assert organ_function(answer("I5", "Y"), answered("other", "2026-05-28", I5="Y"))["outcome"] == "pass"


def test_no_answer_counts_when_a_newer_one_may_be_on_a_page_that_was_not_sent() -> None:
    """B5.1"""
    bundle = orjson.loads(BASE.having(answer("I5", "Y")).bundle())
    bundle["link"] = [{"relation": "next", "url": "https://ehr.example/page/2"}]

    found = criterion_in(assessor().assess_bundle(orjson.dumps(bundle), as_of=AS_OF).as_json(), "I5")

    assert (found["outcome"], found["because"]) == (
        "unknown",
        "A clinician's answer of 2026-05-28 does not count: not all answers could be fetched",
    )
