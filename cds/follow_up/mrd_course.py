"""Flow MRD after day 0: the class at three months, at twelve, and ever (NCT07441291 P1, Q1; units, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cds.chart import OBSERVATION
from cds.facts.inquiry import Inquiry
from cds.facts.mrd import FLOW, detection_limit, flow_results, level
from cds.facts.series import day_of, where_and_when
from cds.follow_up.events import Event
from cds.follow_up.visits import Window
from cds.records import Result
from cds.values import Problem, Value
from rules.facts import Evidence
from rules.messages import say

Said = tuple[str, str, tuple[Evidence, ...]]


@dataclass(frozen=True, slots=True)
class MrdCourse:
    """Dated flow MRD results after day 0, oldest first, and the windows; `doubt` says why they may be incomplete."""

    inquiry: Inquiry
    results: tuple[Result, ...]
    primary_window: Window
    final_window: Window
    doubt: str | None = None

    def primary(self) -> Said:
        """negative, low_positive, positive or missing, from marrow nearest to the target."""
        marrow = [r for r in self.results if r.specimen == "marrow"]
        return self._at(marrow, self.primary_window)

    def at_final(self) -> Said:
        """The class in the final window; "not_positive" where only that is certain."""
        state, because, evidence = self._at(self.results, self.final_window)
        nearest = self._nearest(self.results, self.final_window)
        if state == "missing" and nearest is not None and self._is_below(level(self.inquiry, nearest)):
            return "not_positive", because, evidence
        return state, because, evidence

    def first_positive(self) -> Event | None:
        """The first result certainly at or above the limit, up to the end of the final window."""
        limit = self.inquiry.number("mrd_positive_pct")
        for result in self.results:
            value = level(self.inquiry, result)
            lo = value.interval.lo if isinstance(value, Value) else None
            if lo is not None and lo >= limit and _day(result) <= self.final_window.closes:
                return Event(
                    _first_day(result),
                    say("flow MRD {value}", value=value.shown),
                    (_evidence(result, value.shown),),
                    _day(result),
                )
        return None

    def last_sample(self) -> date | None:
        """The day of the last result up to the end of the final window."""
        return max((_day(r) for r in self.results if _day(r) <= self.final_window.closes), default=None)

    def unclear(self) -> str | None:
        """The first result up to the end of the final window that may be at or above the limit, and may not."""
        for result in self.results:
            value = level(self.inquiry, result)
            if _day(result) > self.final_window.closes or self._is_below(value):
                continue
            lo = value.interval.lo if isinstance(value, Value) else None
            if lo is None or lo < self.inquiry.number("mrd_positive_pct"):
                return say("flow MRD of {day}: {value}", day=day_of(result), value=value.shown)
        return None

    def _is_below(self, value: Value | Problem) -> bool:
        limit = self.inquiry.number("mrd_positive_pct")
        hi = value.interval.hi if isinstance(value, Value) else None
        return hi is not None and (hi < limit or (hi == limit and isinstance(value, Value) and value.interval.hi_open))

    def _at(self, results: Sequence[Result], window: Window) -> Said:
        nearest = self._nearest(results, window)
        if nearest is None:
            span = say("no flow MRD in the window {opens} to {closes}", opens=window.opens, closes=window.closes)
            return "missing", self.doubt or span, ()
        return self._class_of(nearest)

    def _nearest(self, results: Sequence[Result], window: Window) -> Result | None:
        inside = [r for r in results if window.spans(_first_day(r), _day(r))]
        return min(inside, key=lambda r: (abs((_day(r) - window.target).days), r.reference), default=None)

    def _class_of(self, result: Result) -> Said:
        """Three classes: at or above 0.1 %, below it, and negative, which needs a detection limit of at most 0.01 %."""
        value = level(self.inquiry, result)
        evidence = (_evidence(result, value.shown),)
        if not isinstance(value, Value):
            return "missing", say("the result of {day} {why}", day=day_of(result), why=value.shown), evidence
        said = say("flow MRD {value} ({where})", value=value.shown, where=where_and_when(result))
        positive, negative = self.inquiry.number("mrd_positive_pct"), self.inquiry.number("mrd_negative_pct")
        lo, hi = value.interval.lo, value.interval.hi
        if lo is not None and lo >= positive:
            return "positive", said, evidence
        if hi is not None and (hi < negative or (hi == negative and value.interval.hi_open)):
            return self._negative(result, said, evidence)
        if lo is not None and hi is not None and lo >= negative and hi < positive:
            return "low_positive", said, evidence
        return "missing", say("{mrd}: in none of the three classes for certain", mrd=said), evidence

    def _negative(self, result: Result, said: str, evidence: tuple[Evidence, ...]) -> Said:
        limit = detection_limit(result)
        written_as_limit = result.body.valueQuantity is not None and bool(result.body.valueQuantity.comparator)
        if written_as_limit or (isinstance(limit, Decimal) and limit <= self.inquiry.number("mrd_negative_pct")):
            return "negative", said, evidence
        return "missing", say("{mrd}: the detection limit is not stated", mrd=said), evidence


def mrd_course(inquiry: Inquiry, day0: date, primary: Window, final: Window) -> MrdCourse:
    """All usable flow results after day 0; the CD19-negative clone is not counted."""
    every = flow_results(inquiry, "cd19+") + flow_results(inquiry, "unstated")
    later = [r for r in every if r.moment and not r.preliminary and r.moment.first_day > day0]
    gap = inquiry.chart.gap((FLOW,), (OBSERVATION,), say("Flow MRD"))
    ordered = tuple(sorted(later, key=lambda r: (_day(r), r.reference)))
    return MrdCourse(inquiry, ordered, primary, final, gap.shown if gap else None)


def _first_day(result: Result) -> date:
    return result.moment.first_day if result.moment else date.min


def _day(result: Result) -> date:
    return result.moment.last_day if result.moment else date.min


def _evidence(result: Result, shown: str) -> Evidence:
    return Evidence(result.reference, shown, day_of(result))
