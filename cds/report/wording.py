"""Numbers as text: percentages with one decimal, points of difference, days with months, p as usual."""

from __future__ import annotations

from cds.report.proportions import Interval
from cds.report.survival import LogRank, Median, Step

SMALL = "†"
"""Marks a count too small to lean on."""
NONE = "—"
MISSING_LIMIT = "n. e."
DAYS_PER_MONTH = 365 / 12


def count(number: int, small_cell: int) -> str:
    """A count, marked if it is small. None at all is no small group."""
    return f"{number} {SMALL}" if 0 < number < small_cell else str(number)


def rate(interval: Interval | None) -> str:
    """`78.1 % (61.2 to 89.0)`."""
    if interval is None:
        return NONE
    return f"{100 * interval.value:.1f} % ({100 * interval.low:.1f} to {100 * interval.high:.1f})"


def points(interval: Interval | None) -> str:
    """`+22.0 percentage points (2.1 to 39.8)`."""
    if interval is None:
        return "not calculated: one arm has no patients"
    value, low, high = (_signed(100 * number) for number in (interval.value, interval.low, interval.high))
    return f"{value} percentage points ({low} to {high})"


def estimate(step: Step | None) -> str:
    """The curve at a time, with its limits where there are any."""
    if step is None:
        return NONE
    if step.low is None or step.high is None:
        return f"{100 * step.survival:.1f} % ({MISSING_LIMIT})"
    return f"{100 * step.survival:.1f} % ({100 * step.low:.1f} to {100 * step.high:.1f})"


def time(median: Median) -> str:
    """`241 days (7.9 months; 180 to n. e.)`."""
    limits = f"{_days(median.low)} to {_days(median.high)}"
    if median.days is None:
        return f"not reached ({limits} days)"
    return f"{median.days:g} days, {median.days / DAYS_PER_MONTH:.1f} months ({limits} days)"


def comparison(result: LogRank) -> str:
    """The log-rank test, or why there is none."""
    if result.p is None or result.chi_squared is None:
        return f"not calculated: {result.why_not}"
    return f"χ² = {result.chi_squared:.2f}, {p_value(result.p)}"


def p_value(p: float) -> str:
    """Three decimals, never `p = 0`."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def _days(days: float | None) -> str:
    return MISSING_LIMIT if days is None else f"{days:g}"


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")
