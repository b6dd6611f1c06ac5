"""B3 and B6.1-2: how criteria add up to a standing (Kleene), and when the question does not apply."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import assess, enrolment_in, outcomes_in, trial_in
from tests.fhir import Chart, base_chart, condition, icd, mrd, observation, snomed

BASE = base_chart()
FAILING_ECOG = BASE.changed("ecog", valueInteger=3)
NO_MARROW = BASE.without("blasts")
OUTSIDER = Chart(
    (
        {"resourceType": "Patient", "id": "1", "gender": "female", "birthDate": "1961-04-04"},
        condition("diabetes", icd("E11.9")),
    )
)


@pytest.mark.parametrize(
    ("chart", "standing"),
    [
        pytest.param(BASE, "potentially_eligible", id="B3 only a clinician's criterion is open"),
        pytest.param(NO_MARROW, "indeterminate", id="B3 one criterion needs data"),
        pytest.param(FAILING_ECOG, "ineligible", id="B3 one criterion fails"),
        pytest.param(FAILING_ECOG.without("blasts"), "ineligible", id="B3 a failure outweighs what is unknown"),
        pytest.param(
            BASE.changed("leukaemia", code=snomed("277575008")), "not_applicable", id="B3 I0a fails: not applicable"
        ),
        pytest.param(
            BASE.changed("leukaemia", code=icd("C91.01")), "indeterminate", id="B6.1 a hint of leukaemia stays open"
        ),
        pytest.param(BASE.without("hsct"), "ineligible", id="B3 I0b fails: ineligible, the disease is there"),
        pytest.param(OUTSIDER, "not_applicable", id="B6.1 no sign of the disease, nothing reconciled"),
    ],
)
def test_standing(chart: Chart, standing: str) -> None:
    assert enrolment_in(assess(chart))["standing"] == standing


HINTS: list[Any] = [
    pytest.param(condition("hint", icd("C91.01")), id="B6.1 ALL without lineage"),
    pytest.param(condition("hint", snomed("93143009")), id="B6.1 leukaemia without a kind"),
    pytest.param(condition("hint", snomed("1187123005")), id="B6.1 mixed phenotype"),
    pytest.param(condition("hint", {"text": "Acute lymphoblastic leukaemia"}), id="B6.1 leukaemia in words"),
    pytest.param(
        condition(
            "hint",
            {"text": "Neoplasm"},
            extension=[
                {
                    "url": "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-histology-morphology-behavior",
                    "valueCodeableConcept": {
                        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/icd-o-3", "code": "9811/3"}]
                    },
                }
            ],
        ),
        id="B6.1 a morphology extension",
    ),
    pytest.param(next(r for r in BASE.resources if r["id"] == "hsct"), id="B6.1 a stem cell transplant"),
    pytest.param(mrd({"valueQuantity": {"value": 0.1}}), id="B6.1 a residual disease result"),
]


@pytest.mark.parametrize("hint", HINTS)
def test_any_hint_of_leukaemia_keeps_the_question_open(hint: dict[str, Any]) -> None:
    """With a hint and without a reconciled problem list nothing says that the disease is absent."""
    assert enrolment_in(assess(OUTSIDER.having(hint)))["standing"] != "not_applicable"


def test_both_questions_do_not_apply_to_a_patient_outside() -> None:
    standings = [question["standing"] for question in trial_in(assess(OUTSIDER))["questions"]]

    assert set(standings) == {"not_applicable"}


def test_crossing_over_does_not_apply_without_a_research_subject() -> None:
    standings = {found["question"]: found["standing"] for found in trial_in(assess(BASE))["questions"]}

    assert standings["cross_over"] == "not_applicable"


@pytest.mark.parametrize(
    ("deceased", "standing"),
    [
        pytest.param({"deceasedBoolean": True}, "not_applicable", id="B6.2 deceased"),
        pytest.param({"deceasedDateTime": "2026-05-30"}, "not_applicable", id="B6.2 died before the day"),
        pytest.param({"deceasedDateTime": "2026-06-01"}, "not_applicable", id="B6.2 died on the day"),
        pytest.param({"deceasedDateTime": "2026-06-02"}, "potentially_eligible", id="B6.2 died after the day"),
        pytest.param({"deceasedBoolean": False}, "potentially_eligible", id="B6.2 not deceased"),
    ],
)
def test_nobody_recruits_the_dead(deceased: dict[str, Any], standing: str) -> None:
    assessment = assess(BASE.changed("1", **deceased))

    assert enrolment_in(assessment)["standing"] == standing
    assert ("deceased" in {warning["code"] for warning in assessment["warnings"]}) == (standing == "not_applicable")


ALL_IDS = ["I0a", "I0b", "I0c", "I1", "I2", "I3", "I4", "I5", "I6", "E1", "E2", "E3", "E4", "E5"]


def test_every_criterion_is_reported_once_in_the_protocols_order() -> None:
    assert list(outcomes_in(assess(BASE))) == ALL_IDS


def test_the_base_patient_stands_in_nobodys_way() -> None:
    outcomes = outcomes_in(assess(BASE))

    assert {name for name, outcome in outcomes.items() if outcome != "pass"} == {"I5"}


def test_needs_and_reason_are_said_only_of_what_is_unknown() -> None:
    for found in enrolment_in(assess(NO_MARROW))["criteria"]:
        assert ("reason" in found) == ("needs" in found) == (found["outcome"] == "unknown")


def test_every_answer_carries_the_protocols_words_and_a_because() -> None:
    for found in enrolment_in(assess(BASE))["criteria"]:
        assert found["quote"]
        assert found["because"]


def test_the_same_chart_gives_the_same_bytes() -> None:
    """B3: the same inputs give byte-identical output."""
    assert str(assess(BASE)) == str(assess(base_chart()))


def test_the_order_of_the_resources_does_not_matter() -> None:
    backwards = Chart(tuple(reversed(BASE.resources)))

    assert assess(backwards)["trials"] == assess(BASE)["trials"]


def test_a_unit_problem_harms_only_its_own_criterion() -> None:
    """B5.2"""
    broken = BASE.having(
        observation(
            "blasts",
            {"coding": [{"system": "http://loinc.org", "code": "11150-0"}]},
            "2026-05-20",
            valueQuantity={"value": 2},
        )
    )

    changed = {
        name for name, outcome in outcomes_in(assess(broken)).items() if outcome != outcomes_in(assess(BASE))[name]
    }

    assert changed == {"I4"}
