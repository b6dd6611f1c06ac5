"""What durable-rules may do wrong without an error: rules that fire twice, not at all, or against each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest

from rules.engine import Machine
from rules.evaluation import Evaluator
from rules.facts import Ask, Fact, Interval, Known, Reason
from rules.packs import built_in_folders, load_trial, with_organ_function_tests
from rules.verdict import Standing

Fired = list[str]
TRIAL = with_organ_function_tests(load_trial({f.name: f for f in built_in_folders()}["NCT07441291"]), None)
OTHER_STANDING = {"S|ineligible": "S|indeterminate", "S|indeterminate": "S|ineligible"}


def nothing(_: Fired) -> Fired:
    return []


def without_the_last(fired: Fired) -> Fired:
    return fired[:-1]


def the_last_twice(fired: Fired) -> Fired:
    return [*fired, fired[-1]]


def both_ways(fired: Fired) -> Fired:
    """The last comparison, group, outcome or standing also with another answer."""
    *head, tail = fired[-1].split("|")
    other = {"T": "F", "F": "T", "U": "T"}.get(tail)
    return [*fired, "|".join([*head, other])] if other else [*fired, OTHER_STANDING[fired[-1]]]


def one_in_the_place_of_another(fired: Fired) -> Fired:
    return [fired[1], *fired[1:]]


def one_fact_unseen(fired: Fired) -> Fired:
    unseen = next(name for name in fired if name.startswith("seen|"))
    return [name for name in fired if name != unseen]


@pytest.mark.parametrize(
    ("stage", "wrong"),
    [
        ("leaves", nothing),
        ("leaves", one_fact_unseen),
        ("level1", nothing),
        ("level1", without_the_last),
        ("level1", both_ways),
        ("outcomes", nothing),
        ("outcomes", without_the_last),
        ("outcomes", the_last_twice),
        ("outcomes", one_in_the_place_of_another),
        ("standing", nothing),
        ("standing", both_ways),
    ],
)
def test_a_stage_with_other_than_one_answer_for_each_question_says_nothing_of_the_patient(
    monkeypatch: pytest.MonkeyPatch, stage: str, wrong: Callable[[Fired], Fired]
) -> None:
    engine, right = Evaluator(TRIAL, "enrol"), Machine._fired
    facts: dict[Ask, Fact] = {
        ask: Known(Interval.exactly(Decimal(5)), "5") for ask in engine.asks if ask.fact in ("age_years", "ecog")
    }
    assert engine.evaluate(facts).standing is Standing.INELIGIBLE

    def fired(machine: Machine, asked: str, batch: Sequence[str]) -> Fired:
        found = right(machine, asked, batch)
        return wrong(found) if asked == stage else found

    monkeypatch.setattr(Machine, "_fired", fired)
    verdict = engine.evaluate(facts)

    assert verdict.standing is Standing.INDETERMINATE
    assert {finding.reason for finding in verdict.findings} == {Reason.ENGINE}
