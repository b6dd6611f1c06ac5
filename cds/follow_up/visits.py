"""Visits: calendar months from day 0 with windows, and how each one stands (NCT07441291 S1, S2; B6.7). Dates only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from cds.moments import add_months
from rules.facts import Evidence
from rules.treatment import PlannedVisit


class VisitState(StrEnum):
    """The contract's words."""

    DONE = "done"
    DUE = "due"
    OVERDUE = "overdue"
    MISSED = "missed"
    UPCOMING = "upcoming"
    NOT_DUE = "not_due"


@dataclass(frozen=True, slots=True)
class Window:
    """One planned visit on the calendar; both ends are inside."""

    month: int
    target: date
    opens: date
    closes: date

    def holds(self, day: date) -> bool:
        return self.opens <= day <= self.closes

    def spans(self, first: date, last: date) -> bool:
        """Whether something that happened between these two days certainly happened inside."""
        return self.holds(first) and self.holds(last)


@dataclass(frozen=True, slots=True)
class Assessment:
    """An efficacy assessment that was done on one day."""

    day: date
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Visit:
    """A planned visit, its state on one day, and what was done at it."""

    window: Window
    state: VisitState
    evidence: tuple[Evidence, ...] = ()


def window_of(day0: date, planned: PlannedVisit) -> Window:
    """The target is so many calendar months after day 0; a day that the month lacks becomes its last day."""
    target = add_months(day0, planned.month)
    around = timedelta(days=planned.window)
    return Window(planned.month, target, target - around, target + around)


def follow_up_ends(days: Iterable[date], final_month: int) -> date | None:
    """S2: so many calendar months after the last day 0 of these subjects; None while nobody was treated."""
    last = max(days, default=None)
    return add_months(last, final_month) if last is not None else None


def visits_on(
    today: date, windows: Sequence[Window], assessments: Sequence[Assessment], stopped: date | None
) -> tuple[Visit, ...]:
    """Every visit as it stands today. `stopped`: the day of death or of leaving the study; later visits are not due."""
    done = _assigned(windows, [a for a in assessments if a.day <= today])
    return tuple(
        _visit(today, windows, number, done.get(window.month, ()), stopped) for number, window in enumerate(windows)
    )


def _assigned(windows: Sequence[Window], assessments: Sequence[Assessment]) -> dict[int, tuple[Evidence, ...]]:
    """Each day of assessments belongs to the nearest target, if it lies in that window; one day for each visit."""
    best: dict[int, tuple[int, date]] = {}
    for assessment in assessments:
        nearest = min(windows, key=lambda w: (abs((assessment.day - w.target).days), w.month))
        if nearest.holds(assessment.day):
            distance = (abs((assessment.day - nearest.target).days), assessment.day)
            best[nearest.month] = min(best.get(nearest.month, distance), distance)
    return {month: tuple(a.evidence for a in assessments if a.day == day) for month, (_, day) in best.items()}


def _visit(
    today: date, windows: Sequence[Window], number: int, done: tuple[Evidence, ...], stopped: date | None
) -> Visit:
    window = windows[number]
    if done:
        return Visit(window, VisitState.DONE, done)
    if stopped is not None and stopped < window.closes:
        return Visit(window, VisitState.NOT_DUE)
    if today < window.opens:
        return Visit(window, VisitState.UPCOMING)
    if today <= window.closes:
        return Visit(window, VisitState.DUE)
    following = windows[number + 1] if number + 1 < len(windows) else None
    overdue = following is None or today < following.opens
    return Visit(window, VisitState.OVERDUE if overdue else VisitState.MISSED)
