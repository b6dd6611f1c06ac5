"""Requests of order-select and order-sign for tests, from charts and draft orders."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx
import orjson
from fastapi import FastAPI

from cds.settings import Settings
from hooks.app import create_app
from tests.fhir import AS_OF, Chart, Resource, base_chart

SELECT, CHECK = "/cds-services/trial-order-select", "/cds-services/trial-order-check"
HOOK_OF = {SELECT: "order-select", CHECK: "order-sign"}
Answer = dict[str, Any]


@cache
def app() -> FastAPI:
    """The service as it is installed, in a demonstration, so that a request may state its day."""
    return create_app(
        Settings(demonstration=True, body_limit=2_000_000), clock=lambda: datetime(2026, 6, 1, 12, tzinfo=UTC)
    )


def ehr() -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app(), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://cds.example")


def draft(drug: Resource | None, name: str = "draft", **elements: Any) -> Resource:
    """A thin MedicationRequest: neither intent nor status nor subject unless they are given."""
    found = {"resourceType": "MedicationRequest", "id": name, "medicationCodeableConcept": drug} | elements
    return {element: value for element, value in found.items() if value is not None}


def by(route: Resource, **elements: Any) -> Resource:
    """The dosageInstruction element with one route."""
    return {"dosageInstruction": [{"route": route} | elements]}


def dosed(quantity: Resource, **elements: Any) -> Resource:
    """The dosageInstruction element with one dose."""
    return {"dosageInstruction": [{"doseAndRate": [{"doseQuantity": quantity}]} | elements]}


def bundle(*drafts: Resource) -> Resource:
    """A Bundle without a type, as some clients send it."""
    return {"resourceType": "Bundle", "entry": [{"resource": found} for found in drafts]}


def request(
    drafts: Resource,
    chart: Chart | None = None,
    service: str = CHECK,
    as_of: str = AS_OF,
    selections: list[str] | None = None,
    **context: Any,
) -> Answer:
    """A whole hook request; a context member that is None is left out."""
    every = {"userId": "Practitioner/1", "patientId": "1", "draftOrders": drafts, "selections": selections} | context
    prefetch = {key: orjson.loads(value) for key, value in (chart or base_chart()).prefetch().items()}
    return {
        "hook": HOOK_OF[service],
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {name: value for name, value in every.items() if value is not None},
        "prefetch": prefetch,
        "extension": {"org.trialhooks.as_of": as_of},
    }


async def post(body: Any, service: str = CHECK) -> httpx.Response:
    async with ehr() as client:
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        return await client.post(service, content=content, headers={"Content-Type": "application/json"})


async def cards(*drafts: Resource, chart: Chart | None = None, as_of: str = AS_OF) -> list[Answer]:
    """The cards at signature."""
    answer = await post(request(bundle(*drafts), chart, as_of=as_of))
    assert answer.status_code == 200, answer.text
    found: list[Answer] = answer.json()["cards"]
    return found


def shown(found: list[Answer]) -> list[tuple[str, str, str]]:
    """Trial, indicator and summary of each card."""
    return [(card["source"]["topic"]["code"], card["indicator"], card["summary"]) for card in found]
