"""T2-Q1 to T2-Q8: what is not certain is open, and nothing that may be an event is called censored."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import configured, trial_in
from tests.fhir import Chart, Resource, condition, icd, local, loinc, measured, observation
from tests.follow_up.crossing import endpoint, mrd
from tests.follow_up.test_nct07441291_endpoints import LOW, M6, M12, NOT_DETECTED, with_lod

DAY_200 = "2026-08-19"
NEGATIVE = with_lod(NOT_DETECTED, 0.005)


def marrow(on: str | None = DAY_200, value: Resource | None = None, **elements: Any) -> Resource:
    return observation("blasts-more", loinc("11150-0"), on, **(value or measured(30)), **elements)


def relapse(on: str | None = None, **elements: Any) -> Resource:
    onset = {"onsetDateTime": on} if on else {}
    return condition("relapse", icd("C91.02"), **onset, **elements)


def blasts(code: str, value: Resource, on: str = DAY_200) -> Resource:
    return observation("count", loinc(code), on, **value)


RELAPSES = [
    pytest.param(marrow(value=measured(3, comparator=">")), "unknown", id="T2-Q2 marrow above 3 %"),
    pytest.param(marrow(value=measured(10, comparator="<")), "unknown", id="T2-Q2 marrow below 10 %"),
    pytest.param(marrow(value=measured(5, comparator="<")), "censored", id="T2-Q2 marrow below 5 %"),
    pytest.param(marrow(value={"valueQuantity": {"value": 30}}), "unknown", id="T2-Q2 marrow without a unit"),
    pytest.param(marrow(status="preliminary"), "unknown", id="B5.1 only a preliminary marrow"),
    pytest.param(marrow(None), "unknown", id="section 0 marrow without a date"),
    pytest.param(marrow("2026"), "unknown", id="section 0 marrow dated by its year"),
    pytest.param(marrow("2026-01-31"), "censored", id="T2-Q2 marrow of day 0 is not after it"),
    pytest.param(relapse(), "unknown", id="T2-I4 a relapse diagnosis without a date"),
    pytest.param(relapse("2026"), "unknown", id="section 0 a relapse dated by its year"),
    pytest.param(relapse("2026-08"), "unknown", id="T2-Q2 a relapse of an unknown day of August"),
    pytest.param(relapse("2025-08"), "censored", id="T2-I4 a relapse before day 0 is history"),
    pytest.param(relapse(DAY_200, verified="provisional"), "unknown", id="section 0 a relapse not confirmed"),
    pytest.param(relapse(DAY_200), "event", id="T2-Q2 a relapse diagnosis"),
    pytest.param(blasts("26447-3", measured(12, "/uL")), "event", id="T2-Q2.3 CSF blasts counted in cells"),
    pytest.param(blasts("26447-3", measured(0, "/uL")), "censored", id="T2-Q2 no blasts in the CSF"),
    pytest.param(blasts("26446-5", measured(30)), "unknown", id="T2-I4 blasts in the blood, not confirmed"),
    pytest.param(blasts("26446-5", measured(0)), "censored", id="T2-Q2 no blasts in the blood"),
]


@pytest.mark.parametrize(("resource", "state"), RELAPSES)
def test_relapse(resource: Resource, state: str) -> None:
    assert endpoint(LOW.having(resource), "Q2")["state"] == state


def test_what_leaves_relapse_open_leaves_disease_free_survival_open() -> None:
    """T2-Q4"""
    chart = LOW.having(relapse("2026-08"))

    assert {name: endpoint(chart, name)["state"] for name in ("Q3", "Q4", "Q7")} == {
        "Q3": "censored",
        "Q4": "unknown",
        "Q7": "unknown",
    }


def test_an_uncertain_day_before_a_certain_one_leaves_the_first_open() -> None:
    """T2-Q4.1 with a relapse of an unknown day in June and death in August"""
    chart = LOW.having(relapse("2026-06")).changed("1", deceasedDateTime="2026-08-19")

    assert (endpoint(chart, "Q4")["state"], endpoint(chart, "Q3")["state"]) == ("unknown", "event")


def test_a_relapse_after_the_last_visit_is_outside_the_year() -> None:
    """T2-Q2: day 0 to 12 months; T2-Q4 has no such end."""
    chart = LOW.having(marrow("2027-04-01"))

    assert endpoint(chart, "Q2", "2027-05-01")["state"] == "censored"
    assert endpoint(chart, "Q4", "2027-05-01")["date"] == "2027-04-01"


@pytest.mark.parametrize("died", ["2026-05", "2026"])
def test_a_death_of_an_unknown_day_is_no_dated_event(died: str) -> None:
    """T2-Q3.2: interval-censored."""
    assert endpoint(LOW.changed("1", deceasedDateTime=died), "Q3", "2027-02-20")["state"] == "unknown"


CUMULATIVE = [
    pytest.param(LOW, "2026-05-20", "censored", id="T2-Q1 the year is not over"),
    pytest.param(LOW, "2027-02-20", "censored", id="T2-Q1 no sample at twelve months"),
    pytest.param(LOW.having(mrd(NEGATIVE, M12)), "2027-02-20", "negative", id="T2-Q1 negative up to twelve months"),
    pytest.param(LOW.having(mrd(measured(0.05), M12)), "2027-02-20", "negative", id="T2-Q1 below 0.1 % throughout"),
    pytest.param(LOW.having(mrd(NOT_DETECTED, M6), mrd(NEGATIVE, M12)), "2027-02-20", "missing", id="units 3 no limit"),
    pytest.param(LOW.having(mrd(measured(0.2), "2027-04-01")), "2027-05-01", "censored", id="T2-Q1 positive too late"),
    pytest.param(LOW.changed("1", deceasedDateTime="2026-09-28"), "2027-02-20", "not_evaluable", id="T2-Q1.3"),
    pytest.param(LOW.having(marrow()), "2027-02-20", "positive", id="T2-Q1 a relapse counts as positive"),
    pytest.param(LOW.having(mrd(measured(0.1), M6)), "2027-02-20", "positive", id="T2-Q1 exactly 0.1 %"),
]


@pytest.mark.parametrize(("chart", "as_of", "state"), CUMULATIVE)
def test_positive_by_twelve_months(chart: Chart, as_of: str, state: str) -> None:
    assert endpoint(chart, "Q1b", as_of)["state"] == state


AT_TWELVE = [
    pytest.param(with_lod(NOT_DETECTED, 0.05), "not_positive", id="units 3 a limit of 0.05 % excludes 0.1 %"),
    pytest.param(with_lod(NOT_DETECTED, 0.2), "missing", id="units 3 a limit of 0.2 % does not"),
    pytest.param(measured(0.05), "low_positive", id="T2-Q1 0.05 %"),
    pytest.param(measured(0.1), "positive", id="T2-Q1 exactly 0.1 %"),
]


@pytest.mark.parametrize(("value", "state"), AT_TWELVE)
def test_positive_at_twelve_months(value: Resource, state: str) -> None:
    assert endpoint(LOW.having(mrd(value, M12)), "Q1a")["state"] == state


def test_a_site_may_leave_relapses_out_of_mrd_positivity(tmp_path: Any) -> None:
    """T2-Q1: configurable."""
    service = configured(tmp_path, site={"version": "1", "settings": {"relapse_counts_as_mrd_positive": False}})
    chart = LOW.having(marrow())
    found = trial_in(service.assess_bundle(chart.bundle(), as_of="2027-02-20").as_json())["follow_up"]

    assert {e["id"]: e["state"] for e in found["endpoints"] if e["id"] in ("Q1a", "Q1b")} == {
        "Q1a": "missing",
        "Q1b": "censored",
    }


def gvhd(code: str, on: str | None, name: str = "gvhd", grade: str | None = None, **elements: Any) -> Resource:
    stage = {"stage": [{"summary": {"text": f"grade {grade}"}}]} if grade else {}
    onset = {"onsetDateTime": on} if on else {}
    return condition(name, icd(code), **onset, **stage, **elements)


ACUTE, UNSPECIFIED, CHRONIC = "D89.810", "D89.813", "D89.811"
GRAFT = [
    pytest.param([gvhd(ACUTE, None, grade="III")], "Q5", "unknown", id="section 0 no date"),
    pytest.param([gvhd(ACUTE, "2026", grade="III")], "Q5", "unknown", id="section 0 a year"),
    pytest.param(
        [gvhd(ACUTE, "2026-03-12", grade="III", verified="provisional")], "Q5", "unknown", id="section 0 not confirmed"
    ),
    pytest.param([gvhd(UNSPECIFIED, "2026-03-12")], "Q5", "unknown", id="T2-E2 neither acute nor chronic"),
    pytest.param([gvhd(UNSPECIFIED, "2026-03-12")], "Q6", "unknown", id="T2-E2 neither acute nor chronic: Q6"),
    pytest.param([gvhd(UNSPECIFIED, "2026-01-12")], "Q6", "censored", id="T2-Q6 unspecified, before day 0"),
    pytest.param([gvhd(CHRONIC, None)], "Q6", "unknown", id="section 0 chronic without a date"),
    pytest.param(
        [gvhd(ACUTE, "2025-10-12", "old", "III", clinical="resolved", abatementDateTime="2025-12-01"),
         gvhd(ACUTE, "2026-03-12", grade="II")],
        "Q5", "event", id="T2-Q5 what had ended before day 0 is no baseline",
    ),
    pytest.param(
        [gvhd(ACUTE, "2025-10-12", "old", "III"), gvhd(ACUTE, "2026-03-12", grade="III")],
        "Q5", "censored", id="T2-Q5 the same grade as at day 0 is not worse",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("resources", "name", "state"), GRAFT)
def test_graft_disease(resources: list[Resource], name: str, state: str) -> None:
    assert endpoint(LOW.having(*resources), name)["state"] == state


def test_the_latest_grade_before_day_zero_is_the_baseline() -> None:
    """T2-Q5: present at day 0."""

    def grade(name: str, value: str, on: str) -> Resource:
        return observation(name, local("agvhd-grade"), on, valueCodeableConcept={"text": value})

    chart = LOW.having(
        grade("g1", "III", "2025-11-01"), grade("g2", "I", "2026-01-20"), grade("g3", "II", "2026-03-12")
    )

    assert endpoint(chart, "Q5")["state"] == "event"


def count(name: str, code: str, value: float, on: str) -> Resource:
    return observation(name, loinc(code), on, **measured(value, "10*9/L"))


def test_two_analytes_counted_once_each_tell_no_duration() -> None:
    """T2-Q8: at least two values."""
    high = LOW.having(count("c1", "26499-4", 3, "2026-02-05"), count("c2", "777-3", 150, "2026-02-06"))
    low = LOW.having(
        count("c1", "26499-4", 0.2, "2026-02-05"),
        count("c2", "777-3", 150, "2026-02-06"),
        count("c3", "777-3", 160, "2026-02-09"),
    )

    assert [endpoint(chart, "Q8")["state"] for chart in (high, low)] == ["unknown", "unknown"]
