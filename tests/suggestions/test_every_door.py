"""Every resource that any fixture's cards would create, through every door, is valid; uuids come back as feedback."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest

from cds.record.report import feedback_report
from cds.record.store import Store
from cds.settings import Settings
from hooks.app import create_app
from tests.fhir import Chart, base_chart
from tests.suggestions.looking import PUBLIC, SERVICE, asked, drafts, look, site
from tests.suggestions.resources import validate
from tests.test_fixtures import AS_OF, PATIENTS, resources_of

DOORS = ("trial-eligibility", "trial-crossover")
ORDERS = ("trial-order-select", "trial-order-check")
DRAFTED = sorted(Path("fhir_fixtures/requests").glob("*.order-*.json"))


async def cards_of(door: str, request: dict[str, Any]) -> list[dict[str, Any]]:
    transport = httpx.ASGITransport(app=site(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as client:
        answer = await client.post(f"/cds-services/{door}", json=request)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"cards"}, "nothing is ever done by itself"
    return list(answer.json()["cards"])


@pytest.mark.parametrize("name", PATIENTS)
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_every_resource_of_every_card_is_valid(name: str, door: str, language: str) -> None:
    request = asked(Chart(tuple(resources_of(name))), AS_OF[name])
    transport = httpx.ASGITransport(app=site(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as client:
        answer = await client.post(f"/cds-services/{door}", json=request, headers={"Accept-Language": language})

    assert answer.status_code == 200
    for card in answer.json()["cards"]:
        for draft in drafts(card):
            validate(draft)
            about = draft.get("subject") or draft.get("for") or draft["individual"]
            assert about == {"reference": f"Patient/{name}"}


@pytest.mark.parametrize("path", DRAFTED, ids=lambda path: path.stem)
async def test_an_order_card_creates_nothing(path: Path) -> None:
    request = orjson.loads(path.read_bytes())
    door = ORDERS[request["hook"] == "order-sign"]

    assert [draft for card in await cards_of(door, request) for draft in drafts(card)] == []


async def test_every_suggestion_has_a_uuid_that_a_repeated_view_repeats() -> None:
    chart = base_chart().without("blasts", "ecog", "problems")
    first, second = [
        [one["uuid"] for card in await look(chart) for one in card.get("suggestions", [])] for _ in range(2)
    ]
    other = [
        one["uuid"]
        for card in await look(chart, hookInstance="0b0a7a0e-8d6f-4d8e-9c9e-0d7f2d1d3c11")
        for one in card.get("suggestions", [])
    ]

    assert first == second
    assert len(set(first)) == len(first) > 3
    assert all(str(UUID(name)) == name for name in first)
    assert not set(first) & set(other)


async def test_what_was_accepted_is_recorded_with_the_suggestion_that_was_shown(tmp_path: Path) -> None:
    app = create_app(Settings(demonstration=True, state=tmp_path, public_url=PUBLIC))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=PUBLIC) as client:
        view = await client.post(SERVICE, json=asked(base_chart().without("blasts"), "2026-06-01"))
        [card] = [each for each in view.json()["cards"] if each["source"]["topic"]["code"] == "NCT07441291"]
        chosen = [{"id": one["uuid"]} for one in card["suggestions"][:2]]
        entry = {
            "card": card["uuid"],
            "outcome": "accepted",
            "acceptedSuggestions": chosen,
            "outcomeTimestamp": "2026-06-01T12:05:00Z",
        }
        said = await client.post(f"{SERVICE}/feedback", json={"feedback": [entry]})
    store = Store(f"sqlite:///{tmp_path}/record.sqlite3")
    try:
        kept = list(store.feedback())
        report = feedback_report(store.shown_cards(), store.feedback())
    finally:
        store.close()

    assert (view.status_code, said.status_code) == (200, 200)
    assert [set(each["accepted"]) for each in kept] == [{one["id"] for one in chosen}]
    assert (report.unknown_cards, report.unknown_suggestions) == (0, 0)
