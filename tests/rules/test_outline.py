"""What is made ready once says the same as what is worded for each patient."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.compile import compile_question
from rules.evaluation import Evaluator
from rules.facts import Attestation, Evidence, Interval, Known
from rules.messages import LANGUAGES, speaking
from rules.outline import VALUE, sentences_of
from rules.packs import built_in_folders, load_trial, with_organ_function_tests
from rules.phrases import known_phrase, undecided_phrase
from tests.rules.test_engine import criteria, pack
from tests.rules.test_validity import facts_with_ends

TRIALS = [with_organ_function_tests(load_trial(folder), None) for folder in built_in_folders()]
SHOWN = Known(Interval.exactly(1), "{limits} 0.30 % (marrow, 2026-05-20)", evidence=(Evidence("Observation/1", "1"),))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.id)
def test_a_ready_sentence_is_the_sentence_of_the_value(trial: Any, language: str) -> None:
    with speaking(language):
        for question in trial.questions:
            plan = compile_question(question)
            for test, ready in zip(plan.tests, sentences_of(plan), strict=True):
                said = {truth: sentence.replace(VALUE, SHOWN.shown) for truth, sentence in ready.items()}
                fact = replace(SHOWN, value=test.leaf.codes[0]) if test.leaf.codes else SHOWN
                assert said["T"] == known_phrase(fact, [(test.leaf, True)])
                assert said["F"] == known_phrase(fact, [(test.leaf, False)])
                assert said["U"] == undecided_phrase(fact, [test.leaf])


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), criteria)
def test_the_short_way_of_one_comparison_finds_the_same(
    data: st.DataObject, parts: list[tuple[str, Any, bool, str]]
) -> None:
    trial = pack(parts)
    short, long = Evaluator(trial, "enrol"), Evaluator(trial, "enrol")
    long._outlines = tuple(replace(outline, only=None) for outline in long._outlines)
    facts = data.draw(facts_with_ends(short.asks))
    ids = [criterion.id for criterion in trial.question("enrol").criteria]
    said = data.draw(st.dictionaries(st.sampled_from(ids), st.booleans()))
    answers = {name: Attestation(value, Evidence("QuestionnaireResponse/q", "")) for name, value in said.items()}

    assert short.evaluate(facts, answers) == long.evaluate(facts, answers)
