"""Flow MRD after day 0: the class at three months, at twelve, and ever (NCT07441291 P1, Q1; units.md §3)."""

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
from cds.values import Value
from rules.facts import Evidence

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
        return self._at(self.results, self.final_window)

    def first_positive(self) -> Event | None:
        """The first result certainly at or above the limit, up to the end of the final window."""
        limit = self.inquiry.number("mrd_positive_pct")
        for result in self.results:
            value = level(self.inquiry, result)
            lo = value.interval.lo if isinstance(value, Value) else None
            if lo is not None and lo >= limit and _day(result) <= self.final_window.closes:
                return Event(_day(result), f"flow MRD {value.shown}", (_evidence(result, value.shown),))
        return None

    def _at(self, results: Sequence[Result], window: Window) -> Said:
        inside = [r for r in results if r.moment and window.spans(r.moment.first_day, r.moment.last_day)]
        if not inside:
            span = f"no flow MRD in the window {window.opens} to {window.closes}"
            return "missing", self.doubt or span, ()
        nearest = min(inside, key=lambda r: (abs((_day(r) - window.target).days), r.reference))
        return self._class_of(nearest)

    def _class_of(self, result: Result) -> Said:
        """Three classes: at or above 0.1 %, below it, and negative, which needs a detection limit of at most 0.01 %."""
        value = level(self.inquiry, result)
        evidence = (_evidence(result, value.shown),)
        if not isinstance(value, Value):
            return "missing", f"the result of {day_of(result)} {value.shown}", evidence
        said = f"flow MRD {value.shown} ({where_and_when(result)})"
        positive, negative = self.inquiry.number("mrd_positive_pct"), self.inquiry.number("mrd_negative_pct")
        lo, hi = value.interval.lo, value.interval.hi
        if lo is not None and lo >= positive:
            return "positive", said, evidence
        if hi is not None and (hi < negative or (hi == negative and value.interval.hi_open)):
            return self._negative(result, said, evidence)
        if lo is not None and hi is not None and lo >= negative and hi < positive:
            return "low_positive", said, evidence
        return "missing", f"{said}: in none of the three classes for certain", evidence

    def _negative(self, result: Result, said: str, evidence: tuple[Evidence, ...]) -> Said:
        limit = detection_limit(result)
        written_as_limit = result.body.valueQuantity is not None and bool(result.body.valueQuantity.comparator)
        if written_as_limit or (isinstance(limit, Decimal) and limit <= self.inquiry.number("mrd_negative_pct")):
            return "negative", said, evidence
        return "missing", f"{said}: the detection limit is not stated", evidence


def mrd_course(inquiry: Inquiry, day0: date, primary: Window, final: Window) -> MrdCourse:
    """All usable flow results after day 0; the CD19-negative clone is not counted."""
    every = flow_results(inquiry, "cd19+") + flow_results(inquiry, "unstated")
    later = [r for r in every if r.moment and not r.preliminary and r.moment.first_day > day0]
    gap = inquiry.chart.gap((FLOW,), (OBSERVATION,), "Flow MRD")
    ordered = tuple(sorted(later, key=lambda r: (_day(r), r.reference)))
    return MrdCourse(inquiry, ordered, primary, final, gap.shown if gap else None)


def _day(result: Result) -> date:
    return result.moment.last_day if result.moment else date.min


def _evidence(result: Result, shown: str) -> Evidence:
    return Evidence(result.reference, shown, day_of(result))
