"""The response by MRD of a subject treated in a study that is read by NGS MRD (NCT05262673 R1-R5).

One time point is the newest MRD sample after the first product, with the other method's result of the same kind of
specimen near it. Nothing here ever says that treatment may stop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from cds.chart import OBSERVATION
from cds.facts.inquiry import Inquiry
from cds.facts.mrd import FLOW, NGS, PERCENT
from cds.facts.relapse import MARROW
from cds.facts.series import day_of
from cds.mrd_reading import Reading, read_flow, read_ngs
from cds.records import Result
from cds.values import Value, value_of
from rules.facts import Evidence
from rules.messages import say, to_say

VERY_LOW = to_say("very-low-relapse-risk (trial text)")
BY_NGS, BY_FLOW = to_say("NGS"), to_say("flow")
SINGLE = to_say("Single time point: one assessment does not show that it lasts.")
BLOOD_ONLY = to_say("Measured in blood; the trial's label needs marrow.")


class Stratum(StrEnum):
    """The contract's words for R4, and overt relapse."""

    DEEP_NEGATIVE = "deep_negative"
    VERY_LOW_POSITIVE = "very_low_positive"
    POSITIVE = "positive"
    RELAPSE = "relapse"
    UNCLASSIFIED = "unclassified"


@dataclass(frozen=True, slots=True)
class MrdResponse:
    """The stratum of the newest time point and, over all of them, whether MRD persists (R5)."""

    stratum: Stratum
    because: str
    evidence: tuple[Evidence, ...] = ()
    persistent: str = "unknown"
    label: str | None = None
    review: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessed:
    """One dated MRD result and how it reads. `method` is "NGS" or "flow"."""

    result: Result
    day: date
    method: str
    reading: Reading
    shown: str

    def words(self) -> str:
        return say("{method} MRD {value} ({day})", method=say(self.method), value=self.shown, day=day_of(self.result))

    def evidence(self) -> Evidence:
        return Evidence(
            self.result.reference,
            say("{method} MRD {value}", method=say(self.method), value=self.shown),
            day_of(self.result),
        )


def response_of(inquiry: Inquiry, first_product: date, last_step: date | None) -> MrdResponse:
    """The response after `first_product`; `last_step` is the first day of the sequence's last product, once given."""
    gap = inquiry.chart.gap((FLOW, NGS, MARROW), (OBSERVATION,), "MRD")
    if gap is not None:
        return MrdResponse(Stratum.UNCLASSIFIED, gap.shown, gap.evidence)
    points = assessed(inquiry, first_product)
    persistent = persistence(points, inquiry.days("persistence_days"))
    relapse = _relapse(inquiry, first_product, persistent)
    if relapse is not None:
        return relapse
    if not points:
        return MrdResponse(Stratum.UNCLASSIFIED, say("No MRD result after the first product"))
    ngs, flow = _pair(points, inquiry.days("response_pair_days"))
    contrary = _contradiction(points)
    if contrary is not None:
        return MrdResponse(Stratum.UNCLASSIFIED, contrary, tuple(p.evidence() for p in points[:2]), persistent)
    used = [point for point in (ngs, flow) if point is not None]
    stratum, why = _stratum(ngs, flow)
    because = say("{label}: {what}", label=say(" and ").join(point.words() for point in used), what=why)
    label, review = _label(stratum, points, ngs, last_step)
    return MrdResponse(stratum, because, tuple(p.evidence() for p in used), persistent, label, review)


def assessed(inquiry: Inquiry, first_product: date) -> list[Assessed]:
    """Every final MRD result after the first product: newest first, and of one day the worst first."""
    found = []
    for method, name, read in ((BY_NGS, NGS, read_ngs), (BY_FLOW, FLOW, read_flow)):
        for result in inquiry.chart.results_of(name):
            if result.moment is None or result.preliminary or result.moment.first_day <= first_product:
                continue
            reading, shown = read(inquiry, result)
            found.append(Assessed(result, result.moment.last_day, method, reading, shown))
    return sorted(found, key=lambda p: (p.day, p.reading, p.method, p.result.reference), reverse=True)


def _contradiction(points: Sequence[Assessed]) -> str | None:
    """Two results of one method and one day that say the opposite."""
    newest = points[0]
    same = [p for p in points if p.day == newest.day and p.method == newest.method]
    same = [p for p in same if p.result.specimen == newest.result.specimen]
    readings = {p.reading for p in same}
    if Reading.NEGATIVE in readings and readings & {Reading.LOW_POSITIVE, Reading.POSITIVE}:
        return say(
            "{names}: results of one day contradict each other", names=say(" and ").join(p.words() for p in same)
        )
    return None


def _pair(points: Sequence[Assessed], days: int) -> tuple[Assessed | None, Assessed | None]:
    """The newest NGS and flow results of one kind of specimen, at most so many days apart; one may be missing."""
    newest = points[0]
    near = [
        p
        for p in points
        if p.method != newest.method
        and p.result.specimen == newest.result.specimen
        and newest.day - p.day <= timedelta(days=days)
    ]
    other = near[0] if near else None
    return (newest, other) if newest.method == BY_NGS else (other, newest)


def _stratum(ngs: Assessed | None, flow: Assessed | None) -> tuple[Stratum, str]:
    """R4. Level 10⁻⁴ belongs to positive; methods that contradict each other are unclassified."""
    by_flow = flow.reading if flow else Reading.INDETERMINATE
    if ngs is None:
        if by_flow is Reading.POSITIVE:
            return Stratum.POSITIVE, say("at or above 0.01 %")
        return Stratum.UNCLASSIFIED, say("no NGS MRD of the same kind of specimen near it")
    if ngs.reading is Reading.POSITIVE:
        return Stratum.POSITIVE, say("at or above 0.01 %")
    if ngs.reading is Reading.LOW_POSITIVE:
        if by_flow is Reading.POSITIVE:
            return Stratum.POSITIVE, say("flow is at or above 0.01 %")
        if by_flow is Reading.NEGATIVE:
            return Stratum.VERY_LOW_POSITIVE, say("found by NGS, below 0.01 % by both methods")
        return Stratum.UNCLASSIFIED, say("found by NGS below 0.01 %, but no flow of the same specimen excludes more")
    if ngs.reading is Reading.NEGATIVE:
        if by_flow is Reading.POSITIVE:
            return Stratum.UNCLASSIFIED, say("the two methods contradict each other")
        return Stratum.DEEP_NEGATIVE, say("no clonal sequence down to one in a million")
    return Stratum.UNCLASSIFIED, say("the NGS result is neither negative nor positive")


def _relapse(inquiry: Inquiry, first_product: date, persistent: str) -> MrdResponse | None:
    """Overt relapse: the newest marrow after the first product reaches the configured blasts."""
    later = [r for r in inquiry.chart.results_of(MARROW) if not r.preliminary and r.moment]
    later = [r for r in later if r.moment and r.moment.first_day > first_product]
    newest = max(later, key=lambda r: (r.moment.latest.isoformat() if r.moment else "", r.reference), default=None)
    value = value_of(newest.body, PERCENT) if newest else None
    limit = inquiry.number("relapse_marrow_blast_pct")
    if newest is None or not isinstance(value, Value) or value.interval.lo is None or value.interval.lo < limit:
        return None
    evidence = (Evidence(newest.reference, say("marrow blasts {value}", value=value.shown), day_of(newest)),)
    because = say(
        "{label} {value} ({day}), at or above {limit} %",
        label=say("Marrow blasts"),
        value=value.shown,
        day=day_of(newest),
        limit=f"{limit:f}",
    )
    return MrdResponse(Stratum.RELAPSE, because, evidence, persistent)


def persistence(points: Sequence[Assessed], apart: int) -> str:
    """R5: "persistent" when the positives up to today span so many days; one positive alone is "unknown"."""
    worst: dict[date, Reading] = {}
    for point in points:
        if point.reading is not Reading.INDETERMINATE:
            worst[point.day] = max(point.reading, worst.get(point.day, Reading.INDETERMINATE))
    days = sorted(worst, reverse=True)
    if not days:
        return "unknown"
    if worst[days[0]] is Reading.NEGATIVE:
        return "not_persistent"
    run = [days[0]]
    for day in days[1:]:
        if worst[day] is Reading.NEGATIVE:
            break
        run.append(day)
    return "persistent" if (run[0] - run[-1]).days >= apart else "unknown"


def _label(
    stratum: Stratum, points: Sequence[Assessed], ngs: Assessed | None, last_step: date | None
) -> tuple[str | None, tuple[str, ...]]:
    """R3: the trial's own words, for an NGS-negative marrow after the last kind of product."""
    if stratum is not Stratum.DEEP_NEGATIVE or ngs is None:
        return None, ()
    marrow = ngs.result.specimen == "marrow"
    negatives = {p.day for p in points if p.method == BY_NGS and p.reading is Reading.NEGATIVE}
    review = [say(SINGLE)] if len(negatives) < 2 else []
    if not marrow:
        return None, (*review, say(BLOOD_ONLY))
    after = last_step is not None and ngs.day > last_step
    return (say(VERY_LOW) if after else None), tuple(review)
