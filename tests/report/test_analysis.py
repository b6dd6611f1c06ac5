"""Who counts where: P1's denominator, the origin and events of OS and DFS, intention to treat."""

from __future__ import annotations

from datetime import date

import pytest

from cds.report.analysis import analyse
from cds.report.outcomes import FollowUp, disease_free_survival, month_3_class, overall_survival
from tests.report.patients import CAR_T, DLI, patient


def test_p1_missing_results_stay_in_the_denominator_as_not_negative() -> None:
    rows = [patient(), patient(), patient(mrd="low_positive"), patient(mrd="positive"), patient(mrd="missing")]
    arm = analyse(rows).negativity[0]

    assert arm.rate is not None
    assert arm.rate_of_measured is not None
    assert (arm.randomised, arm.counts["missing"], arm.rate.value) == (5, 1, pytest.approx(2 / 5))
    assert (arm.measured, arm.rate_of_measured.value) == (4, pytest.approx(2 / 4))


@pytest.mark.parametrize(
    ("relapse", "death", "expected"),
    [
        (89, None, "negative_after_event"),
        (None, 89, "negative_after_event"),
        (90, None, "negative"),
        (None, 90, "negative"),
        (None, None, "negative"),
    ],
)
def test_p1_relapse_or_death_before_month_3_is_not_negative(
    relapse: int | None, death: int | None, expected: str
) -> None:
    """Randomised on 1 January 2026: three months are over on 1 April, day 90."""
    assert month_3_class(patient(relapse=relapse, death=death)) == expected


def test_p1_an_arm_without_patients_has_no_rate_and_no_difference() -> None:
    analysis = analyse([patient(CAR_T)])

    assert (analysis.negativity[1].rate, analysis.difference) == (None, None)


def test_p1_the_difference_is_car_t_minus_control() -> None:
    analysis = analyse([*[patient(CAR_T)] * 3, patient(DLI), *[patient(DLI, "positive")] * 2])

    assert analysis.difference is not None
    assert analysis.difference.value == pytest.approx(1 - 1 / 3)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (patient(death=300), FollowUp(300, event=True)),
        (patient(contact=365), FollowUp(365, event=False)),
        (patient(relapse=150, contact=200), FollowUp(200, event=False)),
        (patient(death=0), FollowUp(0.5, event=True)),
        (patient(contact=0), FollowUp(0, event=False)),
    ],
    ids=["Q3 died on day 300", "Q3 alive at month 12", "relapse is no death", "Q9 day 0 is half a day", "never seen"],
)
def test_q3_overall_survival_runs_from_randomisation_to_death(row: object, expected: FollowUp) -> None:
    assert overall_survival(row) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (patient(relapse=150, death=200), FollowUp(150, event=True)),
        (patient(death=90), FollowUp(90, event=True)),
        (patient(mrd="positive"), FollowUp(365, event=False)),
        (patient(mrd="positive", actual=DLI), FollowUp(365, event=False)),
    ],
    ids=["Q4 relapse then death", "Q4 death in remission", "Q4 MRD alone is no event", "Q9 cross-over is no event"],
)
def test_q4_disease_free_survival_ends_with_the_first_of_relapse_and_death(row: object, expected: FollowUp) -> None:
    assert disease_free_survival(row) == expected  # type: ignore[arg-type]


def test_x2_a_patient_who_crossed_stays_in_the_assigned_arm() -> None:
    analysis = analyse([patient(DLI, actual=CAR_T, death=100), patient(CAR_T)])

    assert [(a.arm, a.randomised, a.crossed_over, a.died) for a in analysis.patients] == [
        (CAR_T, 1, 0, 0),
        (DLI, 1, 1, 1),
    ]
    assert [a.events for a in analysis.survival[0].arms] == [0, 1]


def test_q9_no_events_no_p_value() -> None:
    analysis = analyse([patient(CAR_T), patient(DLI)])

    assert [(s.log_rank.p, s.log_rank.why_not) for s in analysis.survival] == [(None, "no events")] * 2


@pytest.mark.parametrize(("as_of", "waiting"), [(date(2026, 4, 15), 1), (date(2026, 4, 16), 0)])
def test_a_missing_result_may_still_come_until_its_window_has_closed(as_of: date, waiting: int) -> None:
    analysis = analyse([patient(mrd="missing", contact=30)], as_of)

    assert analysis.patients[0].month_3_may_still_come == waiting


def test_marks_reach_a_year_or_as_far_as_the_follow_up() -> None:
    months = [
        [mark.month for mark in analyse([patient(contact=days)]).survival[0].arms[0].marks] for days in (100, 500, 1000)
    ]

    assert months == [[0, 3, 6, 9, 12], [0, 3, 6, 9, 12, 15], [0, 6, 12, 18, 24, 30]]
