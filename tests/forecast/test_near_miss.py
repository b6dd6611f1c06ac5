"""Near misses: the fewest facts that keep a patient out, how far from their limits, and where they come from."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import assess
from tests.fhir import (
    TRIAL,
    Chart,
    amount,
    answered,
    base_chart,
    condition,
    icd,
    loinc,
    measured,
    mrd,
    observation,
    specimen,
)
from tests.forecast.days import question_in
from tests.forecast.test_last_days import born, hcg, woman
from tests.multi_car_t import TRIAL as MULTI
from tests.multi_car_t import candidate

BASE, MANY = base_chart(), candidate()
POSITIVE = {"valueCodeableConcept": {"text": "Positive"}}
RANGE = [{"high": amount(40, "U/L")}]


def alt(value: float, on: str = "2026-05-28", name: str = "alt", **elements: Any) -> dict[str, Any]:
    return observation(name, loinc("1742-6"), on, **measured(value, "U/L"), referenceRange=RANGE, **elements)


def missed(chart: Chart, trial: str = MULTI) -> dict[str, Any]:
    return dict(question_in(assess(chart), trial=trial)["near_miss"])


def misses(chart: Chart, trial: str = MULTI) -> bool:
    return "near_miss" in question_in(assess(chart), trial=trial)


def test_a_value_above_its_limit_with_the_one_before() -> None:
    chart = MANY.having(alt(128), alt(164, "2026-05-02", "before"), alt(400, "2026-03-01", "earlier"))

    assert missed(chart) == {
        "criteria": ["I5d"],
        "facts": [
            {
                "fact": "alt_xuln",
                "label": "ALT",
                "value": 3.2,
                "comparison": "<=",
                "limit": 3,
                "distance": 0.2,
                "trend": "falling",
                "previous": {"value": 4.1, "date": "2026-05-02"},
                "because": "ALT 3.2 x ULN (128 U/L, limit of normal 40 U/L, 2026-05-28), limit 3, "
                "falling (4.1 on 2026-05-02)",
            }
        ],
    }


TRENDS = [
    pytest.param(alt(120, "2026-05-02", "before"), "rising", id="it was lower"),
    pytest.param(alt(128, "2026-05-02", "before"), "steady", id="it was the same"),
    pytest.param(alt(164, "2026-05-28T10:00:00Z", "before"), None, id="two results of one day are read together"),
    pytest.param(alt(164, "2026-05-02", "before", status="preliminary"), None, id="a preliminary one does not count"),
    pytest.param(
        observation("before", loinc("1742-6"), "2026-05-02", **measured(164, "U/L")), None, id="without a range"
    ),
    pytest.param(alt(164, "", "before") | {"effectiveDateTime": None}, None, id="without a date"),
    pytest.param(
        observation("before", loinc("1742-6"), "2026-05-02", **measured(80, "U/L", ">"), referenceRange=RANGE),
        None,
        id="only known to be above something",
    ),
    pytest.param(alt(164, "2026-07-02", "before"), None, id="dated in the future"),
]


@pytest.mark.parametrize(("before", "trend"), TRENDS)
def test_a_trend_needs_two_dated_comparable_values(before: dict[str, Any], trend: str | None) -> None:
    latest = alt(128, "2026-05-28T12:00:00Z") if "T" in (before.get("effectiveDateTime") or "") else alt(128)
    kept = {element: value for element, value in before.items() if value is not None}
    [fact] = missed(MANY.having(latest, kept))["facts"]

    assert fact.get("trend") == trend
    assert ("previous" in fact) is (trend is not None)


def test_blood_is_no_earlier_value_of_marrow() -> None:
    """MRD of the blood a month ago says nothing of where MRD of the marrow goes."""
    blood = mrd(measured(0.5), "2026-04-20", specimen={"reference": "Specimen/tube"}) | {"id": "earlier"}
    [fact] = missed(BASE.having(specimen("tube", "119297000"), blood, mrd(measured(0.04))), TRIAL)["facts"]

    assert fact["because"] == "Flow MRD 0.04 % (2026-05-20), limit 0.1"


def test_an_earlier_marrow_is() -> None:
    earlier = mrd(measured(0.02), "2026-04-20") | {"id": "earlier"}
    [fact] = missed(BASE.having(earlier, mrd(measured(0.04))), TRIAL)["facts"]

    assert (fact["trend"], fact["previous"]) == ("rising", {"value": 0.02, "date": "2026-04-20"})


def test_a_value_on_a_limit_that_must_be_passed() -> None:
    [fact] = missed(MANY.changed("karnofsky", valueInteger=80))["facts"]

    assert (fact["comparison"], fact["limit"], fact["distance"]) == (">", 80, 0)
    assert fact["because"] == "Karnofsky performance status 80 (2026-05-28), limit above 80"


def test_a_value_is_never_rounded_onto_its_limit() -> None:
    [fact] = missed(MANY.having(alt(120.01)))["facts"]

    assert (fact["value"], fact["distance"]) == (3.0002, 0.0002)


def test_a_value_that_is_only_known_to_be_beyond_has_no_distance() -> None:
    above = observation("alt", loinc("1742-6"), "2026-05-28", **measured(400, "U/L", ">"), referenceRange=RANGE)
    [fact] = missed(MANY.having(above))["facts"]

    assert not {"value", "distance", "trend"} & fact.keys()
    assert fact["because"] == "ALT >400 U/L, limit of normal 40 U/L (2026-05-28), limit 3"


def test_a_state_is_named_with_what_it_would_have_to_be() -> None:
    chart = BASE.having(condition("infection", icd("J18.9"), onsetDateTime="2026-05-28"))
    [fact] = missed(chart, TRIAL)["facts"]

    assert (fact["fact"], fact["value"], fact["limit"]) == ("active_infection", "present", "absent")
    assert fact["because"].endswith("; the protocol asks for: absent")


def test_all_that_fails_is_in_it_in_the_order_of_the_pack() -> None:
    chart = MANY.having(alt(128)).changed("lvef", **measured(48)).changed("haemoglobin", **measured(7.5, "g/dL"))
    found = missed(chart)

    assert found["criteria"] == ["I5a", "I5d", "I6"]
    assert [fact["fact"] for fact in found["facts"]] == ["lvef_pct", "alt_xuln", "hemoglobin_g_l"]


def test_a_fact_that_fails_two_criteria_is_named_once() -> None:
    chart = MANY.having(condition("infection", icd("J18.9"), onsetDateTime="2026-05-28"))
    found = missed(chart)

    assert found["criteria"] == ["E1", "E2"]
    assert {fact["fact"] for fact in found["facts"]} == {"uncontrolled_infection"}
    assert len(found["facts"]) == 1


def test_a_child_that_is_nearly_three() -> None:
    [fact] = missed(born("2023-09-10"), TRIAL)["facts"]

    assert (fact["fact"], fact["value"], fact["limit"]) == ("age_years", 2, 3)


BEYOND_HELP = [
    pytest.param(born("1940-01-01"), TRIAL, id="an age above the limit"),
    pytest.param(BASE.having(condition("epilepsy", icd("G40.909"))), TRIAL, id="a history"),
    pytest.param(BASE.without("hsct"), TRIAL, id="no transplant"),
    pytest.param(BASE.having(condition("hiv", icd("B20"))), TRIAL, id="a chronic infection"),
    pytest.param(BASE.having(answered("a", "2026-05-28", I5="N")), TRIAL, id="a clinician's answer"),
    pytest.param(woman("1990-01-01", hcg("2026-05-30") | POSITIVE), TRIAL, id="a pregnancy"),
    pytest.param(
        MANY.having(alt(128), condition("hiv", icd("B20"))), MULTI, id="one that can be mended, and one that cannot"
    ),
]


@pytest.mark.parametrize(("chart", "trial"), BEYOND_HELP)
def test_what_cannot_change_is_no_near_miss(chart: Chart, trial: str) -> None:
    assert question_in(assess(chart), trial=trial)["standing"] == "ineligible"
    assert not misses(chart, trial)


def test_who_fits_or_may_fit_has_none() -> None:
    assert not misses(MANY)
    assert not misses(MANY.without("alt"))
