"""A look at a chart through the hook `patient-view`, as an EHR does."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import httpx
import orjson

from cds.settings import Settings
from hooks.app import create_app
from tests.fhir import Chart, Resource

SERVICE = "/cds-services/trial-eligibility"
INSTANCE = "f5c1b3a2-6d1e-4a57-9a0b-2f7c6f1f0e11"
PUBLIC = "https://cds.example"


@cache
def site(profile: Path | None = None) -> Any:
    settings = Settings(
        demonstration=True, show_ineligible=True, public_url=PUBLIC, site_profile=profile, state=Path(mkdtemp())
    )
    return create_app(settings, clock=lambda: datetime(2026, 6, 1, 12, tzinfo=UTC))


def asked(chart: Chart, as_of: str, user: str = "Practitioner/1") -> Resource:
    [patient] = [each["id"] for each in chart.resources if each["resourceType"] == "Patient"]
    return {
        "hook": "patient-view",
        "hookInstance": INSTANCE,
        "context": {"userId": user, "patientId": patient},
        "extension": {"org.trialhooks.as_of": as_of},
        "prefetch": {key: orjson.loads(value) for key, value in chart.prefetch().items()},
    }


async def look(chart: Chart, as_of: str = "2026-06-01", profile: Path | None = None, **changes: Any) -> list[Resource]:
    """The cards of `trial-eligibility`, also for those who do not fit."""
    transport = httpx.ASGITransport(app=site(profile), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as client:
        answer = await client.post(SERVICE, json=asked(chart, as_of) | changes)
    assert answer.status_code == 200, answer.text
    cards: list[Resource] = answer.json()["cards"]
    return cards


def card_of(cards: list[Resource], trial: str) -> Resource:
    [card] = [card for card in cards if card["source"]["topic"]["code"] == trial]
    return card


def enrolment(card: Resource) -> Resource:
    questions = card["extension"]["org.trialhooks.assessment"]["questions"]
    [question] = [question for question in questions if question["question"] == "enrol"]
    return dict(question)


def standing(cards: list[Resource], trial: str) -> str:
    """The standing of enrolment as the card tells it; no card: the question does not arise."""
    found = [card for card in cards if card["source"]["topic"]["code"] == trial]
    return str(enrolment(found[0])["standing"]) if found else "not_applicable"


def criterion(cards: list[Resource], trial: str, name: str) -> Resource:
    [found] = [each for each in enrolment(card_of(cards, trial))["criteria"] if each["id"] == name]
    return dict(found)


def drafts(card: Resource) -> list[Resource]:
    """All resources that the suggestions of a card would create."""
    return [action["resource"] for one in card.get("suggestions", []) for action in one["actions"]]
