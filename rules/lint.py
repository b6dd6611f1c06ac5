"""A pack's own errors, found before a patient is: cases missing on a side, limits that contradict, blank words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rules.cases import Case, Stated
from rules.packs import children_of
from rules.trial import AllOf, AnyOf, Condition, Criterion, Leaf, NoneOf, Trial
from rules.verdict import Outcome


@dataclass(frozen=True, slots=True)
class Problem:
    """Where, what, and what to do."""

    path: str
    text: str
    remedy: str


def lint(trial: Trial, cases: Sequence[Case]) -> tuple[Problem, ...]:
    """Every problem of a pack and its cases; an empty tuple when it is sound."""
    found: list[Problem] = []
    for question in trial.questions:
        for criterion in question.criteria:
            path = f"{trial.id}/{question.question}/{criterion.id}"
            mine = [case for case in cases if case.criterion == criterion.id]
            found += _words(path, criterion)
            found += _outcomes(path, mine)
            for leaf in leaves(criterion.when):
                found += _both_sides(path, leaf, mine)
            found += _contradictions(path, criterion.when)
    return tuple(found)


def leaves(condition: Condition | None) -> Iterator[Leaf]:
    """Every comparison of a condition, in the order of the pack."""
    if isinstance(condition, Leaf):
        yield condition
    elif isinstance(condition, AllOf | AnyOf | NoneOf):
        for child in children_of(condition):
            yield from leaves(child)


def _words(path: str, criterion: Criterion) -> Iterator[Problem]:
    for name in ("title", "quote", "reading"):
        if not getattr(criterion, name).strip():
            yield Problem(path, f"`{name}` is blank", "every criterion carries the protocol's words and our reading")


def _outcomes(path: str, cases: Sequence[Case]) -> Iterator[Problem]:
    shown = {case.expect for case in cases}
    for outcome in Outcome:
        if outcome not in shown:
            yield Problem(path, f"no case expects {outcome.value}", "add one to cases.yaml")


def _both_sides(path: str, leaf: Leaf, cases: Sequence[Case]) -> Iterator[Problem]:
    """A limit needs a case exactly on it, and one on the other side of it."""
    if not isinstance(leaf.value, Decimal):
        return
    numbers = {value for case in cases for name, value in case.facts.items() if name == leaf.fact}
    exact = {number for number in numbers if isinstance(number, Decimal)}
    if leaf.value not in exact and leaf.op in (">=", "<="):
        yield Problem(path, f"no case has {leaf.fact} exactly {leaf.value}", "add the boundary to cases.yaml")
    below, above = (any(_beyond(n, leaf.value, sign) for n in exact) for sign in (-1, 1))
    if leaf.op in (">=", "<") and not below:
        yield Problem(path, f"no case has {leaf.fact} below {leaf.value}", "add the other side to cases.yaml")
    if leaf.op in (">", "<=") and not above:
        yield Problem(path, f"no case has {leaf.fact} above {leaf.value}", "add the other side to cases.yaml")


def _beyond(number: Decimal | str | Stated, limit: Decimal, sign: int) -> bool:
    return isinstance(number, Decimal) and (number - limit) * sign > 0


def _contradictions(path: str, condition: Condition | None) -> Iterator[Problem]:
    """An `all` whose limits on one fact leave nothing."""
    if not isinstance(condition, AllOf | AnyOf | NoneOf):
        return
    children = children_of(condition)
    if len(set(children)) != len(children):
        yield Problem(path, "the same condition stands twice in one group", "remove one")
    if isinstance(condition, AllOf):
        yield from _empty_ranges(path, [child for child in children if isinstance(child, Leaf)])
    for child in children:
        yield from _contradictions(path, child)


def _empty_ranges(path: str, group: Sequence[Leaf]) -> Iterator[Problem]:
    for fact in dict.fromkeys(leaf.fact for leaf in group):
        lows = [x.value for x in group if x.fact == fact and x.op in (">", ">=") and isinstance(x.value, Decimal)]
        highs = [x.value for x in group if x.fact == fact and x.op in ("<", "<=") and isinstance(x.value, Decimal)]
        if lows and highs and max(lows) > min(highs):
            yield Problem(path, f"no value of {fact} can satisfy this", "correct the limits")
