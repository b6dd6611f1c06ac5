"""One question of one trial, put to the rule engine: facts in, verdict out. What happens in between may fail.

Anything unexpected is a fault: every criterion of the question becomes unknown (reason `engine`), logged and counted.
Where the engine runs is the runner's matter: here (rules/engine.py) or in a process of its own (rules/sidecars.py).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from rules.compile import Plan, compile_question, programme_of
from rules.encoding import slot_fact
from rules.engine import InProcess
from rules.errors import EngineFault
from rules.facts import Ask, Attestation, Fact, Known, Reason, Unknown
from rules.messages import language, say
from rules.near_miss import near_miss
from rules.outline import Sentences, outlines_of, sentences_of
from rules.programme import Conclusion, Failed, Meanwhile, Posed, Runner
from rules.reading import Concluded, explain
from rules.trial import AnsweredBy, Trial
from rules.verdict import Finding, Outcome, Standing, Verdict

_log = logging.getLogger("trial_hooks.rules")
_fault_total = 0
OUTCOMES = {outcome.value: outcome for outcome in Outcome}


def faults() -> int:
    """How many questions could not be evaluated since the process started."""
    return _fault_total


def _count_fault() -> None:
    global _fault_total
    _fault_total += 1


class Evaluator:
    """One question of one trial. May be used from any thread."""

    def __init__(self, trial: Trial, question: str, runner: Runner | None = None) -> None:
        """Compile, and load into the runner (by default: this process).

        Raises TrialPackError for a pack that the engine could not evaluate exactly, EngineFault for one it refuses.
        """
        self.trial, self.name = trial, question
        self._plan: Plan = compile_question(trial.question(question))
        self._outlines = outlines_of(self._plan)
        self._sentences: dict[str, Sentences] = {}
        self.runner: Runner = runner or InProcess()
        self._number = self.runner.add(programme_of(self._plan, f"{trial.id}_{question}"))

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
        return evaluate_all([Case(self, facts, answers or {})])[0]

    def filled(self, facts: Mapping[Ask, Fact]) -> list[Fact]:
        """The fact in each slot of the plan; what nobody read is unknown."""
        return [facts.get(ask) or Unknown(Reason.MISSING, say("Nothing on record")) for ask in self._plan.asks]

    def posed(self, filled: Sequence[Fact], answers: Mapping[str, Attestation]) -> Posed:
        """What the runner is asked. Raises EngineFault for a value that the engine could misread."""
        leaves = [slot_fact(slot, fact.value) for slot, fact in enumerate(filled) if isinstance(fact, Known)]
        said = "".join([_answer(answers.get(outline.criterion.id)) for outline in self._outlines])
        return Posed(self._number, tuple(leaves), said)

    def verdict(self, concluded: Conclusion, case: Case, filled: Sequence[Fact]) -> Verdict:
        """The conclusion with its reasons. Raises EngineFault for one that is not of this question."""
        plan = self._plan
        sizes = len(concluded.tests), len(concluded.groups), len(concluded.outcomes)
        if sizes != (len(plan.tests), len(plan.groups), len(self._outlines)):
            raise EngineFault("the conclusion is not of this question")
        known = Concluded(plan, self._spoken(), concluded.tests, concluded.groups, filled, case.facts, case.answers)
        findings = tuple(
            [
                explain(outline, OUTCOMES[outcome], known)
                for outline, outcome in zip(self._outlines, concluded.outcomes, strict=True)
            ]
        )
        standing = Standing(concluded.standing)
        if standing is not Standing.INELIGIBLE:
            return Verdict(self.name, standing, findings)
        missed = near_miss(plan, findings, concluded.tests, case.facts, case.answers)
        return Verdict(self.name, standing, findings, missed)

    def _spoken(self) -> Sentences:
        """The ready sentences in the language spoken: made once for each language."""
        spoken = language()
        if spoken not in self._sentences:
            self._sentences[spoken] = sentences_of(self._plan)
        return self._sentences[spoken]

    def failed_closed(self, cause: str) -> Verdict:
        """Nothing is known: logged and counted."""
        _count_fault()
        _log.error("engine fault in %s %s: %s", self.trial.id, self.name, cause)
        because = say("The rule engine failed; nothing can be said. The fault is in the log.")
        findings = tuple(
            Finding(criterion, Outcome.UNKNOWN, because, AnsweredBy.DATA, Reason.ENGINE)
            for criterion in self._plan.question.criteria
        )
        return Verdict(self.name, Standing.INDETERMINATE, findings)


@dataclass(frozen=True, slots=True)
class Case:
    """One question about one patient."""

    engine: Evaluator
    facts: Mapping[Ask, Fact]
    answers: Mapping[str, Attestation] = field(default_factory=dict)


Answers = Sequence[Conclusion | Failed]


class Round:
    """Several questions about one patient, put together to the runner that all engines share."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self._cases = cases
        self._filled = [case.engine.filled(case.facts) for case in cases]
        self._posed = [_posed(*each) for each in zip(cases, self._filled, strict=True)]
        self._asked = [question for question in self._posed if isinstance(question, Posed)]

    def solve(self, meanwhile: Meanwhile | None = None) -> Answers:
        """One answer for each question that could be posed; `meanwhile` as the runner has it."""
        return self._cases[0].engine.runner.solve(self._asked, meanwhile) if self._asked else ()

    def verdicts(self, answers: Answers) -> list[Verdict]:
        """One for each case, in order."""
        left = iter(answers)
        return [
            _verdict(case, facts, question if isinstance(question, Failed) else next(left))
            for case, facts, question in zip(self._cases, self._filled, self._posed, strict=True)
        ]


def evaluate_all(cases: Sequence[Case]) -> list[Verdict]:
    """The verdicts on several questions about one patient, in one round."""
    asked = Round(cases)
    return asked.verdicts(asked.solve())


def _posed(case: Case, filled: Sequence[Fact]) -> Posed | Failed:
    try:
        return case.engine.posed(filled, case.answers)
    except (EngineFault, ValueError) as fault:
        return Failed(type(fault).__name__)


def _verdict(case: Case, filled: Sequence[Fact], answer: Conclusion | Failed) -> Verdict:
    if isinstance(answer, Failed):
        return case.engine.failed_closed(answer.cause)
    try:
        return case.engine.verdict(answer, case, filled)
    except EngineFault as fault:
        return case.engine.failed_closed(str(fault))


def _answer(attestation: Attestation | None) -> str:
    if attestation is None:
        return "-"
    return "T" if attestation.sentence_is_true else "F"
