"""The candidate of NCT05262673 as a whole, and T1-I5, which is a heading and nothing more."""

from __future__ import annotations

import pytest

from tests.criteria.rows import assess, enrolment_in, outcomes_in
from tests.fhir import Chart, loinc, measured, observation
from tests.multi_car_t import TRIAL, candidate

BASE = candidate()
INCLUSION = ["I0", "I1", "I2", "I3", "I4a", "I4b", "I5a", "I5b", "I5c", "I5d", "I5e", "I6", "I7", "I8"]
EXCLUSION = ["E1", "E2", "E3", "E4", "E5", "E6", "E7"]
ORGANS = {"I5a": "lvef", "I5b": "spo2", "I5c": "creatinine", "I5d": "ast", "I5e": "bilirubin"}
# Each far beyond its limit in the unit of the candidate's own result.
BEYOND = {"I5a": 30.0, "I5b": 80.0, "I5c": 9.0, "I5d": 400.0, "I5e": 9.0}


def spoilt(criterion: str, chart: Chart = BASE) -> Chart:
    [result] = [found for found in chart.resources if found["id"] == ORGANS[criterion]]
    return chart.changed(ORGANS[criterion], valueQuantity=result["valueQuantity"] | {"value": BEYOND[criterion]})


def standing(chart: Chart) -> str:
    return str(enrolment_in(assess(chart), TRIAL)["standing"])


def test_every_criterion_is_reported_once_in_the_protocols_order() -> None:
    """B3 and B6.15: I5 is a heading, so only I5a to I5e are reported."""
    assert list(outcomes_in(assess(BASE), TRIAL)) == INCLUSION + EXCLUSION


def test_the_candidate_stands_in_nobodys_way() -> None:
    outcomes = outcomes_in(assess(BASE), TRIAL)

    assert {name for name in INCLUSION if outcomes[name] != "pass"} == {"I4b", "I7", "I8"}
    assert "fail" not in outcomes.values()


def test_every_answer_carries_the_protocols_words_and_a_because() -> None:
    for found in enrolment_in(assess(BASE), TRIAL)["criteria"]:
        assert found["quote"]
        assert found["because"]


def test_all_five_organs_within_their_limits() -> None:
    """T1-I5.1"""
    assert standing(BASE) == "potentially_eligible"


@pytest.mark.parametrize("criterion", ORGANS)
def test_one_organ_unknown_leaves_the_patient_indeterminate(criterion: str) -> None:
    """T1-I5.2"""
    assert standing(BASE.without(ORGANS[criterion])) == "indeterminate"


@pytest.mark.parametrize("criterion", ORGANS)
def test_one_organ_beyond_its_limit_outweighs_an_unknown_one(criterion: str) -> None:
    """T1-I5.3"""
    other = next(name for name in ORGANS if name != criterion)

    assert standing(spoilt(criterion).without(ORGANS[other])) == "ineligible"


@pytest.mark.parametrize("criterion", ORGANS)
def test_an_organ_changes_no_other_criterion(criterion: str) -> None:
    """B5.2"""
    before, after = outcomes_in(assess(BASE), TRIAL), outcomes_in(assess(spoilt(criterion)), TRIAL)

    assert {name for name, outcome in after.items() if outcome != before[name]} == {criterion}


@pytest.mark.parametrize(
    "counts",
    [
        pytest.param(observation("anc", loinc("751-8"), "2026-05-28", **measured(0.1, "10*9/L")), id="neutrophils"),
        pytest.param(observation("plt", loinc("777-3"), "2026-05-28", **measured(12, "10*9/L")), id="platelets"),
    ],
)
def test_no_threshold_is_invented_for_the_marrow(counts: dict[str, object]) -> None:
    """T1-I5 reading: the heading promises bone marrow, but lists no neutrophil or platelet limit."""
    assert outcomes_in(assess(BASE.having(counts)), TRIAL) == outcomes_in(assess(BASE), TRIAL)


def test_the_order_of_the_resources_does_not_matter() -> None:
    backwards = Chart(tuple(reversed(BASE.resources)))

    assert assess(backwards)["trials"] == assess(BASE)["trials"]
