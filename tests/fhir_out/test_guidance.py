"""The GuidanceResponse: its status, what it asks for, and each criterion in its contained Parameters."""

from __future__ import annotations

import pytest

from rules.errors import EngineFault
from rules.evaluation import Evaluator
from tests.fhir import base_chart, mrd, observation
from tests.fhir_out.asking import DLI, MULTI, criterion, detail, guidance, guidance_on, needs, parts, value

LVEF = "https://trials.example/fhir/ValueSet/lvef"
UCUM_DAYS = {"unit": "days", "system": "http://unitsofmeasure.org", "code": "d"}


def days(found: dict[str, object]) -> object:
    [date_filter] = found["dateFilter"]  # type: ignore[misc]
    return date_filter["valueDuration"]["value"]


@pytest.mark.parametrize(
    ("patient", "trial", "status", "standing"),
    [
        ("fits-all-answered", DLI, "success", "potentially_eligible"),
        ("fits", DLI, "data-requested", "potentially_eligible"),
        ("cannot-tell-yet", DLI, "data-required", "indeterminate"),
        ("infection", DLI, "data-requested", "ineligible"),
        ("outside", DLI, "success", "not_applicable"),
        ("multi-all-answered", MULTI, "success", "potentially_eligible"),
        ("multi-cannot-tell-yet", MULTI, "data-required", "indeterminate"),
    ],
)
async def test_the_status_says_whether_more_data_are_needed(
    patient: str, trial: str, status: str, standing: str
) -> None:
    found = await guidance(patient, trial)

    assert (found["status"], value(detail(found), "standing")) == (status, standing)


async def test_a_failed_engine_is_a_failure_that_asks_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise EngineFault("on purpose")

    monkeypatch.setattr(Evaluator, "posed", fails)
    found = await guidance("fits")

    assert found["status"] == "failure"
    assert "dataRequirement" not in found
    assert value(criterion(found, "I1"), "reason") == "engine"


async def test_whom_what_and_when_it_is_about() -> None:
    found = await guidance("fits")

    assert found["subject"] == {"reference": "Patient/fits"}
    assert found["occurrenceDateTime"] == "2026-06-01"
    assert found["moduleCanonical"] == "https://trials.example/fhir/ResearchStudy/NCT07441291|2026.1"


async def test_each_question_has_its_sentence() -> None:
    found = await guidance("cross-may-to-car-t")

    assert [reason["text"] for reason in found["reasonCode"]] == [
        "NCT07441291, enrolment: cannot tell yet",
        "NCT07441291, crossing over: nothing on record stands in the way",
    ]


async def test_a_criterion_stands_with_quote_outcome_reason_and_evidence() -> None:
    found = criterion(await guidance("fits"), "I3")

    assert value(found, "quote") == "post-HSCT MRD positivity (≥0.1% CD19+ abnormal B cells by flow cytometry)"
    assert (value(found, "kind"), value(found, "outcome"), value(found, "needs")) == ("inclusion", "pass", None)
    assert "0.3" in value(found, "because")
    [evidence] = parts(found, "evidence")
    assert value(evidence, "reference")["reference"].startswith("Observation/")
    assert value(evidence, "date") == "2026-05-20"
    assert value(found, "validUntil") == "2026-06-17"


async def test_a_missing_result_is_asked_for_by_its_codes_and_not_older_than_its_window() -> None:
    found = await guidance("multi-cannot-tell-yet", MULTI)

    [asked] = needs(found, "I5a")
    assert asked["type"] == "Observation"
    assert asked["codeFilter"] == [{"path": "code", "valueSet": LVEF}]
    assert asked["dateFilter"] == [{"path": "effective", "valueDuration": {"value": 28} | UCUM_DAYS}]
    assert asked in found["dataRequirement"]


async def test_of_several_facts_only_the_open_ones_are_asked_for() -> None:
    """For a woman of childbearing age the pregnancy test is missing: not her sex, her age, or a sterilisation."""
    found = await guidance("pregnancy-test-stale")

    [asked] = needs(found, "I6")
    assert asked["codeFilter"][0]["valueSet"].endswith("/ValueSet/pregnancy-test")
    assert days(asked) == 7


async def test_an_unreconciled_list_is_asked_for_and_not_what_it_might_hold() -> None:
    [asked] = needs(await guidance("cannot-tell-yet"), "E4")

    assert asked["type"] == "List"
    assert asked["codeFilter"][0]["code"] == [{"system": "http://loinc.org", "code": "11450-4"}]
    assert days(asked) == 90


async def test_what_only_a_clinician_knows_is_asked_for_as_an_answered_form() -> None:
    [asked] = needs(await guidance("fits"), "I5")

    assert asked["type"] == "QuestionnaireResponse"
    assert days(asked) == 28


@pytest.mark.parametrize(
    ("patient", "trial", "question", "name", "code"),
    [
        ("multi-fits", MULTI, "enrol", "I8", "trial-enrolment"),
        ("cross-consent-pending", DLI, "cross_over", "X1f", "trial-crossover"),
    ],
)
async def test_a_consent_is_asked_for_by_its_category(
    patient: str, trial: str, question: str, name: str, code: str
) -> None:
    found = criterion(await guidance(patient, trial), name, question)

    asked = value(found, "dataRequirement")
    assert asked["type"] == "Consent"
    assert asked["codeFilter"][1]["code"] == [{"system": "urn:trial-hooks:codes", "code": code}]


async def test_nothing_is_asked_for_twice() -> None:
    asked = (await guidance("cannot-tell-yet", MULTI))["dataRequirement"]

    assert all(need not in asked[:number] for number, need in enumerate(asked))


async def test_a_specimen_may_be_of_any_age() -> None:
    [asked] = needs(await guidance("cannot-tell-yet", MULTI), "I2")

    assert "dateFilter" not in asked


async def test_what_was_left_aside_stands_in_the_evaluation_message() -> None:
    wrong = observation("wrong", mrd({})["code"], "2026-05-25", status="entered-in-error")
    found = await guidance_on(base_chart().having(wrong))

    [message] = found["evaluationMessage"]
    [outcome] = [each for each in found["contained"] if f"#{each['id']}" == message["reference"]]
    [issue] = outcome["issue"]
    assert (issue["severity"], issue["diagnostics"]) == ("warning", "Observation/wrong")
    assert issue["details"]["coding"] == [{"system": "urn:trial-hooks:warnings", "code": "entered-in-error"}]


async def test_a_clean_chart_has_no_evaluation_message() -> None:
    assert "evaluationMessage" not in await guidance("fits")


async def test_a_resource_without_an_id_is_named_by_its_place() -> None:
    found = await guidance_on(base_chart().changed("mrd", id=None))

    [evidence] = parts(criterion(found, "I3"), "evidence")
    assert isinstance(value(evidence, "reference"), str)
