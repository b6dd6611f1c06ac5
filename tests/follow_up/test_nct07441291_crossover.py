"""T2-X1, T2-X2, T2-X3: crossing over at three months."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import assess, trial_in
from tests.fhir import (
    CPT,
    Chart,
    Resource,
    answered,
    base_chart,
    concept,
    condition,
    icd,
    loinc,
    measured,
    observation,
    procedure,
)
from tests.follow_up.crossing import (
    AS_OF,
    CAR_T,
    CONTROL,
    DAY_91,
    WINDOW,
    consent,
    crossing,
    follow_up,
    mrd,
    outcome,
    question,
)

STANDINGS = [
    pytest.param(crossing(), "potentially_eligible", id="T2-X1.1 control, 0.25 %, marrow 2 %, consent"),
    pytest.param(crossing().without("crossover"), "potentially_eligible", id="T2-X1.2 without consent: pending (B6.4)"),
    pytest.param(crossing(CAR_T), "potentially_eligible", id="T2-X1.3 from the CAR-T arm"),
    pytest.param(crossing(CONTROL, 0.25, 7), "ineligible", id="T2-X1.4 marrow 7 %"),
    pytest.param(crossing(CONTROL, 0.05), "ineligible", id="T2-X1.6 0.05 %"),
    pytest.param(crossing(CONTROL, 0.1), "potentially_eligible", id="T2-X1 exactly 0.1 %"),
    pytest.param(crossing(CONTROL, actual=CAR_T), "ineligible", id="T2-X1 already crossed over"),
    pytest.param(crossing(status="off-study"), "not_applicable", id="T2-X1 off study"),
    pytest.param(crossing(status="withdrawn"), "not_applicable", id="T2-X1 withdrawn"),
    pytest.param(base_chart(), "not_applicable", id="B3 no subject of this trial"),
]


@pytest.mark.parametrize(("chart", "standing"), STANDINGS)
def test_standing(chart: Chart, standing: str) -> None:
    assert question(chart)["standing"] == standing


def late() -> Chart:
    return crossing().without(f"mrd-{DAY_91}").having(mrd(measured(0.25), "2026-06-10"))


NEGATIVE: Resource = {"valueCodeableConcept": {"text": "Not detected"}}


def entered(on: str) -> Chart:
    """The HSCT was on 2025-09-10, day 0 on 2026-01-31."""
    return crossing().changed("mrd-2026-01-15", effectiveDateTime=on)


OUTCOMES = [
    pytest.param(crossing().without("crossover"), "X1f", "unknown", id="T2-X1.2 consent is open"),
    pytest.param(crossing().having(consent("rejected")), "X1f", "fail", id="T2-X1 consent refused"),
    pytest.param(crossing().having(consent(category=[])), "X1f", "unknown", id="B4 an enrolment consent is another"),
    pytest.param(crossing(CONTROL, 0.25, 5), "X1e", "fail", id="T2-X1e marrow exactly 5 %"),
    pytest.param(crossing(CONTROL, 0.0999), "X1c", "fail", id="T2-X1c 0.0999 %"),
    pytest.param(crossing(None), "X1a", "unknown", id="T2-X1 arm missing"),
    pytest.param(crossing().without("product"), "X1b", "unknown", id="T2-X1 day 0 unknown"),
    pytest.param(crossing(CONTROL, 0.3, 2, mrd(NEGATIVE, "2026-03-30")), "X1d", "unknown", id="B6.5 negative in words"),
    pytest.param(
        crossing(CONTROL, 0.3, 2, mrd(measured(0.1), "2026-03-30")), "X1d", "pass", id="T2-X1d 0.1 % in between"
    ),
    pytest.param(
        crossing(CONTROL, 0.3, 2, mrd(NEGATIVE | {"status": "preliminary"}, "2026-03-30")),
        "X1d",
        "pass",
        id="B5.1 a preliminary negative says nothing yet",
    ),
    pytest.param(entered("2025-08-01"), "X1d", "unknown", id="T2-X1d the only sample before is of before the HSCT"),
    pytest.param(entered("2025-09-10"), "X1d", "unknown", id="T2-I3 a sample of the day of the HSCT"),
    pytest.param(entered("2025-09-11"), "X1d", "pass", id="T2-I3 a sample of the day after the HSCT"),
    pytest.param(entered("2026-01-31"), "X1d", "pass", id="T2-X1d a sample of day 0"),
    pytest.param(
        entered("2026-01-15").having(procedure("second", concept(CPT, "38240"), "2026-05-04")),
        "X1d",
        "pass",
        id="T2-X1d a transplant after day 0 does not move the entry",
    ),
    pytest.param(crossing(CONTROL, 0.3, 2, mrd(measured(0.02), "2026-03-30")), "X1d", "unknown", id="B6.5 recurrence"),
    pytest.param(crossing().without("mrd-2026-01-15"), "X1d", "unknown", id="T2-X1d no MRD at entry"),
    pytest.param(crossing().having(mrd(measured(0.05), "2026-01-15")), "X1d", "fail", id="T2-X1d 0.05 % at entry"),
    pytest.param(
        crossing(CONTROL, 0.25, 2, mrd(measured(0.05), "2026-05-05")),
        "X1c",
        "fail",
        id="section 0: three days apart the newest wins",
    ),
    pytest.param(
        crossing(CONTROL, 0.25, 2, mrd(measured(0.05), DAY_91, "again")),
        "X1c",
        "unknown",
        id="section 0: both sides of the limit on one day",
    ),
    pytest.param(crossing(CAR_T).without("answers"), "X3", "pass", id="T2-X3 nothing to check on the way to DLI"),
    pytest.param(crossing().without("answers"), "X3", "unknown", id="T2-X3 organ function not checked again"),
    pytest.param(crossing().having(answered("answers", "2026-05-03", I5="N")), "X3", "fail", id="T2-X3 not adequate"),
    pytest.param(
        crossing().having(condition("pneumonia", icd("J18.9"), onsetDateTime="2026-05-01")),
        "X3",
        "fail",
        id="T2-X3 a new infection",
    ),
]


@pytest.mark.parametrize(("chart", "criterion", "expected"), OUTCOMES)
def test_criterion(chart: Chart, criterion: str, expected: str) -> None:
    assert outcome(chart, criterion) == expected


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (WINDOW[0], "pass"),
        (WINDOW[1], "pass"),
        ("2026-04-15", "unknown"),
        ("2026-05-15", "unknown"),
    ],
)
def test_the_window_is_inclusive_and_clamped_at_the_end_of_the_month(on: str, expected: str) -> None:
    """T2-X1: day 0 on 31 January gives 16 April to 14 May."""
    chart = crossing().without(f"mrd-{DAY_91}").having(mrd(measured(0.25), on))

    assert outcome(chart, "X1c", "2026-05-20") == expected
    assert follow_up(chart)["crossover_window"] == {"opens": WINDOW[0], "target": "2026-04-30", "closes": WINDOW[1]}


def test_a_result_of_day_130_is_outside() -> None:
    """T2-X1.5"""
    found = next(c for c in question(late(), "2026-06-12")["criteria"] if c["id"] == "X1c")

    assert (found["outcome"], found["reason"]) == ("unknown", "stale")


def woman(*more: Resource, **changes: Any) -> Chart:
    return crossing(CONTROL, 0.25, 2, *more).changed("1", gender="female", birthDate="1998-02-01", **changes)


def hcg(on: str) -> Resource:
    return observation("hcg", loinc("2106-3"), on, valueCodeableConcept={"text": "Negative"})


def test_an_old_pregnancy_test_is_not_enough() -> None:
    """T2-X3.1"""
    assert outcome(woman(hcg("2026-02-05")), "X3") == "unknown"


def test_a_new_pregnancy_test_is() -> None:
    """T2-X3.3"""
    assert outcome(woman(hcg("2026-05-04")), "X3") == "pass"


def test_new_grade_three_gvhd_after_dli_stops_the_way_to_car_t() -> None:
    """T2-X3.2"""
    gvhd = condition("agvhd", icd("D89.810"), onsetDateTime="2026-04-20", stage=[{"summary": {"text": "grade III"}}])

    assert outcome(crossing().having(gvhd), "X3") == "fail"


def test_the_assigned_arm_is_never_overwritten() -> None:
    """T2-X2.1"""
    arm = follow_up(crossing(CAR_T, actual=CONTROL))["arm"]

    assert arm == {"assigned": CAR_T, "actual": CONTROL}


def test_without_an_actual_arm_nobody_has_crossed() -> None:
    """T2-X2.3"""
    assert follow_up(crossing(CAR_T))["arm"] == {"assigned": CAR_T, "actual": CAR_T}


def test_the_arm_is_read_after_trimming() -> None:
    """T2-A1.1"""
    assert outcome(crossing("CAR-T "), "X1a") == "pass"


def test_a_relapse_and_a_refused_consent_are_both_named() -> None:
    failed = {
        c["id"]
        for c in question(crossing(CONTROL, 0.25, 8).having(consent("rejected")))["criteria"]
        if c["outcome"] == "fail"
    }

    assert failed == {"X1e", "X1f"}


def test_what_could_not_be_fetched_is_never_a_no() -> None:
    """B5.1"""
    chart = crossing()
    bundle = chart.bundle().replace(
        b'"type":"collection"', b'"type":"searchset","link":[{"relation":"next","url":"x"}]'
    )
    from tests.criteria.rows import assessor

    found = trial_in(assessor().assess_bundle(bundle, as_of=AS_OF).as_json())
    [cross] = [q for q in found["questions"] if q["question"] == "cross_over"]

    assert "fail" not in {c["outcome"] for c in cross["criteria"]}
    assert cross["standing"] == "indeterminate"


def test_enrolment_is_answered_beside_it() -> None:
    """B3: both questions stand in every assessment."""
    assert [q["question"] for q in trial_in(assess(crossing(), AS_OF))["questions"]] == ["enrol", "cross_over"]
