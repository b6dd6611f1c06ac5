"""The criteria as a form: every criterion once, in the protocol's words; for a patient, only what is still open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import orjson
import pytest
from fhir.resources.R4B.questionnaire import Questionnaire

from cds.assessment import TrialAssessment, trial_as_json
from cds.questionnaire import form, open_form
from rules.messages import speaking
from rules.trial import Trial
from tests.criteria.rows import assess, trial_in
from tests.fhir import answered, base_chart
from tests.test_fixtures import AS_OF, PATIENTS, assessor, bundle_of, resources_of

Resource = dict[str, Any]
PUBLIC = "https://cds.example"
TRIALS = [pytest.param(trial, id=trial.id) for trial in assessor().trials]
EVERYBODY = [pytest.param(name, trial.id, id=f"{name} {trial.id}") for name in PATIENTS for trial in assessor().trials]
NEEDS = ["clinician", "consent", "data"]


@cache
def assessed(name: str, trial_id: str) -> TrialAssessment:
    return assessor().assess_bundle(bundle_of(name), as_of=AS_OF[name], trials=(trial_id,)).trials[0]


def opened(name: str, trial_id: str) -> Resource:
    return open_form(assessed(name, trial_id), PUBLIC, AS_OF[name])


def everything(items: list[Resource]) -> Iterator[Resource]:
    for item in items:
        yield item
        yield from everything(item.get("item", []))


def questions(shown: Resource) -> list[Resource]:
    return [item for item in everything(shown.get("item", [])) if item["type"] == "choice"]


def links(shown: Resource) -> list[str]:
    return [item["linkId"] for item in questions(shown)]


def help_of(item: Resource) -> str:
    [shown] = [child for child in item["item"] if child["type"] == "display"]
    [control] = shown["extension"]
    assert control["valueCodeableConcept"]["coding"][0]["code"] == "help"
    return str(shown["text"])


def unknown_in(name: str, trial_id: str) -> list[Resource]:
    asked = trial_as_json(assessed(name, trial_id))["questions"]
    return [found for question in asked for found in question["criteria"] if found["outcome"] == "unknown"]


@pytest.mark.parametrize("trial", TRIALS)
def test_every_criterion_is_asked_once_in_the_protocols_words(trial: Trial) -> None:
    asked = [(item["linkId"], item["text"]) for item in questions(form(trial, PUBLIC))]

    criteria = [criterion for question in trial.questions for criterion in question.criteria]
    assert sorted(asked) == sorted((criterion.id, criterion.quote) for criterion in criteria)


@pytest.mark.parametrize("trial", TRIALS)
def test_every_question_is_answered_by_yes_no_or_not_sure(trial: Trial) -> None:
    for item in questions(form(trial, PUBLIC)):
        choices = [option["valueCoding"] for option in item["answerOption"]]
        assert [(choice["system"].rsplit("/", 1)[1], choice["code"], choice["display"]) for choice in choices] == [
            ("v2-0136", "Y", "Yes"),
            ("v2-0136", "N", "No"),
            ("data-absent-reason", "asked-unknown", "Not sure"),
        ]
        assert "radio-button" in orjson.dumps(item["extension"]).decode()


@pytest.mark.parametrize("trial", TRIALS)
def test_the_groups_say_whether_yes_is_needed_or_stands_in_the_way(trial: Trial) -> None:
    groups = {group["linkId"]: group for group in form(trial, PUBLIC)["item"]}

    kinds = ["population", "inclusion", "exclusion", "crossover"]
    assert list(groups) == [kind for kind in kinds if kind in groups]
    assert ("crossover" in groups) is (len(trial.questions) == 2)
    for kind, group in groups.items():
        assert ("stands in the way" if kind == "exclusion" else "Yes is needed") in group["text"]
        asked = [item["linkId"] for item in group["item"]]
        assert asked == [c.id for question in trial.questions for c in question.criteria if c.kind == kind]


@pytest.mark.parametrize("trial", TRIALS)
def test_each_question_explains_how_the_sentence_is_read(trial: Trial) -> None:
    readings = {c.id: c.reading for question in trial.questions for c in question.criteria}

    for item in questions(form(trial, PUBLIC)):
        assert readings[item["linkId"]] in help_of(item)


@pytest.mark.parametrize("trial", TRIALS)
def test_the_form_names_itself_its_version_and_its_source(trial: Trial) -> None:
    shown = form(trial, PUBLIC)

    assert (shown["url"], shown["version"]) == (f"{PUBLIC}/fhir/Questionnaire/{trial.id}", trial.version)
    assert (shown["date"], shown["status"], shown["subjectType"]) == (
        trial.source.updated_on.isoformat(), "active", ["Patient"],
    )  # fmt: skip
    assert trial.title in shown["title"]
    assert trial.source.url in shown["description"]


@pytest.mark.parametrize("trial", TRIALS)
def test_the_form_is_valid_and_no_link_stands_twice(trial: Trial) -> None:
    shown = form(trial, PUBLIC)

    Questionnaire.model_validate(shown)
    every = [item["linkId"] for item in everything(shown["item"])]
    assert len(set(every)) == len(every)


@pytest.mark.parametrize(("name", "trial_id"), EVERYBODY)
def test_a_patients_form_asks_what_is_unknown_and_nothing_else(name: str, trial_id: str) -> None:
    shown = opened(name, trial_id)

    Questionnaire.model_validate(shown)
    assert sorted(links(shown)) == sorted(found["id"] for found in unknown_in(name, trial_id))


@pytest.mark.parametrize(("name", "trial_id"), EVERYBODY)
def test_a_patients_form_asks_first_what_only_a_person_can_say(name: str, trial_id: str) -> None:
    needs = {found["id"]: found["needs"] for found in unknown_in(name, trial_id)}

    order = [NEEDS.index(needs[link]) for link in links(opened(name, trial_id))]

    assert order == sorted(order)


@pytest.mark.parametrize(("name", "trial_id"), EVERYBODY)
def test_a_patients_form_tells_what_the_record_says(name: str, trial_id: str) -> None:
    because = {found["id"]: found["because"] for found in unknown_in(name, trial_id)}

    for item in questions(opened(name, trial_id)):
        assert because[item["linkId"]].rstrip(". ") in help_of(item)


@pytest.mark.parametrize(("name", "trial_id"), EVERYBODY)
def test_a_patients_form_names_neither_the_patient_nor_a_record(name: str, trial_id: str) -> None:
    text = orjson.dumps(opened(name, trial_id)).decode()

    [patient] = [resource for resource in resources_of(name) if resource["resourceType"] == "Patient"]
    named = [part for one in patient.get("name", []) for part in (one.get("family"), *one.get("given", [])) if part]
    numbers = [identifier["value"] for identifier in patient.get("identifier", [])]
    # Whole words: "fits" is a patient here, and "fits" is also what a patient does.
    assert not [word for word in (*named, *numbers) if re.search(rf"\b{re.escape(word)}\b", text)]
    assert "Patient/" not in text
    assert not re.search(r"\b(Observation|Condition|Procedure|QuestionnaireResponse|Consent)/", text)


@pytest.mark.parametrize(("name", "trial_id"), EVERYBODY)
def test_an_answer_to_a_patients_form_is_an_answer_to_the_whole_form(name: str, trial_id: str) -> None:
    [trial] = [trial for trial in assessor().trials if trial.id == trial_id]
    whole, part = form(trial, PUBLIC), opened(name, trial_id)

    assert (part["url"], part["version"]) == (whole["url"], whole["version"])
    assert set(links(part)) <= set(links(whole))
    assert [tag["code"] for tag in part["meta"]["tag"]] == ["SUBSETTED"]


def test_a_subject_is_asked_what_crossing_over_leaves_open() -> None:
    shown = opened("cross-consent-pending", "NCT07441291")

    assert "X1f" in links(shown)
    assert "Crossing over: nothing on record stands in the way" in shown["description"]


def test_a_patient_of_another_disease_is_asked_nothing() -> None:
    shown = opened("outside", "NCT07441291")

    assert "item" not in shown
    assert "Not a patient of this trial" in shown["description"]


def test_whom_the_trial_does_not_fit_is_told_so_on_the_form() -> None:
    assert "does not fit, whatever is answered here" in opened("too-young", "NCT07441291")["description"]


def test_a_conflict_is_asked_again_with_both_sides() -> None:
    chart = base_chart().having(answered("answers", "2026-05-28", I2="N"))
    assessment = assessor().assess_bundle(chart.bundle(), as_of="2026-06-01", trials=("NCT07441291",))
    [item] = [
        item for item in questions(open_form(assessment.trials[0], PUBLIC, "2026-06-01")) if item["linkId"] == "I2"
    ]

    assert trial_in(assess(chart))["id"] == "NCT07441291"
    assert "ECOG performance status 1" in help_of(item)
    assert "a clinician answered No on 2026-05-28" in help_of(item)


def test_the_form_speaks_the_readers_language_and_leaves_the_protocols_words_alone() -> None:
    [trial] = [trial for trial in assessor().trials if trial.id == "NCT07441291"]
    english = form(trial, PUBLIC)
    with speaking("zh"):
        chinese = form(trial, PUBLIC)

    assert (english["language"], chinese["language"]) == ("en", "zh")
    assert [item["text"] for item in questions(english)] == [item["text"] for item in questions(chinese)]
