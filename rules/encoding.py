"""Facts as the engine's own JSON reader needs them: exact numbers, short ids, nothing it could misread."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

import orjson

from rules.errors import EngineFault
from rules.facts import Interval

Plain = str | float | int
LONGEST = 2000


def encode(fact: Mapping[str, Plain], stage: int, number: int) -> str:
    """One fact, with the id "stage.number". Raises EngineFault for a value the engine could misread."""
    members = [f'"id":"{stage}.{number}"', *(f'"{name}":{_value(value)}' for name, value in fact.items())]
    return "{" + ",".join(members) + "}"


def slot_fact(slot: int, value: Interval | str) -> str:
    """What is known of one slot, for the first stage. Raises EngineFault as `encode`."""
    if not isinstance(value, Interval):
        return f'{{"id":"0.{slot}","k":"s{slot}","code":{_value(value)}}}'
    lo, hi = bounds(value)
    low = f',"lo":{number_text(lo)}' if lo is not None else ""
    high = f',"hi":{number_text(hi)}' if hi is not None else ""
    return f'{{"id":"0.{slot}","k":"s{slot}"{low}{high}}}'


def trigger(stage: str, number: int) -> str:
    """The fact that ends the batch of a stage: its rule must fire exactly once."""
    return f'{{"id":"{number}.9999","k":"go{stage}"}}'


@lru_cache(maxsize=4096)
def _text_of(value: str) -> str:
    """A JSON string; the few words that rules are made of recur in every patient."""
    return orjson.dumps(value).decode()


def rule_of(message: str) -> str:
    """The rule's name, from the engine's words: {"name":{...}}. Names are ours and hold nothing that is escaped."""
    return message[2 : message.index('"', 2)]


def _value(value: Plain) -> str:
    if isinstance(value, str) and len(value) <= LONGEST:
        # The engine compares raw JSON text, so both sides must be escaped alike.
        return _text_of(value)
    if isinstance(value, float) and math.isfinite(value):
        return number_text(value)
    raise EngineFault(f"a {type(value).__name__} cannot be given to the engine")


def number_text(value: float) -> str:
    """Always with a point before an exponent: the engine silently drops 1e-06 and everything after it."""
    text = repr(value)
    return text if "e" not in text or "." in text else text.replace("e", ".0e")


def bounds(interval: Interval) -> tuple[float | None, float | None]:
    """The ends as floats; an absent one stays absent, an open one moves inward by one step.

    A decimal that no float stands for exactly widens the interval, so that the answer can only become unknown.
    """
    lo = None if interval.lo is None else _bound(interval.lo, is_open=interval.lo_open, inward=math.inf)
    hi = None if interval.hi is None else _bound(interval.hi, is_open=interval.hi_open, inward=-math.inf)
    if (lo is not None and not math.isfinite(lo)) or (hi is not None and not math.isfinite(hi)):
        raise EngineFault("a number is too large for the engine")
    return lo, hi


def _bound(number: Decimal, *, is_open: bool, inward: float) -> float:
    if not number.is_finite():
        raise EngineFault("a number is not finite")
    value = float(number)
    exact = Decimal(repr(value))
    if exact == number:
        return math.nextafter(value, inward) if is_open else value
    overshot = exact > number if inward > 0 else exact < number
    return math.nextafter(value, -inward) if overshot else value


def ruleset_text(rules: Mapping[str, object]) -> str:
    """Rule definitions as JSON; a limit such as 1e-06 is written so that the engine can read it."""
    return _text(rules)


def _text(node: object) -> str:
    if isinstance(node, Mapping):
        return "{" + ",".join(f"{_text_of(name)}:{_text(child)}" for name, child in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ",".join(_text(child) for child in node) + "]"
    if isinstance(node, str | float):
        return _value(node)
    raise EngineFault(f"a {type(node).__name__} cannot stand in a rule")
