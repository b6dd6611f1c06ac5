"""A chart is left early only when the whole of it says nothing: the hook and the API agree on who is looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from cds.settings import Settings
from hooks.app import create_app
from tests.fhir import (
    AS_OF,
    ICD10CM,
    KEY_OF_TYPE,
    LOINC,
    Resource,
    concept,
    condition,
    icd,
    local,
    loinc,
    measured,
    observation,
    order,
    procedure,
    snomed,
)  # fmt: skip

WHO = "http://hl7.org/fhir/sid/icd-10"
PATIENT = {"resourceType": "Patient", "id": "1", "gender": "male", "birthDate": "1990-01-01"}
MRD = [{"code": local("mrd-flow-cd19"), **measured(0.3)}]
HAEMOGLOBIN = loinc("718-7")
FUTURE = "2027-05-20"
DAY = "2026-05-20"
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def app() -> Any:
    return create_app(Settings(demonstration=True, show_ineligible=True))


@pytest.fixture
async def client(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://cds.example") as http:
        yield http


async def looked_at_by_the_hook(client: httpx.AsyncClient, *resources: Resource) -> bool:
    """Whether opening this chart gives cards, or the refusal that says that we could not look."""
    answer = await opened(client, *resources)
    return answer.status_code == 412 or bool(answer.json()["cards"])


async def opened(client: httpx.AsyncClient, *resources: Resource) -> httpx.Response:
    prefetch: dict[str, Any] = dict.fromkeys(KEY_OF_TYPE.values())
    for resource in resources:
        key = KEY_OF_TYPE[resource["resourceType"]]
        prefetch[key] = prefetch[key] or {"resourceType": "Bundle", "type": "searchset", "entry": []}
        prefetch[key]["entry"].append({"resource": resource})
    call = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/1", "patientId": "1"},
        "prefetch": prefetch | {"patient": PATIENT},
        "extension": {"org.trialhooks.as_of": AS_OF},
    }
    answer = await client.post("/cds-services/trial-eligibility", content=orjson.dumps(call), headers=JSON)
    assert answer.status_code in (200, 412), answer.text
    return answer


async def looked_at_by_the_api(client: httpx.AsyncClient, *resources: Resource) -> bool:
    standings = {q["standing"] for trial in await assessed(client, *resources) for q in trial["questions"]}
    return standings != {"not_applicable"}


async def assessed(client: httpx.AsyncClient, *resources: Resource) -> list[dict[str, Any]]:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in (PATIENT, *resources)]}
    answer = await client.post("/api/assess", content=orjson.dumps({"bundle": bundle, "as_of": AS_OF}), headers=JSON)
    assert answer.status_code == 200, answer.text
    trials: list[dict[str, Any]] = answer.json()["trials"]
    return trials


WORDS = {"text": "Acute lymphoblastic leukaemia"}
UNREADABLE = {"onsetDateTime": 5}
SIGNS = {
    "MRD as a component of another result": observation("a", HAEMOGLOBIN, DAY, component=MRD),
    "MRD as a component of a result nobody asks for": observation("a", loinc("1-1"), DAY, component=MRD),
    "MRD as a component of a result of the future": observation("a", HAEMOGLOBIN, FUTURE, component=MRD),
    "MRD by its words, as a component": observation("a", loinc("1-1"), DAY, component=[{"code": {"text": "Flow MRD"}}]),
    "MRD in a result that cannot be read": observation("a", HAEMOGLOBIN, DAY, component=MRD, valueQuantity=7),
    "MRD in components of the wrong shape": observation("a", HAEMOGLOBIN, DAY, component=MRD[0]),
    "MRD in a result with a modifier": observation("a", HAEMOGLOBIN, DAY, component=MRD, modifierExtension=[{}]),
    "MRD of the future": observation("a", local("mrd-flow-cd19"), FUTURE),
    "a leukaemia as the value of a result that cannot be read": observation(
        "a", HAEMOGLOBIN, DAY, valueCodeableConcept=snomed("277571004"), valueQuantity=5
    ),
    "a diagnosis in words that cannot be read": condition("c", WORDS, **UNREADABLE),
    "a diagnosis in words of the future": condition("c", WORDS, recordedDate=FUTURE),
    "a diagnosis in words with a modifier": condition("c", WORDS, modifierExtension=[{"url": "x"}]),
    "a diagnosis in words of nobody": condition("c", WORDS, subject={}),
    "a diagnosis in Chinese": condition("c", {"text": "急性B淋巴细胞白血病"}),
    "a lymphoblastic lymphoma in words": condition("c", {"text": "Precursor B lymphoblastic lymphoma"}),
    "WHO's code of ALL": condition("c", concept(WHO, "C91.0")),
    "WHO's code of ALL with a national digit": condition("c", concept(WHO, "C91.001")),
    "WHO's code of ALL, unreadable": condition("c", concept(WHO, "C91.0"), **UNREADABLE),
    "the ICD-10-CM code without its last digit": condition("c", icd("C91.0")),
    "a diagnosis of family medicine": condition("c", icd("C91.01"), category=[{"text": "Family medicine"}]),
    "a transplant in words of the future": procedure("p", {"text": "Allogeneic stem cell transplant"}, FUTURE),
    "a drug whose words name the disease": order("m", {"text": "inotuzumab for acute lymphoblastic leukaemia"}, DAY),
    "a drug that cannot be read, given for the disease": order(
        "m", {"text": "x"}, DAY, reasonCode=[icd("C91.01")], dosageInstruction=7
    ),
}


@pytest.mark.parametrize("sign", SIGNS.values(), ids=SIGNS.keys())
async def test_whoever_shows_a_sign_of_leukaemia_gets_a_card_or_an_honest_refusal(
    client: httpx.AsyncClient, sign: Resource
) -> None:
    assert await looked_at_by_the_api(client, sign)
    assert await looked_at_by_the_hook(client, sign)


@pytest.mark.parametrize("name", [name for name in SIGNS if name.startswith("a drug")])
async def test_a_chart_whose_drugs_show_the_only_sign_is_read_in_full(client: httpx.AsyncClient, name: str) -> None:
    """The results that were passed over at first are there when the question is asked."""
    ecog = observation("ecog", loinc("89247-1"), DAY, valueInteger=1)

    cards = (await opened(client, SIGNS[name], ecog)).json()["cards"]

    shown = [card["extension"]["org.trialhooks.assessment"] for card in cards]
    wanted = [trial for trial in await assessed(client, SIGNS[name], ecog) if trial["id"] in {t["id"] for t in shown}]
    assert [criteria(trial) for trial in shown] == [criteria(trial) for trial in wanted] != []


def criteria(trial: dict[str, Any]) -> dict[str, str]:
    return {each["id"]: each["outcome"] for question in trial["questions"] for each in question["criteria"]}


NO_SIGNS = {
    "a haemoglobin": observation("a", HAEMOGLOBIN, DAY, **measured(120, "g/L")),
    "a mother's leukaemia": condition("c", icd("C91.01"), category=[{"text": "family-history"}]),
    "a refuted leukaemia": condition("c", icd("C91.01"), verified="refuted"),
    "diabetes by an ICD-10-CM code": condition("c", concept(ICD10CM, "E11.9")),
    "a result of many parts": observation("a", loinc("1-1"), DAY, component=[{"code": concept(LOINC, "2-2")}]),
}


@pytest.mark.parametrize("chart", NO_SIGNS.values(), ids=NO_SIGNS.keys())
async def test_who_shows_none_gets_no_card_and_the_api_says_the_same(
    client: httpx.AsyncClient, chart: Resource
) -> None:
    assert not await looked_at_by_the_api(client, chart)
    assert not await looked_at_by_the_hook(client, chart)
