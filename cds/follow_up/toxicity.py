"""Q8: how long blood counts stayed at grade III or IV, by the configured CTCAE version (NCT07441291 Q8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from cds.chart import OBSERVATION
from cds.facts.inquiry import Inquiry
from cds.facts.labs import HEMOGLOBIN, PLATELETS
from cds.facts.series import day_of
from cds.records import Result
from cds.values import Scale, Value, value_of
from rules.facts import Evidence
from rules.messages import say

SCALES: dict[str, Scale] = {"anc": PLATELETS, "platelets": PLATELETS, "hemoglobin": HEMOGLOBIN}


@dataclass(frozen=True, slots=True)
class Toxicity:
    """`days`: None when it cannot be told. Leucocytes are left out: the specification states no limit for them."""

    days: int | None
    because: str
    evidence: tuple[Evidence, ...] = ()


def toxicity(inquiry: Inquiry, day0: date, until: date) -> Toxicity:
    """Days from the first to the last count under the limit, for each analyte; the days of all of them together."""
    version = str(inquiry.settings["ctcae_version"])
    limits = inquiry.trial.follow_up.toxicity.get(version) if inquiry.trial.follow_up else None
    if limits is None:
        return Toxicity(None, say("no limits of CTCAE version {version} are in the trial pack", version=version))
    gap = inquiry.chart.gap(tuple(limits), (OBSERVATION,), say("Blood counts"))
    if gap is not None:
        return Toxicity(None, gap.shown)
    spans: list[tuple[date, date]] = []
    evidence: list[Evidence] = []
    told = False
    for analyte, limit in sorted(limits.items()):
        values = _values(inquiry, analyte, day0, until)
        told = told or len(values) > 1
        if len(values) == 1 and _is_low(values[0][1], limit):
            return Toxicity(
                None, say("only one count ({value}) of an analyte at grade III or IV", value=values[0][1].shown)
            )
        spans += _spans(values, limit, timedelta(days=inquiry.days("toxicity_gap_days")))
        evidence += [Evidence(r.reference, v.shown, day_of(r)) for r, v in values if _is_low(v, limit)]
    if not told:
        return Toxicity(None, say("fewer than two blood counts of one kind after day 0"))
    days = len({first + timedelta(days=n) for first, last in spans for n in range((last - first).days + 1)})
    text = say(
        "{days} days at grade III or IV (CTCAE version {version}: neutrophils, platelets, haemoglobin)",
        days=days,
        version=version,
    )
    return Toxicity(days, text, tuple(evidence))


def _values(inquiry: Inquiry, analyte: str, day0: date, until: date) -> list[tuple[Result, Value]]:
    found = []
    for result in inquiry.chart.results_of(analyte):
        value = value_of(result.body, SCALES[analyte])
        if result.preliminary or result.moment is None or not isinstance(value, Value):
            continue
        if day0 <= result.moment.first_day <= until:
            found.append((result, value))
    return sorted(found, key=lambda pair: (_day(pair[0]), pair[0].reference))


def _spans(values: list[tuple[Result, Value]], limit: Decimal, gap: timedelta) -> list[tuple[date, date]]:
    """Runs of low counts; a longer pause between two of them, or a count above the limit, ends a run."""
    spans: list[tuple[date, date]] = []
    running = False
    for result, value in values:
        day = _day(result)
        if not _is_low(value, limit):
            running = False
        elif running and day - spans[-1][1] <= gap:
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
            running = True
    return spans


def _is_low(value: Value, limit: Decimal) -> bool:
    hi = value.interval.hi
    return hi is not None and (hi < limit or (hi == limit and value.interval.hi_open))


def _day(result: Result) -> date:
    return result.moment.first_day if result.moment else date.min
