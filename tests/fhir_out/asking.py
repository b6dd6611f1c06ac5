"""The FHIR doors as tests ask them: fixture patients on their own day, at a service with a fixed clock."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx
import orjson
from fastapi import FastAPI

from cds.settings import Settings
from hooks.app import create_app
from tests.fhir import Chart
from tests.test_fixtures import AS_OF, bundle_of

ASSESS = "/fhir/$assess"
FHIR = {"Content-Type": "application/fhir+json"}
MULTI, DLI = "NCT05262673", "NCT07441291"
Json = dict[str, Any]


@cache
def app() -> FastAPI:
    settings = Settings(demonstration=True, body_limit=2_000_000, public_url="https://trials.example")
    return create_app(settings, clock=lambda: datetime(2026, 6, 1, 12, tzinfo=UTC))


def client(service: FastAPI | None = None) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=service or app(), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://cds.example")


async def post(body: Any, query: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    async with client() as caller:
        return await caller.post(ASSESS, params=query, content=content, headers=FHIR | headers)


async def get(address: str, **headers: str) -> httpx.Response:
    async with client() as caller:
        return await caller.get(f"/fhir/{address}", headers=headers)


async def guidance(patient: str, trial: str = DLI) -> Json:
    """The GuidanceResponse for one fixture patient and one trial."""
    answer = await post(bundle_of(patient), {"as_of": AS_OF[patient], "trial": trial})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def guidance_on(chart: Chart, trial: str = DLI, as_of: str = "2026-06-01") -> Json:
    answer = await post(chart.bundle(), {"as_of": as_of, "trial": trial})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def parts(holder: Json, name: str) -> list[Json]:
    """The parts of a parameter, or the parameters of a Parameters, with this name."""
    return [part for part in holder.get("parameter", holder.get("part", [])) if part["name"] == name]


def value(holder: Json, name: str) -> Any:
    """The value of the only part with this name; None when there is none."""
    found = [part[key] for part in parts(holder, name) for key in part if key.startswith("value")]
    assert len(found) <= 1
    return found[0] if found else None


def detail(found: Json, question: str = "enrol") -> Json:
    """What the contained Parameters say of one question."""
    [contained] = [each for each in found["contained"] if f"#{each['id']}" == found["outputParameters"]["reference"]]
    [asked] = [part for part in parts(contained, "question") if value(part, "question") == question]
    return asked


def criterion(found: Json, name: str, question: str = "enrol") -> Json:
    [one] = [part for part in parts(detail(found, question), "criterion") if value(part, "id") == name]
    return one


def needs(found: Json, name: str) -> list[Json]:
    return [part["valueDataRequirement"] for part in parts(criterion(found, name), "dataRequirement")]
