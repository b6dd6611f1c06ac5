"""The facts that criteria may mention, for forms that let somebody assume them."""

from __future__ import annotations

from typing import Any

from rules.lint import leaves
from rules.phrases import label_of
from rules.trial import Trial
from rules.vocabulary import VOCABULARY, Entry, Quantity


def fact_list(trials: tuple[Trial, ...]) -> list[dict[str, Any]]:
    """The whole vocabulary: name, label, kind, unit, values or codes, question, and the trials that ask it."""
    asked: dict[str, list[str]] = {}
    for trial in trials:
        names = {leaf.fact for q in trial.questions for c in q.criteria for leaf in leaves(c.when)}
        for name in names:
            asked.setdefault(name, []).append(trial.id)
    return [_entry_as_json(name, entry, asked.get(name, [])) for name, entry in VOCABULARY.items()]


def _entry_as_json(name: str, entry: Entry, trials: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "label": label_of(name)}
    if isinstance(entry, Quantity):
        found |= {"kind": "quantity"}
        found |= {"unit": entry.unit} if entry.unit else {}
        found |= {"values": list(entry.scores)} if entry.scores else {}
    else:
        found |= {"kind": "coded", "codes": list(entry.codes)}
    return {**found, "question": entry.question, "trials": trials}
