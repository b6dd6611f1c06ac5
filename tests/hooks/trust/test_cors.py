"""Browsers may call from configured origins only, see every answer there, errors too, and never with credentials."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from cds.settings import Settings
from cds.site import SiteProfile
from hooks.app import create_app
from tests.ehr.signing import AUDIENCE, NOW, token
from tests.hooks.trust.site import CALL, JSON, PUBLIC, SERVICE, client_entry, clients_file, speaking_to
from tests.test_fixtures import assessor

OURS, THEIRS = "https://ehr.example", "https://evil.example"
BOTH = ("https://ehr.example", "https://second.example:8443")


class Broken:
    """An assessor with a fault."""

    trials = ()
    site = SiteProfile()

    def __getattr__(self, _name: str) -> Any:
        raise RuntimeError("a fault")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    clients = clients_file(tmp_path_factory.mktemp("site"), client_entry())
    settings = Settings(public_url=PUBLIC, clients=clients, cors_origins=BOTH, body_limit=100_000)
    return create_app(settings, assessor=assessor(), clock=lambda: NOW)


Case = tuple[int, str, str, bytes, str, str]
NOT_JSON, NO_TOKEN = "text/plain", ""
# status, method, path, body, media type, aud of the token
CASES: list[Case] = [
    (200, "POST", SERVICE, CALL, "application/json", AUDIENCE),
    (400, "POST", SERVICE, b"{", "application/json", AUDIENCE),
    (401, "POST", SERVICE, CALL, "application/json", NO_TOKEN),
    (404, "GET", "/api/trials/NCT00000000", b"", "application/json", NO_TOKEN),
    (405, "POST", "/cds-services", b"", "application/json", f"{PUBLIC}/cds-services"),
    (412, "POST", SERVICE, CALL.replace(b'"patientId":"fits"', b'"patientId":"nobody"'), "application/json", AUDIENCE),
    (413, "POST", SERVICE, b" " * 200_000, "application/json", AUDIENCE),
    (415, "POST", SERVICE, b"{}", NOT_JSON, AUDIENCE),
]
STATUSES = [str(case[0]) for case in CASES]


async def sent(app: FastAPI, origin: str, case: Case) -> httpx.Response:
    """The answer to this case's request from a page of this origin."""
    status, method, path, body, media_type, audience = case
    authorization = {"Authorization": f"Bearer {token(aud=audience)}"} if audience else {}
    headers = {"Content-Type": media_type, "Origin": origin} | authorization
    async with speaking_to(app) as client:
        answer = await client.request(method, path, content=body, headers=headers)
    assert answer.status_code == status
    return answer


@pytest.mark.parametrize("origin", BOTH)
@pytest.mark.parametrize("case", CASES, ids=STATUSES)
async def test_every_answer_can_be_read_from_a_configured_origin(app: FastAPI, origin: str, case: Case) -> None:
    answer = await sent(app, origin, case)

    assert answer.headers["access-control-allow-origin"] == origin
    assert "Origin" in answer.headers["vary"]
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("case", CASES, ids=STATUSES)
async def test_no_answer_can_be_read_from_another_origin(app: FastAPI, case: Case) -> None:
    answer = await sent(app, THEIRS, case)

    assert "access-control-allow-origin" not in answer.headers
    assert "access-control-allow-credentials" not in answer.headers


async def test_a_fault_of_ours_can_be_read_as_an_error_too() -> None:
    faulty: Any = Broken()
    app = create_app(Settings(demonstration=True), assessor=faulty, clock=lambda: NOW)
    async with speaking_to(app) as client:
        answer = await client.post(SERVICE, content=CALL, headers=JSON | {"Origin": THEIRS})

    assert (answer.status_code, answer.json()["resourceType"]) == (500, "OperationOutcome")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "fault" not in answer.text.replace("the fault is in its log", "")


async def preflight(app: FastAPI, origin: str, path: str = SERVICE, method: str = "POST") -> httpx.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    async with speaking_to(app) as client:
        return await client.options(path, headers=headers)


@pytest.mark.parametrize("path", [SERVICE, "/cds-services", "/api/assess", f"{SERVICE}/feedback"])
async def test_a_preflight_needs_no_token(app: FastAPI, path: str) -> None:
    answer = await preflight(app, OURS, path)

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == OURS
    assert "POST" in answer.headers["access-control-allow-methods"]
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert "authorization" in allowed
    assert "content-type" in allowed
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("origin", [THEIRS, "null", "http://ehr.example", "https://ehr.example.evil.example"])
async def test_a_preflight_from_another_origin_allows_nothing(app: FastAPI, origin: str) -> None:
    assert "access-control-allow-origin" not in (await preflight(app, origin)).headers


async def test_a_preflight_for_another_method_is_refused(app: FastAPI) -> None:
    assert (await preflight(app, OURS, method="DELETE")).status_code == 400


async def test_a_demonstration_may_be_called_from_anywhere() -> None:
    app = create_app(Settings(demonstration=True), assessor=assessor(), clock=lambda: NOW)
    answer = await preflight(app, THEIRS)

    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
    assert "access-control-allow-credentials" not in answer.headers


async def test_without_configured_origins_no_browser_may_call(tmp_path: Path) -> None:
    settings = Settings(public_url=PUBLIC, clients=clients_file(tmp_path, client_entry()))
    app = create_app(settings, assessor=assessor(), clock=lambda: NOW)

    for answer in (await preflight(app, OURS), await sent(app, OURS, CASES[0])):
        assert "access-control-allow-origin" not in answer.headers


async def test_browsers_may_see_why_and_when_to_come_again(app: FastAPI) -> None:
    answer = await sent(app, OURS, CASES[2])

    assert answer.headers["access-control-expose-headers"] == "www-authenticate, retry-after"
