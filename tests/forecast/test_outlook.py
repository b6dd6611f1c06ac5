"""The standing's forecast: every date is held against what an assessment on that day says."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from cds.forecast import forecast
from rules.errors import EngineFault
from tests.criteria.rows import assess, assessor, configured
from tests.criteria.test_nct05262673_glucocorticoid import dose
from tests.criteria.test_nct05262673_uncontrolled_infection import ended
from tests.criteria.test_nct05262673_written_consent import consent, consented, holding
from tests.fhir import (
    AS_OF,
    TRIAL,
    Chart,
    answered,
    atc,
    base_chart,
    condition,
    icd,
    loinc,
    measured,
    observation,
    order,
)
from tests.forecast.days import after, forecasted, outcome_on, question_in
from tests.forecast.test_last_days import born, lists, woman
from tests.multi_car_t import TRIAL as MULTI
from tests.multi_car_t import candidate

BASE, MANY = base_chart(), candidate()


def standing_on(chart: Chart, day: str, trial: str) -> str:
    return str(question_in(assess(chart, day), trial=trial)["standing"])


def opening(question: dict[str, Any]) -> dict[str, str]:
    return {c["id"]: c["opens"] for c in question["criteria"] if "opens" in c}


FORECASTS = [
    pytest.param(
        BASE,
        TRIAL,
        "2026-06-06",
        "indeterminate",
        "E1: Active infection must be checked again after 2026-06-06",
        id="who could enrol: the medication list ends first",
    ),
    pytest.param(lists("2026-06-01"), TRIAL, "2026-06-08", "indeterminate", None, id="several end on one day"),
    pytest.param(
        MANY,
        MULTI,
        "2026-06-04",
        "indeterminate",
        "I6: Haemoglobin expires 2026-06-04",
        id="who could enrol: a measured value ends first",
    ),
    pytest.param(
        MANY.changed("bilirubin", **measured(2.4, "mg/dL")),
        MULTI,
        "2026-06-11",
        "indeterminate",
        "I5e: Total bilirubin expires 2026-06-11",
        id="who does not fit: until the value is too old to say so",
    ),
    pytest.param(
        born("1946-06-04"),
        TRIAL,
        "2026-06-03",
        "ineligible",
        "I1: Age 80 years, at or above 80 years",
        id="the eightieth birthday",
    ),
    pytest.param(
        lists("2026-06-01", dose("2026-05-29")),
        MULTI,
        "2026-06-05",
        "indeterminate",
        "E5: No systemic glucocorticoid within 7 days in a reconciled medication list",
        id="a steroid is washed out after the haemoglobin has ended",
    ),
    pytest.param(
        lists("2026-06-01", dose("2026-05-27")),
        MULTI,
        "2026-06-03",
        "potentially_eligible",
        None,
        id="a steroid is washed out",
    ),
    pytest.param(
        ended("2026-05-20"), MULTI, "2026-06-03", "potentially_eligible", None, id="an infection ended two weeks ago"
    ),
]


@pytest.mark.parametrize(("chart", "trial", "until", "then", "because"), FORECASTS)
def test_the_standing_changes_on_the_stated_day_to_the_stated_one(
    chart: Chart, trial: str, until: str, then: str, because: str | None
) -> None:
    found = question_in(forecasted(chart), trial=trial)

    assert (found["valid_until"], found["changes_on"], found["changes_to"]) == (until, after(until), then)
    assert because is None or found["changes_because"] == because
    assert standing_on(chart, until, trial) == found["standing"]
    assert standing_on(chart, after(until), trial) == then


OPENINGS = [
    pytest.param(lists("2026-06-01", dose("2026-05-29")), MULTI, {"E5": "2026-06-06"}, id="a washout is over"),
    pytest.param(born("2023-09-10"), TRIAL, {"I1": "2026-09-10"}, id="the third birthday"),
    pytest.param(born("2025-12-10", MANY), MULTI, {"I1": "2026-06-11"}, id="older than six months"),
    pytest.param(ended("2026-05-20"), MULTI, {"E2": "2026-06-04"}, id="an infection is long enough ago"),
    pytest.param(
        consented(holding("2026-06-20", "2026-12-01")), MULTI, {"I8": "2026-06-20"}, id="a consent comes into force"
    ),
    pytest.param(
        consented(consent()).changed("1", birthDate="2008-07-01"),
        MULTI,
        {"I8": "2026-07-01"},
        id="who signed alone comes of age",
    ),
    pytest.param(woman("1970-08-04"), TRIAL, {"I6": "2026-08-04"}, id="too old for a pregnancy test"),
    pytest.param(BASE.changed("ecog", valueInteger=3), TRIAL, {}, id="time mends no performance status"),
    pytest.param(BASE.without("blasts"), TRIAL, {}, id="time brings no result"),
    pytest.param(lists("2026-05-29", dose("2026-05-31")), MULTI, {}, id="a washout that outlasts the medication list"),
]


@pytest.mark.parametrize(("chart", "trial", "expected"), OPENINGS)
def test_a_criterion_opens_on_the_day_on_which_it_is_met(chart: Chart, trial: str, expected: dict[str, str]) -> None:
    found = question_in(forecasted(chart), trial=trial)

    assert opening(found) == expected
    for criterion, day in expected.items():
        eve = str(date.fromisoformat(day) - timedelta(days=1))
        outcomes = [outcome_on(chart, on, criterion, trial) for on in (eve, day)]
        assert outcomes[0] in ("fail", "unknown")
        assert outcomes[1] == "pass"


def test_time_may_close_a_trial_that_is_only_open_today() -> None:
    """A malignancy under endocrine therapy is for a clinician; a year after the last dose it is an active one."""
    cancer = condition("cancer", icd("C50.911"), onsetDateTime="2020-01-01")
    chart = lists("2026-05-30").having(cancer, order("drug", atc("L02BG04"), "2025-06-20", "completed"))
    found = question_in(forecasted(chart))

    assert found["standing"] == "indeterminate"
    assert (found["changes_on"], found["changes_to"]) == ("2026-06-21", "ineligible")
    assert standing_on(chart, "2026-06-20", TRIAL) == "indeterminate"
    assert standing_on(chart, "2026-06-21", TRIAL) == "ineligible"


def test_a_signed_profile_that_expires_changes_the_standing(tmp_path: Path) -> None:
    profile = {
        "id": "organs", "version": "1", "signed_by": "Dr. A", "signed_on": "2026-01-01", "expires_on": "2026-06-03",
        "tests": {"fact": "bilirubin_total_mg_dl", "window": "14 d", "op": "<=", "value": 2},
    }  # fmt: skip
    service = configured(tmp_path, {"version": "1", "organ_function": profile})
    chart = lists("2026-06-01").having(observation("bilirubin", loinc("1975-2"), "2026-05-28", **measured(3, "mg/dL")))
    found = question_in(forecasted(chart, service=service))

    assert (found["standing"], found["changes_on"]) == ("ineligible", "2026-06-04")
    assert question_in(assess(chart, "2026-06-03", service))["standing"] == "ineligible"
    assert question_in(assess(chart, "2026-06-04", service))["standing"] == "potentially_eligible"


def test_a_record_that_is_dated_in_the_future_counts_for_nothing() -> None:
    """An ECOG of next week is a mistake or a plan, never a forecast (B5.1)."""
    chart = BASE.having(observation("ecog", loinc("89247-1"), "2026-06-04", valueInteger=1))

    assert opening(question_in(forecasted(chart))) == {}


def test_nothing_is_forecast_beyond_three_years() -> None:
    """The eightieth birthday of a man of 41 is the criterion's last day, and no plan for his standing."""
    found = question_in(forecasted(BASE.without("blasts")))

    assert found["standing"] == "indeterminate"
    assert not {"valid_until", "changes_on", "changes_to", "changes_because"} & found.keys()


def test_who_does_not_fit_for_good_has_no_forecast() -> None:
    found = question_in(forecasted(BASE.having(condition("epilepsy", icd("G40.909")))))

    assert found["standing"] == "ineligible"
    assert "changes_on" not in found


def test_an_answer_that_expires_leaves_the_standing_as_it_is() -> None:
    """A clinician's criterion that is open again does not make anything indeterminate (B3)."""
    chart = lists("2026-06-01").having(answered("a", "2026-05-05", I5="Y"))
    found = question_in(forecasted(chart))

    assert found["valid_until"] == "2026-06-08"
    assert [c["valid_until"] for c in found["criteria"] if c["id"] == "I5"] == ["2026-06-02"]


def test_an_answer_that_excludes_ends_with_its_last_day() -> None:
    """28 days (`attestation_days`) after "No" the question is open again, and nothing on record stands in the way."""
    found = question_in(forecasted(lists("2026-06-01").having(answered("a", "2026-05-05", I5="N"))))

    assert found["standing"] == "ineligible"
    assert (found["changes_on"], found["changes_to"]) == ("2026-06-03", "potentially_eligible")


def test_without_being_asked_for_no_forecast_is_made() -> None:
    assert not {"valid_until", "changes_on"} & question_in(assess(BASE)).keys()


def test_where_the_engine_fails_on_a_later_day_nothing_is_forecast(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault is no change of the patient's (B5.3)."""
    read, assessment = assessor().read_bundle(BASE.bundle(), as_of=AS_OF)
    engine = assessor().asked(assessment.trials[1].trial, assessment.trials[1].trial.question("enrol"), read).engine
    monkeypatch.setattr(engine, "posed", _fault)

    found = question_in(forecast(assessor(), read, assessment).as_json())

    assert found["standing"] == "potentially_eligible"
    assert not {"valid_until", "changes_on"} & found.keys()


def _fault(*_: object) -> None:
    raise EngineFault("made for this test")


def test_an_engine_that_failed_today_forecasts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the end of the fault would look like a change by time."""
    read, assessment = assessor().read_bundle(BASE.bundle(), as_of=AS_OF)
    trial = assessment.trials[1].trial
    engine = assessor().asked(trial, trial.question("enrol"), read).engine
    with monkeypatch.context() as patched:
        patched.setattr(engine, "posed", _fault)
        failed = assessor().read_bundle(BASE.bundle(), as_of=AS_OF)[1]

    found = question_in(forecast(assessor(), read, failed).as_json())

    assert found["standing"] == "indeterminate"
    assert [criterion["id"] for criterion in found["criteria"] if "opens" in criterion] == []
