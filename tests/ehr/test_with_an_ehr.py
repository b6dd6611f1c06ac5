"""The service and an EHR over real connections: signed calls, fetched records, rotated keys, misbehaviour."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from cds.settings import Settings
from hooks.app import create_app
from tests.ehr.fake_ehr import FakeEhr
from tests.ehr.signing import NOW, key
from tests.hooks.trust.site import JSON, PUBLIC, SERVICE, clients_file
from tests.test_fixtures import assessor, request_of

AUDIENCE = f"{PUBLIC}{SERVICE}"


@pytest.fixture
def ehr() -> Iterator[FakeEhr]:
    one = FakeEhr()
    with one.running():
        yield one


@pytest.fixture
async def cds(ehr: FakeEhr, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The service, with authentication, in a demonstration only because the EHR speaks http on this machine."""
    async with service_for(ehr, tmp_path) as client:
        yield client


@asynccontextmanager
async def service_for(ehr: FakeEhr, folder: Path, base: str = "", **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service that trusts this EHR, from start to stop; `base` instead of the EHR's own address."""
    base = base or ehr.base
    entry = {"issuer": ehr.issuer, "jku": f"{base}/jwks.json", "fhir_servers": [f"{base}/fhir"]}
    chosen = {"demonstration": True, "authentication": "required", "fetch_seconds": 3, "answer_seconds": 30} | settings
    app = create_app(
        Settings(public_url=PUBLIC, clients=clients_file(folder, entry), **chosen),
        assessor=assessor(),
        clock=lambda: NOW,
    )
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://cds.example") as client,
    ):
        yield client


async def call(cds: httpx.AsyncClient, ehr: FakeEhr, patient: str = "fits", **members: Any) -> httpx.Response:
    """A hook call without prefetch, signed and with a grant for the patient."""
    request = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/example", "patientId": patient},
        "fhirServer": ehr.fhir,
        "fhirAuthorization": ehr.grant(patient),
    } | members
    return await cds.post(SERVICE, json=request, headers={"Authorization": f"Bearer {ehr.token(AUDIENCE)}"})


async def by_prefetch(cds: httpx.AsyncClient, ehr: FakeEhr, patient: str = "fits") -> httpx.Response:
    headers = JSON | {"Authorization": f"Bearer {ehr.token(AUDIENCE)}"}
    return await cds.post(SERVICE, json=request_of(patient), headers=headers)


async def test_a_signed_call_is_answered_from_the_ehrs_own_records(cds: httpx.AsyncClient, ehr: FakeEhr) -> None:
    answer = await call(cds, ehr)

    assert answer.status_code == 200
    assert "NCT07441291" in [card["source"]["topic"]["code"] for card in answer.json()["cards"]]
    assert ehr.authorizations == {f"Bearer {ehr.access_token}"}
    assert ehr.asked["/jwks.json"] == 1


async def test_small_pages_give_the_same_answer(cds: httpx.AsyncClient, ehr: FakeEhr) -> None:
    whole = await call(cds, ehr)
    ehr.page_size = 2
    paged = await call(cds, ehr)

    assert paged.status_code == 200
    assert paged.content == whole.content


async def test_an_ehr_that_throttles_is_asked_again(cds: httpx.AsyncClient, ehr: FakeEhr) -> None:
    whole = await call(cds, ehr)
    ehr.throttle = 3

    assert (await call(cds, ehr)).content == whole.content


async def test_an_ehr_that_stalls_leaves_criteria_open(cds: httpx.AsyncClient, ehr: FakeEhr) -> None:
    ehr.stall = {"Observation": 20.0}

    answer = await call(cds, ehr)

    assert answer.status_code == 200
    assert "not_fetched" in answer.text


async def test_an_ehr_that_gives_another_patients_records_gets_no_card_from_them(
    cds: httpx.AsyncClient, ehr: FakeEhr
) -> None:
    ehr.lies_with = "fits-all-answered"

    assert (await call(cds, ehr)).status_code == 412


async def test_a_rotated_key_is_accepted_by_a_service_that_starts_meanwhile(
    cds: httpx.AsyncClient, ehr: FakeEhr, tmp_path: Path
) -> None:
    assert (await by_prefetch(cds, ehr)).status_code == 200
    ehr.keys = [key(), key("next", "RS384")]

    async with service_for(ehr, tmp_path) as fresh:
        assert (await by_prefetch(fresh, ehr)).status_code == 200


async def test_the_token_of_somebody_else_opens_nothing(cds: httpx.AsyncClient, ehr: FakeEhr) -> None:
    stranger = FakeEhr(keys=[key("stranger")], base=ehr.base)

    assert (await call(cds, stranger)).status_code == 401
    assert ehr.asked["Patient/fits"] == 0


async def test_a_server_that_is_not_the_clients_is_not_called(cds: httpx.AsyncClient, ehr: FakeEhr) -> None:
    other = FakeEhr()
    with other.running():
        answer = await call(cds, ehr, fhirServer=other.fhir)

    assert (answer.status_code, sum(other.asked.values())) == (412, 0)


async def test_in_production_not_even_a_key_set_is_fetched_from_this_machine(ehr: FakeEhr, tmp_path: Path) -> None:
    """The name is registered, but it leads to 127.0.0.1."""
    inside = ehr.base.replace("http://127.0.0.1", "https://localhost")
    async with service_for(ehr, tmp_path, inside, demonstration=False) as client:
        answer = await by_prefetch(client, FakeEhr(base=inside))
        metrics = (await client.get("/metrics")).text

    assert (answer.status_code, sum(ehr.asked.values())) == (401, 0)
    assert 'trial_hooks_refused_servers_total{cause="address"}' in metrics
