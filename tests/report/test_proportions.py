"""Intervals of proportions against published and hand-calculated values."""

from __future__ import annotations

from math import sqrt

import pytest
from scipy.stats import fisher_exact

from cds.report import proportions
from cds.report.proportions import newcombe, wilson


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(count: int, of: int, low: float, high: float) -> None:
    """Newcombe 1998, Statistics in Medicine 17:857, table I, method 3."""
    found = wilson(count, of)

    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_nine_of_ten_has_an_interval_from_59_6_to_98_2_percent() -> None:
    """By hand, z = 1.96, z² = 3.8416: centre (0.9 + 0.19208) / 1.38416 = 0.78898;
    half width 1.96·√(0.009 + 0.009604) / 1.38416 = 0.19314."""
    found = wilson(9, 10)

    assert found.value == pytest.approx(0.9)
    assert (found.low, found.high) == (pytest.approx(0.59584, abs=2e-5), pytest.approx(0.98212, abs=2e-5))


def test_all_negative_ends_at_one_and_starts_below() -> None:
    """By hand for 10 of 10: the lower limit is 10 / (10 + 3.8416) = 0.72246."""
    found = wilson(10, 10)

    assert (found.low, found.high) == (pytest.approx(0.72246, abs=1e-5), 1.0)


@pytest.mark.parametrize(
    ("table", "low", "high"),
    [((56, 70, 48, 80), 0.0524, 0.3339), ((9, 10, 3, 10), 0.1705, 0.8090), ((10, 10, 0, 10), 0.6075, 1.0)],
)
def test_newcombe_gives_the_published_intervals(table: tuple[int, int, int, int], low: float, high: float) -> None:
    """Newcombe 1998, Statistics in Medicine 17:873, table II, method 10."""
    found = newcombe(*table)

    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_the_sign_of_the_difference_follows_the_order_of_the_arms() -> None:
    ahead, behind = newcombe(9, 10, 3, 10), newcombe(3, 10, 9, 10)

    assert ahead.value == pytest.approx(0.6)
    assert (behind.value, behind.low, behind.high) == pytest.approx((-ahead.value, -ahead.high, -ahead.low))


def test_the_exact_power_uses_fishers_test_as_scipy_does() -> None:
    for x in range(9):
        for y in range(9):
            p = fisher_exact([[x, 8 - x], [y, 8 - y]]).pvalue
            assert proportions._fisher_rejects(8, x, y) == (p <= 0.05)


def test_two_patients_per_arm_can_be_told_apart_by_the_z_test_in_one_table_each_way() -> None:
    """By hand: only 2 against 0 has |z| = 2 ≥ 1.96, so power is 0.9²·0.4² + 0.1²·0.6² = 0.1332.

    Fisher's test never rejects: its smallest p is 1/3."""
    assert sqrt(4) > 1.96
    assert proportions.power_z(0.9, 0.6, 2) == pytest.approx(0.1332)
    assert proportions.power_fisher(0.9, 0.6, 2) == 0.0
