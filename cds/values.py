"""The value of a result as an interval in one fixed unit, or the reason why it cannot be used.

Comparators, ranges and text forms become intervals; a missing or strange unit is never guessed (units).
"""

from __future__ import annotations

import re
from decimal import Decimal

import msgspec

from cds.shapes import CodeableConcept, Quantity, Range, Ratio, ValueBearer
from cds.units import convert, plausible, unit_of
from rules.facts import Interval, Reason
from rules.messages import say

MAX_DIGITS, MAX_EXPONENT = 50, 30
_BELOW, _ABOVE = {"<": True, "<=": False, "≤": False}, {">": True, ">=": False, "≥": False}
_TEXT = re.compile(r"(<=|>=|<|>|≤|≥)?\s*([0-9]{1,20}(?:\.[0-9]{1,20})?)\s*(\S{0,20})")
_POWER = re.compile(
    r"(<=|>=|<|>|≤|≥)?\s*(?:([0-9](?:\.[0-9]{1,6})?)\s*[x×*]\s*)?(?:10\s*\^?\s*[-−⁻]|1\s*[eE]\s*-)\s*([1-9⁴⁵⁶⁷])"
)
_SUPERSCRIPT = {"⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7"}
_TEXT_RANGE = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,20})?)\s*[-–]\s*([0-9]{1,20}(?:\.[0-9]{1,20})?)\s*(\S{0,20})")


class Scale(msgspec.Struct, frozen=True, gc=False):
    """What a number is measured on: the analyte of the unit table, our unit, and whether a bare number is allowed."""

    analyte: str
    unit: str
    bare: bool = False


class Value(msgspec.Struct, frozen=True, gc=False):
    """A usable value; `shown` is the laboratory's own number and unit."""

    interval: Interval
    shown: str


class Problem(msgspec.Struct, frozen=True, gc=False):
    """Why a result's value cannot be used. `shown` completes "…: " in a sentence."""

    reason: Reason
    shown: str


def value_of(body: ValueBearer, scale: Scale) -> Value | Problem:
    """The first readable value[x] of an Observation or component."""
    if body.valueQuantity is not None:
        return of_quantity(body.valueQuantity, scale)
    if body.valueInteger is not None:
        return of_quantity(Quantity(value=Decimal(body.valueInteger)), scale)
    if body.valueRange is not None:
        return of_range(body.valueRange, scale)
    if body.valueRatio is not None:
        return of_ratio(body.valueRatio, scale)
    text = body.valueString or _text_of(body.valueCodeableConcept)
    if text:
        return of_text(text, scale)
    return Problem(Reason.MISSING, say("has no value"))


def has_value(body: ValueBearer) -> bool:
    """Whether any value[x] or interpretation stands there; a dataAbsentReason alone is no value."""
    if body.valueQuantity is not None and body.valueQuantity.value is not None:
        return True
    return (
        bool(body.valueString)
        or body.valueCodeableConcept is not None
        or body.valueInteger is not None
        or body.valueBoolean is not None
        or body.valueRange is not None
        or body.valueRatio is not None
    )


def of_quantity(quantity: Quantity, scale: Scale) -> Value | Problem:
    stated = quantity.value
    if stated is None:
        return Problem(Reason.MISSING, say("has no value"))
    if not is_sane(stated):
        return Problem(Reason.IMPLAUSIBLE, say("holds a number that no laboratory reports"))
    shown = _shown(quantity, stated)
    number = _in_unit(quantity, stated, scale, shown)
    if isinstance(number, Problem):
        return number
    comparator = quantity.comparator.strip() if quantity.comparator else ""
    if not comparator:
        return Value(Interval(number, number), shown)
    if comparator in _BELOW:
        return Value(Interval(Decimal(0), number, hi_open=_BELOW[comparator]), shown)
    if comparator in _ABOVE:
        return Value(Interval(number, None, lo_open=_ABOVE[comparator]), shown)
    return Problem(Reason.IMPRECISE, say("has a comparator that we do not know"))


def of_range(stated: Range, scale: Scale) -> Value | Problem:
    low = of_quantity(stated.low, scale) if stated.low else None
    high = of_quantity(stated.high, scale) if stated.high else None
    for end in (low, high):
        if isinstance(end, Problem):
            return end
    if not isinstance(low, Value) and not isinstance(high, Value):
        return Problem(Reason.MISSING, say("has no value"))
    lo = low.interval.lo if isinstance(low, Value) else Decimal(0)
    hi = high.interval.hi if isinstance(high, Value) else None
    if lo is not None and hi is not None and lo > hi:
        return Problem(Reason.IMPLAUSIBLE, say("holds a range that ends before it starts"))
    parts = [end.shown for end in (low, high) if isinstance(end, Value)]
    return Value(Interval(lo, hi), say(" to ").join(parts))


def of_ratio(ratio: Ratio, scale: Scale) -> Value | Problem:
    """A ratio of two pure numbers on a scale of fractions (unit "%"); a titre is not one."""
    above, below = (part.value if part else None for part in (ratio.numerator, ratio.denominator))
    if above is None or below is None or scale.unit != "%":
        return Problem(Reason.UNIT, say("is a ratio that cannot be read on this scale"))
    if not (is_sane(above) and is_sane(below)) or below <= 0 or above < 0 or above > below:
        return Problem(Reason.IMPLAUSIBLE, say("is a ratio that cannot be true"))
    if ratio.numerator and (ratio.numerator.comparator or "").strip():
        return Problem(Reason.IMPRECISE, say("is a ratio with a comparator"))
    return Value(Interval.exactly(above * 100 / below), f"{above}/{below}")


def of_text(text: str, scale: Scale) -> Value | Problem:
    """ "<0.01%", "1-2", "12 mg/dL": a number with an optional comparator and unit. Anything else stays text."""
    words = text.strip()
    power = _POWER.fullmatch(words) if scale.unit == "%" else None
    if power:
        return _of_power(power, scale)
    between = _TEXT_RANGE.fullmatch(words)
    if between:
        low, high, unit = between.groups()
        return of_range(Range(low=_quantity(low, unit), high=_quantity(high, unit)), scale)
    single = _TEXT.fullmatch(words)
    if single is None:
        return Problem(Reason.UNMAPPED, say("is reported as text only"))
    comparator, number, unit = single.groups()
    return of_quantity(_quantity(number, unit, comparator), scale)


def _of_power(power: re.Match[str], scale: Scale) -> Value | Problem:
    """ "<10-6", "10⁻⁶", "2x10^-6", "1E-6": a fraction, its superscript perhaps lost; never the range 10 to 6."""
    comparator, factor, exponent = power.groups()
    fraction = Decimal(factor or "1").scaleb(-int(_SUPERSCRIPT.get(exponent, exponent)))
    value = of_quantity(_quantity(f"{fraction:f}", "1", comparator), scale)
    return Value(value.interval, power.group()) if isinstance(value, Value) else value


def _quantity(number: str, unit: str, comparator: str | None = None) -> Quantity:
    return Quantity(value=Decimal(number), comparator=comparator, unit=unit or None)


def is_sane(number: Decimal) -> bool:
    """A finite number of a size that arithmetic and people can handle."""
    if not number.is_finite() or not (number.is_zero() or -MAX_EXPONENT <= number.adjusted() <= MAX_EXPONENT):
        return False
    # Only what is long when written out can have too many digits: most need not be counted.
    return len(str(number)) <= MAX_DIGITS or len(number.as_tuple().digits) <= MAX_DIGITS


def _in_unit(quantity: Quantity, value: Decimal, scale: Scale, shown: str) -> Decimal | Problem:
    """The stated value on the scale; `shown` is how the laboratory wrote it."""
    stated = quantity.code or quantity.unit
    if scale.bare and not stated:
        return value
    unit = unit_of(quantity.system, quantity.code, quantity.unit)
    if unit is None:
        why = say("has the unit {unit}, which is not known", unit=repr(stated)) if stated else say("has no unit")
        return Problem(Reason.UNIT, why)
    number = convert(value, unit, scale.unit, scale.analyte)
    if number is None:
        return Problem(
            Reason.UNIT,
            say(
                "has the unit {unit}, which cannot be read as {wanted}",
                unit=repr(unit),
                wanted=scale.unit or say("a score"),
            ),
        )
    converted = unit != scale.unit
    if not plausible(scale.analyte, number, scale.unit) or (converted and not plausible(scale.analyte, value, unit)):
        return Problem(Reason.IMPLAUSIBLE, say("is implausible: {value}", value=shown))
    return number


def _shown(quantity: Quantity, value: Decimal) -> str:
    comparator, unit = quantity.comparator or "", quantity.unit or quantity.code
    return f"{comparator}{value:f} {unit}" if unit else f"{comparator}{value:f}"


def _text_of(concept: CodeableConcept | None) -> str | None:
    if concept is None:
        return None
    return concept.text or next((coding.display for coding in concept.coding if coding.display), None)
