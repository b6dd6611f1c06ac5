"""`trial-crossover` over HTTP: a card only when something is due or can be decided, drafts to consider, no orders."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest
from fhir.resources.R4B import get_fhir_model_class

from cds.settings import Settings
from hooks.app import create_app
from tests.fhir import Chart, base_chart, measured
from tests.follow_up.crossing import CAR_T, CONTROL, DAY_91, crossing, mrd
from tests.multi_car_t import candidate

SERVICE = "/cds-services/trial-crossover"
INSTANCE = "8a3c1f9e-4d57-4c36-9a39-0d4b5b6d8d11"
TREATMENTS = ("MedicationRequest", "Procedure", "CarePlan", "Appointment")


@pytest.fixture(scope="module")
def app() -> Any:
    return create_app(Settings(demonstration=True), clock=lambda: datetime(2026, 5, 6, 12, tzinfo=UTC))


@pytest.fixture
async def ehr(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://cds.example") as client:
        yield client


def call(chart: Chart, as_of: str = "2026-05-06") -> dict[str, Any]:
    return {
        "hook": "patient-view",
        "hookInstance": INSTANCE,
        "context": {"userId": "Practitioner/1", "patientId": "1"},
        "extension": {"org.trialhooks.as_of": as_of},
        "prefetch": {key: orjson.loads(value) for key, value in chart.prefetch().items()},
    }


async def cards(ehr: httpx.AsyncClient, chart: Chart, as_of: str = "2026-05-06") -> list[dict[str, Any]]:
    answer = await ehr.post(SERVICE, json=call(chart, as_of))
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["cards"]
    return found


def labels(card: dict[str, Any]) -> list[str]:
    return [suggestion["label"] for suggestion in card.get("suggestions", [])]


async def test_the_service_is_discovered(ehr: httpx.AsyncClient) -> None:
    services = {s["id"]: s["hook"] for s in (await ehr.get("/cds-services")).json()["services"]}

    assert services["trial-crossover"] == "patient-view"


async def test_a_missing_month_3_mrd_is_proposed_inside_the_window(ehr: httpx.AsyncClient) -> None:
    [card] = await cards(ehr, crossing().without(f"mrd-{DAY_91}", "blasts"))

    assert labels(card) == ["Flow MRD in marrow at 3 months, by 2026-05-14"]
    assert "visit of month 3" in card["summary"]


async def test_persistent_mrd_without_consent_asks_for_the_consent_and_offers_no_crossing(
    ehr: httpx.AsyncClient,
) -> None:
    """B6.4"""
    [card] = await cards(ehr, crossing().without("crossover"))

    assert labels(card) == ["Ask for consent to cross over (NCT07441291)"]
    assert "consent" in card["summary"]


async def test_the_consent_is_asked_for_while_safety_is_still_to_be_checked(ehr: httpx.AsyncClient) -> None:
    [card] = await cards(ehr, crossing().without("crossover", "answers"))

    assert labels(card) == [
        "Ask for consent to cross over (NCT07441291)",
        "Answer I5 of NCT07441291: yes, no or not sure",
    ]


async def test_recurrence_asks_nobody_for_a_consent(ehr: httpx.AsyncClient) -> None:
    """B6.5: first a clinician says whether it is persistence."""
    [card] = await cards(ehr, crossing(CONTROL, 0.3, 2, mrd(measured(0.02), "2026-03-30")).without("crossover"))

    assert labels(card) == []


@pytest.mark.parametrize(
    "elements",
    [
        pytest.param({"status": "preliminary"}, id="preliminary"),
        pytest.param({"valueQuantity": {"value": 0.25}}, id="without a unit"),
    ],
)
async def test_a_result_that_cannot_be_used_yet_is_not_ordered_again(
    ehr: httpx.AsyncClient, elements: dict[str, Any]
) -> None:
    [card] = await cards(ehr, crossing().changed(f"mrd-{DAY_91}", **elements))

    assert labels(card) == []
    assert "selectionBehavior" not in card


async def test_crossing_is_proposed_at_three_months_only(ehr: httpx.AsyncClient) -> None:
    """T2-X1: "at 3 months"; the window of month 4 opens on 24 May."""
    assert [labels(card) for card in await cards(ehr, crossing(CAR_T), "2026-05-23")] != [[]]
    assert [labels(card) for card in await cards(ehr, crossing(CAR_T), "2026-05-24")] == [[]]


@pytest.mark.parametrize(("arm", "other"), [(CAR_T, "chemotherapy + DLI"), ("chemotherapy + DLI", CAR_T)])
async def test_with_everything_in_place_the_discussion_is_proposed(
    ehr: httpx.AsyncClient, arm: str, other: str
) -> None:
    [card] = await cards(ehr, crossing(arm))

    assert labels(card) == [f"Discuss crossing over to {other} with the study team"]


@pytest.mark.parametrize(
    "chart", [crossing(), crossing().without("crossover"), crossing().without(f"mrd-{DAY_91}"), crossing(CAR_T)]
)
async def test_nothing_is_ever_ordered(ehr: httpx.AsyncClient, chart: Chart) -> None:
    answer = (await ehr.post(SERVICE, json=call(chart))).json()
    [card] = answer["cards"]
    actions = [action for suggestion in card["suggestions"] for action in suggestion["actions"]]

    assert "systemActions" not in answer
    assert card["selectionBehavior"] == "any"
    for action in actions:
        resource = action["resource"]
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
        assert (action["type"], resource["status"], resource["intent"]) == ("create", "draft", "proposal")
        assert action["description"]
        assert resource["resourceType"] not in TREATMENTS


async def test_a_relapse_offers_nothing(ehr: httpx.AsyncClient) -> None:
    found = await cards(ehr, crossing("chemotherapy + DLI", 0.25, 30))

    assert [labels(card) for card in found] == [[]] or found == []


async def test_between_visits_the_service_is_silent(ehr: httpx.AsyncClient) -> None:
    """Month 3 is done, its answer is no, and month 4 has not opened."""
    assert await cards(ehr, crossing("chemotherapy + DLI", 0.05), "2026-05-10") == []


@pytest.mark.parametrize("chart", [base_chart(), candidate(), crossing(status="off-study")])
async def test_who_is_not_on_study_gets_no_card(ehr: httpx.AsyncClient, chart: Chart) -> None:
    assert await cards(ehr, chart) == []


async def test_the_same_request_gives_the_same_bytes(ehr: httpx.AsyncClient) -> None:
    first, second = [(await ehr.post(SERVICE, json=call(crossing()))).content for _ in range(2)]

    assert first == second


async def test_the_assigned_arm_is_named_first_and_stays(ehr: httpx.AsyncClient) -> None:
    [card] = await cards(ehr, crossing(CAR_T))

    assert card["detail"].startswith("Assigned arm: **CD19 CAR-T**")
    assert card["extension"]["org.trialhooks.assessment"]["follow_up"]["arm"]["assigned"] == CAR_T


async def test_without_a_patient_nothing_can_be_said(ehr: httpx.AsyncClient) -> None:
    request = call(crossing())
    request["prefetch"] = {}

    assert (await ehr.post(SERVICE, json=request)).status_code == 412


BROKEN = {
    "resourceType": "ResearchSubject",
    "id": "broken",
    "status": ["on-study"],
    "individual": {"reference": "Patient/1"},
}
FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "forbidden"}]}


@pytest.mark.parametrize(
    "state",
    [
        pytest.param({}, id="key missing"),
        pytest.param({"researchSubjects": FAILED}, id="OperationOutcome"),
        pytest.param(
            {"researchSubjects": {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": BROKEN}]}},
            id="cannot be read",
        ),
    ],
)
async def test_silence_never_means_that_nobody_could_look(ehr: httpx.AsyncClient, state: dict[str, Any]) -> None:
    """B2: without the ResearchSubject nobody knows whether this leukaemia patient is a subject."""
    request = call(base_chart())
    del request["prefetch"]["researchSubjects"]
    request["prefetch"] |= state

    answer = await ehr.post(SERVICE, json=request)

    assert (answer.status_code, answer.json()["resourceType"]) == (412, "OperationOutcome")


async def test_without_a_sign_of_leukaemia_no_subject_is_looked_for(ehr: httpx.AsyncClient) -> None:
    """B6.1"""
    outside = Chart(({"resourceType": "Patient", "id": "1", "gender": "male", "birthDate": "1985-02-14"},))
    request = call(outside)
    del request["prefetch"]["researchSubjects"]

    assert (await ehr.post(SERVICE, json=request)).json() == {"cards": []}


async def test_null_means_that_there_is_none(ehr: httpx.AsyncClient) -> None:
    request = call(base_chart())
    request["prefetch"]["researchSubjects"] = None

    assert (await ehr.post(SERVICE, json=request)).json() == {"cards": []}
