"""From an assessment to what the audit keeps of it: standings and outcomes by id, cards by uuid, digests. No values."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import orjson

from cds.assessment import Assessment
from cds.intake import Material
from cds.record.fingerprint import Fingerprint
from cds.record.rows import Answer, ShownCard

_encoder = msgspec.json.Encoder()
# What the assessment's JSON says to people. Everything else is codes, numbers, dates and the protocol's own text.
WORDS = frozenset({"because", "review", "text", "title", "value", "label"})


def answers_of(assessment: Assessment, fingerprint: Fingerprint) -> tuple[Answer, ...]:
    """Every question of every trial, with the pack that answered it."""
    return tuple(
        Answer(
            trial=assessed.trial.id,
            question=verdict.question,
            pack_version=assessed.trial.version,
            pack_sha256=fingerprint.packs[assessed.trial.id],
            standing=verdict.standing.value,
            outcomes={finding.criterion.id: finding.outcome.value for finding in verdict.findings},
        )
        for assessed in assessment.trials
        for verdict in assessed.verdicts
    )


def shown_of(cards: Iterable[Mapping[str, Any]]) -> tuple[ShownCard, ...]:
    """The uuids of cards and of their suggestions, with the trial in the card's topic."""
    return tuple(
        ShownCard(
            uuid=card["uuid"],
            trial=card["source"]["topic"]["code"],
            suggestions=tuple(suggestion["uuid"] for suggestion in card.get("suggestions", ())),
        )
        for card in cards
    )


def answer_digest(assessment: Assessment) -> str:
    """SHA-256 of the assessment's JSON without its words: the same for the same input, in every language."""
    return hashlib.sha256(orjson.dumps(_without_words(assessment.as_json()))).hexdigest()


def _without_words(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: _without_words(value) for name, value in tree.items() if not _is_words(name, value)}
    return [_without_words(value) for value in tree] if isinstance(tree, list) else tree


def _is_words(name: str, value: Any) -> bool:
    """A date is a word when there is none: "an unknown date"."""
    return name in WORDS or (name == "date" and not value[:1].isdigit())


def input_digest(material: Material) -> str:
    """SHA-256 of every resource as received, where it stood, and of what could not be had."""
    items = [(name, material.items[name]) for name in sorted(material.items)]
    return hashlib.sha256(_encoder.encode((sorted(material.incomplete), items))).hexdigest()
