"""The door to statsmodels and scipy: intervals of proportions, and the exact power of two tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from scipy.stats import binom, hypergeom, norm
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

WILSON = "Wilson score interval (Wilson 1927), 95 %, without continuity correction"
NEWCOMBE = "Newcombe hybrid score interval (Newcombe 1998, method 10), 95 %, without continuity correction"
_ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 95 % limits, as fractions of 1."""

    value: float
    low: float
    high: float


def wilson(count: int, of: int) -> Interval:
    """Proportion with its Wilson interval. `of` must be at least 1."""
    low, high = proportion_confint(count, of, alpha=_ALPHA, method="wilson")
    return Interval(count / of, max(0.0, float(low)), min(1.0, float(high)))


def newcombe(count_1: int, of_1: int, count_2: int, of_2: int) -> Interval:
    """Difference of two independent proportions, first minus second, with Newcombe's interval."""
    low, high = confint_proportions_2indep(count_1, of_1, count_2, of_2, method="newcomb", compare="diff", alpha=_ALPHA)
    return Interval(count_1 / of_1 - count_2 / of_2, float(low), float(high))


def power_z(p1: float, p2: float, per_arm: int) -> float:
    """Exact power of the two-sided pooled z test at 5 %: the binomial probability of all tables that it rejects."""
    return _power(p1, p2, per_arm, partial(_z_rejects, per_arm, float(norm.ppf(1 - _ALPHA / 2))))


def power_fisher(p1: float, p2: float, per_arm: int) -> float:
    """Exact power of Fisher's two-sided exact test at 5 %."""
    return _power(p1, p2, per_arm, partial(_fisher_rejects, per_arm))


def _power(p1: float, p2: float, per_arm: int, rejects: Callable[[int, int], bool]) -> float:
    counts = range(per_arm + 1)
    of_1, of_2 = ([float(x) for x in binom.pmf(counts, per_arm, p)] for p in (p1, p2))
    return sum(of_1[x] * of_2[y] for x in counts for y in counts if rejects(x, y))


def _z_rejects(per_arm: int, critical: float, x: int, y: int) -> bool:
    pooled = (x + y) / (2 * per_arm)
    variance = 2 * pooled * (1 - pooled) / per_arm
    return variance > 0 and abs(x - y) / per_arm >= critical * float(variance**0.5)


def _fisher_rejects(per_arm: int, x: int, y: int) -> bool:
    """Sum of all tables with the same margins that are no likelier than this one; ties count despite rounding."""
    total = x + y
    tables = [
        float(p)
        for p in hypergeom.pmf(range(max(0, total - per_arm), min(per_arm, total) + 1), 2 * per_arm, total, per_arm)
    ]
    this = tables[x - max(0, total - per_arm)]
    return sum(p for p in tables if p <= this * (1 + 1e-7)) <= _ALPHA
