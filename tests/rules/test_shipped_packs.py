"""The shipped packs as they are: the engine against the reference, with facts on, beside and around every limit."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.errors import TrialPackError
from rules.evaluation import Evaluator
from rules.facts import Ask, Attestation, Evidence, Fact, Interval, Known, Reason, Unknown
from rules.lint import leaves
from rules.packs import built_in_folders, find_trials, load_trial, with_organ_function_tests
from rules.trial import Leaf, Trial
from rules.vocabulary import VOCABULARY, Coded
from tests.rules.reference import outcome, standing

ENGINES = {
    f"{trial.id} {question.question}": (with_organ_function_tests(trial, None), question.question)
    for trial in find_trials()
    for question in trial.questions
}
COMPILED = {name: Evaluator(trial, question) for name, (trial, question) in ENGINES.items()}
STEP = Decimal("0.001")


def limits_of(trial: Trial, question: str, fact: str) -> list[Decimal]:
    found = [leaf.value for c in trial.question(question).criteria for leaf in leaves(c.when) if leaf.fact == fact]
    return [value for value in found if isinstance(value, Decimal)]


@st.composite
def facts_near_the_limits(draw: st.DrawFn, name: str) -> dict[Ask, Fact]:
    trial, question = ENGINES[name]
    found: dict[Ask, Fact] = {}
    for ask in COMPILED[name].asks:
        entry = VOCABULARY[ask.fact]
        if draw(st.integers(0, 4)) == 0:
            found[ask] = Unknown(draw(st.sampled_from(list(Reason))), "unknown")
        elif isinstance(entry, Coded):
            found[ask] = Known(draw(st.sampled_from(entry.codes)), "known")
        else:
            points = [limit + move for limit in limits_of(trial, question, ask.fact) for move in (-STEP, 0, STEP)]
            lo, hi = sorted(draw(st.tuples(st.sampled_from(points), st.sampled_from(points))))
            wide = lo != hi
            ends = (draw(st.booleans()) and wide, draw(st.booleans()) and wide)
            unbounded = draw(st.sampled_from(["neither", "below", "above"]))
            value = Interval(None if unbounded == "below" else lo, None if unbounded == "above" else hi, *ends)
            found[ask] = Known(value, "known")
    return found


@pytest.mark.parametrize("name", sorted(ENGINES))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_engine_agrees_with_the_reference(name: str, data: st.DataObject) -> None:
    trial, question = ENGINES[name]
    criteria = trial.question(question).criteria
    facts = data.draw(facts_near_the_limits(name))
    said = data.draw(st.dictionaries(st.sampled_from([c.id for c in criteria]), st.booleans()))
    answers = {each: Attestation(value, Evidence("QuestionnaireResponse/q", "")) for each, value in said.items()}

    verdict = COMPILED[name].evaluate(facts, answers)

    expected = {criterion.id: outcome(criterion, facts, answers) for criterion in criteria}
    assert {finding.criterion.id: finding.outcome for finding in verdict.findings} == expected
    assert verdict.standing is standing(trial.question(question), expected)


def folder_of(trial_id: str) -> Path:
    return next(folder for folder in built_in_folders() if folder.name == trial_id)


def first_leaf(trial: Trial, fact: str) -> Leaf:
    return next(leaf for q in trial.questions for c in q.criteria for leaf in leaves(c.when) if leaf.fact == fact)


def test_a_site_setting_takes_the_place_of_the_packs() -> None:
    trial = load_trial(folder_of("NCT05262673"), {"lvef_days": 60})

    assert first_leaf(trial, "lvef_pct").window == 60


def test_a_limit_may_come_from_a_setting() -> None:
    trial = load_trial(folder_of("NCT07441291"), {"menopause_age": 50})

    ages = [leaf.value for leaf in leaves(next(c for c in trial.question("enrol").criteria if c.id == "I6").when)]
    assert Decimal(50) in ages


def test_a_reference_to_a_missing_setting_is_refused(tmp_path: Path) -> None:
    text = (folder_of("NCT05262673") / "trial.yaml").read_text(encoding="utf-8")
    (tmp_path / "trial.yaml").write_text(text.replace("{setting: lvef_days}", "{setting: lvef_dayz}"), encoding="utf-8")

    with pytest.raises(TrialPackError, match="lvef_dayz"):
        load_trial(tmp_path)


def test_a_default_outside_its_own_limits_is_refused(tmp_path: Path) -> None:
    text = (folder_of("NCT05262673") / "trial.yaml").read_text(encoding="utf-8")
    (tmp_path / "trial.yaml").write_text(text.replace("  lvef_days: 28\n", "  lvef_days: 280\n"), encoding="utf-8")

    with pytest.raises(TrialPackError, match="lvef_days"):
        load_trial(tmp_path)
