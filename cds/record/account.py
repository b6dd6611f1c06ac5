"""From an assessment to what the audit keeps of it: standings and outcomes by id, cards by uuid, digests. No values."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from cds.assessment import Assessment, TrialAssessment, course_as_json
from cds.intake import Material
from cds.record.fingerprint import Fingerprint
from cds.record.rows import Answer, ShownCard
from rules.facts import Fact, Interval, Unknown
from rules.verdict import Finding

_encoder = msgspec.json.Encoder()
# What the course's JSON says to people, and evidence, whose date may be words. Everything else is codes and dates.
WORDS = frozenset({"because", "review", "text", "title", "value", "label", "evidence"})


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
    """SHA-256 of what was concluded, and from which values: the same for the same input, in every language."""
    warnings = [(warning.code, warning.reference) for warning in assessment.warnings]
    trials = [_concluded(assessed) for assessed in assessment.trials]
    return hashlib.sha256(_encoder.encode((assessment.patient, assessment.as_of, trials, warnings))).hexdigest()


def _concluded(assessed: TrialAssessment) -> tuple[Any, ...]:
    verdicts = [(v.question, v.standing, [_found(finding) for finding in v.findings]) for v in assessed.verdicts]
    course = _without_words(course_as_json(assessed))
    return assessed.trial.id, assessed.trial.version, assessed.recruitment.state, verdicts, course


def _found(finding: Finding) -> tuple[Any, ...]:
    evidence = [
        (item.reference, item.date if item.date and item.date[:1].isdigit() else None) for item in finding.evidence
    ]
    facts = [_value_of(considered.fact) for considered in finding.facts]
    return (
        finding.criterion.id, finding.outcome, finding.needs, finding.reason, finding.valid_until, evidence, facts,
    )  # fmt: skip


def _value_of(fact: Fact) -> Any:
    if isinstance(fact, Unknown):
        return fact.reason
    value = fact.value
    return (value.lo, value.hi, value.lo_open, value.hi_open) if isinstance(value, Interval) else value


def _without_words(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: _without_words(value) for name, value in tree.items() if name not in WORDS}
    return [_without_words(value) for value in tree] if isinstance(tree, list) else tree


def input_digest(material: Material) -> str:
    """SHA-256 of every resource as received, where it stood, and of what could not be had."""
    items = [(name, material.items[name]) for name in sorted(material.items)]
    return hashlib.sha256(_encoder.encode((sorted(material.incomplete), items))).hexdigest()
