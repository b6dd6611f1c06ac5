"""The service as a hospital runs it: authentication on, one registered client, a fixed clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import yaml
from fastapi import FastAPI
from structlog.testing import capture_logs

from cds.settings import Settings
from hooks.app import create_app
from tests.ehr.signing import ISSUER, NOW, key, key_set
from tests.test_fixtures import assessor, request_of

SERVICE = "/cds-services/trial-eligibility"
PUBLIC = "https://cds.example"
JKU = "https://ehr.example/jwks.json"
JSON = {"Content-Type": "application/json"}
CALL = orjson.dumps(request_of("fits"))


def client_entry(**members: Any) -> dict[str, Any]:
    """One client of the YAML file, with its key in the file; None takes a member away."""
    found = {"issuer": ISSUER, "keys": key_set(key(), key("key-rsa", "RS384"))} | members
    return {name: value for name, value in found.items() if value is not None}


def clients_file(folder: Path, *entries: dict[str, Any]) -> Path:
    path = folder / "clients.yaml"
    path.write_text(yaml.safe_dump({"clients": list(entries)}), encoding="utf-8")
    return path


def site(clients: Path | None, **settings: Any) -> FastAPI:
    """The service with a record of its own; the assessor is shared, since it takes a second to build."""
    own = {"state": clients.parent / "state"} if clients else {}
    chosen = Settings(**({"public_url": PUBLIC, "clients": clients} | own | settings))
    return create_app(chosen, assessor=assessor(), clock=lambda: NOW)


@asynccontextmanager
async def speaking_to(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of the app, in this process."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://inside.example") as client:
        yield client


async def post(app: FastAPI, token: str | None, path: str = SERVICE, **headers: str) -> httpx.Response:
    """A hook call with this token."""
    authorization = {"Authorization": f"Bearer {token}"} if token is not None else {}
    async with speaking_to(app) as client:
        return await client.post(path, content=CALL, headers=JSON | authorization | headers)


async def cause_of(app: FastAPI, token: str | None, path: str = SERVICE, **headers: str) -> str | None:
    """Why this call was refused, as the log says; None when it was not."""
    with capture_logs() as logs:
        answer = await post(app, token, path, **headers)
    causes = [entry["cause"] for entry in logs if entry["event"] == "token-refused"]
    assert (answer.status_code == 401) == bool(causes)
    return causes[0] if causes else None
