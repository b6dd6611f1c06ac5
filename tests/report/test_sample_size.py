"""The registry's 35 per arm (NCT07441291-ST1)."""

from __future__ import annotations

import pytest

from cds.report.sample_size import reproduce

SIZE = reproduce()


@pytest.mark.parametrize(
    ("place", "start", "raw", "divided", "rounded_first", "multiplied", "reproduces"),
    [
        (0, "two-sided z, variance pooled", 31.498, 35, 36, 35, True),
        (1, "two-sided z, unpooled", 28.779, 32, 33, 32, False),
        (2, "two-sided z, pooled in both", 32.704, 37, 37, 36, False),
        (3, "two-sided z, continuity", 37.872, 43, 43, 42, False),
        (4, "two-sided arcsine", 29.788, 34, 34, 33, False),
        (5, "one-sided z, variance pooled", 24.692, 28, 28, 28, False),
        (6, "one-sided z, continuity", 31.000, 35, 36, 35, True),
        (7, "one-sided z, unpooled, superiority margin 0.05", 32.644, 37, 37, 36, False),
    ],
)
def test_st1_every_formula_gives_its_number(
    place: int, start: str, raw: float, divided: int, rounded_first: int, multiplied: int, *, reproduces: bool
) -> None:
    """The first by hand: (1.95996·√0.375 + 0.84162·√0.33)² / 0.09 = (1.20023 + 0.48347)² / 0.09 = 31.498."""
    formula = SIZE.formulas[place]

    assert formula.name.startswith(start)
    assert formula.raw == pytest.approx(raw, abs=6e-4)
    assert (formula.divided, formula.rounded_then_divided, formula.multiplied) == (divided, rounded_first, multiplied)
    assert formula.reproduces is reproduces


def test_st1_two_formulas_give_35_so_the_text_does_not_identify_one() -> None:
    assert (SIZE.target, sum(formula.reproduces for formula in SIZE.formulas)) == (35, 2)


@pytest.mark.parametrize(
    ("place", "per_arm", "z", "fisher"), [(0, 31, 0.813, 0.727), (1, 32, 0.828, 0.748), (2, 35, 0.852, 0.785)]
)
def test_st1_fishers_test_falls_short_of_80_percent_power(place: int, per_arm: int, z: float, fisher: float) -> None:
    power = SIZE.powers[place]

    assert power.per_arm == per_arm
    assert (power.z_test, power.fisher) == (pytest.approx(z, abs=5e-4), pytest.approx(fisher, abs=5e-4))
