"""One checked row → what is analysed: time to event, and the class at month 3 (rows P1, Q3, Q4, Q9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from cds.moments import add_months
from cds.report.design import MISSING, MONTH_3_TOLERANCE_DAYS, NEGATIVE
from cds.report.rows import PatientRow

DAY_ZERO_EVENT = 0.5
"""Days; an event on the day of randomisation still happened after it (Q9)."""
NEGATIVE_TOO_LATE = "negative_after_event"
"""A negative result of a patient who relapsed or died before month 3: not negative in the analysis (P1)."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Days from randomisation to the event, or to the end of observation."""

    days: float
    event: bool


def overall_survival(row: PatientRow) -> FollowUp:
    """Death of any cause, or censored at the last contact."""
    return _follow_up(row, row.death_on)


def disease_free_survival(row: PatientRow) -> FollowUp:
    """The first of relapse and death, or censored at the last contact. Cross-over changes nothing."""
    return _follow_up(row, row.relapse_on or row.death_on)


def month_3_class(row: PatientRow) -> str:
    """The class that counts. Month 3 is taken from randomisation, since rows hold no day of first treatment: an event
    before it is before month 3 after treatment too."""
    first_event = row.relapse_on or row.death_on
    if row.month3_mrd == NEGATIVE and first_event and first_event < add_months(row.randomised_on, 3):
        return NEGATIVE_TOO_LATE
    return row.month3_mrd


def may_still_come(row: PatientRow, as_of: date) -> bool:
    """Is the month-3 result missing while its window, from randomisation at the earliest, has not closed by `as_of`?"""
    closes = add_months(row.randomised_on, 3) + timedelta(days=MONTH_3_TOLERANCE_DAYS)
    return row.month3_mrd == MISSING and row.death_on is None and as_of <= closes


def _follow_up(row: PatientRow, event_on: date | None) -> FollowUp:
    days = float(((event_on or row.followed_to) - row.randomised_on).days)
    return FollowUp(days or DAY_ZERO_EVENT, event=True) if event_on else FollowUp(days, event=False)
