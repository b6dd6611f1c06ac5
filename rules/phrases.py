"""Plain English for conditions and limits: one wording, used in verdicts and in a pack's reading."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rules.facts import Interval, Known
from rules.trial import AllOf, AnyOf, Condition, Leaf, NoneOf
from rules.vocabulary import VOCABULARY, Quantity

_HOLDS = {">=": "at or above", ">": "above", "<=": "at or below", "<": "below"}
_FAILS = {">=": "below", ">": "at or below", "<=": "above", "<": "at or above"}


def limit_text(leaf: Leaf, *, holds: bool) -> str:
    """The limit as it stands to the value: "at or above 0.1 %" or, when it fails, "below 0.1 %"."""
    return f"{(_HOLDS if holds else _FAILS)[leaf.op]} {_amount(leaf)}"


def _amount(leaf: Leaf) -> str:
    entry = VOCABULARY[leaf.fact]
    number = format(leaf.value, "f") if isinstance(leaf.value, Decimal) else str(leaf.value)
    unit = entry.unit if isinstance(entry, Quantity) else ""
    return f"{number} {unit}".strip()


def known_phrase(fact: Known, limits: Sequence[tuple[Leaf, bool]]) -> str:
    """ "Flow MRD 0.30 % (marrow, 2026-05-20), at or above 0.1 %"; a coded fact already is a clause."""
    if not isinstance(fact.value, Interval):
        return fact.shown
    sides = " and ".join(limit_text(leaf, holds=holds) for leaf, holds in limits)
    return f"{_labelled(fact, limits[0][0] if limits else None)}{', ' if sides else ''}{sides}"


def undecided_phrase(fact: Known, limits: Sequence[Leaf]) -> str:
    """A value that may lie on either side of a limit."""
    edges = " and ".join(_amount(leaf) for leaf in limits)
    return f"{_labelled(fact, limits[0])}: cannot be told apart from the limit {edges}"


def _labelled(fact: Known, leaf: Leaf | None) -> str:
    return f"{VOCABULARY[leaf.fact].label} {fact.shown}" if leaf else fact.shown


def condition_text(condition: Condition | None) -> str:
    """A whole condition in words."""
    if isinstance(condition, Leaf):
        return _leaf_text(condition)
    if isinstance(condition, AllOf):
        return _joined(condition.all, "and")
    if isinstance(condition, AnyOf):
        return _joined(condition.any, "or")
    if isinstance(condition, NoneOf):
        return f"none of: {_joined(condition.none, 'or')}"
    return "the site's signed organ function tests" if condition is not None else "a clinician's answer"


def _joined(parts: Sequence[Condition], word: str) -> str:
    return f"({f' {word} '.join(condition_text(part) for part in parts)})"


def _leaf_text(leaf: Leaf) -> str:
    entry = VOCABULARY[leaf.fact]
    age = f", at most {leaf.window} days old" if leaf.window is not None else ""
    if isinstance(entry, Quantity):
        return f"{entry.label} {limit_text(leaf, holds=True)}{age}"
    return f"{entry.label} {' or '.join(leaf.codes).replace('_', ' ')}{age}"
