"""T1-I4b and T1-I7: life expectancy and cell separation, which a clinician answers and no code can."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import Row, assess, criterion_in, enrolment_in, row
from tests.fhir import (
    Chart,
    Resource,
    answered,
    condition,
    icd,
    loinc,
    measured,
    observation,
    procedure,
    snomed,
)
from tests.multi_car_t import TRIAL, candidate

BASE = candidate()
JUDGED = ["I4b", "I7"]
OTHER_TRIAL = "NCT07441291"


def said(criterion: str, choice: str, on: str = "2026-05-28", trial: str = TRIAL, **elements: Any) -> Resource:
    return answered("answers", on, trial=trial, **{criterion: choice}) | elements


def found(criterion: str, *more: Resource) -> Resource:
    return criterion_in(assess(BASE.having(*more)), criterion, TRIAL)


@pytest.mark.parametrize("criterion", JUDGED)
def test_without_an_answer_it_waits_for_a_clinician(criterion: str) -> None:
    """T1-I4b.1 and T1-I7; section 0: attestation only."""
    answer = found(criterion)

    assert (answer["outcome"], answer["needs"]) == ("unknown", "clinician")


def test_waiting_for_a_clinician_does_not_make_the_patient_indeterminate() -> None:
    """Section 0: such criteria are listed, and leave the patient potentially eligible."""
    question = enrolment_in(assess(BASE), TRIAL)

    assert question["standing"] == "potentially_eligible"
    assert set(JUDGED) <= {criterion["id"] for criterion in question["criteria"]}


ANSWERS: list[Any] = [
    pytest.param({"choice": "Y"}, "pass", id="T1-I7.2 attested"),
    pytest.param({"choice": "N"}, "fail", id="T1-I4b attested no"),
    pytest.param({"choice": "asked-unknown"}, "unknown", id="B4 not sure"),
    pytest.param({"choice": "Y", "on": "2026-05-04"}, "pass", id="T1-I4b 28 days old"),
    pytest.param({"choice": "Y", "on": "2026-05-03"}, "unknown", id="T1-I4b 29 days old"),
    pytest.param({"choice": "N", "on": "2026-05-03"}, "unknown", id="T1-I4b a no of 29 days ago"),
    pytest.param({"choice": "Y", "on": "2026-06-02"}, "unknown", id="B5.1 tomorrow's answer"),
    pytest.param({"choice": "Y", "status": "in-progress"}, "unknown", id="B4 in progress"),
    pytest.param({"choice": "Y", "status": "entered-in-error"}, "unknown", id="B5.1 entered in error"),
    pytest.param({"choice": "Y", "status": "amended"}, "pass", id="B4 amended"),
    pytest.param({"choice": "Y", "subject": {"reference": "Patient/999"}}, "unknown", id="B5.1 another patient's"),
    pytest.param({"choice": "Y", "trial": OTHER_TRIAL}, "unknown", id="B4 of the other trial"),
]


@pytest.mark.parametrize(("answer", "outcome"), ANSWERS)
@pytest.mark.parametrize("criterion", JUDGED)
def test_only_a_clinicians_answer_decides(criterion: str, answer: dict[str, Any], outcome: str) -> None:
    """Y means that the protocol's sentence is true: a life expectancy above three months; no contraindication."""
    result = found(criterion, said(criterion, **answer))

    assert result["outcome"] == outcome
    assert result.get("needs") == ("clinician" if outcome == "unknown" else None)


@pytest.mark.parametrize("criterion", JUDGED)
def test_an_answer_says_until_when_it_holds(criterion: str) -> None:
    assert found(criterion, said(criterion, "Y", "2026-05-04"))["valid_until"] == "2026-06-01"


def words(text: str, status: str = "in-progress") -> Resource:
    return procedure("words", {"text": text}, "2026-05-29", status)


def with_them(*more: Resource) -> Chart:
    return BASE.having(*more)


ECOG_4 = observation("ecog", loinc("89247-1"), "2026-05-29", valueInteger=4)
ECOG_1 = observation("ecog", loinc("89247-1"), "2026-05-29", valueInteger=1)
VAGUE = said("I4b", "Y", item=[{"linkId": "I4b", "answer": [{"valueString": "2-4 months"}]}])

LIFE_EXPECTANCY = [
    row("T1-I4b.1 no attestation, otherwise well", BASE, "unknown", needs="clinician", review=False),
    row("T1-I4b.2 hospice", with_them(words("Referral to hospice")), "unknown", needs="clinician", review=True),
    row("T1-I4b.3 attested 2-4 months", with_them(VAGUE), "unknown", needs="clinician"),
    row("T1-I4b comfort care only", with_them(words("Comfort care only")), "unknown", review=True),
    row("T1-I4b do not resuscitate", with_them(words("Do not resuscitate")), "unknown", review=True),
    row("T1-I4b ECOG 4", with_them(ECOG_4), "unknown", needs="clinician", review=True),
    row("T1-I4b ECOG 1 is no warning", with_them(ECOG_1), "unknown", review=False),
    row(
        "T1-I4b a hospice referral that was not done",
        with_them(words("Referral to hospice", "not-done")),
        "unknown",
        review=False,
    ),
    row(
        "T1-I4b hospice, and a clinician says no",
        with_them(words("Referral to hospice"), said("I4b", "N")),
        "fail",
    ),
]


@pytest.mark.parametrize("row", LIFE_EXPECTANCY)
def test_life_expectancy(row: Row) -> None:
    assert row.found("I4b", trial_id=TRIAL) == row.expected


def platelets(count: float) -> Resource:
    return observation("platelets", loinc("777-3"), "2026-05-29", **measured(count, "10*9/L"))


def weight(value: float, unit: str = "kg") -> Resource:
    return observation("weight", loinc("29463-7"), "2026-05-29", **measured(value, unit))


def ready(*more: Resource) -> Chart:
    """The candidate with good platelets and an adult's weight, so that nothing about cell separation is unknown."""
    return BASE.having(platelets(250), weight(70), *more)


CITRATE = condition("citrate", {"text": "Severe citrate reaction during earlier apheresis"})
HEART_FAILURE = condition("heart", icd("I50.9"))

CELL_SEPARATION = [
    row("T1-I7.1 no attestation, platelets of 12", ready(platelets(12)), "unknown", needs="clinician", review=True),
    row("T1-I7.2 attested none", ready(said("I7", "Y")), "pass"),
    row("T1-I7.3 an earlier citrate reaction in words", ready(CITRATE), "unknown", needs="clinician", review=True),
    row("T1-I7 attested present", ready(said("I7", "N")), "fail"),
    row("T1-I7 codes only warn: heart failure", ready(HEART_FAILURE), "unknown", needs="clinician", review=True),
    row("T1-I7 codes only warn: none attested, heart failure", ready(HEART_FAILURE, said("I7", "Y")), "pass"),
    row("T1-I7 9.9 kg although attested none", ready(weight(9.9), said("I7", "Y")), "pass", review=True),
]


@pytest.mark.parametrize("row", CELL_SEPARATION)
def test_cell_separation(row: Row) -> None:
    assert row.found("I7", trial_id=TRIAL) == row.expected


def warnings_of(chart: Chart) -> set[str]:
    """What a clinician should look at. No platelet limit is stated, so any count may be shown."""
    return set(criterion_in(assess(chart), "I7", TRIAL).get("review", []))


SIGNALS: list[Any] = [
    pytest.param(platelets(12), id="T1-I7.1 platelets of 12"),
    pytest.param(CITRATE, id="T1-I7.3 an earlier citrate reaction in words"),
    pytest.param(condition("clotting", icd("D68.9")), id="T1-I7 coagulopathy"),
    pytest.param(condition("low", snomed("302215000")), id="T1-I7 thrombocytopenia"),
    pytest.param(HEART_FAILURE, id="T1-I7 heart failure"),
    pytest.param(condition("angina", icd("I20.0")), id="T1-I7 unstable angina"),
    pytest.param(condition("veins", {"text": "No venous access"}), id="T1-I7 no venous access, in words"),
    pytest.param(weight(9.9), id="T1-I7 a weight of 9.9 kg"),
    pytest.param(weight(9900, "g"), id="T1-I7 a weight of 9900 g"),
]


@pytest.mark.parametrize("signal", SIGNALS)
def test_a_sign_of_trouble_with_cell_separation_is_said(signal: Resource) -> None:
    assert warnings_of(ready(signal)) - warnings_of(ready())


NO_SIGNALS: list[Any] = [
    pytest.param(weight(10), id="T1-I7 a weight of 10 kg"),
    pytest.param(condition("heart", icd("I50.9"), verified="refuted"), id="T1-I7 a refuted heart failure"),
    pytest.param(condition("heart", icd("I50.9"), verified="entered-in-error"), id="B5.1 entered in error"),
    pytest.param(condition("heart", icd("I50.9"), subject={"reference": "Patient/999"}), id="B5.1 another patient's"),
]


@pytest.mark.parametrize("other", NO_SIGNALS)
def test_what_is_no_sign_of_trouble_is_not(other: Resource) -> None:
    assert warnings_of(ready(other)) == warnings_of(ready())
