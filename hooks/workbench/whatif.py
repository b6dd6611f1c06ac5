"""The what-if panel: a fact from the list that the API gives, a value as typed, and what would be otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from cds.assess import Assessor
from cds.assessment import Assessment
from cds.chart import Chart
from cds.errors import UnreadableInputError
from cds.fact_list import fact_list
from cds.what_if import Raw, WhatIf, assumptions_of, what_if
from rules.messages import say
from rules.trial import Trial
from rules.vocabulary import VOCABULARY, Quantity

# As people type one; whatif.js has the same.
NUMBER = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,15})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Supposed:
    """What was asked and what came of it; `problem` says why nothing did. Without `fact` nothing was asked."""

    fact: str = ""
    value: str = ""
    answer: WhatIf | None = None
    problem: str = ""


def choices(trials: tuple[Trial, ...]) -> list[dict[str, Any]]:
    """The facts that some criterion asks, as `GET /api/facts` lists them, by label; `needs` says what to type."""
    asked = [{**fact, "needs": refusal(fact["name"])} for fact in fact_list(trials) if fact["trials"]]
    return sorted(asked, key=lambda fact: str(fact["label"]).casefold())


def supposed(assessor: Assessor, chart: Chart, assessment: Assessment, fact: str, value: str) -> Supposed:
    """`value` is a number or a code as typed; nothing typed means "not known"."""
    if not fact:
        return Supposed()
    try:
        assumptions = assumptions_of({fact: _raw(fact, value.strip())})
    except UnreadableInputError:
        return Supposed(fact, value, problem=refusal(fact))
    return Supposed(fact, value, what_if(assessor, chart, assessment, assumptions))


def refusal(fact: str) -> str:
    """What to type instead; the API's own words are for programs."""
    if fact not in VOCABULARY:
        return say("There is no fact of this name.")
    entry = VOCABULARY[fact]
    if not isinstance(entry, Quantity):
        return say("This fact needs one of the values offered.")
    if entry.scores:
        return say("This fact needs one of these values: {values}.", values=", ".join(map(str, entry.scores)))
    if entry.most is not None:
        return say("This fact needs a number from 0 to {most}.", most=entry.most)
    return say("This fact needs a number, 0 or above.")


def _raw(fact: str, typed: str) -> Raw:
    """A number where the fact is a quantity and the text is one; else the text itself, which the API judges."""
    if not typed:
        return None
    if not isinstance(VOCABULARY.get(fact), Quantity):
        return typed.lower().replace(" ", "_")
    return float(typed.replace(",", ".")) if NUMBER.fullmatch(typed) else typed
