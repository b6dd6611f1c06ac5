"""Over HTTP from a real FHIR server (small pages, gzip, its own links): the same answers as by prefetch."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest
from typer.testing import CliRunner

from cds.assess import PREFETCH, build_assessor
from cds.cli import app as command_line
from cds.fetching.breaker import Breaker
from cds.fetching.client import FhirClient
from cds.fetching.gather import fetch_missing
from cds.prefetch import from_prefetch
from cds.settings import Settings
from cds.vendors import VendorProfile, load_vendor
from hooks.app import create_app
from tests.fhir import Chart
from tests.test_fixtures import AS_OF, PATIENTS, resources_of

pytestmark = pytest.mark.fhir_server
SERVICE = "/cds-services/trial-eligibility"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
async def cds(fhir_server: str) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(demonstration=True, open_fhir_servers=(fhir_server,), fetch_seconds=30, vendor="hapi")
    app = create_app(settings, clock=lambda: NOW, is_allowed_server=lambda _issuer, url: url == fhir_server)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://cds.example") as client:
        yield client


def call(patient: str, **members: Any) -> dict[str, Any]:
    return {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/example", "patientId": patient},
        "extension": {"org.trialhooks.as_of": AS_OF[patient]},
    } | members


def sent(patient: str) -> dict[str, Any]:
    """The patient's whole prefetch."""
    return {key: orjson.loads(value) for key, value in Chart(tuple(resources_of(patient))).prefetch().items()}


@pytest.mark.parametrize("patient", PATIENTS)
async def test_by_fhir_only_and_by_prefetch_only_the_cards_are_the_same(
    cds: httpx.AsyncClient, fhir_server: str, patient: str
) -> None:
    fetched = await cds.post(SERVICE, json=call(patient, fhirServer=fhir_server))
    prefetched = await cds.post(SERVICE, json=call(patient, prefetch=sent(patient)))

    assert (fetched.status_code, prefetched.status_code) == (200, 200)
    assert fetched.content == prefetched.content


async def test_the_servers_own_first_pages_are_completed(cds: httpx.AsyncClient, fhir_server: str) -> None:
    async with httpx.AsyncClient(timeout=60) as ehr:
        queries = {key: template.replace("{{context.patientId}}", "fits") for key, template in PREFETCH.items()}
        first = {key: (await ehr.get(f"{fhir_server}/{query}")).json() for key, query in queries.items()}
    assert "next" in [link["relation"] for link in first["observations"]["link"]]

    completed = await cds.post(SERVICE, json=call("fits", prefetch=first, fhirServer=fhir_server))
    whole = await cds.post(SERVICE, json=call("fits", prefetch=sent("fits")))

    assert completed.content == whole.content


@pytest.mark.parametrize(
    "changes", [{}, {"longest_query": 1}, {"page_size": 1}], ids=["GET", "POST _search", "one a page"]
)
async def test_every_way_of_asking_brings_everything(fhir_server: str, changes: dict[str, Any]) -> None:
    vendor: VendorProfile = load_vendor("hapi").model_copy(update=changes)
    client = FhirClient(Breaker(time.monotonic), lambda: NOW)
    material = await fetch_missing(
        from_prefetch({}),
        client=client,
        server=fhir_server,
        token=None,
        scopes=None,
        patient_id="fits",
        deadline=60,
        vendor=vendor,
    )
    await client.close()

    assessor = build_assessor(Settings())
    whole = assessor.assess_bundle(Chart(tuple(resources_of("fits"))).bundle(), as_of=AS_OF["fits"]).as_json()
    assert material.incomplete == set()
    assert assessor.assess_material(material, patient_id="fits", as_of=AS_OF["fits"]).as_json() == whole


async def test_nothing_that_is_logged_names_the_patient(
    cds: httpx.AsyncClient, fhir_server: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    await cds.post(SERVICE, json=call("gvhd-grade-three", fhirServer=fhir_server))

    from_the_door = [record.getMessage() for record in caplog.records if record.name.startswith(("httpcore", "hpack"))]
    said = " ".join(record.getMessage() for record in caplog.records)
    assert from_the_door == []
    assert "gvhd-grade-three" not in said


def test_the_doctor_finds_it_usable(fhir_server: str) -> None:
    result = CliRunner().invoke(command_line, ["doctor", "--fhir", fhir_server, "--vendor", "hapi"])

    assert result.exit_code == 0
    assert "Every criterion" in result.output
