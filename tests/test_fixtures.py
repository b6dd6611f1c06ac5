"""The synthetic patients: complete, valid FHIR, the same in every form, and judged as the protocol judges them."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from fhir.resources.R4B import get_fhir_model_class

from cds.assess import PREFETCH, Assessor, build_assessor
from cds.settings import Settings

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "fhir_fixtures"
PATIENTS = sorted(path.stem for path in (FIXTURES / "patients").glob("*.json"))
VIEW = ".patient-view.json"
REQUESTS = sorted(path.name.removesuffix(VIEW) for path in (FIXTURES / "requests").glob(f"*{VIEW}"))
ROW = re.compile(r"^\| ([a-z0-9-]+) \| (\d{4}-\d{2}-\d{2}) \| (.+) \|$", re.MULTILINE)
AS_OF = {name: as_of for name, as_of, _ in ROW.findall((FIXTURES / "README.md").read_text(encoding="utf-8"))}
GOLDEN: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "tests/golden/fixtures.yaml").read_text(encoding="utf-8"))


@cache
def assessor() -> Assessor:
    return build_assessor(Settings())


def bundle_of(name: str) -> bytes:
    return (FIXTURES / "patients" / f"{name}.json").read_bytes()


def request_of(name: str) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads((FIXTURES / "requests" / f"{name}.patient-view.json").read_bytes())
    return content


def resources_of(name: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in orjson.loads(bundle_of(name))["entry"]]


def assessed(name: str) -> dict[str, Any]:
    return assessor().assess_bundle(bundle_of(name), as_of=AS_OF[name]).as_json()


def trial_of(assessment: dict[str, Any], trial_id: str) -> dict[str, Any]:
    [trial] = [trial for trial in assessment["trials"] if trial["id"] == trial_id]
    return dict(trial)


def enrolment(assessment: dict[str, Any], trial_id: str = "NCT07441291") -> dict[str, Any]:
    questions = trial_of(assessment, trial_id)["questions"]
    [question] = [question for question in questions if question["question"] == "enrol"]
    return dict(question)


def not_passing(question: dict[str, Any]) -> dict[str, str]:
    """Criterion id -> "fail" or "unknown <reason>"."""
    return {
        criterion["id"]: " ".join(filter(None, (criterion["outcome"], criterion.get("reason"))))
        for criterion in question["criteria"]
        if criterion["outcome"] != "pass"
    }


def test_the_readme_has_a_line_for_every_patient_and_none_besides() -> None:
    assert sorted(AS_OF) == PATIENTS


def test_every_patient_has_a_golden_verdict_and_none_besides() -> None:
    assert sorted(GOLDEN) == PATIENTS


def test_every_request_is_of_a_patient_in_the_folder() -> None:
    assert len(REQUESTS) >= 4
    assert set(REQUESTS) <= set(PATIENTS)


@pytest.mark.parametrize("name", PATIENTS)
def test_the_standing_is_the_one_of_the_criteria(name: str) -> None:
    assert enrolment(assessed(name))["standing"] == GOLDEN[name]["standing"]


@pytest.mark.parametrize("name", [name for name in PATIENTS if "but" in GOLDEN.get(name, {})])
def test_exactly_the_stated_criteria_do_not_pass(name: str) -> None:
    assert not_passing(enrolment(assessed(name))) == GOLDEN[name]["but"]


@pytest.mark.parametrize("name", [name for name in PATIENTS if "multi_car_t" in GOLDEN.get(name, {})])
def test_the_second_trial_judges_the_same_patient_by_its_own_criteria(name: str) -> None:
    golden, found = GOLDEN[name]["multi_car_t"], enrolment(assessed(name), "NCT05262673")

    assert found["standing"] == golden["standing"]
    if "but" in golden:
        assert not_passing(found) == golden["but"]


@pytest.mark.parametrize("name", [name for name in PATIENTS if "response" in GOLDEN.get(name, {})])
def test_the_course_of_a_subject_is_the_protocols(name: str) -> None:
    found = trial_of(assessed(name), "NCT05262673")

    assert found["response"]["stratum"] == GOLDEN[name]["response"]
    assert found["sequence"]["state"] == GOLDEN[name]["sequence"]


@pytest.mark.parametrize("name", [name for name in PATIENTS if "cross_over" in GOLDEN.get(name, {})])
def test_the_crossover_question_of_a_subject_is_answered_as_the_protocol_does(name: str) -> None:
    found = trial_of(assessed(name), "NCT07441291")
    [question] = [question for question in found["questions"] if question["question"] == "cross_over"]
    [primary] = [endpoint for endpoint in found["follow_up"]["endpoints"] if endpoint["id"] == "P1"]

    assert question["standing"] == GOLDEN[name]["cross_over"]
    assert primary["state"] == GOLDEN[name]["primary"]


@pytest.mark.parametrize("name", [name for name in PATIENTS if "response" not in GOLDEN.get(name, {})])
def test_nobody_else_has_a_course(name: str) -> None:
    found = trial_of(assessed(name), "NCT05262673")

    assert not {"response", "sequence"} & found.keys()


@pytest.mark.parametrize("name", PATIENTS)
def test_a_patient_is_valid_fhir(name: str) -> None:
    """R4B classes read R4."""
    for resource in resources_of(name):
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)


@pytest.mark.parametrize("name", PATIENTS)
def test_a_patients_resources_belong_together(name: str) -> None:
    resources = resources_of(name)
    here = {f"{resource['resourceType']}/{resource['id']}" for resource in resources}
    pointed_at = set(re.findall(r'"reference":"([A-Za-z]+/[^"]+)"', orjson.dumps(resources).decode()))

    assert len(here) == len(resources)
    assert pointed_at <= here
    assert [resource["id"] for resource in resources if resource["resourceType"] == "Patient"] == [name]


@pytest.mark.parametrize("name", PATIENTS)
def test_ids_are_plain_ascii(name: str) -> None:
    for resource in resources_of(name):
        assert re.fullmatch(r"[A-Za-z0-9.-]{1,64}", resource["id"])


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_says_the_same_as_the_patients_bundle(name: str) -> None:
    request = request_of(name)
    prefetch = {key: orjson.dumps(value) for key, value in request["prefetch"].items()}

    found = assessor().assess_prefetch(prefetch, patient_id=name, as_of=AS_OF[name]).as_json()

    assert found["trials"] == assessed(name)["trials"]


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_a_patient_view_with_every_prefetch_key(name: str) -> None:
    request = request_of(name)

    assert request["hook"] == "patient-view"
    assert request["context"] == {"userId": "Practitioner/example", "patientId": name}
    assert request["extension"] == {"org.trialhooks.as_of": AS_OF[name]}
    assert set(request["prefetch"]) == set(PREFETCH)


def test_the_requests_show_a_null_and_an_empty_search_result() -> None:
    values = [value for name in REQUESTS for value in request_of(name)["prefetch"].values()]

    assert None in values
    assert any(value and value["resourceType"] == "Bundle" and not value.get("entry") for value in values)


def test_the_bulk_export_holds_the_same_resources() -> None:
    exported = [
        orjson.loads(line)
        for path in (FIXTURES / "bulk").glob("*.ndjson")
        for line in path.read_bytes().splitlines()
        if orjson.loads(line)["resourceType"] == path.stem
    ]
    single = [resource for name in PATIENTS for resource in resources_of(name)]

    assert Counter(map(orjson.dumps, exported)) == Counter(map(orjson.dumps, single))
