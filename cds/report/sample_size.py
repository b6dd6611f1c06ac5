"""The sample size of NCT07441291 by every usual formula: which of them give the 35 per arm? (row ST1)

Design: 90 % against 60 % negative at month 3, α 0.05, power 80 %, 10 % drop-out. Neither the test nor its sidedness nor
the way drop-out is added is stated, so each is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, ceil, sqrt
from statistics import NormalDist

from cds.report.proportions import power_fisher, power_z

P1, P2, ALPHA, POWER, DROP_OUT, TARGET = 0.90, 0.60, 0.05, 0.80, 0.10, 35
MARGIN = 0.05
"""A superiority margin that protocols often use; only to show that it does not give 35 either."""
DESIGN = (
    "p₁ = 0.90, p₂ = 0.60, δ = 0.30, α = 0.05, power 0.80, drop-out 10 %; p̄ is the mean of p₁ and p₂, q = 1 − p; z and "
    "z_β are the normal quantiles of α and power. Numbers with drop-out are rounded up."
)
FINDING = (
    "Most likely: two-sided z test with the variance pooled under the null hypothesis, 31.498 ÷ 0.9 = 34.998, rounded "
    "up to 35 in one step. The registry's sentence cannot tell it from the one-sided test with continuity correction "
    "(31.000 ÷ 0.9 = 34.445, also 35). Rounding up before the drop-out step gives 36 with either formula."
)
NOT_REPRODUCIBLE = (
    "What cannot be reproduced: the registry states neither the test, nor one- or two-sidedness, nor a continuity "
    "correction, nor whether drop-out divides (÷ 0.9) or multiplies (× 1.1), nor where it rounds. "
    "35 therefore does not identify the authors' formula. With Fisher's exact test 35 per arm fall short of 80 % power."
)


@dataclass(frozen=True, slots=True)
class Formula:
    """One formula: patients per arm before drop-out, and with drop-out in three ways."""

    name: str
    expression: str
    raw: float
    divided: int
    rounded_then_divided: int
    multiplied: int

    @property
    def reproduces(self) -> bool:
        """Does the formula, not rounded before the drop-out step, give the registry's number?"""
        return self.divided == TARGET


@dataclass(frozen=True, slots=True)
class Power:
    """Exact power at a number of evaluable patients per arm."""

    per_arm: int
    z_test: float
    fisher: float


@dataclass(frozen=True, slots=True)
class SampleSize:
    """The reproduction as a whole."""

    target: int
    formulas: tuple[Formula, ...]
    powers: tuple[Power, ...]


def reproduce() -> SampleSize:
    """All formulas, and the exact power at 35 per arm and at the 31 to 32 left after drop-out."""
    powers = tuple(Power(n, power_z(P1, P2, n), power_fisher(P1, P2, n)) for n in (31, 32, TARGET))
    return SampleSize(TARGET, tuple(_formula(*item) for item in _candidates()), powers)


def _candidates() -> list[tuple[str, str, float]]:
    two, one = _quantile(1 - ALPHA / 2), _quantile(1 - ALPHA)
    h = "(z√(2p̄q̄) + z_β√(p₁q₁+p₂q₂))² / δ²"
    corrected = "n/4 · (1 + √(1 + 4/(nδ)))², n from the pooled z formula"
    return [
        ("two-sided z, variance pooled under the null", h, _pooled(two)),
        ("two-sided z, unpooled", "(z + z_β)² (p₁q₁+p₂q₂) / δ²", _unpooled(two, P1 - P2)),
        ("two-sided z, pooled in both terms", "(z + z_β)² 2p̄q̄ / δ²", _pooled_twice(two)),
        ("two-sided z, continuity correction (Fleiss)", corrected, _corrected(_pooled(two))),
        ("two-sided arcsine (Cohen's h)", "2 (z + z_β)² / h², h = 2asin√p₁ − 2asin√p₂", _arcsine(two)),
        ("one-sided z, variance pooled under the null", h, _pooled(one)),
        ("one-sided z, continuity correction (Fleiss)", corrected, _corrected(_pooled(one))),
        (
            f"one-sided z, unpooled, superiority margin {MARGIN}",
            "(z + z_β)² (p₁q₁+p₂q₂) / (δ − margin)²",
            _unpooled(one, P1 - P2 - MARGIN),
        ),
    ]


def _formula(name: str, expression: str, raw: float) -> Formula:
    stay = 1 - DROP_OUT
    return Formula(name, expression, raw, ceil(raw / stay), ceil(ceil(raw) / stay), ceil(raw * (1 + DROP_OUT)))


def _quantile(probability: float) -> float:
    return NormalDist().inv_cdf(probability)


def _variances() -> tuple[float, float]:
    """Of the difference, times n: pooled under the null, and unpooled."""
    mean = (P1 + P2) / 2
    return 2 * mean * (1 - mean), P1 * (1 - P1) + P2 * (1 - P2)


def _pooled(z: float) -> float:
    null, alternative = _variances()
    return float(((z * sqrt(null) + _quantile(POWER) * sqrt(alternative)) / (P1 - P2)) ** 2)


def _unpooled(z: float, difference: float) -> float:
    return float((z + _quantile(POWER)) ** 2 * _variances()[1] / difference**2)


def _pooled_twice(z: float) -> float:
    return float((z + _quantile(POWER)) ** 2 * _variances()[0] / (P1 - P2) ** 2)


def _corrected(n: float) -> float:
    return float(n / 4 * (1 + sqrt(1 + 4 / (n * (P1 - P2)))) ** 2)


def _arcsine(z: float) -> float:
    return float(2 * ((z + _quantile(POWER)) / (2 * asin(sqrt(P1)) - 2 * asin(sqrt(P2)))) ** 2)
