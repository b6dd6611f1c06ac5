"""What the doors answer, over HTTP: cards for good requests, clear refusals for bad ones, and never patient data."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from cds.settings import Settings
from hooks.app import create_app

JSON = {"Content-Type": "application/json"}
FHIR = {"Content-Type": "application/fhir+json"}
SERVICE = "/cds-services/trial-eligibility"
REQUESTS = Path("fhir_fixtures/requests")


@pytest.fixture(scope="module")
def app() -> Any:
    settings = Settings(demonstration=True, body_limit=2_000_000)
    return create_app(settings, clock=lambda: datetime(2026, 6, 1, 12, tzinfo=UTC))


@pytest.fixture
async def ehr(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://cds.example") as client:
        yield client


def call(**changes: Any) -> dict[str, Any]:
    """The README's hook request, with changes; None takes a member away."""
    request = orjson.loads((REQUESTS / "fits.patient-view.json").read_bytes()) | changes
    return {name: value for name, value in request.items() if value is not None}


def card_of(answer: httpx.Response, trial: str = "NCT07441291") -> dict[str, Any]:
    """The one card of a trial."""
    [card] = [card for card in answer.json()["cards"] if card["source"]["topic"]["code"] == trial]
    return dict(card)


def empties(node: Any) -> Iterator[Any]:
    """Every null and every empty string, list or object of an answer."""
    if node is None or node in ("", [], {}):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from empties(child)


async def test_discovery_lists_the_service_with_its_prefetch(ehr: httpx.AsyncClient) -> None:
    services = (await ehr.get("/cds-services")).json()["services"]
    [service] = [service for service in services if service["id"] == "trial-eligibility"]

    assert (service["id"], service["hook"]) == ("trial-eligibility", "patient-view")
    assert service["prefetch"]["patient"] == "Patient/{{context.patientId}}"


async def test_the_readme_patient_gets_one_complete_card(ehr: httpx.AsyncClient) -> None:
    answer = await ehr.post(SERVICE, json=call())

    card = card_of(answer)
    assert 0 < len(card["summary"]) < 140
    assert card["indicator"] == "info"
    assert card["extension"]["org.trialhooks.assessment"]["id"] == "NCT07441291"
    assert all(reason["display"] and reason["code"] and reason["system"] for reason in card["overrideReasons"])
    assert list(empties({**card, "extension": 1})) == []
    assert "systemActions" not in answer.json()


async def test_the_same_request_gives_the_same_bytes(ehr: httpx.AsyncClient) -> None:
    first, second = [(await ehr.post(SERVICE, json=call())).content for _ in range(2)]

    assert first == second


async def test_a_patient_outside_gets_no_card(ehr: httpx.AsyncClient) -> None:
    answer = await ehr.post(SERVICE, content=(REQUESTS / "outside.patient-view.json").read_bytes(), headers=JSON)

    assert (answer.status_code, answer.json()) == (200, {"cards": []})


BAD = [
    ("not JSON", b"{", 400),
    ("no hook request", b"[]", 400),
    ("not text", b'{"hook": "\xff"}', 400),
    ("a depth bomb", b'{"hook":' + b"[" * 100_000, 400),
    ("another hook", call(hook="order-sign"), 400),
    ("no context", call(context=None), 400),
    ("no patientId", call(context={"userId": "Practitioner/1"}), 400),
    ("no userId", call(context={"patientId": "fits"}), 400),
    ("a strange userId", call(context={"userId": "bob", "patientId": "fits"}), 400),
    ("a hookInstance that is no UUID", call(hookInstance="1"), 400),
    ("an authorization without a server", call(fhirAuthorization={"access_token": "t"}), 400),
    ("an extension that is no object", call(extension=[]), 400),
    ("another patient's prefetch", call(context={"userId": "Practitioner/1", "patientId": "somebody"}), 412),
    ("no prefetch at all", call(prefetch=None), 412),
    ("a null patient", call(prefetch=call()["prefetch"] | {"patient": None}), 412),
    ("an outcome for the patient", call(prefetch={"patient": {"resourceType": "OperationOutcome"}}), 412),
]


@pytest.mark.parametrize(("body", "status"), [pytest.param(b, s, id=name) for name, b, s in BAD])
async def test_a_bad_request_is_refused_with_an_operation_outcome(
    ehr: httpx.AsyncClient, body: Any, status: int
) -> None:
    content = body if isinstance(body, bytes) else orjson.dumps(body)

    answer = await ehr.post(SERVICE, content=content, headers=JSON)

    assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("POST", "/cds-services/other", 404),
        ("GET", SERVICE, 405),
        ("GET", "/api/trials/X", 404),
    ],
)
async def test_a_wrong_address_or_method(ehr: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    answer = await ehr.request(method, path)

    assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome")


async def test_a_wrong_media_type_is_415(ehr: httpx.AsyncClient) -> None:
    answer = await ehr.post(SERVICE, content=b"{}", headers={"Content-Type": "text/plain"})

    assert answer.status_code == 415


async def test_a_body_over_the_limit_is_413_also_when_chunked(ehr: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b" " * 100_000

    stated = await ehr.post(SERVICE, content=b" " * 3_000_000, headers=JSON)
    chunked = await ehr.post(SERVICE, content=chunks(), headers=JSON)

    assert (stated.status_code, chunked.status_code) == (413, 413)


async def test_a_patient_id_with_its_type_is_accepted(ehr: httpx.AsyncClient) -> None:
    answer = await ehr.post(SERVICE, json=call(context={"userId": "Practitioner/1", "patientId": "Patient/fits"}))

    assert card_of(answer)


@pytest.mark.parametrize("missing", ["observations", "procedures", "lists"])
@pytest.mark.parametrize("state", ["absent", "outcome", "next page"])
async def test_what_was_not_fetched_stays_open_and_is_never_a_no(
    ehr: httpx.AsyncClient, missing: str, state: str
) -> None:
    prefetch = call()["prefetch"]
    if state == "absent":
        del prefetch[missing]
    elif state == "outcome":
        prefetch[missing] = {"resourceType": "OperationOutcome"}
    else:
        prefetch[missing] |= {"link": [{"relation": "next", "url": "http://ehr.example/fhir?page=2"}]}

    card = card_of(await ehr.post(SERVICE, json=call(prefetch=prefetch)))

    [question, _] = card["extension"]["org.trialhooks.assessment"]["questions"]
    outcomes = {criterion["outcome"] for criterion in question["criteria"]}
    assert "fail" not in outcomes


async def test_no_sign_of_disease_without_the_records_that_would_show_it_is_412(ehr: httpx.AsyncClient) -> None:
    outside = orjson.loads((REQUESTS / "outside.patient-view.json").read_bytes())
    del outside["prefetch"]["conditions"]

    assert (await ehr.post(SERVICE, json=outside)).status_code == 412


async def test_assess_takes_a_bundle_both_ways(ehr: httpx.AsyncClient) -> None:
    bundle = orjson.loads(Path("fhir_fixtures/patients/fits.json").read_bytes())
    wrapped = await ehr.post("/api/assess", json={"bundle": bundle, "as_of": "2026-06-01"})
    plain = await ehr.post("/api/assess?as_of=2026-06-01", content=orjson.dumps(bundle), headers=FHIR)

    assert wrapped.status_code == 200
    assert wrapped.content == plain.content


@pytest.mark.parametrize(
    "body",
    [b"x", b"{}", b'{"bundle": {"resourceType": "Patient"}}', b'{"bundle": {"resourceType": "Bundle"}}',
     b'{"bundle": {"resourceType": "Bundle"}, "as_of": "soon"}',
     b'{"bundle": {"resourceType": "Bundle"}, "trials": ["NCT00000000"]}'],
)  # fmt: skip
async def test_assess_refuses_what_it_cannot_use(ehr: httpx.AsyncClient, body: bytes) -> None:
    answer = await ehr.post("/api/assess", content=body, headers=JSON)

    assert (answer.status_code, answer.json()["resourceType"]) == (400, "OperationOutcome")


async def test_two_patients_are_refused(ehr: httpx.AsyncClient) -> None:
    patients = [{"resource": {"resourceType": "Patient", "id": name}} for name in ("a", "b")]

    answer = await ehr.post("/api/assess", json={"bundle": {"resourceType": "Bundle", "entry": patients}})

    assert answer.status_code == 400


async def test_nothing_of_the_patient_is_in_errors_or_metrics(
    ehr: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "Zebedee-Planted"  # noqa: S105
    request = call(context={"userId": "Practitioner/1", "patientId": secret})
    request["prefetch"]["patient"] = {"resourceType": "Patient", "id": secret, "name": [{"family": secret}]}
    answers = [
        await ehr.post(SERVICE, json=request),
        await ehr.post(SERVICE, json=request | {"hookInstance": secret}),
        await ehr.post("/api/assess", json={"bundle": secret}),
        await ehr.get("/metrics"),
    ]

    assert all(secret not in answer.text for answer in answers if "cards" not in answer.text)
    assert secret not in "".join(capsys.readouterr())


async def test_markup_in_the_chart_is_shown_not_rendered(ehr: httpx.AsyncClient) -> None:
    prefetch = call()["prefetch"]
    text = orjson.dumps(prefetch).decode().replace("Allogeneic stem cell transplant", "<img src=x>|**bold**")
    card = card_of(await ehr.post(SERVICE, json=call(prefetch=orjson.loads(text))))

    assert "<img" not in card["detail"]
    assert "**bold**" not in card["detail"]


async def test_errors_carry_cors_headers_and_no_credentials(ehr: httpx.AsyncClient) -> None:
    answer = await ehr.post(SERVICE, content=b"{", headers=JSON | {"Origin": "https://ehr.example"})

    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


async def test_the_page_shows_cards_and_criteria_without_script(ehr: httpx.AsyncClient) -> None:
    page = (await ehr.get("/", params={"patient": "cannot-tell-yet"})).text

    assert "Cannot tell yet" in page
    assert "<script>" not in page
    assert " style=" not in page


async def test_the_page_refuses_a_bad_paste_in_words(ehr: httpx.AsyncClient) -> None:
    answer = await ehr.post("/", data={"bundle": "nonsense", "as_of": "2026-06-01"})

    assert answer.status_code == 400
    assert "This cannot be assessed" in answer.text


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/api/trials", "/api/trials/NCT07441291"])
async def test_the_other_doors_open(ehr: httpx.AsyncClient, path: str) -> None:
    assert (await ehr.get(path)).status_code == 200
