"""Limits under real load, over real connections: calls turned away, bodies that trickle, answers that do not come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from cds.settings import Settings
from hooks.app import create_app
from hooks.limits import Deadlines
from tests.ehr.fake_ehr import FakeEhr
from tests.ehr.serving import serving
from tests.ehr.signing import NOW, token
from tests.hooks.trust.site import CALL, JSON, PUBLIC, SERVICE, client_entry, clients_file
from tests.test_fixtures import assessor

ORIGIN = {"Origin": "https://ehr.example"}


def demonstration(**settings: Any) -> ASGIApp:
    return create_app(Settings(demonstration=True, **settings), assessor=assessor(), clock=lambda: NOW)


@pytest.fixture
def ehr() -> Iterator[FakeEhr]:
    one = FakeEhr(access_token=None)
    with one.running():
        yield one


def stalled_call(ehr: FakeEhr) -> dict[str, Any]:
    """A call whose Patient has to be fetched."""
    return {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/example", "patientId": "fits"},
        "fhirServer": ehr.fhir,
    }


async def test_calls_beyond_the_slots_are_turned_away_at_once_and_may_come_again(ehr: FakeEhr) -> None:
    ehr.stall = {"Patient": 1.0}
    app = demonstration(most_in_flight=3, open_fhir_servers=(ehr.fhir,))
    with serving(app) as base:
        async with httpx.AsyncClient(base_url=base, timeout=30) as client:
            answers = await asyncio.gather(
                *(client.post(SERVICE, json=stalled_call(ehr), headers=ORIGIN) for _ in range(20))
            )
            after = await client.post(SERVICE, content=CALL, headers=JSON)
            metrics = (await client.get("/metrics")).text

    turned_away = [answer for answer in answers if answer.status_code == 503]
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [503] * 17
    assert {answer.headers["retry-after"] for answer in turned_away} == {"1"}
    assert {answer.json()["resourceType"] for answer in turned_away} == {"OperationOutcome"}
    assert {answer.headers["access-control-allow-origin"] for answer in turned_away} == {"*"}
    assert max(answer.elapsed.total_seconds() for answer in turned_away) < 0.9
    assert after.status_code == 200
    assert "trial_hooks_shed_total 17.0" in metrics


class Trickle:
    """A caller that sends the head of a request and then its body byte by byte, or not at all."""

    def __init__(self, base: str, headers: str = "") -> None:
        self.host, self.port = base.removeprefix("http://").split(":")
        self.head = f"POST {SERVICE} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{headers}"

    async def __aenter__(self) -> Trickle:
        self.reader, self.writer = await asyncio.open_connection(self.host, int(self.port))
        self.writer.write(f"{self.head}Content-Length: {len(CALL)}\r\n\r\n".encode() + CALL[:10])
        await self.writer.drain()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    async def drip(self) -> None:
        for _ in range(100):
            self.writer.write(b" ")
            await asyncio.sleep(0.05)

    async def status(self) -> int:
        return int((await self.reader.readline()).split()[1])


async def test_slow_uploads_take_slots_but_not_from_health(ehr: FakeEhr) -> None:
    with serving(demonstration(most_in_flight=2)) as base:
        async with httpx.AsyncClient(base_url=base) as client, Trickle(base), Trickle(base):
            await asyncio.sleep(0.3)
            hook, health = await client.post(SERVICE, content=CALL, headers=JSON), await client.get("/healthz")
            discovery = await client.get("/cds-services")

    assert (hook.status_code, health.status_code, discovery.status_code) == (503, 200, 200)


@pytest.mark.parametrize("drips", [False, True], ids=["nothing more", "a byte now and then"])
async def test_a_body_that_does_not_arrive_is_cut_off(*, drips: bool) -> None:
    with serving(demonstration(body_seconds=1)) as base:
        async with Trickle(base, "Origin: https://ehr.example\r\n") as caller:
            started = time.perf_counter()
            dripping = asyncio.create_task(caller.drip()) if drips else None
            status = await caller.status()
            taken = time.perf_counter() - started
            rest = await caller.reader.read()
            if dripping is not None:
                dripping.cancel()

    assert (status, 0.8 < taken < 2) == (408, True)
    assert b"OperationOutcome" in rest
    assert b"connection: close" in rest.lower()
    assert b"access-control-allow-origin: *" in rest.lower()


async def test_a_body_that_arrives_in_time_may_take_longer_to_be_answered(ehr: FakeEhr) -> None:
    ehr.stall = {"Patient": 1.3}
    app = demonstration(body_seconds=1, open_fhir_servers=(ehr.fhir,))
    with serving(app) as base:
        async with httpx.AsyncClient(base_url=base, timeout=30) as client:
            assert (await client.post(SERVICE, json=stalled_call(ehr))).status_code == 200


class Stuck:
    """A memory of tokens whose database does not answer."""

    def seen_before(self, *_: object) -> bool:
        time.sleep(2)
        return False


async def test_an_answer_that_does_not_come_in_time_is_503(tmp_path: Path) -> None:
    settings = Settings(
        public_url=PUBLIC, clients=clients_file(tmp_path, client_entry()), answer_seconds=1, body_seconds=1
    )
    app = create_app(settings, assessor=assessor(), clock=lambda: NOW, used_tokens=Stuck())
    with serving(app) as base:
        async with httpx.AsyncClient(base_url=base, timeout=30) as client:
            headers = JSON | {"Authorization": f"Bearer {token()}"}
            answer = await client.post(SERVICE, content=CALL, headers=headers)

    assert (answer.status_code, answer.json()["resourceType"]) == (503, "OperationOutcome")
    assert answer.elapsed.total_seconds() < 1.8


async def slow_to_answer(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive())["more_body"]:
        pass
    await asyncio.sleep(5)


async def fails_by_itself(scope: Scope, receive: Receive, send: Send) -> None:
    raise TimeoutError


async def answer_of(app: ASGIApp, content: bytes = b"") -> httpx.Response:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        return await client.post("/", content=content)


@pytest.mark.parametrize("content", [b"", b"body"])
async def test_the_time_for_an_answer_begins_when_the_body_is_there(content: bytes) -> None:
    answer = await answer_of(Deadlines(slow_to_answer, body_seconds=5, answer_seconds=1), content)

    assert answer.status_code == 503


async def test_a_timeout_of_the_services_own_making_is_not_taken_for_a_deadline() -> None:
    with pytest.raises(TimeoutError):
        await answer_of(Deadlines(fails_by_itself, body_seconds=5, answer_seconds=5))


async def test_a_call_that_was_turned_away_has_not_used_up_its_token(tmp_path: Path) -> None:
    settings = Settings(public_url=PUBLIC, clients=clients_file(tmp_path, client_entry()), most_in_flight=1)
    app = create_app(settings, assessor=assessor(), clock=lambda: NOW)
    made = token()
    headers = JSON | {"Authorization": f"Bearer {made}"}
    with serving(app) as base:
        async with httpx.AsyncClient(base_url=base, timeout=30) as client:
            async with Trickle(base, f"Authorization: Bearer {token()}\r\n"):
                await asyncio.sleep(0.3)
                first = await client.post(SERVICE, content=CALL, headers=headers)
            await asyncio.sleep(0.3)
            second = await client.post(SERVICE, content=CALL, headers=headers)

    assert (first.status_code, second.status_code) == (503, 200)


async def test_without_a_token_no_slot_is_held(tmp_path: Path) -> None:
    settings = Settings(public_url=PUBLIC, clients=clients_file(tmp_path, client_entry()), most_in_flight=1)
    app = create_app(settings, assessor=assessor(), clock=lambda: NOW)
    with serving(app) as base:
        async with httpx.AsyncClient(base_url=base) as client, Trickle(base) as caller:
            refused = await caller.status()
            headers = JSON | {"Authorization": f"Bearer {token()}"}
            answer = await client.post(SERVICE, content=CALL, headers=headers)

    assert (refused, answer.status_code) == (401, 200)
