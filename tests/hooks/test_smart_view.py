"""POST /smart/view attacked: other people's forms, tokens and patients, and what is kept of a view."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from cds.settings import Settings
from hooks.app import create_app
from tests.ehr.fake_ehr import FakeEhr
from tests.record.doors import store_of
from tests.record.making import NOON
from tests.test_fixtures import assessor

VIEW = "/smart/view"


@pytest.fixture
def ehr() -> Iterator[FakeEhr]:
    ehr = FakeEhr()
    with ehr.running():
        yield ehr


def settings_of(folder: Path, ehr: FakeEhr, **more: Any) -> Settings:
    file = folder / "smart.yaml"
    file.write_text(yaml.safe_dump({"ehrs": [{"name": "EHR", "fhir_server": ehr.fhir, "client_id": "x"}]}))
    return Settings(state=folder / "state", demonstration=True, authentication="required", smart=file, **more)


@asynccontextmanager
async def browser_of(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service; when it ends, everything is in the database."""
    app = create_app(settings, assessor=assessor(), clock=lambda: NOON)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://cds.example") as client:
            yield client


def form(ehr: FakeEhr, **changes: str) -> dict[str, str]:
    return {"fhirServer": ehr.fhir, "access_token": str(ehr.access_token), "patient": "fits"} | changes


def kept(settings: Settings) -> list[dict[str, Any]]:
    with store_of(settings) as store:
        return [call for row in store.calls(limit=9) if (call := store.call(row["id"])) is not None]


async def test_a_view_is_kept_with_its_patient_and_the_ehr_that_took_the_token(tmp_path: Path, ehr: FakeEhr) -> None:
    settings = settings_of(tmp_path, ehr)
    async with browser_of(settings) as browser:
        answer = await browser.post(VIEW, data=form(ehr))

    (call,) = kept(settings)
    assert answer.status_code == 200
    assert (call["door"], call["status"], call["patient"], call["issuer"]) == (VIEW, 200, "Patient/fits", ehr.fhir)
    assert ehr.access_token not in str(call)
    assert ehr.access_token not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "script-src 'self';" in policy
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_token_that_is_refused_costs_the_ehr_one_request_and_leaves_no_row(
    tmp_path: Path, ehr: FakeEhr
) -> None:
    settings = settings_of(tmp_path, ehr)
    async with browser_of(settings) as browser:
        answer = await browser.post(VIEW, data=form(ehr, access_token="made-up"))  # noqa: S106

    assert answer.status_code == 403
    assert sum(ehr.asked.values()) == 1
    assert kept(settings) == []


async def test_an_ehr_that_answers_with_another_patient_shows_nothing(tmp_path: Path, ehr: FakeEhr) -> None:
    ehr.lies_with = "outside"
    async with browser_of(settings_of(tmp_path, ehr)) as browser:
        answer = await browser.post(VIEW, data=form(ehr))

    assert answer.status_code == 403
    assert "outside" not in answer.text


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
async def test_a_form_of_another_site_is_not_taken(tmp_path: Path, ehr: FakeEhr, site: str) -> None:
    async with browser_of(settings_of(tmp_path, ehr)) as browser:
        foreign = await browser.post(VIEW, data=form(ehr), headers={"Sec-Fetch-Site": site, "Origin": "null"})
        assert (foreign.status_code, sum(ehr.asked.values())) == (400, 0)
        own = await browser.post(VIEW, data=form(ehr), headers={"Sec-Fetch-Site": "same-origin", "Origin": "null"})

    assert own.status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"fhirServer": "https://evil.example/fhir"},
        {"fhirServer": "http://169.254.169.254/fhir"},
        {"patient": "../Patient/outside"},
        {"patient": "fits?_elements=id"},
        {"access_token": "a\r\nX-Injected: 1"},
        {"access_token": ""},
    ],
)
async def test_what_is_no_opening_calls_nobody(tmp_path: Path, ehr: FakeEhr, changes: dict[str, str]) -> None:
    async with browser_of(settings_of(tmp_path, ehr)) as browser:
        answer = await browser.post(VIEW, data=form(ehr, **changes))

    assert answer.status_code == 400
    assert sum(ehr.asked.values()) == 0


async def test_two_servers_in_one_address_are_none(tmp_path: Path, ehr: FakeEhr) -> None:
    async with browser_of(settings_of(tmp_path, ehr)) as browser:
        answer = await browser.get("/smart/launch", params={"iss": ["https://evil.example/fhir", ehr.fhir]})

    assert answer.status_code == 400
    assert "evil.example" not in answer.text


async def test_views_leave_room_for_the_hooks(tmp_path: Path, ehr: FakeEhr) -> None:
    """Whoever holds views open takes a quarter of the places at most."""
    ehr.stall["Patient"] = 1.0
    async with browser_of(settings_of(tmp_path, ehr, most_in_flight=8)) as browser:
        views = [asyncio.create_task(browser.post(VIEW, data=form(ehr))) for _ in range(12)]
        await asyncio.sleep(0.3)
        hook = await browser.post("/cds-services/trial-eligibility", json={})
        statuses = sorted(answer.status_code for answer in await asyncio.gather(*views))

    assert hook.status_code == 401, "the gate answers: there was a place"
    assert statuses == [200] * 2 + [503] * 10
