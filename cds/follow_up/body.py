"""Body weight and body surface area on the day of a dose (NCT07441291 A2, A3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from cds.chart import OBSERVATION, Chart
from cds.facts.inquiry import Setting
from cds.records import Result
from cds.values import Scale, Value, has_value, value_of
from rules.facts import Evidence
from rules.messages import say

WEIGHT, HEIGHT = Scale("body_weight", "kg"), Scale("body_height", "cm")
SURFACE = Scale("body_surface_area", "m2")
MOSTELLER_DIVISOR = 3600


@dataclass(frozen=True, slots=True)
class Size:
    """A body size from `lo` to `hi` in kg or m2, as it is shown, and the results that it rests on."""

    lo: Decimal
    hi: Decimal
    shown: str
    evidence: tuple[Evidence, ...]


def weight_on(chart: Chart, day: date, settings: Mapping[str, Setting]) -> Size | str:
    """The newest weight of the configured days up to `day` (kg), or why there is none."""
    days = int(str(settings["dosing_weight_days"]))
    return _newest(chart, "body_weight", WEIGHT, day, days) or _nothing(chart, say("body weight"), day, days)


def surface_on(chart: Chart, day: date, settings: Mapping[str, Setting]) -> Size | str:
    """The measured body surface area, else one calculated by the configured formula (m2), or why there is none."""
    days = int(str(settings["dosing_weight_days"]))
    measured = _newest(chart, "body_surface_area", SURFACE, day, days)
    if measured is not None:
        return measured
    weight = _newest(chart, "body_weight", WEIGHT, day, days)
    height = _newest(chart, "body_height", HEIGHT, day, None)
    if weight is None or height is None or settings["bsa_formula"] != "mosteller":
        return _nothing(chart, say("body surface area"), day, days)
    lo, hi = (
        (tall * heavy / MOSTELLER_DIVISOR).sqrt() for tall, heavy in ((height.lo, weight.lo), (height.hi, weight.hi))
    )
    shown = say(
        "{area} m2 by Mosteller from {weight} and {height}", area=f"{lo:.2f}", weight=weight.shown, height=height.shown
    )
    return Size(lo, hi, shown, (*weight.evidence, *height.evidence))


def _newest(chart: Chart, value_set: str, scale: Scale, day: date, days: int | None) -> Size | None:
    """The newest day's results; results of one day that differ widen the interval."""
    dated = [
        r
        for r in chart.results_of(value_set)
        if r.moment and not r.preliminary and has_value(r.body) and _in_time(r, day, days)
    ]
    if not dated:
        return None
    last = max(r.moment.last_day for r in dated if r.moment)
    found = [(r, value_of(r.body, scale)) for r in dated if r.moment and r.moment.last_day == last]
    values = [(r, v) for r, v in found if isinstance(v, Value) and v.interval.lo and v.interval.hi]
    if len(values) < len(found):
        return None
    los, his = [v.interval.lo for _, v in values], [v.interval.hi for _, v in values]
    lo, hi = min(x for x in los if x is not None), max(x for x in his if x is not None)
    evidence = tuple(Evidence(r.reference, v.shown, last.isoformat()) for r, v in values)
    return Size(
        lo, hi, say("{value} ({where})", value=say(" and ").join(v.shown for _, v in values), where=last), evidence
    )


def _in_time(result: Result, day: date, days: int | None) -> bool:
    moment = result.moment
    if moment is None or moment.first_day > day:
        return False
    return days is None or moment.first_day >= day - timedelta(days=days)


def _nothing(chart: Chart, what: str, day: date, days: int) -> str:
    if OBSERVATION in chart.incomplete:
        return say("no {what} is known: Observation could not be fetched completely", what=what)
    return say("no usable {what} within {days} days up to {day}", what=what, days=days, day=day)
