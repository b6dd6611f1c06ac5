"""T2-P1, T2-Q1 to T2-Q9: endpoints of one subject."""

from __future__ import annotations

from typing import Any

import pytest

from cds.assess import Assessor
from tests.criteria.rows import configured, trial_in
from tests.fhir import (
    RXNORM,
    Chart,
    Resource,
    amount,
    concept,
    condition,
    given,
    icd,
    local,
    loinc,
    measured,
    observation,
    snomed,
)
from tests.follow_up.crossing import CAR_T, CONTROL, DAY_91, crossing, endpoint, follow_up, mrd

NOT_DETECTED: Resource = {"valueCodeableConcept": {"text": "Not detected"}}


def with_lod(value: Resource, lod: float) -> Resource:
    return value | {"component": [{"code": local("lod"), "valueQuantity": amount(lod)}]}


def at_3_months(value: Resource) -> Chart:
    return crossing().without(f"mrd-{DAY_91}").having(mrd(value, DAY_91))


PRIMARY = [
    pytest.param(at_3_months(with_lod(NOT_DETECTED, 0.005)), "negative", id="T2-P1.1 not detected, limit 0.005 %"),
    pytest.param(at_3_months(measured(0.05)), "low_positive", id="T2-P1.2 0.05 %"),
    pytest.param(at_3_months(with_lod(NOT_DETECTED, 0.1)), "missing", id="T2-P1.3 not detected, limit 0.1 %"),
    pytest.param(at_3_months(measured(0.1)), "positive", id="T2-P1 0.1 %"),
    pytest.param(at_3_months(measured(0.0999)), "low_positive", id="T2-P1 0.0999 %"),
    pytest.param(at_3_months(measured(0.01)), "low_positive", id="T2-P1 0.01 %"),
    pytest.param(at_3_months(with_lod(measured(0.0099), 0.005)), "negative", id="T2-P1 0.0099 % with a limit"),
    pytest.param(at_3_months(measured(0.0099)), "missing", id="T2-P1 0.0099 % without a limit"),
    pytest.param(crossing().without(f"mrd-{DAY_91}"), "missing", id="T2-P1 no result"),
]


@pytest.mark.parametrize(("chart", "state"), PRIMARY)
def test_primary(chart: Chart, state: str) -> None:
    assert endpoint(chart, "P1")["state"] == state


def test_a_crossover_before_the_window_is_a_deviation() -> None:
    """T2-P1.4: day 75"""
    chart = crossing(CONTROL, 0.25, 2, actual=CAR_T)
    chart = chart.having({**_infusion("2026-04-10")})

    assert ("X1", "violation") in {(d["id"], d["state"]) for d in follow_up(chart)["deviations"]}


def _infusion(on: str) -> Resource:
    return {
        "resourceType": "Procedure",
        "id": "infusion",
        "status": "completed",
        "code": local("cart-infusion"),
        "subject": {"reference": "Patient/1"},
        "performedDateTime": on,
    }


M6, M12 = "2026-07-30", "2027-01-30"
LOW = crossing().without(f"mrd-{DAY_91}").having(mrd(with_lod(NOT_DETECTED, 0.005), DAY_91))


def test_positive_at_twelve_months_is_positive_in_both_readings() -> None:
    """T2-Q1.1"""
    chart = LOW.having(mrd(measured(0.2), M12))

    assert (endpoint(chart, "Q1a")["state"], endpoint(chart, "Q1b")["state"]) == ("positive", "positive")


def test_positive_at_six_and_negative_at_twelve_months() -> None:
    """T2-Q1.2"""
    chart = LOW.having(mrd(measured(0.2), M6), mrd(with_lod(NOT_DETECTED, 0.005), M12))

    assert (endpoint(chart, "Q1a")["state"], endpoint(chart, "Q1b")["state"]) == ("negative", "positive")


def test_death_before_twelve_months_cannot_be_evaluated() -> None:
    """T2-Q1.3"""
    assert endpoint(LOW.changed("1", deceasedDateTime="2026-09-28"), "Q1a")["state"] == "not_evaluable"


def marrow(percent: float, on: str) -> Resource:
    return observation(f"blasts-{on}", loinc("11150-0"), on, **measured(percent))


RELAPSE = [
    pytest.param(LOW.having(marrow(5, "2026-08-19")), "event", "2026-08-19", id="T2-Q2.1 marrow 5 % on day 200"),
    pytest.param(LOW.having(mrd(measured(2), M6), marrow(1, M6)), "censored", None, id="T2-Q2.2 MRD alone"),
    pytest.param(
        LOW.having(observation("csf", loinc("26447-3"), "2026-08-19", **measured(3)), marrow(1, "2026-08-19")),
        "event",
        "2026-08-19",
        id="T2-Q2.3 blasts in the CSF, clear marrow",
    ),
    pytest.param(LOW.having(marrow(4.9, "2026-08-19")), "censored", None, id="T2-Q2 marrow 4.9 %"),
]


@pytest.mark.parametrize(("chart", "state", "day"), RELAPSE)
def test_relapse(chart: Chart, state: str, day: str | None) -> None:
    found = endpoint(chart, "Q2")

    assert found["state"] == state
    assert day is None or found["date"] == day


def test_death_is_an_event_of_overall_survival() -> None:
    """T2-Q3.1: randomised on 20 January, died on 27 November"""
    found = endpoint(LOW.changed("1", deceasedDateTime="2026-11-27"), "Q3")

    assert (found["state"], found["days"]) == ("event", 311)


def test_death_without_a_date_stays_open() -> None:
    """T2-Q3.2"""
    assert endpoint(LOW.changed("1", deceasedBoolean=True), "Q3")["state"] == "unknown"


def test_alive_is_censored_at_the_last_contact() -> None:
    """T2-Q3.3, T2-S2.3, T2-Q9.2"""
    found = endpoint(LOW.having(mrd(with_lod(NOT_DETECTED, 0.005), M6)), "Q3")

    assert (found["state"], found["date"]) == ("censored", M6)


DISEASE_FREE = [
    pytest.param(
        LOW.having(marrow(40, "2026-06-30")).changed("1", deceasedDateTime="2026-08-19"),
        "2026-06-30",
        id="T2-Q4.1 relapse, then death",
    ),
    pytest.param(LOW.changed("1", deceasedDateTime="2026-05-05"), "2026-05-05", id="T2-Q4.2 death in remission"),
]


@pytest.mark.parametrize(("chart", "day"), DISEASE_FREE)
def test_the_first_of_relapse_and_death(chart: Chart, day: str) -> None:
    found = endpoint(chart, "Q4")

    assert (found["state"], found["date"]) == ("event", day)


def test_mrd_alone_is_no_event_of_disease_free_survival() -> None:
    """T2-Q4.3"""
    assert endpoint(LOW.having(mrd(measured(0.4), M6)), "Q4")["state"] == "censored"


def gvhd(code: str, on: str, **elements: Any) -> Resource:
    return condition(f"gvhd-{on}", icd(code), onsetDateTime=on, **elements)


def graded(grade: str, on: str = "2026-03-12") -> Resource:
    return gvhd("D89.810", on, stage=[{"summary": {"text": f"grade {grade}"}}])


GRADES = [
    pytest.param(graded("II"), "Q5", "event", id="T2-Q5.1 grade II"),
    pytest.param(graded("I"), "Q5", "censored", id="T2-Q5.2 grade I"),
    pytest.param(gvhd("D89.810", "2026-03-12"), "Q5", "unknown", id="T2-Q5.3 no grade"),
    pytest.param(graded("II"), "Q7", "censored", id="T2-Q7.1 grade II is no event of GRFS"),
    pytest.param(graded("III", "2026-03-02"), "Q7", "event", id="T2-Q7.2 grade III"),
    pytest.param(gvhd("D89.811", "2026-06-02", severity=snomed("6736007")), "Q6", "event", id="T2-Q6.1 NIH moderate"),
    pytest.param(gvhd("D89.811", "2026-06-02", severity=snomed("255604002")), "Q6", "censored", id="T2-Q6.2 NIH mild"),
    pytest.param(
        gvhd("D89.811", "2026-06-02", stage=[{"summary": {"text": "extensive"}}]),
        "Q6",
        "unknown",
        id="T2-Q6.3 extensive",
    ),
]


@pytest.mark.parametrize(("resource", "name", "state"), GRADES)
def test_gvhd(resource: Resource, name: str, state: str) -> None:
    assert endpoint(LOW.having(resource), name)["state"] == state


def test_gvhd_that_was_there_at_day_zero_is_not_new() -> None:
    """T2-Q5 boundaries"""
    assert endpoint(LOW.having(graded("II", "2026-01-10")), "Q5")["state"] == "censored"


def test_gvhd_that_got_worse_is_new() -> None:
    """T2-Q5 boundaries"""
    worse = observation("worse", local("agvhd-grade"), "2026-03-12", valueCodeableConcept={"text": "III"})

    assert endpoint(LOW.having(graded("II", "2026-01-10"), worse), "Q5")["state"] == "event"


def test_mild_chronic_gvhd_under_prednisone_counts_only_in_the_classic_reading() -> None:
    """T2-Q7.3"""
    mild = gvhd("D89.811", "2026-06-02", severity=snomed("255604002"))
    prednisone = given("prednisone", concept(RXNORM, "8640"), "2026-06-10", snomed("26643006"))
    chart = LOW.having(mild, prednisone)

    assert (endpoint(chart, "Q7")["state"], endpoint(chart, "Q7-modified")["state"]) == ("event", "censored")


def count(name: str, code: str, value: float, unit: str, on: str) -> Resource:
    return observation(name, loinc(code), on, **measured(value, unit))


def counts(code: str, value: float, unit: str) -> Chart:
    """Two low counts five days apart, then a normal one."""
    normal = {"777-3": 150, "718-7": 120}.get(code, 3000 if unit == "/uL" else 3)
    return LOW.having(
        count("c1", code, value, unit, "2026-02-05"),
        count("c2", code, value, unit, "2026-02-10"),
        count("c3", code, normal, unit, "2026-02-20"),
    )


def version(folder: Any, ctcae: str) -> Assessor:
    return configured(folder, site={"version": "1", "settings": {"ctcae_version": ctcae}})


@pytest.mark.parametrize(
    ("code", "value", "unit", "by_5", "by_6"),
    [
        pytest.param("26499-4", 0.7, "10*9/L", 6, 0, id="T2-Q8.1 ANC 0.7"),
        pytest.param("26499-4", 700, "/uL", 6, 0, id="units 1 ANC 700 per microlitre"),
        pytest.param("777-3", 20, "10*9/L", 6, 6, id="T2-Q8.2 platelets 20"),
        pytest.param("718-7", 79, "g/L", 6, 6, id="T2-Q8.3 haemoglobin 79"),
    ],
)
def test_toxicity_depends_on_the_version(
    code: str, value: float, unit: str, by_5: int, by_6: int, tmp_path: Any
) -> None:
    chart = counts(code, value, unit)

    def days(service: Assessor) -> int:
        found = trial_in(service.assess_bundle(chart.bundle(), as_of="2027-02-20").as_json())["follow_up"]
        [q8] = [e for e in found["endpoints"] if e["id"] == "Q8"]
        return int(q8.get("days", 0))

    assert days(version(tmp_path, "5")) == by_5
    assert days(version(tmp_path, "6")) == by_6


def test_one_count_tells_no_duration() -> None:
    """T2-Q8"""
    assert endpoint(LOW.having(count("c1", "26499-4", 0.2, "10*9/L", "2026-02-05")), "Q8")["state"] == "unknown"


def test_an_event_on_the_first_day_counts_half_a_day() -> None:
    """T2-Q9.1"""
    assert endpoint(LOW.changed("1", deceasedDateTime="2026-01-20"), "Q3")["days"] == 0.5


def test_a_crossover_is_no_event() -> None:
    """T2-Q9.3"""
    assert endpoint(crossing(CAR_T, 0.25, 2, actual=CONTROL), "Q4")["state"] == "censored"
