"""The only module that touches durable-rules 2.0.28; its traps end here.

* The stock host runs timer threads that steal and crash actions: no host is used, only the engine under it.
* Sessions are told apart by a 32-bit hash: one constant session, one caller at a time, deleted after each question.
* Deleting a session in which nothing ever fired frees an unset pointer: one warm-up session fires a rule first.
* A batch is cut silently at what its JSON reader cannot parse: own encoder (rules/encoding.py), and the last fact of
  each batch is a trigger whose rule must fire exactly once.
* `none` is wrong when the trigger is not last: it always is, in a batch of its own stage.
* Exceptions in Python actions are swallowed: there are no Python actions; fired rule names are read from the C loop.
* Anything unexpected is an EngineFault: every criterion becomes unknown (reason `engine`), logged and counted.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import durable_rules_engine as native

from rules.compile import Part, Plan, Truth, compile_question, definitions, dominating, stages
from rules.encoding import Plain, bounds, encode, fired, ruleset_text
from rules.errors import EngineFault
from rules.facts import Ask, Attestation, Fact, Interval, Known, Reason
from rules.near_miss import near_miss
from rules.reading import explain
from rules.trial import AnsweredBy, Criterion, Trial
from rules.verdict import Finding, Outcome, Standing, Verdict

SESSION = "0"
_log = logging.getLogger("trial_hooks.rules")
_fault_total = 0


def faults() -> int:
    """How many questions could not be evaluated since the process started."""
    return _fault_total


def _count_fault() -> None:
    global _fault_total
    _fault_total += 1


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the engine concluded: the truth of every test and group, each outcome, and the standing."""

    tests: tuple[Truth, ...]
    groups: tuple[Truth, ...]
    outcomes: Mapping[str, Outcome]
    standing: Standing


class Engine:
    """One question of one trial. `evaluate` may be called from any thread; calls are serialised."""

    def __init__(self, trial: Trial, question: str) -> None:
        """Compile and warm up. Raises TrialPackError for a pack that the engine could not evaluate exactly."""
        self.trial, self.name = trial, question
        self._plan: Plan = compile_question(trial.question(question))
        self._lock = threading.Lock()
        ruleset = f"{trial.id}_{question}"
        self._handle = native.create_ruleset(ruleset, ruleset_text(definitions(self._plan)))
        self._warm_up()

    @property
    def asks(self) -> tuple[Ask, ...]:
        """The facts this question needs."""
        return tuple(self._plan.asks)

    @property
    def comparisons(self) -> dict[str, tuple[tuple[str, Decimal], ...]]:
        """Fact -> every (operator, limit) that this question compares it with."""
        found: dict[str, list[tuple[str, Decimal]]] = {}
        for test in self._plan.tests:
            if isinstance(test.leaf.value, Decimal):
                found.setdefault(test.leaf.fact, []).append((test.leaf.op, test.leaf.value))
        return {fact: tuple(dict.fromkeys(pairs)) for fact, pairs in found.items()}

    def evaluate(self, facts: Mapping[Ask, Fact], answers: Mapping[str, Attestation] | None = None) -> Verdict:
        """The verdict on these facts and clinicians' answers. Never raises for what the engine does."""
        given = answers or {}
        try:
            with self._lock:
                evaluation = self._evaluate(facts, given)
        except (EngineFault, native.error, ValueError, MemoryError) as fault:
            _count_fault()
            _log.error("engine fault in %s %s: %s", self.trial.id, self.name, type(fault).__name__)
            return self._failed_closed()
        findings = tuple(
            explain(
                self._plan,
                criterion,
                evaluation.tests,
                evaluation.groups,
                evaluation.outcomes[criterion.id],
                facts,
                given,
            )
            for criterion in self._plan.question.criteria
        )
        if evaluation.standing is not Standing.INELIGIBLE:
            return Verdict(self.name, evaluation.standing, findings)
        missed = near_miss(self._plan, evaluation.outcomes, evaluation.tests, facts, given)
        return Verdict(self.name, evaluation.standing, findings, missed)

    def _failed_closed(self) -> Verdict:
        because = "The rule engine failed; nothing can be said. The fault is in the log."
        findings = tuple(
            Finding(criterion, Outcome.UNKNOWN, because, AnsweredBy.DATA, Reason.ENGINE)
            for criterion in self._plan.question.criteria
        )
        return Verdict(self.name, Standing.INDETERMINATE, findings)

    def _evaluate(self, facts: Mapping[Ask, Fact], answers: Mapping[str, Attestation]) -> Evaluation:
        session = _Session(self._handle, stages(self._plan))
        try:
            tests = self._tests(session, facts)
            groups = self._groups(session, tests)
            outcomes = self._outcomes(session, tests, groups, answers)
            return Evaluation(tuple(tests), tuple(groups), outcomes, self._standing(session, outcomes))
        finally:
            session.close()

    def _warm_up(self) -> None:
        session = _Session(self._handle, stages(self._plan))
        try:
            session.run("leaves", [])
        finally:
            session.close()

    def _tests(self, session: _Session, facts: Mapping[Ask, Fact]) -> list[Truth]:
        slots = [_slot_fact(number, facts.get(ask)) for number, ask in enumerate(self._plan.asks)]
        known = [slot for slot in slots if slot is not None]
        truths: list[Truth] = ["U"] * len(self._plan.tests)
        seen = 0
        for name, _ in session.run("leaves", known):
            kind, *rest = name.split("|")
            if kind == "seen":
                seen += 1
                continue
            number, truth = int(rest[0]), _truth(rest[1])
            if truths[number] not in ("U", truth):
                raise EngineFault("a comparison both holds and fails")
            truths[number] = truth
        if seen != len(known):
            raise EngineFault("not every fact was seen")
        return truths

    def _groups(self, session: _Session, tests: Sequence[Truth]) -> list[Truth]:
        plan = self._plan
        truths: dict[int, Truth] = {}
        for level in range(1, plan.levels + 1):
            here = [number for number, group in enumerate(plan.groups) if group.level == level]
            batch: list[dict[str, Plain]] = []
            for number in here:
                group = plan.groups[number]
                for truth in (_truth_of(part, tests, truths) for part in group.parts):
                    if truth == dominating(group.how):
                        batch.append({"k": f"g{number}", "v": "D"})
                    elif truth == "U":
                        batch.append({"k": f"g{number}", "v": "U"})
            found = _one_each(session.run(f"level{level}", batch), lambda name: int(name.split("|")[1]))
            if sorted(found) != here:
                raise EngineFault("a group has no answer")
            truths |= {number: _truth(name.split("|")[2]) for number, name in found.items()}
        return [truths[number] for number in range(len(plan.groups))]

    def _outcomes(
        self,
        session: _Session,
        tests: Sequence[Truth],
        groups: Sequence[Truth],
        answers: Mapping[str, Attestation],
    ) -> dict[str, Outcome]:
        criteria = self._plan.question.criteria
        by_group = dict(enumerate(groups))
        batch: list[dict[str, Plain]] = []
        for number, criterion in enumerate(criteria):
            root = self._plan.roots[criterion.id]
            data = _truth_of(root, tests, by_group) if root else "U"
            sense = "x" if criterion.excludes else "r"
            batch.append({"k": "c", "n": f"c{number}", "s": sense, "d": data, "a": _answer(answers.get(criterion.id))})
        fired = session.run("outcomes", batch)
        found = {match["m"]["n"]: Outcome(name.split("|")[1]) for name, match in fired}
        if len(fired) != len(criteria) or len(found) != len(criteria):
            raise EngineFault("not exactly one outcome for each criterion")
        return {criterion.id: found[f"c{number}"] for number, criterion in enumerate(criteria)}

    def _standing(self, session: _Session, outcomes: Mapping[str, Outcome]) -> Standing:
        words = [_weight(criterion, outcomes[criterion.id]) for criterion in self._plan.question.criteria]
        batch: list[dict[str, Plain]] = [{"k": "o", "o": word} for word in words if word]
        found = {name for name, _ in session.run("standing", batch)}
        # A criterion that closes the gate also fails: the gate alone decides then.
        if len(found) != 1:
            raise EngineFault("not exactly one standing")
        return Standing(found.pop().split("|")[1])


class _Session:
    """One session of the engine: batches that end with their trigger, then deletion whatever happened."""

    def __init__(self, handle: int, order: list[str]) -> None:
        self._handle, self._order = handle, order

    def run(self, stage: str, facts: Sequence[Mapping[str, Plain]]) -> list[tuple[str, dict[str, Any]]]:
        """Assert one batch and return what fired, as (rule name, matched facts), without the trigger's own rule."""
        number = self._order.index(stage)
        code, offset = native.assert_facts(self._handle, encode([*facts, {"k": f"go{stage}"}], number))
        if code != 0 or offset != 1:
            raise EngineFault(f"stage {stage}: code {code}, offset {offset}")
        fired = list(self._fired(offset))
        triggers = [name for name, _ in fired if name == f"go|{stage}"]
        if len(triggers) != 1:
            raise EngineFault(f"stage {stage}: the trigger fired {len(triggers)} times")
        return [(name, match) for name, match in fired if not name.startswith("go|")]

    def _fired(self, offset: int) -> list[tuple[str, dict[str, Any]]]:
        found = []
        first = native.start_action_for_state(self._handle, offset)
        message = first[1] if first else None
        while message is not None:
            found.append(fired(message))
            message = native.complete_and_start_action(self._handle, offset)
        return found

    def close(self) -> None:
        try:
            native.delete_state(self._handle, SESSION)
        except native.error:
            _log.debug("no session to delete")


def _slot_fact(number: int, fact: Fact | None) -> dict[str, Plain] | None:
    if not isinstance(fact, Known):
        return None
    if isinstance(fact.value, Interval):
        return {"k": f"s{number}", **bounds(fact.value)}
    return {"k": f"s{number}", "code": fact.value}


def _truth(text: str) -> Truth:
    if text == "T":
        return "T"
    return "F" if text == "F" else "U"


def _truth_of(part: Part, tests: Sequence[Truth], groups: Mapping[int, Truth]) -> Truth:
    return tests[part.index] if part.kind == "leaf" else groups[part.index]


def _answer(attestation: Attestation | None) -> str:
    if attestation is None:
        return "-"
    return "T" if attestation.sentence_is_true else "F"


def _weight(criterion: Criterion, outcome: Outcome) -> str | None:
    """What an outcome means for the standing; None when it does not stand in the way."""
    if outcome is Outcome.FAIL:
        return "gate" if criterion.closes_gate else "fail"
    needs_data = outcome is Outcome.UNKNOWN and criterion.answered_by is AnsweredBy.DATA
    return "open" if needs_data else None


def _one_each(fired: list[tuple[str, dict[str, Any]]], key: Callable[[str], int]) -> dict[int, str]:
    """Rule names by key; a group may fire once per part, but only ever with one answer."""
    found: dict[int, str] = {}
    for name, _ in fired:
        if found.setdefault(key(name), name) != name:
            raise EngineFault("a group has two answers")
    return found
