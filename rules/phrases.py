"""Plain words for conditions and limits: one wording, used in verdicts and in a pack's reading."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rules.facts import Interval, Known
from rules.messages import say, to_say
from rules.trial import AllOf, AnyOf, Condition, Leaf, NoneOf
from rules.verdict import Standing
from rules.vocabulary import VOCABULARY, Quantity

_AT_OR_ABOVE, _ABOVE = to_say("at or above {limit}"), to_say("above {limit}")
_AT_OR_BELOW, _BELOW = to_say("at or below {limit}"), to_say("below {limit}")
_HOLDS = {">=": _AT_OR_ABOVE, ">": _ABOVE, "<=": _AT_OR_BELOW, "<": _BELOW}
_FAILS = {">=": _BELOW, ">": _AT_OR_BELOW, "<=": _ABOVE, "<": _AT_OR_ABOVE}


def standing_clause(standing: Standing) -> str:
    """How a question stands, as part of a sentence. Never "eligible"."""
    return {
        Standing.POTENTIALLY_ELIGIBLE: say("nothing on record stands in the way"),
        Standing.INDETERMINATE: say("cannot tell yet"),
        Standing.INELIGIBLE: say("does not fit"),
        Standing.NOT_APPLICABLE: say("does not apply"),
    }[standing]


def limit_text(leaf: Leaf, *, holds: bool) -> str:
    """The limit as it stands to the value: "at or above 0.1 %" or, when it fails, "below 0.1 %"."""
    wording = (_HOLDS if holds else _FAILS)[leaf.op]
    return say(wording, limit=_amount(leaf))


def _amount(leaf: Leaf) -> str:
    entry = VOCABULARY[leaf.fact]
    number = format(leaf.value, "f") if isinstance(leaf.value, Decimal) else str(leaf.value)
    unit = entry.unit if isinstance(entry, Quantity) else ""
    return f"{number} {say(unit)}" if unit else number


def known_phrase(fact: Known, limits: Sequence[tuple[Leaf, bool]]) -> str:
    """ "Flow MRD 0.30 % (marrow, 2026-05-20), at or above 0.1 %"; a coded fact already is a clause."""
    if not isinstance(fact.value, Interval):
        return fact.shown
    if not limits:
        return fact.shown
    sides = say(" and ").join(limit_text(leaf, holds=holds) for leaf, holds in limits)
    return say("{label} {value}, {limits}", label=label_of(limits[0][0].fact), value=fact.shown, limits=sides)


def undecided_phrase(fact: Known, limits: Sequence[Leaf]) -> str:
    """A value that may lie on either side of a limit."""
    edges = say(" and ").join(_amount(leaf) for leaf in limits)
    return say(
        "{label} {value}: cannot be told apart from the limit {limits}",
        label=label_of(limits[0].fact),
        value=fact.shown,
        limits=edges,
    )


def label_of(fact: str) -> str:
    """What a fact of the vocabulary is called."""
    label = VOCABULARY[fact].label
    return say(label)


def condition_text(condition: Condition | None) -> str:
    """A whole condition in words."""
    if isinstance(condition, Leaf):
        return _leaf_text(condition)
    if isinstance(condition, AllOf):
        return _joined(condition.all, say(" and "))
    if isinstance(condition, AnyOf):
        return _joined(condition.any, say(" or "))
    if isinstance(condition, NoneOf):
        return say("none of: {parts}", parts=_joined(condition.none, say(" or ")))
    return say("the site's signed organ function tests") if condition is not None else say("a clinician's answer")


def _joined(parts: Sequence[Condition], word: str) -> str:
    return f"({word.join(condition_text(part) for part in parts)})"


def _leaf_text(leaf: Leaf) -> str:
    quantity = isinstance(VOCABULARY[leaf.fact], Quantity)
    wanted = limit_text(leaf, holds=True) if quantity else say(" or ").join(code_text(code) for code in leaf.codes)
    text = say("{label} {value}", label=label_of(leaf.fact), value=wanted)
    return say("{what}, at most {days} days old", what=text, days=leaf.window) if leaf.window is not None else text


def code_text(code: str) -> str:
    """One of the vocabulary's codes in words."""
    words = code.replace("_", " ")
    return say(words)
