"""B4 and B6.3: a clinician's answer decides where the data are silent, and never overrules them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import Row, assess, criterion_in, row
from tests.fhir import Chart, Resource, answered, base_chart, condition, icd, snomed

BASE = base_chart()
SILENT: dict[str, Chart] = {
    "I0a": BASE.changed("leukaemia", code=icd("C91.01")),
    "I0b": BASE.without("hsct", "procedures"),
    "I0c": BASE.changed("leukaemia", code=snomed("277571004")),
    "I1": BASE.changed("1", birthDate=None),
    "I2": BASE.without("ecog"),
    "I3": BASE.without("mrd"),
    "I4": BASE.without("blasts"),
    "I5": BASE,
    "I6": BASE.changed("1", gender=None),
    "E1": BASE.without("problems"),
    "E2": BASE.without("gvhd"),
    "E3": BASE.without("problems"),
    "E4": BASE.without("problems"),
    "E5": BASE.without("problems"),
}
OPPOSED: dict[str, Chart] = {
    "I1": BASE.changed("1", birthDate="2024-06-01"),
    "I2": BASE.changed("ecog", valueInteger=3),
    "I3": BASE.changed("mrd", valueQuantity={"value": 0.02, "unit": "%"}),
    "I4": BASE.changed("blasts", valueQuantity={"value": 8, "unit": "%"}),
    "E1": BASE.having(condition("infection", icd("A41.9"))),
    "E3": BASE.having(condition("epilepsy", icd("G40.909"))),
    "E4": BASE.having(condition("lupus", snomed("200936003"))),
    "E5": BASE.having(condition("cancer", icd("C18.9"))),
}


def answer(criterion: str, choice: str, on: str = "2026-05-28", **elements: Any) -> Resource:
    return answered("answers", on, **{criterion: choice}) | elements


@pytest.mark.parametrize("criterion", SILENT)
def test_yes_means_the_sentence_is_true(criterion: str) -> None:
    """B4: so yes on an inclusion passes and yes on an exclusion excludes."""
    found = criterion_in(assess(SILENT[criterion].having(answer(criterion, "Y"))), criterion)

    assert found["outcome"] == ("fail" if criterion.startswith("E") else "pass")


@pytest.mark.parametrize("criterion", SILENT)
def test_no_means_the_sentence_is_false(criterion: str) -> None:
    found = criterion_in(assess(SILENT[criterion].having(answer(criterion, "N"))), criterion)

    assert found["outcome"] == ("pass" if criterion.startswith("E") else "fail")


@pytest.mark.parametrize("criterion", SILENT)
def test_not_sure_changes_nothing(criterion: str) -> None:
    silent = criterion_in(assess(SILENT[criterion]), criterion)

    found = criterion_in(assess(SILENT[criterion].having(answer(criterion, "asked-unknown"))), criterion)

    assert (found["outcome"], found["needs"]) == ("unknown", silent["needs"])


@pytest.mark.parametrize("criterion", OPPOSED)
def test_data_that_say_the_opposite_make_a_conflict(criterion: str) -> None:
    """B6.3: unknown, reason conflict, both shown."""
    said = "N" if criterion.startswith("E") else "Y"

    found = criterion_in(assess(OPPOSED[criterion].having(answer(criterion, said))), criterion)

    assert (found["outcome"], found["reason"]) == ("unknown", "conflict")
    assert len({item["reference"] for item in found["evidence"]}) >= 2


@pytest.mark.parametrize("criterion", OPPOSED)
def test_an_answer_that_agrees_with_the_data_changes_no_outcome(criterion: str) -> None:
    said = "Y" if criterion.startswith("E") else "N"

    found = criterion_in(assess(OPPOSED[criterion].having(answer(criterion, said))), criterion)

    assert found["outcome"] == "fail"


OTHER: Resource = {"subject": {"reference": "Patient/999"}}
ELSEWHERE: Resource = {"questionnaire": "https://trials.example/fhir/Questionnaire/NCT05262673"}

ACCEPTED = [
    row("B4 completed", BASE.having(answer("I5", "Y")), "pass"),
    row("B4 amended", BASE.having(answer("I5", "Y", status="amended")), "pass"),
    row("B4 in progress is no answer", BASE.having(answer("I5", "Y", status="in-progress")), "unknown"),
    row("B4 stopped is no answer", BASE.having(answer("I5", "Y", status="stopped")), "unknown"),
    row("B4 entered in error is no answer", BASE.having(answer("I5", "Y", status="entered-in-error")), "unknown"),
    row("section 0: 28 days old", BASE.having(answer("I5", "Y", "2026-05-04")), "pass", valid_until="2026-06-01"),
    row("section 0: 29 days old", BASE.having(answer("I5", "Y", "2026-05-03")), "unknown"),
    row("B5.1 tomorrow's answer", BASE.having(answer("I5", "Y", "2026-06-02")), "unknown"),
    row("B5.1 another patient's answer", BASE.having(answer("I5", "Y", **OTHER)), "unknown"),
    row("B4 another trial's form", BASE.having(answer("I5", "Y", **ELSEWHERE)), "unknown"),
    row("B4 no date", BASE.having(answer("I5", "Y", authored=None)), "unknown"),
    row(
        "B4 an answer inside a group",
        BASE.having(answer("I5", "Y", item=[{"linkId": "organs", "item": answer("I5", "Y")["item"]}])),
        "pass",
    ),
    row(
        "B4 Y of another code system",
        BASE.having(
            answer("I5", "Y", item=[{"linkId": "I5", "answer": [{"valueCoding": {"system": "urn:x", "code": "Y"}}]}])
        ),
        "unknown",
    ),
    row(
        "B4 the newer answer counts",
        BASE.having(answer("I5", "Y", "2026-05-20"), answered("later", "2026-05-28", I5="N")),
        "fail",
    ),
]


@pytest.mark.parametrize("row", ACCEPTED)
def test_which_answers_count(row: Row) -> None:
    assert row.found("I5") == row.expected


@pytest.mark.parametrize("criterion", OPPOSED)
def test_a_conflict_shows_the_clinician_and_the_data(criterion: str) -> None:
    """B6.3: both are shown, the one with the name, the other with its value."""
    said = "N" if criterion.startswith("E") else "Y"

    found = criterion_in(
        assess(
            OPPOSED[criterion].having(answer(criterion, said, author={"display": "Dr. Lin", "type": "Practitioner"}))
        ),
        criterion,
    )

    values = {item["value"] for item in found["evidence"]}
    assert f"{'No' if said == 'N' else 'Yes'} (Dr. Lin)" in values
    assert len(values) > 1
