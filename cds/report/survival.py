"""The door to lifelines: Kaplan-Meier curves and the log-rank test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test

from cds.report.outcomes import FollowUp

KAPLAN_MEIER = "Kaplan-Meier estimate; 95 % limits from Greenwood's variance on the log(-log) scale"
MEDIAN = (
    "first day on which the Kaplan-Meier estimate is 50 % or less; "
    "95 % limits where the limits of the curve reach 50 % (Brookmeyer and Crowley 1982)"
)
LOG_RANK = "two-sided log-rank test (Mantel 1966), unweighted, 1 degree of freedom"
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Step:
    """The curve from `days` on. No limits where the estimate is 0 or 1: Greenwood's variance says nothing there."""

    days: float
    at_risk: int
    events: int
    censored: int
    survival: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Median:
    """Days; None = not reached (`days`) or not estimable (limits)."""

    days: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class LogRank:
    """Chi-squared and p, or why there is no test."""

    chi_squared: float | None
    p: float | None
    why_not: str | None


def kaplan_meier(follow_ups: Sequence[FollowUp]) -> tuple[Step, ...]:
    """The curve's steps in order of time, the first on day 0. Needs at least one patient."""
    fitter = KaplanMeierFitter().fit([f.days for f in follow_ups], [f.event for f in follow_ups])
    columns = (
        fitter.event_table.index,
        fitter.event_table["at_risk"],
        fitter.event_table["observed"],
        fitter.event_table["censored"],
        fitter.survival_function_.iloc[:, 0],
        fitter.confidence_interval_.iloc[:, 0],
        fitter.confidence_interval_.iloc[:, 1],
    )
    return tuple(_step(*(float(cell) for cell in cells)) for cells in zip(*columns, strict=True))


def _step(
    days: float, at_risk: float, events: float, censored: float, survival: float, low: float, high: float
) -> Step:
    certain = not (_ROUNDING < survival < 1 - _ROUNDING and isfinite(low) and isfinite(high))
    limits = (None, None) if certain else (low, high)
    return Step(days, int(at_risk), int(events), int(censored), survival, *limits)


def median(curve: Sequence[Step]) -> Median:
    """Median time. lifelines' own median misses a step of exactly 50 % by rounding, hence from the steps."""
    return Median(
        next((step.days for step in curve if step.survival <= 0.5 + _ROUNDING), None),
        next((step.days for step in curve if step.low is not None and step.low <= 0.5 + _ROUNDING), None),
        next((step.days for step in curve if step.high is not None and step.high <= 0.5 + _ROUNDING), None),
    )


def at(curve: Sequence[Step], day: float) -> Step | None:
    """The step in force on that day; None after the last follow-up, unless the curve has come to 0."""
    last = curve[-1]
    if day > last.days and last.survival > _ROUNDING:
        return None
    return [step for step in curve if step.days <= day][-1]


def at_risk(follow_ups: Sequence[FollowUp], day: float) -> int:
    """Patients observed up to that day or longer, without an event before it."""
    return sum(follow_up.days >= day for follow_up in follow_ups)


def log_rank(first: Sequence[FollowUp], second: Sequence[FollowUp]) -> LogRank:
    """Compare two arms; no number where no event can tell them apart."""
    if not first or not second:
        return LogRank(None, None, "one arm has no patients")
    event_days = {f.days for f in (*first, *second) if f.event}
    if not event_days:
        return LogRank(None, None, "no events")
    if not any(at_risk(first, day) and at_risk(second, day) for day in event_days):
        return LogRank(None, None, "no event while patients of both arms were under observation")
    result = logrank_test(
        [f.days for f in first], [f.days for f in second], [f.event for f in first], [f.event for f in second]
    )
    return LogRank(float(result.test_statistic), float(result.p_value), None)
