"""What durable-rules may do wrong without an error: rules that fire twice, not at all, or against each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import durable_rules_engine as native
import pytest

from rules.engine import InProcess, Machine
from rules.evaluation import Evaluator
from rules.facts import Interval, Known, Reason
from rules.packs import built_in_folders, load_trial, with_organ_function_tests
from rules.programme import Conclusion, Failed
from rules.verdict import Standing

Fired = list[str]
TRIAL = with_organ_function_tests(load_trial({f.name: f for f in built_in_folders()}["NCT07441291"]), None)
OTHER_STANDING = {"S|ineligible": "S|indeterminate", "S|indeterminate": "S|ineligible"}
ONE_ANSWER = "not exactly one outcome for each criterion"


@pytest.fixture
def ask() -> Callable[[], Conclusion | Failed]:
    """Puts a patient of five years with ECOG 5, who is known not to fit, to an engine in this process."""
    runner = InProcess()
    engine = Evaluator(TRIAL, "enrol", runner)
    facts = {ask: Known(Interval.exactly(Decimal(5)), "5") for ask in engine.asks if ask.fact in ("age_years", "ecog")}
    posed = engine.posed(engine.filled(facts), {})
    return lambda: runner.solve([posed])[0]


def nothing(_: Fired) -> Fired:
    return []


def without_the_last(fired: Fired) -> Fired:
    return fired[:-1]


def the_last_twice(fired: Fired) -> Fired:
    return [*fired, fired[-1]]


def one_in_the_place_of_another(fired: Fired) -> Fired:
    return [fired[1], *fired[1:]]


def one_fact_unseen(fired: Fired) -> Fired:
    unseen = next(name for name in fired if name.startswith("seen|"))
    return [name for name in fired if name != unseen]


def a_comparison_both_ways(fired: Fired) -> Fired:
    """A comparison's rule is named L|leaf|T or F|slot: here both fire."""
    kind, leaf, truth, slot = next(name for name in fired if name.startswith("L|")).split("|")
    return [*fired, "|".join([kind, leaf, "F" if truth == "T" else "T", slot])]


def a_group_both_ways(fired: Fired) -> Fired:
    head, truth = fired[-1].rsplit("|", 1)
    return [*fired, f"{head}|{'F' if truth == 'T' else 'T'}"]


def two_standings(fired: Fired) -> Fired:
    return [*fired, OTHER_STANDING[fired[-1]]]


def test_rules_that_fire_as_they_should_are_believed(ask: Callable[[], Conclusion | Failed]) -> None:
    answer = ask()
    assert isinstance(answer, Conclusion)
    assert answer.standing == "ineligible"


@pytest.mark.parametrize(
    ("stage", "wrong", "cause"),
    [
        ("leaves", nothing, "not every fact was seen"),
        ("leaves", one_fact_unseen, "not every fact was seen"),
        ("leaves", a_comparison_both_ways, "a comparison both holds and fails"),
        ("level1", nothing, "a group has no answer"),
        ("level1", without_the_last, "a group has no answer"),
        ("level1", a_group_both_ways, "a group has two answers"),
        ("outcomes", nothing, ONE_ANSWER),
        ("outcomes", without_the_last, ONE_ANSWER),
        ("outcomes", the_last_twice, ONE_ANSWER),
        ("outcomes", one_in_the_place_of_another, ONE_ANSWER),
        ("standing", nothing, "not exactly one standing"),
        ("standing", two_standings, "not exactly one standing"),
    ],
)
def test_a_stage_with_other_than_one_answer_for_each_question_is_not_believed(
    ask: Callable[[], Conclusion | Failed],
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    wrong: Callable[[Fired], Fired],
    cause: str,
) -> None:
    right = Machine._fired

    def fired(machine: Machine, now: str, batch: Sequence[str]) -> Fired:
        found = right(machine, now, batch)
        return wrong(found) if now == stage else found

    monkeypatch.setattr(Machine, "_fired", fired)

    assert ask() == Failed(cause)


@pytest.mark.parametrize(
    ("function", "answer", "cause"),
    [
        ("assert_facts", (1, 1), "stage leaves: code 1, offset 1"),
        ("assert_facts", (0, 2), "stage leaves: code 0, offset 2"),
        ("start_action_for_state", None, "stage leaves: the trigger fired 0 times"),
    ],
)
def test_an_engine_that_does_not_do_what_it_was_told_is_not_believed(
    ask: Callable[[], Conclusion | Failed],
    monkeypatch: pytest.MonkeyPatch,
    function: str,
    answer: object,
    cause: str,
) -> None:
    monkeypatch.setattr(native, function, lambda *_: answer)

    assert ask() == Failed(cause)


def test_what_is_not_believed_says_nothing_of_the_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Evaluator(TRIAL, "enrol")
    monkeypatch.setattr(native, "start_action_for_state", lambda *_: None)

    verdict = engine.evaluate({})

    assert verdict.standing is Standing.INDETERMINATE
    assert {finding.reason for finding in verdict.findings} == {Reason.ENGINE}
