"""Kaplan-Meier and log-rank against a published trial and small examples done by hand."""

from __future__ import annotations

import pytest

from cds.report.outcomes import FollowUp
from cds.report.survival import Median, at, at_risk, kaplan_meier, log_rank, median

# Freireich 1963, as printed in Gehan 1965 and Kleinbaum and Klein: weeks in remission, + = censored.
MERCAPTOPURINE = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"


def followed(text: str) -> list[FollowUp]:
    return [FollowUp(float(word.rstrip("+")), not word.endswith("+")) for word in text.split()]


@pytest.mark.parametrize(
    ("week", "survival"),
    [(6, 0.8571), (7, 0.8067), (10, 0.7529), (13, 0.6902), (16, 0.6275), (22, 0.5378), (23, 0.4482)],
)
def test_the_curve_of_mercaptopurine_is_the_published_one(week: int, survival: float) -> None:
    step = at(kaplan_meier(followed(MERCAPTOPURINE)), week)

    assert step is not None
    assert step.survival == pytest.approx(survival, abs=5e-5)


def test_the_limits_at_week_6_are_those_of_greenwood_on_the_log_log_scale() -> None:
    """By hand: ln S = −0.15415, √(3/(21·18)) = 0.08909, so S^exp(±1.96·0.57794) = 0.6197 and 0.9516."""
    step = at(kaplan_meier(followed(MERCAPTOPURINE)), 6)

    assert step is not None
    assert (step.low, step.high) == (pytest.approx(0.6197, abs=1e-4), pytest.approx(0.9516, abs=1e-4))


def test_the_published_medians_are_23_and_8_weeks() -> None:
    assert median(kaplan_meier(followed(MERCAPTOPURINE))) == Median(23, 13, None)
    assert median(kaplan_meier(followed(PLACEBO))) == Median(8, 4, 11)


def test_the_published_log_rank_statistic_is_16_79() -> None:
    result = log_rank(followed(MERCAPTOPURINE), followed(PLACEBO))

    assert result.chi_squared == pytest.approx(16.79, abs=5e-3)
    assert result.p == pytest.approx(4.17e-5, abs=1e-7)


def test_four_patients_by_hand() -> None:
    """Event at 1 of 4 at risk: 3/4. Censored at 2. Event at 3 of 2 at risk: 3/8. Censored at 5."""
    curve = kaplan_meier(followed("1 2+ 3 5+"))

    assert [(s.days, s.at_risk, s.events, s.censored) for s in curve] == [
        (0, 4, 0, 0), (1, 4, 1, 0), (2, 3, 0, 1), (3, 2, 1, 0), (5, 1, 0, 1)
    ]  # fmt: skip
    assert [s.survival for s in curve] == pytest.approx([1, 0.75, 0.75, 0.375, 0.375])


def test_a_log_rank_by_hand() -> None:
    """1, 3 against 2, 4. Expected in the first arm: 2/4 + 1/3 + 1/2 + 0 = 4/3 of 2 events;
    variance 1/4 + 2/9 + 1/4 = 13/18; χ² = (2/3)² / (13/18) = 8/13."""
    result = log_rank(followed("1 3"), followed("2 4"))

    assert result.chi_squared == pytest.approx(8 / 13)


@pytest.mark.parametrize("patients", [2, 6, 10, 14])
def test_the_median_is_the_middle_event_although_half_is_not_a_round_binary_number(patients: int) -> None:
    curve = kaplan_meier([FollowUp(float(day), event=True) for day in range(1, patients + 1)])

    assert median(curve).days == patients // 2


def test_certainty_has_no_limits() -> None:
    """Before the first event and after the last patient's, Greenwood's variance is 0 and says nothing."""
    curve = kaplan_meier(followed("1 2"))

    assert [(s.survival, s.low is None, s.high is None) for s in curve] == [
        (1, True, True), (0.5, False, False), (0, True, True)
    ]  # fmt: skip


def test_nobody_is_estimated_beyond_the_last_follow_up() -> None:
    assert at(kaplan_meier(followed("1 5+")), 6) is None


def test_a_curve_that_has_come_to_nought_stays_there() -> None:
    step = at(kaplan_meier(followed("1 5")), 6)

    assert step is not None
    assert step.survival == 0


def test_a_patient_is_at_risk_on_the_day_of_the_event() -> None:
    assert [at_risk(followed("1 2+ 3"), day) for day in (0, 1, 2, 3, 4)] == [3, 3, 2, 1, 0]


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ("5+ 6+", "7+", "no events"),
        ("", "7", "one arm has no patients"),
        ("9", "1+ 2+", "no event while patients of both arms were under observation"),
    ],
)
def test_no_p_value_where_no_event_compares_the_arms(first: str, second: str, why: str) -> None:
    result = log_rank(followed(first), followed(second))

    assert (result.chi_squared, result.p, result.why_not) == (None, None, why)


def test_without_events_the_median_is_not_reached_and_has_no_limits() -> None:
    assert median(kaplan_meier(followed("5+ 6+"))) == Median(None, None, None)
