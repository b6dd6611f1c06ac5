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

import durable_rules_engine as native

from rules.encoding import encode, matched, rule_of, trigger
from rules.errors import EngineFault
from rules.programme import (
    Conclusion,
    EngineState,
    Failed,
    OutcomeWord,
    Posed,
    Programme,
    Standing,
    Truth,
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


class InProcess:
    """Runs programmes in this process. May be called from any thread; calls are serialised."""

    def __init__(self) -> None:
        self._machines: list[Machine] = []
        self._lock = threading.Lock()

    def add(self, programme: Programme) -> int:
        """Load a programme. Raises EngineFault for one that the engine refuses."""
        self._machines.append(Machine(programme))
        return len(self._machines) - 1

    def solve(self, posed: Sequence[Posed]) -> list[Conclusion | Failed]:
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
        """Assert a batch that ends with its trigger: what fired, in the engine's words, without the trigger's rule."""
        text = ",".join((*batch, trigger(stage, self._stages[stage])))
        code, offset = native.assert_facts(self._handle, f"[{text}]")
        if code != 0 or offset != 1:
            raise EngineFault(f"stage {stage}: code {code}, offset {offset}")
        found: list[str] = []
        triggers, own = 0, f'{{"go|{stage}"'
        first = native.start_action_for_state(self._handle, offset)
        message = first[1] if first else None
        while message is not None:
            if message.startswith(own):
                triggers += 1
            else:
                found.append(message)
            message = native.complete_and_start_action(self._handle, offset)
        if triggers != 1:
            raise EngineFault(f"stage {stage}: the trigger fired {triggers} times")
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
        for message in self._fired("leaves", leaves):
            kind, *rest = rule_of(message).split("|")
            if kind == "seen":
                seen += 1
                continue
            number, truth = int(rest[0]), TRUTHS[rest[1]]
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
            batch = [
                self._group_facts[number][place][truth]
                for number in here
                for place, part in enumerate(groups[number].parts)
                if (truth := truth_of(part, tests, truths)) in self._group_facts[number][place]
            ]
            found: dict[int, Truth] = {}
            for message in self._fired(f"level{level}", batch):
                _, number, truth_text = rule_of(message).split("|")
                truth = TRUTHS[truth_text]
                # A group may fire once per part, but only ever with one answer.
                if found.setdefault(int(number), truth) != truth:
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
        rules = self._programme.rules
        data = [truth_of(rule.root, tests, groups) if rule.root else "U" for rule in rules]
        batch = [facts[said, answer] for facts, said, answer in zip(self._outcome_facts, data, answers, strict=True)]
        found: dict[str, OutcomeWord] = {}
        fired = self._fired("outcomes", batch)
        for message in fired:
            found[matched(message)["n"]] = OUTCOMES[rule_of(message).split("|")[1]]
        if len(fired) != len(rules) or len(found) != len(rules):
            raise EngineFault("not exactly one outcome for each criterion")
        return [found[f"c{number}"] for number in range(len(rules))]

    def _standing(self, outcomes: Sequence[OutcomeWord]) -> Standing:
        batch = [facts[said] for facts, said in zip(self._standing_facts, outcomes, strict=True) if said in facts]
        found = {rule_of(message) for message in self._fired("standing", batch)}
        # A criterion that closes the gate also fails: the gate alone decides then.
        if len(found) != 1:
            raise EngineFault("not exactly one standing")
        return STANDINGS[found.pop().split("|")[1]]

    def _written_groups(self) -> list[list[dict[Truth, str]]]:
        """For each part of each group, the fact of each truth that counts: dominating or unknown."""
        written, number = [], 0
        for name, group in enumerate(self._programme.groups):
            parts = []
            for _ in group.parts:
                stage, number = self._stages[f"level{group.level}"], number + 1
                words: dict[Truth, str] = {dominating(group.how): "D", "U": "U"}
                parts.append(
                    {truth: encode({"k": f"g{name}", "v": word}, stage, number) for truth, word in words.items()}
                )
            written.append(parts)
        return written

    def _written_outcomes(self) -> list[dict[tuple[str, str], str]]:
        """For each criterion, the fact of each pair of data's truth and clinician's answer."""
        stage = self._stages["outcomes"]
        return [
            {
                (data, answer): encode(
                    {"k": "c", "n": f"c{number}", "s": "x" if rule.excludes else "r", "d": data, "a": answer},
                    stage,
                    number,
                )
                for data in "TFU"
                for answer in "TF-"
            }
            for number, rule in enumerate(self._programme.rules)
        ]

    def _written_standings(self) -> list[dict[OutcomeWord, str]]:
        """For each criterion, the fact of each outcome that stands in the way."""
        stage, written = self._stages["standing"], []
        for number, rule in enumerate(self._programme.rules):
            facts: dict[OutcomeWord, str] = {"fail": encode({"k": "o", "o": rule.if_failed}, stage, number)}
            if rule.if_open:
                facts["unknown"] = encode({"k": "o", "o": rule.if_open}, stage, number)
            written.append(facts)
        return written
