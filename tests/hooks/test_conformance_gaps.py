"""What CDS Hooks 2.0 asks of every answer, looked at in the answers to all published requests (docs/conformance.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import orjson
import pytest

from tests.hooks.ordering import CHECK, SELECT, ehr
from tests.hooks.test_doors import empties

ELIGIBILITY, CROSSOVER = "/cds-services/trial-eligibility", "/cds-services/trial-crossover"
SERVICES = {"patient-view": (ELIGIBILITY, CROSSOVER), "order-select": (SELECT,), "order-sign": (CHECK,)}
REQUESTS = sorted(Path("fhir_fixtures/requests").glob("*.json"))
CARD = {"uuid", "summary", "detail", "indicator", "source", "suggestions", "selectionBehavior", "overrideReasons",
        "links", "extension"}  # fmt: skip
SERVICE = {"hook", "title", "description", "id", "prefetch", "usageRequirements", "extension"}
KNOWN = {
    "source": {"label", "url", "icon", "topic"},
    "suggestions": {"label", "uuid", "isRecommended", "actions"},
    "actions": {"type", "description", "resource", "resourceId"},
    "links": {"label", "url", "type", "appContext"},
    "overrideReasons": {"code", "system", "display"},
}


def asked(**changes: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every published request with every service of its hook."""
    for path in REQUESTS:
        request = orjson.loads(path.read_bytes()) | changes
        for service in SERVICES[request["hook"]]:
            yield service, request


async def answers(**changes: Any) -> list[httpx.Response]:
    async with ehr() as client:
        return [await client.post(service, json=request) for service, request in asked(**changes)]


@pytest.fixture
async def cards() -> list[dict[str, Any]]:
    """All cards of all published requests; among them cards of every service and with suggestions."""
    found = [card for answer in await answers() for card in answer.json()["cards"]]
    assert len(found) > len(REQUESTS) / 2
    assert any("suggestions" in card for card in found)
    return found


def suggestions_of(cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [suggestion for card in cards for suggestion in card.get("suggestions", [])]


async def test_every_answer_is_200_with_a_list_of_cards_in_strict_json() -> None:
    for answer in await answers():
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
        assert isinstance(orjson.loads(answer.content)["cards"], list)
        assert set(answer.json()) == {"cards"}


async def test_nothing_is_null_and_nothing_empty_outside_our_extension(cards: list[dict[str, Any]]) -> None:
    async with ehr() as client:
        others = [await client.get("/cds-services"), await client.post(ELIGIBILITY, json={}), await client.get("/no")]

    assert [list(empties(answer.json())) for answer in others] == [[], [], []]
    assert list(empties([card | {"extension": 1} for card in cards])) == []
    assert None not in list(empties(cards))


async def test_no_text_that_is_required_is_blank(cards: list[dict[str, Any]]) -> None:
    texts = [card["summary"] for card in cards] + [card["source"]["label"] for card in cards]
    texts += [link["label"] for card in cards for link in card["links"]]
    for suggestion in suggestions_of(cards):
        texts += [suggestion["label"], *(action["description"] for action in suggestion["actions"])]

    assert all(text.strip() for text in texts)


async def test_every_listed_service_says_what_it_is_and_answers_at_its_id() -> None:
    async with ehr() as client:
        answer = await client.get("/cds-services")
        services = answer.json()["services"]
        doors = [await client.post(f"/cds-services/{service['id']}", json={}) for service in services]

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert len({service["id"] for service in services}) == len(services)
    for service in services:
        assert set(service) <= SERVICE
        assert service["hook"] in SERVICES
        assert service["title"].strip()
        assert service["description"].strip()
        assert all(isinstance(template, str) and template for template in service["prefetch"].values())
    assert {door.status_code for door in doors} == {400}


async def test_a_card_says_one_short_sentence_with_a_known_indicator(cards: list[dict[str, Any]]) -> None:
    for card in cards:
        assert 0 < len(card["summary"]) < 140
        assert card["summary"].isprintable()
        assert card["indicator"] in {"info", "warning", "critical"}


async def test_every_card_and_suggestion_has_a_uuid_of_its_own_that_another_call_does_not_repeat(
    cards: list[dict[str, Any]],
) -> None:
    later = [card for answer in await answers(hookInstance="6a1c86a0-13a6-4c29-a2ef-2b2f54ef1f6c")
             for card in answer.json()["cards"]]  # fmt: skip
    first = [item["uuid"] for item in [*cards, *suggestions_of(cards)]]

    assert all(str(UUID(uuid)) == uuid for uuid in first)
    assert len(set(first)) == len(first)
    assert not set(first) & {item["uuid"] for item in [*later, *suggestions_of(later)]}


async def test_a_table_in_a_detail_has_as_many_cells_in_each_row(cards: list[dict[str, Any]]) -> None:
    """GitHub's Markdown shows a table only when head and rule agree, and drops the cells that a row has too many."""
    tables = [table for card in cards for table in re.findall(r"(?:^\|.*\n?)+", card["detail"], re.MULTILINE)]

    assert tables
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1


async def test_a_source_names_the_study_and_never_the_patient(cards: list[dict[str, Any]]) -> None:
    pages: dict[str, set[str]] = {}
    for card in cards:
        source = card["source"]
        url = urlsplit(source["url"])
        assert url.scheme == "https"
        assert url.netloc
        pages.setdefault(source["topic"]["code"], set()).add(source["url"])

    assert len(pages) > 1
    assert all(len(urls) == 1 for urls in pages.values())


async def test_a_link_is_absolute_and_labelled(cards: list[dict[str, Any]]) -> None:
    links = [link for card in cards for link in card["links"]]

    assert links
    for link in links:
        assert (link["type"], urlsplit(link["url"]).scheme, urlsplit(link["url"]).query) == ("absolute", "https", "")
        assert "appContext" not in link


async def test_suggestions_come_with_a_selection_behaviour_and_nothing_else_does(cards: list[dict[str, Any]]) -> None:
    for card in cards:
        assert ("suggestions" in card) == ("selectionBehavior" in card)
        if "suggestions" in card:
            recommended = [one for one in card["suggestions"] if one.get("isRecommended")]
            assert card["selectionBehavior"] in {"any", "at-most-one"}
            assert card["selectionBehavior"] == "any" or len(recommended) < 2


async def test_an_action_creates_one_new_resource_about_the_patient_of_the_call() -> None:
    looked_at = 0
    async with ehr() as client:
        for service, request in asked():
            cards = (await client.post(service, json=request)).json()["cards"]
            patient = f"Patient/{request['context']['patientId'].removeprefix('Patient/')}"
            for suggestion in suggestions_of(cards):
                for action in suggestion["actions"]:
                    resource = action["resource"]
                    about = resource.get("subject") or resource.get("for") or resource["individual"]
                    assert action["type"] == "create"
                    assert "id" not in resource
                    assert about["reference"] == patient
                    looked_at += 1
    assert looked_at


async def test_an_override_reason_is_a_whole_coding(cards: list[dict[str, Any]]) -> None:
    reasons = [reason for card in cards for reason in card["overrideReasons"]]

    assert reasons
    assert all(reason["code"] and reason["system"] and reason["display"] for reason in reasons)


def members(node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Members of a card's objects that 2.0 does not define, with the object's name."""
    for name, known in KNOWN.items():
        children = node.get(name, [])
        for child in children if isinstance(children, list) else [children]:
            yield from ((name, member) for member in set(child) - known)
            yield from members(child)


async def test_what_the_standard_does_not_define_stands_in_a_named_extension(cards: list[dict[str, Any]]) -> None:
    for card in cards:
        assert set(card) <= CARD
        assert list(members(card)) == []
        assert set(card["extension"]) == {"org.trialhooks.assessment"}
        assert isinstance(card["extension"]["org.trialhooks.assessment"], dict)
