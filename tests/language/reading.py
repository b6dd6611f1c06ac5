"""Fixtures as they are assessed in one language, and the words of an answer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from cds.assess import Assessor, build_assessor
from cds.assessment import Assessment
from cds.record.account import WORDS
from cds.settings import Settings
from hooks.cards import cards_of
from hooks.course_cards import course_cards
from hooks.workbench.fixtures import Fixture, fixtures_in
from rules.messages import speaking

FIXTURES = fixtures_in(Path("fhir_fixtures"))
Json = dict[str, Any]


@lru_cache(maxsize=1)
def assessor() -> Assessor:
    return build_assessor(Settings())


def read(fixture: Fixture, language: str) -> tuple[Json, list[Json]]:
    """The assessment's JSON and every card that could be shown."""
    with speaking(language):
        assessment = assessed(fixture)
        cards = cards_of(assessment, "1", show_ineligible=True) + course_cards(assessment, "1", fixture.as_of)
        return assessment.as_json(), cards


def assessed(fixture: Fixture) -> Assessment:
    return assessor().assess_bundle(fixture.path.read_bytes(), as_of=fixture.as_of)


def strings(tree: Any) -> Iterator[str]:
    """Every text of JSON."""
    if isinstance(tree, str):
        yield tree
    for child in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from strings(child)


def words_of(tree: Any) -> Iterator[str]:
    """What an assessment's JSON says to people."""
    for name, value in tree.items() if isinstance(tree, dict) else ():
        yield from strings(value) if name in WORDS else words_of(value)
    for child in tree if isinstance(tree, list) else ():
        yield from words_of(child)


def words_on(card: Json) -> Iterator[str]:
    """Everything on a card that a person reads."""
    yield from (card["summary"], card["detail"], card["source"]["topic"]["display"])
    yield from (reason["display"] for reason in card["overrideReasons"])
    yield from (link["label"] for link in card["links"])
    yield from (suggestion["label"] for suggestion in card.get("suggestions", ()))
