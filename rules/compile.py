"""From a trial's criteria to durable-rules definitions: leaves on slots, groups by level, outcomes, standing.

Only safe patterns are written: constants joined by &, and `none` behind a trigger that is asserted last. Each rule name
says what it means: "L|3|T" = leaf 3 holds, "N|2|F" = group 2 is false, "O|pass", "S|ineligible", "seen", "go|1".
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from rules.encoding import ruleset_text
from rules.errors import TrialPackError
from rules.facts import Ask
from rules.packs import children_of
from rules.programme import Group, Part, Programme, Rule
from rules.trial import AllOf, AnsweredBy, AnyOf, Condition, Criterion, Leaf, NoneOf, ProfileTests, Question

# durable-rules hangs at 512 sibling tests and crashes at 256 identical patterns; stay well below.
MOST_TESTS, MOST_GROUPS = 450, 80


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison on one slot."""

    slot: int
    leaf: Leaf


@dataclass(slots=True)
class Plan:
    """One question, compiled: slots to fill, tests, groups by level, and each criterion's root (None: no condition)."""

    question: Question
    asks: list[Ask]
    tests: list[Test]
    groups: list[Group]
    roots: dict[str, Part | None]

    @property
    def levels(self) -> int:
        return max((group.level for group in self.groups), default=0)


def compile_question(question: Question) -> Plan:
    """Raises TrialPackError for what the engine could not evaluate exactly."""
    plan = Plan(question, [], [], [], {})
    for criterion in question.criteria:
        plan.roots[criterion.id] = _part(plan, criterion, criterion.when) if criterion.when else None
    if len(plan.tests) * 3 > MOST_TESTS or len(plan.groups) > MOST_GROUPS:
        raise TrialPackError(f"{question.question}: too many conditions for one question; split the trial pack")
    return plan


def _part(plan: Plan, criterion: Criterion, condition: Condition) -> Part:
    if isinstance(condition, Leaf):
        return Part("leaf", _test(plan, criterion, condition))
    if isinstance(condition, ProfileTests):
        raise TrialPackError(f"{criterion.id}: fill in the site's profile first (with_organ_function_tests)")
    parts = tuple(_part(plan, criterion, child) for child in children_of(condition))
    level = 1 + max((plan.groups[part.index].level for part in parts if part.kind == "group"), default=0)
    plan.groups.append(Group(_how(condition), parts, level))
    return Part("group", len(plan.groups) - 1)


def _how(condition: AllOf | AnyOf | NoneOf) -> Literal["all", "any", "none"]:
    if isinstance(condition, AllOf):
        return "all"
    return "any" if isinstance(condition, AnyOf) else "none"


def _test(plan: Plan, criterion: Criterion, leaf: Leaf) -> int:
    if isinstance(leaf.value, Decimal) and Decimal(repr(float(leaf.value))) != leaf.value:
        raise TrialPackError(f"{criterion.id}: {leaf.value} cannot be compared exactly; use fewer digits")
    ask = Ask(leaf.fact, leaf.window, criterion.absence)
    if ask not in plan.asks:
        plan.asks.append(ask)
    test = Test(plan.asks.index(ask), leaf)
    if test not in plan.tests:
        plan.tests.append(test)
    return plan.tests.index(test)


def programme_of(plan: Plan, name: str) -> Programme:
    """The plan as the engine's process needs it; `name` tells rulesets apart."""
    rules = tuple(
        Rule(
            root=plan.roots[criterion.id],
            excludes=criterion.excludes,
            if_failed="gate" if criterion.closes_gate else "fail",
            if_open="open" if criterion.answered_by is AnsweredBy.DATA else None,
        )
        for criterion in plan.question.criteria
    )
    text = ruleset_text(definitions(plan))
    return Programme(name, text, tuple(stages(plan)), len(plan.tests), tuple(plan.groups), rules)


Pattern = dict[str, Any]
Rules = dict[str, Any]


def definitions(plan: Plan) -> Rules:
    """Fresh durable-rules definitions; the engine changes what it is given, so never use them twice."""
    rules: Rules = {}
    for number, slot in enumerate(plan.asks):
        del slot
        rules[f"seen|{number}"] = _rule({"k": f"s{number}"})
    for number, test in enumerate(plan.tests):
        _add_test(rules, number, test)
    for number, group in enumerate(plan.groups):
        _add_group(rules, number, group)
    _add_outcomes(rules)
    _add_standing(rules)
    for stage in stages(plan):
        rules[f"go|{stage}"] = _rule({"k": f"go{stage}"})
    return rules


def stages(plan: Plan) -> list[str]:
    """The stages in order: leaves, each level of groups, outcomes, standing."""
    return ["leaves", *(f"level{n}" for n in range(1, plan.levels + 1)), "outcomes", "standing"]


def _add_test(rules: Rules, number: int, test: Test) -> None:
    slot, leaf = f"s{test.slot}", test.leaf
    if leaf.codes:
        for branch, code in enumerate(leaf.codes):
            rules[f"L|{number}|T|{branch}"] = _rule({"k": slot, "code": code})
        rules[f"L|{number}|F|0"] = _rule({"k": slot}, *({"$neq": {"code": code}} for code in leaf.codes))
        return
    limit = float(str(leaf.value))
    holds, fails = {
        ">=": ({"$gte": {"lo": limit}}, {"$lt": {"hi": limit}}),
        ">": ({"$gt": {"lo": limit}}, {"$lte": {"hi": limit}}),
        "<=": ({"$lte": {"hi": limit}}, {"$gt": {"lo": limit}}),
        "<": ({"$lt": {"hi": limit}}, {"$gte": {"lo": limit}}),
    }[leaf.op]
    rules[f"L|{number}|T|0"] = _rule({"k": slot}, holds)
    rules[f"L|{number}|F|0"] = _rule({"k": slot}, fails)


def _add_group(rules: Rules, number: int, group: Group) -> None:
    """Kleene: one dominating part decides; else one unknown keeps it open; else the other value."""
    decided, other = {"all": ("F", "T"), "any": ("T", "F"), "none": ("F", "T")}[group.how]
    kind, go = f"g{number}", f"golevel{group.level}"
    rules[f"N|{number}|{decided}"] = _rule({"k": kind, "v": "D"})
    rules[f"N|{number}|U"] = _chain(go, {"k": kind, "v": "U"}, without=[{"k": kind, "v": "D"}])
    rules[f"N|{number}|{other}"] = _chain(go, without=[{"k": kind, "v": "D"}, {"k": kind, "v": "U"}])


def _add_outcomes(rules: Rules) -> None:
    """Data verdict and clinician's answer -> outcome, for a sentence that requires (r) or excludes (x)."""
    for sense, good in (("r", "T"), ("x", "F")):
        for data in "TFU":
            for answer in "TF-":
                verdict = _combined(data, answer)
                outcome = "unknown" if verdict == "U" else "pass" if verdict == good else "fail"
                rules[f"O|{outcome}|{sense}{data}{answer}"] = _rule({"k": "c", "s": sense, "d": data, "a": answer})


def _combined(data: str, answer: str) -> str:
    """A clinician decides where data are silent; where they contradict, nobody does (B6.3)."""
    if answer == "-" or answer == data:
        return data
    return answer if data == "U" else "U"


def _add_standing(rules: Rules) -> None:
    go = "gostanding"
    gate, fail, open_ = ({"k": "o", "o": word} for word in ("gate", "fail", "open"))
    rules["S|not_applicable"] = _rule(gate)
    rules["S|ineligible"] = _chain(go, fail, without=[gate])
    rules["S|indeterminate"] = _chain(go, open_, without=[gate, fail])
    rules["S|potentially_eligible"] = _chain(go, without=[gate, fail, open_])


def _rule(first: Pattern, *more: Pattern) -> dict[str, Any]:
    """A rule on one fact: every constant of `first`, and the comparisons of `more`."""
    return {"all": [{"m": _pattern(first, *more)}]}


def _pattern(first: Pattern, *more: Pattern) -> Pattern:
    tests: list[Pattern] = [{name: value} for name, value in first.items()] + list(more)
    return tests[0] if len(tests) == 1 else {"$and": tests}


def _chain(go: str, *facts: Pattern, without: list[Pattern]) -> dict[str, Any]:
    """Trigger first in the rule (its fact comes last in the batch), then what must be there, then what must not."""
    steps: list[Pattern] = [{"go": _pattern({"k": go})}]
    steps += [{f"f{n}": _pattern(fact)} for n, fact in enumerate(facts)]
    steps += [{f"n{n}$not": _pattern(fact)} for n, fact in enumerate(without)]
    return {"all": steps}
