"""The only module that touches durable-rules 2.0.28; its traps end here.

* The stock host runs timer threads that steal and crash actions: no host is used, only the engine under it.
* Sessions are told apart by a 32-bit hash: one constant session, one caller at a time, deleted after each question.
* Deleting a session in which nothing ever fired frees an unset pointer: one warm-up session fires a rule first.
* A batch is cut silently at what its JSON reader cannot parse: own encoder (rules/encoding.py), and the last fact of
  each batch is a trigger whose rule must fire exactly once.
* `none` is wrong when the trigger is not last: it always is, in a batch of its own stage.
* Exceptions in Python actions are swallowed: there are no Python actions; fired rule names are read from the C loop.
* A crash or an endless loop takes its process along: the service asks one that it can lose (rules/sidecars.py).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import product

import durable_rules_engine as native
import orjson

from rules.encoding import encode, rule_of, trigger
from rules.errors import EngineFault
from rules.programme import (
    Conclusion,
    EngineState,
    Failed,
    Meanwhile,
    OutcomeWord,
    Posed,
    Programme,
    Standing,
    Truth,
    Weight,
    dominating,
    truth_of,
)

SESSION = "0"
TRUTHS: dict[str, Truth] = {"T": "T", "F": "F", "U": "U"}
OUTCOMES: dict[str, OutcomeWord] = {"pass": "pass", "fail": "fail", "unknown": "unknown"}
STANDINGS: dict[str, Standing] = {
    "not_applicable": "not_applicable",
    "ineligible": "ineligible",
    "indeterminate": "indeterminate",
    "potentially_eligible": "potentially_eligible",
}
# How a criterion stands: whether it excludes, what the data say, and what a clinician said (T, F or -).
Stands = tuple[bool, str, str]


class InProcess:
    """Runs programmes in this process. May be called from any thread; calls are serialised."""

    def __init__(self) -> None:
        self._machines: list[Machine] = []
        self._lock = threading.Lock()

    def add(self, programme: Programme) -> int:
        """Load a programme. Raises EngineFault for one that the engine refuses."""
        self._machines.append(Machine(programme))
        return len(self._machines) - 1

    def solve(self, posed: Sequence[Posed], meanwhile: Meanwhile | None = None) -> list[Conclusion | Failed]:
        """As the protocol; there is no waiting here, so that `meanwhile` only comes first."""
        if meanwhile is not None:
            meanwhile()
        with self._lock:
            return [self._one(question) for question in posed]

    def state(self) -> EngineState:
        """It is where this process is."""
        return EngineState("up", 1, 0)

    def _one(self, question: Posed) -> Conclusion | Failed:
        try:
            return self._machines[question.programme].solve(question)
        except EngineFault as fault:
            return Failed(str(fault))
        except (native.error, ValueError, LookupError, MemoryError) as fault:
            return Failed(type(fault).__name__)


class Machine:
    """One programme, loaded into the engine. One question at a time: the caller sees to it."""

    def __init__(self, programme: Programme) -> None:
        """Load and warm up. Raises EngineFault for definitions that the engine refuses."""
        self._programme = programme
        self._stages = {name: number for number, name in enumerate(programme.stages)}
        self._levels = self._leveled()
        self._compared = _comparing_rules(programme)
        self._group_facts = self._written_groups()
        self._outcome_facts = self._written_outcomes()
        self._standing_facts = self._written_standings()
        try:
            self._handle = native.create_ruleset(programme.name, programme.ruleset)
        except native.error as error:
            raise EngineFault(f"{programme.name}: the engine refuses these rules") from error
        try:
            self._fired("leaves", ())
        finally:
            self._close()

    def solve(self, posed: Posed) -> Conclusion:
        """Raises EngineFault, native.error, ValueError or MemoryError when the result cannot be trusted."""
        try:
            tests = self._tests(posed.leaves)
            groups = self._groups(tests)
            outcomes = self._outcomes(tests, groups, posed.answers)
            return Conclusion(tuple(tests), tuple(groups), tuple(outcomes), self._standing(outcomes))
        finally:
            self._close()

    def _fired(self, stage: str, batch: Sequence[str]) -> list[str]:
        """Assert a batch that ends with its trigger: the names of the rules that fired, without the trigger's rule."""
        handle, text = self._handle, ",".join((*batch, trigger(stage, self._stages[stage])))
        code, offset = native.assert_facts(handle, f"[{text}]")
        if code != 0 or offset != 1:
            raise EngineFault(f"stage {stage}: code {code}, offset {offset}")
        found: list[str] = []
        first = native.start_action_for_state(handle, offset)
        message = first[1] if first else None
        while message is not None:
            found.append(rule_of(message))
            message = native.complete_and_start_action(handle, offset)
        own = f"go|{stage}"
        triggers = found.count(own)
        if triggers != 1:
            raise EngineFault(f"stage {stage}: the trigger fired {triggers} times")
        found.remove(own)
        return found

    def _close(self) -> None:
        """Whatever happened, nothing of a patient stays. There is no session when the first batch was refused."""
        try:
            native.delete_state(self._handle, SESSION)
        except native.error:
            return

    def _tests(self, leaves: Sequence[str]) -> list[Truth]:
        truths: list[Truth] = ["U"] * self._programme.tests
        seen = 0
        for name in self._fired("leaves", leaves):
            if name.startswith("seen|"):
                seen += 1
                continue
            number, truth = self._compared[name]
            if truths[number] not in ("U", truth):
                raise EngineFault("a comparison both holds and fails")
            truths[number] = truth
        if seen != len(leaves):
            raise EngineFault("not every fact was seen")
        return truths

    def _groups(self, tests: Sequence[Truth]) -> list[Truth]:
        groups = self._programme.groups
        truths: list[Truth] = ["U"] * len(groups)
        for level, here in enumerate(self._levels, start=1):
            batch = []
            for number in here:
                said = {truth_of(part, tests, truths) for part in groups[number].parts}
                batch += [fact for truth, fact in self._group_facts[number].items() if truth in said]
            found: dict[int, Truth] = {}
            for name in self._fired(f"level{level}", batch):
                _, number_text, truth_text = name.split("|")
                truth = TRUTHS[truth_text]
                if found.setdefault(int(number_text), truth) != truth:
                    raise EngineFault("a group has two answers")
            if sorted(found) != here:
                raise EngineFault("a group has no answer")
            for index, truth in found.items():
                truths[index] = truth
        return truths

    def _leveled(self) -> list[list[int]]:
        """The numbers of the groups of each level, from the first on."""
        deepest = max((group.level for group in self._programme.groups), default=0)
        groups = list(enumerate(self._programme.groups))
        return [[number for number, group in groups if group.level == level] for level in range(1, deepest + 1)]

    def _outcomes(self, tests: Sequence[Truth], groups: Sequence[Truth], answers: str) -> list[OutcomeWord]:
        asked = [
            (rule.excludes, truth_of(rule.root, tests, groups) if rule.root else "U", answer)
            for rule, answer in zip(self._programme.rules, answers, strict=True)
        ]
        # Criteria that stand alike get one fact, and so one outcome.
        alike = dict.fromkeys(asked)
        found = {}
        fired = self._fired("outcomes", [self._outcome_facts[one][1] for one in alike])
        for name in fired:
            _, outcome, named = name.split("|")
            found[named] = OUTCOMES[outcome]
        if len(fired) != len(alike) or len(found) != len(alike):
            raise EngineFault("not exactly one outcome for each criterion")
        return [found[self._outcome_facts[one][0]] for one in asked]

    def _standing(self, outcomes: Sequence[OutcomeWord]) -> Standing:
        weights = {
            rule.if_failed if outcome == "fail" else rule.if_open
            for rule, outcome in zip(self._programme.rules, outcomes, strict=True)
            if outcome != "pass"
        }
        batch = [fact for weight, fact in self._standing_facts.items() if weight in weights]
        found = set(self._fired("standing", batch))
        # A criterion that closes the gate also fails: the gate alone decides then.
        if len(found) != 1:
            raise EngineFault("not exactly one standing")
        return STANDINGS[found.pop().split("|")[1]]

    def _written_groups(self) -> list[dict[Truth, str]]:
        """For each group, the fact of each truth of a part that counts: dominating or unknown."""
        written = []
        for name, group in enumerate(self._programme.groups):
            stage, kind = self._stages[f"level{group.level}"], f"g{name}"
            dominates = encode({"k": kind, "v": "D"}, stage, 2 * name)
            unknown = encode({"k": kind, "v": "U"}, stage, 2 * name + 1)
            facts: dict[Truth, str] = {dominating(group.how): dominates, "U": unknown}
            written.append(facts)
        return written

    def _written_outcomes(self) -> dict[Stands, tuple[str, str]]:
        """For each way in which a criterion can stand, the end of its rule's name, and its fact."""
        stage, written = self._stages["outcomes"], {}
        for number, (excludes, data, answer) in enumerate(product((False, True), "TFU", "TF-")):
            sense = "x" if excludes else "r"
            fact = encode({"k": "c", "s": sense, "d": data, "a": answer}, stage, number)
            written[excludes, data, answer] = (f"{sense}{data}{answer}", fact)
        return written

    def _written_standings(self) -> dict[Weight, str]:
        """The fact of each way in which a criterion can stand in the way."""
        weights: tuple[Weight, ...] = ("gate", "fail", "open")
        stage = self._stages["standing"]
        return {weight: encode({"k": "o", "o": weight}, stage, number) for number, weight in enumerate(weights)}


def _comparing_rules(programme: Programme) -> dict[str, tuple[int, Truth]]:
    """Name of a rule -> the comparison that it decides, and how: "L|3|T|0" says that comparison 3 holds."""
    names = [name.split("|") for name in orjson.loads(programme.ruleset) if name.startswith("L|")]
    return {"|".join(name): (int(name[1]), TRUTHS[name[2]]) for name in names}
