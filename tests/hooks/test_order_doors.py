"""The order services as doors: their envelope, their refusals, and which drafts are looked at."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.fhir import RXNORM, Resource, concept
from tests.hooks.ordering import CHECK, HOOK_OF, SELECT, bundle, draft, ehr, post, request

PREDNISONE = draft(concept(RXNORM, "8640", "Prednisone"), "1")
DEXAMETHASONE = draft(concept(RXNORM, "3264", "Dexamethasone"), "2")
BOTH = bundle(PREDNISONE, DEXAMETHASONE)


async def test_discovery_lists_both_services_with_their_hooks_and_prefetch() -> None:
    async with ehr() as client:
        services = {service["id"]: service for service in (await client.get("/cds-services")).json()["services"]}

    assert services["trial-order-select"]["hook"] == "order-select"
    assert services["trial-order-check"]["hook"] == "order-sign"
    for name in ("trial-order-select", "trial-order-check"):
        assert services[name]["prefetch"]["patient"] == "Patient/{{context.patientId}}"
        assert services[name]["title"]
        assert services[name]["description"]


@pytest.mark.parametrize(
    ("selections", "names"),
    [
        (["MedicationRequest/1"], ["Prednisone"]),
        (["2"], ["Dexamethasone"]),
        ([" MedicationRequest/2 "], ["Dexamethasone"]),
        (["https://ehr.example/fhir/MedicationRequest/1"], ["Prednisone"]),
        (["MedicationRequest/1/_history/4"], ["Prednisone"]),
        (["MedicationRequest/1", "MedicationRequest/2"], ["Prednisone", "Dexamethasone"]),
        pytest.param(["MedicationRequest/9"], ["Prednisone", "Dexamethasone"], id="nothing found: all are looked at"),
    ],
)
async def test_only_selected_drafts_are_looked_at(selections: list[str], names: list[str]) -> None:
    answer = await post(request(BOTH, service=SELECT, selections=selections), SELECT)

    assert [card["summary"].split()[0] for card in answer.json()["cards"]] == names


async def test_a_selection_may_name_the_entrys_full_url() -> None:
    drafts = {"resourceType": "Bundle", "entry": [{"fullUrl": "urn:uuid:5c1f", "resource": PREDNISONE | {"id": None}},
                                                  {"resource": DEXAMETHASONE}]}  # fmt: skip
    answer = await post(request(drafts, service=SELECT, selections=["urn:uuid:5c1f"]), SELECT)

    assert [card["summary"].split()[0] for card in answer.json()["cards"]] == ["Prednisone"]


async def test_at_signature_every_draft_is_looked_at_whatever_is_selected() -> None:
    answer = await post(request(BOTH, selections=["MedicationRequest/1"]))

    assert len(answer.json()["cards"]) == 2


THIN: list[tuple[str, Resource, int]] = [
    ("a Bundle without entries", {"resourceType": "Bundle"}, 0),
    ("entries that are nothing", {"resourceType": "Bundle", "entry": [{}, {"resource": None}, {"resource": {}}]}, 0),
    ("an entry that is no object", {"resourceType": "Bundle", "entry": ["x", {"resource": PREDNISONE}]}, 1),
    ("a type that we do not read", bundle({"resourceType": "NutritionOrder", "id": "n"}, PREDNISONE), 1),
    ("a broken draft beside a good one", bundle({"resourceType": "MedicationRequest", "id": 7}, PREDNISONE), 1),
    ("a draft without an id", bundle({k: v for k, v in PREDNISONE.items() if k != "id"}), 1),
]


@pytest.mark.parametrize(("drafts", "count"), [pytest.param(d, n, id=name) for name, d, n in THIN])
async def test_thin_and_broken_drafts_are_borne(drafts: Resource, count: int) -> None:
    answer = await post(request(drafts))

    assert (answer.status_code, len(answer.json()["cards"])) == (200, count)


GOOD = {
    SELECT: request(BOTH, service=SELECT, selections=["MedicationRequest/1"]),
    CHECK: request(BOTH),
}


def with_context(service: str, **changes: Any) -> dict[str, Any]:
    context = {name: value for name, value in (GOOD[service]["context"] | changes).items() if value is not None}
    return GOOD[service] | {"context": context}


BAD_CONTEXTS: list[tuple[str, dict[str, Any]]] = [
    ("no userId", {"userId": None}),
    ("a strange userId", {"userId": "bob"}),
    ("a patient who orders", {"userId": "Patient/1"}),
    ("no patientId", {"patientId": None}),
    ("a patientId that is none", {"patientId": "a b"}),
    ("an encounterId that is none", {"encounterId": "a b"}),
    ("an encounterId that is no text", {"encounterId": 3}),
    ("no draftOrders", {"draftOrders": None}),
    ("draftOrders that are a list", {"draftOrders": [PREDNISONE]}),
    ("draftOrders that are text", {"draftOrders": "MedicationRequest/1"}),
    ("draftOrders that are another resource", {"draftOrders": PREDNISONE}),
]


@pytest.mark.parametrize("service", [SELECT, CHECK])
@pytest.mark.parametrize("changes", [pytest.param(changes, id=name) for name, changes in BAD_CONTEXTS])
async def test_a_bad_context_is_refused(service: str, changes: dict[str, Any]) -> None:
    answer = await post(with_context(service, **changes), service)

    assert (answer.status_code, answer.json()["resourceType"]) == (400, "OperationOutcome")


@pytest.mark.parametrize(
    "selections", [None, [], "MedicationRequest/1", [1], ["a b"], [""], {}], ids=lambda value: str(value)
)
async def test_order_select_needs_a_list_of_references(selections: Any) -> None:
    answer = await post(with_context(SELECT, selections=selections), SELECT)

    assert (answer.status_code, answer.json()["resourceType"]) == (400, "OperationOutcome")


@pytest.mark.parametrize("service", [SELECT, CHECK])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"{", 400, id="not JSON"),
        pytest.param({"hook": "patient-view"}, 400, id="another hook"),
        pytest.param({"hookInstance": "1"}, 400, id="a hookInstance that is no UUID"),
        pytest.param({"context": None}, 400, id="no context"),
        pytest.param({"extension": []}, 400, id="an extension that is no object"),
        pytest.param({"fhirAuthorization": {"access_token": "t"}}, 400, id="an authorization without a server"),
        pytest.param({"prefetch": None}, 412, id="no prefetch"),
        pytest.param({"prefetch": {"patient": {"resourceType": "Patient", "id": "2"}}}, 412, id="another patient"),
    ],
)
async def test_a_bad_request_is_refused(service: str, body: Any, status: int) -> None:
    content = body if isinstance(body, bytes) else orjson.dumps(GOOD[service] | body)

    answer = await post(content, service)

    assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome")


@pytest.mark.parametrize("service", [SELECT, CHECK])
async def test_what_could_not_be_looked_at_is_412_and_never_no_card(service: str) -> None:
    """B2: without the records that would show leukaemia nothing can be said."""
    body = GOOD[service] | {"prefetch": {"patient": {"resourceType": "Patient", "id": "1"}}}

    assert (await post(body, service)).status_code == 412


async def test_many_drafts_are_answered_and_too_many_refused() -> None:
    nothing = {"resource": {"resourceType": "MedicationRequest", "id": "n"}}
    many = {"resourceType": "Bundle", "entry": [nothing] * 5_000 + [{"resource": PREDNISONE}]}
    too_many = {"resourceType": "Bundle", "entry": [{}] * 20_001}

    assert len((await post(request(many))).json()["cards"]) == 1
    assert (await post(request(too_many))).status_code == 413


async def test_a_deep_draft_is_refused_without_harm() -> None:
    body = orjson.dumps(GOOD[CHECK]).replace(
        b'"resourceType":"Bundle","entry":[{"resource":', b'"a":' + b"[" * 100_000, 1
    )

    assert (await post(body)).status_code == 400


@pytest.mark.parametrize("service", [SELECT, CHECK])
async def test_a_wrong_method_is_405(service: str) -> None:
    async with ehr() as client:
        assert (await client.get(service)).status_code == 405


@pytest.mark.parametrize("service", [SELECT, CHECK])
async def test_the_same_request_gives_the_same_bytes(service: str) -> None:
    first, second = [(await post(GOOD[service], service)).content for _ in range(2)]

    assert first == second
    assert "systemActions" not in orjson.loads(first)
    assert HOOK_OF[service] == GOOD[service]["hook"]


async def test_nothing_of_the_order_is_in_errors_metrics_or_log(capsys: pytest.CaptureFixture[str]) -> None:
    """B5.5."""
    secret = "Zebedee-Planted"  # noqa: S105
    order = PREDNISONE | {"note": [{"text": secret}], "medicationCodeableConcept": {"text": f"Prednisone {secret}"}}
    refused = await post(request({"resourceType": "List", "entry": [order]}))
    await post(request(bundle(order)))
    async with ehr() as client:
        metrics = await client.get("/metrics")

    assert refused.status_code == 400
    assert secret not in refused.text + metrics.text + "".join(capsys.readouterr())
