"""What explaining a criterion needs and no patient changes: its comparisons, their slots, and their ready sentences."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rules.compile import Plan, Test
from rules.facts import Ask, Interval, Known
from rules.phrases import known_phrase, undecided_phrase
from rules.programme import Part, Truth
from rules.trial import Criterion, Leaf

VALUE = "{value}"
_SOME_VALUE = Known(Interval(None, None), VALUE)


class Outline(msgspec.Struct, frozen=True):
    """One criterion of a plan: the numbers of its tests in the order of the pack, and the slots they look at, once.

    `shown` are the asks for facts that decide nothing but are shown beside it. `only` is its test when its whole
    condition is one comparison and it shows no other facts: most criteria.
    """

    criterion: Criterion
    root: Part | None
    tests: tuple[int, ...]
    slots: tuple[int, ...]
    shown: tuple[Ask, ...]
    only: Test | None


# For each test of a plan, its sentence by truth, in one language; VALUE stands where the value will.
Sentences = tuple[dict[Truth, str], ...]


def outlines_of(plan: Plan) -> tuple[Outline, ...]:
    """One for each criterion of the plan's question."""
    criteria = plan.question.criteria
    asks = dict.fromkeys([*plan.asks, *(Ask(name) for criterion in criteria for name in criterion.context)])
    return tuple(_outline(plan, criterion, asks) for criterion in criteria)


def _outline(plan: Plan, criterion: Criterion, asks: Iterable[Ask]) -> Outline:
    root = plan.roots[criterion.id]
    tests = tuple(_tests(plan, root))
    slots = tuple(dict.fromkeys(plan.tests[number].slot for number in tests))
    shown = tuple(ask for ask in asks if ask.fact in criterion.context)
    alone = root is not None and root.kind == "leaf" and not criterion.context
    return Outline(criterion, root, tests, slots, shown, plan.tests[tests[0]] if alone else None)


def _tests(plan: Plan, part: Part | None) -> list[int]:
    if part is None:
        return []
    if part.kind == "leaf":
        return [part.index]
    return [number for child in plan.groups[part.index].parts for number in _tests(plan, child)]


def sentences_of(plan: Plan) -> Sentences:
    """What each comparison says of a known fact, in the language spoken. A code is told by its fact's own clause."""
    return tuple(_sentences(test.leaf) for test in plan.tests)


def _sentences(leaf: Leaf) -> dict[Truth, str]:
    undecided = undecided_phrase(_SOME_VALUE, [leaf])
    if leaf.codes:
        return {"T": VALUE, "F": VALUE, "U": undecided}
    holds, fails = known_phrase(_SOME_VALUE, [(leaf, True)]), known_phrase(_SOME_VALUE, [(leaf, False)])
    return {"T": holds, "F": fails, "U": undecided}
