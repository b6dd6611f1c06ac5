"""Every MRD result of the chart as a point of the story: level in per cent, day, specimen. One reading for all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from cds.chart import Chart
from cds.facts.inquiry import Inquiry
from cds.facts.mrd import FLOW, NGS, detection_limit, level, stated_level
from cds.mrd_reading import ngs_limit
from cds.records import Result
from cds.values import Problem, Value
from rules.facts import Reason
from rules.messages import say

# Percentages of these cells stand on another scale than nucleated cells (units, section 3).
OTHER_SCALES = frozenset({"cd45", "b-cells"})


class Method(StrEnum):
    """What was measured; each is a series of its own."""

    FLOW_CD19 = "flow_cd19"
    FLOW_CD19_NEGATIVE = "flow_cd19_negative"
    FLOW_UNSTATED = "flow_unstated"
    NGS = "ngs"


class Kind(StrEnum):
    """How a level lies on the scale."""

    MEASURED = "measured"
    BELOW = "below"
    ABOVE = "above"
    BETWEEN = "between"
    UNPLACED = "unplaced"


@dataclass(frozen=True, slots=True)
class Level:
    """A level in per cent of the cells counted, always above 0 where it is stated.

    MEASURED: `low` is the value. BELOW: under the limit `high`. ABOVE: `low` or more. BETWEEN: `low` to `high`.
    UNPLACED: nothing to place on the scale; `why` completes "the result …".
    `shown` are the laboratory's own words.
    """

    kind: Kind
    shown: str
    low: Decimal | None = None
    high: Decimal | None = None
    why: str | None = None

    @property
    def percent(self) -> Decimal | None:
        """Where it stands on the scale: the value, or the limit that bounds it."""
        return self.high if self.kind is Kind.BELOW else self.low


@dataclass(frozen=True, slots=True)
class Measurement:
    """One result. `first` and `last` are the days on which it can have been sampled; None without a date.

    `unread` says why the trial that counts CD19+ cells by flow cannot read it, as its own reader says it.
    """

    reference: str
    method: Method
    level: Level
    specimen: str | None
    first: date | None
    last: date | None
    when: str | None
    preliminary: bool
    unread: str | None = None


def measurements(chart: Chart, counting: Inquiry | None) -> tuple[Measurement, ...]:
    """All MRD results, oldest first, undated ones last. `counting` asks for the trial that counts CD19+ cells."""
    found = [_measurement(result, counting) for result in chart.results_of(FLOW, NGS)]
    return tuple(sorted(found, key=lambda m: (m.last or date.max, m.method, m.reference)))


def _measurement(result: Result, counting: Inquiry | None) -> Measurement:
    method, moment = _method(result), result.moment
    read = level(counting, result) if counting is not None and method is not Method.NGS else None
    found = read if isinstance(read, Value) else _stated(result, method)
    return Measurement(
        result.reference,
        method,
        _level(found, result),
        result.specimen,
        moment.first_day if moment else None,
        moment.last_day if moment else None,
        moment.shown() if moment else None,
        result.preliminary,
        read.shown if isinstance(read, Problem) else None,
    )


def _method(result: Result) -> Method:
    if NGS in result.sets:
        return Method.NGS
    population = result.mapping.population if result.mapping else "unstated"
    return {"cd19+": Method.FLOW_CD19, "cd19-": Method.FLOW_CD19_NEGATIVE}.get(population, Method.FLOW_UNSTATED)


def _stated(result: Result, method: Method) -> Value | Problem:
    """What the laboratory states, whichever cells a trial wants counted."""
    denominator = result.mapping.denominator if result.mapping else "unstated"
    if method is not Method.NGS and denominator in OTHER_SCALES:
        text = say("has the denominator {cells}, not nucleated cells", cells=repr(denominator))
        return Problem(Reason.UNMAPPED, text)
    limit = ngs_limit(result) if method is Method.NGS else detection_limit(result)
    return limit if isinstance(limit, Problem) else stated_level(result, limit)


def _level(found: Value | Problem, result: Result) -> Level:
    if isinstance(found, Problem):
        return Level(Kind.UNPLACED, _bare(result), why=found.shown)
    interval, shown = found.interval, found.shown
    low, high = interval.lo or Decimal(0), interval.hi
    if high is None:
        return Level(Kind.ABOVE, shown, low) if low > 0 else Level(Kind.UNPLACED, shown, why=_no_level())
    if high <= 0:
        return Level(Kind.UNPLACED, shown, why=_no_level())
    if low <= 0:
        return Level(Kind.BELOW, shown, None, high)
    return Level(Kind.MEASURED, shown, low) if low == high else Level(Kind.BETWEEN, shown, low, high)


def _no_level() -> str:
    return say("states no level above zero and no detection limit")


def _bare(result: Result) -> str:
    """What stands there, without a reading."""
    quantity = result.body.valueQuantity
    if quantity is not None and quantity.value is not None:
        unit = quantity.unit or quantity.code or ""
        return f"{quantity.comparator or ''}{quantity.value:f} {unit}".strip()
    return result.body.valueString or ""
