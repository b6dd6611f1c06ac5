"""The doors over ASGI with their record running, and the database they leave behind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson

from cds.record.store import Store
from cds.settings import Settings
from hooks.app import create_app
from tests.record.making import NOON

SERVICE = "/cds-services/trial-eligibility"
REQUESTS = Path("fhir_fixtures/requests")


def call(name: str = "fits", **changes: Any) -> dict[str, Any]:
    """A hook request of the fixtures, with changes."""
    request: dict[str, Any] = orjson.loads((REQUESTS / f"{name}.patient-view.json").read_bytes())
    return request | changes


def site(state: Path, **changes: Any) -> Settings:
    return Settings(state=state, demonstration=True, **changes)


@asynccontextmanager
async def ehr_of(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service; when it ends, everything is in the database."""
    app = create_app(settings, clock=lambda: NOON)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://cds.example") as client:
            yield client


@contextmanager
def store_of(settings: Settings) -> Iterator[Store]:
    store = Store(settings.database_url)
    try:
        yield store
    finally:
        store.close()
