"""A near miss in numbers and words: how far each fact is from its limit, and where it comes from.

The trend compares the value that decided with the one before it. Both are read by the same reader, so that they are of
the same measure and in the same unit, and both must be exact. Nothing is extrapolated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from cds.chart import Chart
from rules.facts import Ask, Fact, Interval, Known
from rules.messages import say
from rules.phrases import code_text, label_of
from rules.verdict import NearMiss, Shortfall
from rules.vocabulary import VOCABULARY, Quantity

Trend = Literal["falling", "rising", "steady"]
Read = Callable[[Chart, Ask], Fact]
# Longer than any record: the value before may be of any age.
ANY_AGE = 73_000
MOST_DIGITS = 12
OPPOSITE = {">=": "<", "<": ">=", ">": "<=", "<=": ">"}


@dataclass(frozen=True, slots=True)
class Previous:
    """The value before the one that decided, and its day as shown."""

    value: Decimal
    date: str


@dataclass(frozen=True, slots=True)
class Lack:
    """One fact that stands in the way.

    `comparison` (>=, >, <=, <, is) and `limit` say what would do: a number or codes. `value` is a code or an exact
    number; only an exact number has a distance and may have a trend.
    """

    fact: str
    label: str
    comparison: str
    limit: Decimal | tuple[str, ...]
    because: str
    value: Decimal | str | None = None
    trend: Trend | None = None
    previous: Previous | None = None

    @property
    def distance(self) -> Decimal | None:
        if isinstance(self.value, Decimal) and isinstance(self.limit, Decimal):
            return abs(self.value - self.limit)
        return None

    def as_json(self) -> dict[str, Any]:
        """Absent parts are omitted; numbers are in the vocabulary's unit."""
        codes = self.limit if isinstance(self.limit, tuple) else ()
        found = {
            "fact": self.fact,
            "label": self.label,
            "value": as_number(self.value),
            "comparison": self.comparison,
            "limit": as_number(self.limit)
            if isinstance(self.limit, Decimal)
            else codes[0]
            if len(codes) == 1
            else codes,
            "distance": as_number(self.distance),
            "trend": self.trend,
            "previous": {"value": as_number(self.previous.value), "date": self.previous.date}
            if self.previous
            else None,
            "because": self.because,
        }
        return {name: part for name, part in found.items() if part is not None}


@dataclass(frozen=True, slots=True)
class Miss:
    """The criteria that fail, and what of the fewest facts would mend them."""

    criteria: tuple[str, ...]
    lacks: tuple[Lack, ...]

    @property
    def because(self) -> str:
        """All of it in one sentence."""
        return say("; ").join(lack.because for lack in self.lacks)

    def as_json(self) -> dict[str, Any]:
        return {"criteria": list(self.criteria), "facts": [lack.as_json() for lack in self.lacks]}


def miss_of(missed: NearMiss, chart: Chart, read: Read) -> Miss:
    """`read` is how the trial that asks reads a fact from a chart."""
    return Miss(missed.criteria, tuple(_lack(shortfall, chart, read) for shortfall in missed.shortfalls))


def _lack(short: Shortfall, chart: Chart, read: Read) -> Lack:
    entry, name, limit = VOCABULARY[short.ask.fact], short.ask.fact, short.leaf.value
    label = label_of(name)
    if not isinstance(entry, Quantity) or not isinstance(limit, Decimal) or not isinstance(short.fact.value, Interval):
        would_do = short.leaf.codes if short.wanted else _others(name, short.leaf.codes)
        words = " / ".join(code_text(code) for code in would_do)
        because = say("{finding}; the protocol asks for: {codes}", finding=short.fact.shown, codes=words)
        return Lack(name, label, "is", would_do, because, str(short.fact.value))
    exact, needed = _exact(short.fact), short.leaf.op if short.wanted else OPPOSITE[short.leaf.op]
    if exact is None:
        because = say("{label} {value}, limit {limit}", label=label, value=short.fact.shown, limit=_edge(needed, limit))
        return Lack(name, label, needed, limit, because)
    value = rounded(exact, limit)
    sentence = say(
        "{label} {value}{record}, limit {limit}",
        label=label,
        value=_with_unit(value, entry.unit),
        record=_record(short.fact, _with_unit(value, entry.unit)),
        limit=_edge(needed, limit),
    )
    before = _before(short, chart, read) if entry.mutable else None
    if before is None:
        return Lack(name, label, needed, limit, sentence, value)
    trend: Trend = "steady" if before.value == exact else "falling" if exact < before.value else "rising"
    shown = replace(before, value=rounded(before.value, exact))
    return Lack(name, label, needed, limit, _moving(sentence, trend, shown), value, trend, shown)


def _edge(needed: str, limit: Decimal) -> str:
    """The limit itself does, unless it must be passed."""
    if needed == ">":
        return say("above {limit}", limit=f"{limit:f}")
    return say("below {limit}", limit=f"{limit:f}") if needed == "<" else f"{limit:f}"


def _moving(sentence: str, trend: Trend, before: Previous) -> str:
    value, day = f"{before.value:f}", before.date
    if trend == "falling":
        return say("{sentence}, falling ({value} on {day})", sentence=sentence, value=value, day=day)
    if trend == "rising":
        return say("{sentence}, rising ({value} on {day})", sentence=sentence, value=value, day=day)
    return say("{sentence}, steady ({value} on {day})", sentence=sentence, value=value, day=day)


def _before(short: Shortfall, chart: Chart, read: Read) -> Previous | None:
    """The same fact from the chart without the results that decided: by the same test, of the same specimen."""
    named = {evidence.reference for evidence in short.fact.evidence}
    used = [result for result in chart.results if result.reference in named]
    sets, kinds = frozenset[str]().union(*(r.sets for r in used)), [(r.specimen, r.mapping) for r in used]
    left = [r for r in chart.results if r.sets.isdisjoint(sets) or (r.specimen, r.mapping) in kinds]
    left = [r for r in left if r.reference not in named]
    fact = read(chart.with_results(left), Ask(short.ask.fact, ANY_AGE, short.ask.absence))
    value = _exact(fact) if isinstance(fact, Known) else None
    dates = [evidence.date for evidence in fact.evidence if evidence.date]
    return Previous(value, dates[0]) if used and value is not None and dates else None


def _exact(fact: Known) -> Decimal | None:
    value = fact.value
    return value.lo if isinstance(value, Interval) and value.lo == value.hi else None


def rounded(value: Decimal, limit: Decimal) -> Decimal:
    """Two decimals, or as many as it takes to stay on the same side of the limit."""
    for digits in range(2, MOST_DIGITS):
        short = round(value, digits)
        if (short > limit, short < limit) == (value > limit, value < limit):
            return short.normalize() if short != short.to_integral_value() else short.quantize(Decimal(1))
    return value


def _record(fact: Known, value: str) -> str:
    """The laboratory's own words and the day: " (128 U/L, limit of normal 40 U/L, 2026-05-25)"."""
    words = [part for item in fact.evidence[:1] for part in (item.value, item.date) if part and part != value]
    return f" ({say(', ').join(words)})" if words else ""


def _with_unit(value: Decimal, unit: str) -> str:
    return f"{value:f} {say(unit)}" if unit else f"{value:f}"


def _others(fact: str, codes: tuple[str, ...]) -> tuple[str, ...]:
    entry = VOCABULARY[fact]
    return () if isinstance(entry, Quantity) else tuple(code for code in entry.codes if code not in codes)


def as_number(value: Decimal | str | None) -> float | int | str | None:
    """A number as JSON writes it."""
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)
