"""The workbench's doors without a browser: what they answer, what they refuse, and when they are not there."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import httpx
import orjson
import pytest

from cds.settings import Settings
from hooks.app import create_app

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SAMPLE = "fits.patient-view"
DEMONSTRATED = ("/workbench/ehr", f"/workbench/requests/{SAMPLE}", "/workbench/patients/fits")


async def client_of(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings, clock=lambda: NOON)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://cds.example") as client:
        yield client


@pytest.fixture
async def ehr() -> AsyncIterator[httpx.AsyncClient]:
    async for client in client_of(Settings(demonstration=True)):
        yield client


async def test_a_request_is_checked_as_json(ehr: httpx.AsyncClient) -> None:
    body = Path(f"fhir_fixtures/requests/{SAMPLE}.json").read_bytes()
    answer = await ehr.post("/workbench/check-request", content=body, headers={"Content-Type": "application/json"})

    found = answer.json()
    assert {row["state"] for row in found["checks"]} == {"ok", "cannot tell"}
    assert {row["key"]: row["resources"] for row in found["coverage"]}["observations"] == 15
    assert "remedy" not in next(row for row in found["checks"] if row["state"] == "ok")


async def test_a_check_repeats_no_value_of_the_request(ehr: httpx.AsyncClient) -> None:
    call = {"hook": "Zebedee", "hookInstance": "Zebedee", "context": {"userId": "Zebedee", "patientId": "Zebedee/1"}}
    answer = await ehr.post("/workbench/check-request", json=call | {"prefetch": {"patient": {"id": "Zebedee"}}})

    assert answer.status_code == 200
    assert "Zebedee" not in answer.text


async def test_samples_are_the_fixtures_and_nothing_else(ehr: httpx.AsyncClient) -> None:
    sample = await ehr.get(f"/workbench/requests/{SAMPLE}")
    assert sample.content == Path(f"fhir_fixtures/requests/{SAMPLE}.json").read_bytes()
    for name in ("nobody", "..%2F..%2Fpyproject", "fits.patient-view.json"):
        for kind in ("requests", "patients"):
            assert (await ehr.get(f"/workbench/{kind}/{name}")).status_code == 404


async def test_markdown_is_rendered_with_its_html_as_text(ehr: httpx.AsyncClient) -> None:
    texts = ["**bold**", "<script>alert(1)</script>", "[x](javascript:alert(1))", "| a |\n|---|\n| b |"]
    html = (await ehr.post("/workbench/markdown", json={"texts": texts})).json()["html"]

    assert html[0] == "<p><strong>bold</strong></p>\n"
    assert "<script" not in html[1]
    assert "href" not in html[2]
    assert "<table>" in html[3]


@pytest.mark.parametrize(("body", "status"), [({"texts": "x"}, 400), ({}, 400), ({"texts": ["x"] * 51}, 413)])
async def test_other_bodies_are_refused(ehr: httpx.AsyncClient, body: object, status: int) -> None:
    answer = await ehr.post(
        "/workbench/markdown", content=orjson.dumps(body), headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == status
    assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("path", DEMONSTRATED)
async def test_the_sandbox_and_its_samples_are_there_in_a_demonstration_only(path: str) -> None:
    for settings, status in ((Settings(demonstration=True), 200), (Settings(authentication="off"), 404)):
        async for client in client_of(settings):
            assert (await client.get(path)).status_code == status


async def test_an_unknown_synthetic_patient_is_said_in_words_without_repeating_the_name(ehr: httpx.AsyncClient) -> None:
    answer = await ehr.get("/", params={"patient": "Zebedee"})

    assert answer.status_code == 404
    assert "There is no synthetic patient of this name." in answer.text
    assert "Zebedee" not in answer.text


async def test_how_long_an_answer_took_is_told_in_a_demonstration(ehr: httpx.AsyncClient) -> None:
    assert (await ehr.get("/healthz")).headers["server-timing"].startswith("app;dur=")


async def test_the_page_shows_what_the_card_suggests(ehr: httpx.AsyncClient) -> None:
    call = Path("fhir_fixtures/requests/cannot-tell-yet.patient-view.json").read_bytes()
    headers = {"Content-Type": "application/json"}
    cards = (await ehr.post("/cds-services/trial-eligibility", content=call, headers=headers)).json()["cards"]
    labels = [suggestion["label"] for card in cards for suggestion in card["suggestions"]]
    page = (await ehr.get("/", params={"patient": "cannot-tell-yet"})).text

    assert labels
    assert all(f"<strong>{escape(label)}</strong>" in page for label in labels)


async def test_a_card_says_until_when_only_of_what_ends_within_a_year(ehr: httpx.AsyncClient) -> None:
    call = Path("fhir_fixtures/requests/fits.patient-view.json").read_bytes()
    headers = {"Content-Type": "application/json"}
    cards = (await ehr.post("/cds-services/trial-eligibility", content=call, headers=headers)).json()["cards"]
    said = {day for card in cards for day in re.findall(r"valid until ([0-9-]{10})", card["detail"])}
    held = {
        day for card in cards for day in re.findall(r'"valid_until": "([0-9-]{10})"', json.dumps(card["extension"]))
    }

    assert "2026-06-08" in said
    assert max(said) < "2027-06-02"
    assert max(held) > "2027-06-02", "the data keep it"


async def test_markdown_calls_no_address_and_has_the_length_of_cards(ehr: httpx.AsyncClient) -> None:
    picture = await ehr.post("/workbench/markdown", json={"texts": ["![a](http://evil.example/x.png)"]})
    assert "<img" not in picture.text
    assert (await ehr.post("/workbench/markdown", json={"texts": ["[" * 300_000]})).status_code == 413


@pytest.mark.parametrize("path", ["/", "/workbench/check-request"])
async def test_a_form_of_a_thousand_fields_is_refused(ehr: httpx.AsyncClient, path: str) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    assert (await ehr.post(path, content=b"a=1&" * 1000, headers=form)).status_code == 400


@pytest.mark.parametrize("authentication", ["required", "off"])
async def test_outside_a_demonstration_there_is_no_sandbox(authentication: str) -> None:
    settings = Settings(authentication=authentication)  # type: ignore[arg-type]
    async for client in client_of(settings):
        for path in (*DEMONSTRATED, "/workbench/markdown"):
            answers = (await client.get(path), await client.post(path, json={"texts": []}))
            assert {answer.status_code for answer in answers} == ({401} if authentication == "required" else {404})
