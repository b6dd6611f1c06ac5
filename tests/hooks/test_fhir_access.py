"""A hook whose prefetch is incomplete: fetched from an allowed server, with the given token, or honestly left open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest
import respx

from cds.settings import Settings
from hooks.app import create_app
from tests.fetching.ehr import BASE, TOKEN, Ehr, fhir
from tests.fhir import Chart
from tests.test_fixtures import AS_OF, PATIENTS, resources_of

SERVICE = "/cds-services/trial-eligibility"
GRANT = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": "us"}
OPEN = "https://open.example/fhir"


@pytest.fixture(scope="module")
def app() -> Any:
    settings = Settings(demonstration=True, open_fhir_servers=(f"{OPEN}/",), fetch_seconds=2)

    def is_allowed(issuer: str | None, url: str) -> bool:
        return issuer is None and url in (BASE, f"{BASE}/", OPEN)

    clock = datetime(2026, 6, 1, 12, tzinfo=UTC)
    return create_app(settings, clock=lambda: clock, is_allowed_server=is_allowed)


@pytest.fixture
async def client(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://cds.example") as client:
        yield client


def call(patient: str = "fits", **members: Any) -> dict[str, Any]:
    """A hook request for one fixture patient; None leaves a member out."""
    request = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/example", "patientId": patient},
        "fhirServer": BASE,
        "fhirAuthorization": GRANT,
        "extension": {"org.trialhooks.as_of": AS_OF[patient]},
    }
    return {name: value for name, value in (request | members).items() if value is not None}


def chart_of(patient: str) -> Chart:
    return Chart(tuple(resources_of(patient)))


async def post(client: httpx.AsyncClient, ehr: Ehr, request: dict[str, Any]) -> httpx.Response:
    with respx.mock(assert_all_called=False, assert_all_mocked=False) as router:
        router.route(host="cds.example").pass_through()
        router.route().mock(side_effect=ehr)
        return await client.post(SERVICE, json=request)


@pytest.mark.parametrize("patient", PATIENTS)
async def test_the_same_patient_gives_the_same_cards_by_prefetch_and_by_fhir(
    client: httpx.AsyncClient, patient: str
) -> None:
    chart = chart_of(patient)
    prefetch = {key: orjson.loads(value) for key, value in chart.prefetch().items()}

    fetched = await post(client, Ehr(chart, page_size=3), call(patient))
    sent = await post(client, Ehr(Chart(())), call(patient, prefetch=prefetch, fhirServer=None, fhirAuthorization=None))

    assert (fetched.status_code, sent.status_code) == (200, 200)
    assert fetched.content == sent.content


async def test_the_token_is_presented_with_every_request(client: httpx.AsyncClient) -> None:
    ehr = Ehr(chart_of("fits"))

    await post(client, ehr, call())

    assert {request.headers["authorization"] for request in ehr.asked} == {f"Bearer {TOKEN}"}


async def test_a_token_is_not_kept_for_the_next_call(client: httpx.AsyncClient) -> None:
    ehr = Ehr(chart_of("fits"))
    await post(client, ehr, call())
    asked = len(ehr.asked)

    answer = await post(client, ehr, call(fhirAuthorization=None))

    assert (len(ehr.asked), answer.status_code) == (asked, 412)


NOT_CALLED = [
    ("a server that is not allowed", {"fhirServer": "https://169.254.169.254/latest"}),
    ("no server", {"fhirServer": None, "fhirAuthorization": None}),
    ("no authorization", {"fhirAuthorization": None}),
    ("no token", {"fhirAuthorization": {k: v for k, v in GRANT.items() if k != "access_token"}}),
    ("another kind of token", {"fhirAuthorization": GRANT | {"token_type": "mac"}}),
    ("a token that would add a header", {"fhirAuthorization": GRANT | {"access_token": "a\r\nX-Admin: 1"}}),
    ("a token that is no text", {"fhirAuthorization": GRANT | {"access_token": 7}}),
    ("a token for another patient", {"fhirAuthorization": GRANT | {"patient": "somebody"}}),
    ("scopes for nothing clinical", {"fhirAuthorization": GRANT | {"scope": "openid"}}),
]


@pytest.mark.parametrize("members", [pytest.param(m, id=name) for name, m in NOT_CALLED])
async def test_no_call_is_made_without_a_right_to_it(client: httpx.AsyncClient, members: dict[str, Any]) -> None:
    ehr = Ehr(chart_of("fits"))

    answer = await post(client, ehr, call(**members))

    assert (ehr.asked, answer.status_code) == ([], 412)


@pytest.mark.parametrize("patient", ["fits", "Patient/fits"])
async def test_a_token_for_this_patient_is_used(client: httpx.AsyncClient, patient: str) -> None:
    answer = await post(client, Ehr(chart_of("fits")), call(fhirAuthorization=GRANT | {"patient": patient}))

    assert answer.status_code == 200


async def test_a_server_that_is_named_open_is_asked_without_a_token(client: httpx.AsyncClient) -> None:
    class Open(Ehr):
        async def __call__(self, request: httpx.Request) -> httpx.Response:
            self.asked.append(request)
            return self.answer(request)

    ehr = Open(chart_of("fits"))
    answer = await post(client, ehr, call(fhirServer=OPEN, fhirAuthorization=None))

    assert answer.status_code == 200
    assert all("authorization" not in request.headers for request in ehr.asked)


async def test_without_a_patient_from_either_side_nothing_can_be_said(client: httpx.AsyncClient) -> None:
    ehr = Ehr(chart_of("fits"), instead={"Patient": lambda _: fhir({}, 404)})

    answer = await post(client, ehr, call())

    assert (answer.status_code, answer.json()["resourceType"]) == (412, "OperationOutcome")
    assert TOKEN not in answer.text


@pytest.mark.parametrize("kind", ["Observation", "Procedure", "MedicationStatement"])
async def test_what_cannot_be_had_leaves_its_criteria_open_and_gives_a_card(
    client: httpx.AsyncClient, kind: str
) -> None:
    ehr = Ehr(chart_of("fits"), instead={kind: lambda _: fhir({}, 500)})

    answer = await post(client, ehr, call())

    [card] = [card for card in answer.json()["cards"] if card["source"]["topic"]["code"] == "NCT07441291"]
    criteria = [
        criterion
        for question in card["extension"]["org.trialhooks.assessment"]["questions"]
        if question["question"] == "enrol"
        for criterion in question["criteria"]
    ]
    assert "not_fetched" in [criterion.get("reason") for criterion in criteria]
    assert TOKEN not in answer.text


async def test_a_server_is_called_only_when_an_allow_list_says_so() -> None:
    app = create_app(Settings(demonstration=True))
    ehr = Ehr(chart_of("fits"))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://cds.example") as client:
        answer = await post(client, ehr, call())

    assert (ehr.asked, answer.status_code) == ([], 412)
