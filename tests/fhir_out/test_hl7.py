"""HL7's validator accepts everything that we send out as FHIR R4, errors and definitions included."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from cds.fhir_out.value_sets import contents
from hooks.discovery import CROSSOVER, ELIGIBILITY
from tests.fhir import Chart, base_chart, observation
from tests.fhir_out.asking import DLI, MULTI, client, get, guidance, post
from tests.servers.validator import Hl7Validator, resources_in
from tests.test_fixtures import AS_OF, PATIENTS, bundle_of, resources_of

DEFINITIONS = [
    "metadata",
    "OperationDefinition/assess",
    *(f"{name}/{trial}" for name in ("ResearchStudy", "Group") for trial in (MULTI, DLI)),
]
# Every standing of both questions, subjects on study among them.
STANDINGS = {
    "fits-all-answered": DLI,
    "cannot-tell-yet": DLI,
    "multi-cannot-tell-yet": MULTI,
    "infection": DLI,
    "outside": DLI,
    "cross-may-to-car-t": DLI,
    "cross-relapse": DLI,
}


@pytest.mark.parametrize("address", DEFINITIONS)
async def test_a_definition_is_valid(hl7_validator: Hl7Validator, address: str) -> None:
    assert hl7_validator.issues((await get(address)).json()) == []


async def test_every_value_set_is_valid(hl7_validator: Hl7Validator) -> None:
    sets = [(await get(f"ValueSet/{name}")).json() for name in contents()]

    assert hl7_validator.issues_of_all(sets) == []


@pytest.mark.parametrize("patient", STANDINGS)
async def test_a_verdict_is_valid(hl7_validator: Hl7Validator, patient: str) -> None:
    assert hl7_validator.issues(await guidance(patient, STANDINGS[patient])) == []


async def test_the_verdicts_on_several_trials_are_valid_together(hl7_validator: Hl7Validator) -> None:
    answer = await post(bundle_of("both-steroid"), {"as_of": "2026-06-01"})

    assert answer.json()["resourceType"] == "Parameters"
    assert hl7_validator.issues(answer.json()) == []


async def test_a_verdict_on_a_poor_chart_is_valid(hl7_validator: Hl7Validator) -> None:
    """Warnings of many kinds, a status that is none, a resource without an id, a moment with a short time."""
    poor = base_chart().having(
        observation("wrong", {"text": "MRD"}, "2026-05-25", status="entered in error!"),
        observation("later", {"text": "MRD"}, "2027-05-25"),
        observation("else", {"text": "MRD"}, "2026-05-25", subject={"reference": "Patient/2"}),
    )
    answer = await post(poor.changed("mrd", id=None).bundle(), {"as_of": "2026-06-01T12:00"})

    assert answer.status_code == 200
    assert hl7_validator.issues(answer.json()) == []


async def test_a_refusal_is_valid(hl7_validator: Hl7Validator) -> None:
    refused = [await post(b"x"), await get("Group/none"), await get("metadata", Accept="text/html")]

    assert [answer.status_code for answer in refused] == [400, 404, 406]
    assert hl7_validator.issues_of_all(answer.json() for answer in refused) == []


@pytest.fixture
async def ehr() -> AsyncIterator[httpx.AsyncClient]:
    async with client() as caller:
        yield caller


def call(patient: str) -> dict[str, Any]:
    """The hook call of an EHR that opens this patient's chart."""
    return {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/example", "patientId": patient},
        "extension": {"org.trialhooks.as_of": AS_OF[patient]},
        "prefetch": {k: orjson.loads(v) for k, v in Chart(tuple(resources_of(patient))).prefetch().items()},
    }


async def test_whatever_a_card_suggests_is_valid(hl7_validator: Hl7Validator, ehr: httpx.AsyncClient) -> None:
    cards: list[Any] = []
    for patient in PATIENTS:
        answers = [await ehr.post(f"/cds-services/{name}", json=call(patient)) for name in (ELIGIBILITY, CROSSOVER)]
        cards += [answer.json()["cards"] for answer in answers if answer.status_code == 200]

    suggested = {orjson.dumps(each): each for each in resources_in(cards)}
    assert {"ServiceRequest", "Task"} <= {each["resourceType"] for each in suggested.values()}
    assert hl7_validator.issues_of_all(suggested.values()) == []


def test_the_validator_does_find_fault(hl7_validator: Hl7Validator) -> None:
    """A binding, a cardinality and an invariant that R4 demands."""
    good = {"resourceType": "Task", "status": "draft", "intent": "proposal", "for": {"reference": "Patient/1"}}

    assert hl7_validator.issues(good) == []
    assert "soon" in hl7_validator.issues(good | {"status": "soon"})[0]
    assert hl7_validator.issues({key: value for key, value in good.items() if key != "intent"})
    assert hl7_validator.issues(good | {"lastModified": "2026-06-02", "authoredOn": "2026-06-03"})
