"""What is kept of verified calls: who asked, and that a token was used, also across a restart."""

from __future__ import annotations

from pathlib import Path

import httpx
import orjson

from cds.settings import Settings
from hooks.app import create_app
from tests.ehr.signing import AUDIENCE, ISSUER, NOW, token
from tests.hooks.trust.site import CALL, JSON, PUBLIC, SERVICE, client_entry, clients_file
from tests.record.doors import store_of
from tests.test_fixtures import assessor


def settings_in(folder: Path) -> Settings:
    return Settings(state=folder / "state", public_url=PUBLIC, clients=clients_file(folder, client_entry()))


async def asked(settings: Settings, *tokens: str, path: str = SERVICE, body: bytes = CALL) -> list[httpx.Response]:
    """The answers of one process, from its start to its end."""
    app = create_app(settings, assessor=assessor(), clock=lambda: NOW)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://cds.example") as client,
    ):
        return [
            await client.post(path, content=body, headers=JSON | {"Authorization": f"Bearer {one}"}) for one in tokens
        ]


async def test_the_audit_names_issuer_and_tenant_of_the_verified_token(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    [answer] = await asked(settings, token(tenant="north"))

    with store_of(settings) as store:
        [kept] = store.calls(limit=10)
        found = store.call(kept["id"])
    assert answer.status_code == 200
    assert found is not None
    assert (found["issuer"], found["tenant"], found["status"]) == (ISSUER, "north", 200)


async def test_a_call_without_a_valid_token_leaves_no_row(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    answers = await asked(settings, token(iss="https://evil.example"), "nonsense")

    with store_of(settings) as store:
        assert store.calls(limit=10) == []
    assert [answer.status_code for answer in answers] == [401, 401]


async def test_a_token_is_remembered_across_a_restart(tmp_path: Path) -> None:
    settings, made = settings_in(tmp_path), token()

    [before] = await asked(settings, made)
    after, other = await asked(settings, made, token())

    assert (before.status_code, after.status_code, other.status_code) == (200, 401, 200)


async def test_feedback_is_taken_from_a_verified_client(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    [answer] = await asked(settings, token())
    entry = {
        "card": answer.json()["cards"][0]["uuid"],
        "outcome": "overridden",
        "outcomeTimestamp": "2026-06-01T12:00:00Z",
    }
    feedback = orjson.dumps({"feedback": [entry]})

    taken = await asked(settings, token(aud=f"{AUDIENCE}/feedback"), token(), path=f"{SERVICE}/feedback", body=feedback)
    refused = await asked(settings, token(aud=f"{PUBLIC}/feedback"), path=f"{SERVICE}/feedback", body=feedback)

    assert [one.status_code for one in (*taken, *refused)] == [200, 200, 401]
