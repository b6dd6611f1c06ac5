"""How long an outcome surely stays what it is when nothing changes but the day.

For every condition two things are followed, in both directions: until when it is certainly true (or false), and until
when it is certainly not the opposite. They add up like the truths themselves: an `any` stays true as long as the
longest of its true parts, an `all` only as long as the shortest. A clinician's answer carries a condition that has
become unknown, but not one that says the opposite (rules/compile.py, `_combined`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from operator import itemgetter
from typing import NamedTuple

from rules.compile import Plan, Test
from rules.facts import Attestation, Fact, Known
from rules.programme import Part, Truth

ANSWER = "answer"


class Until(NamedTuple):
    """A last day, and what ends there: the name of a fact, or ANSWER."""

    day: date
    what: str = ""


NEVER, ALWAYS = Until(date.min), Until(date.max)


class Spans(NamedTuple):
    """Until when a condition is certainly true, false, not true, not false. NEVER: not even today."""

    true: Until
    false: Until
    not_true: Until
    not_false: Until

    def negated(self) -> Spans:
        return Spans(self.false, self.true, self.not_false, self.not_true)


_OPEN = Spans(NEVER, NEVER, ALWAYS, ALWAYS)
_FOR_EVER: dict[Truth, Spans] = {
    "T": Spans(ALWAYS, NEVER, NEVER, ALWAYS),
    "F": Spans(NEVER, ALWAYS, ALWAYS, NEVER),
    "U": _OPEN,
}


def unchanged_until(
    plan: Plan, root: Part | None, truth: Truth, tests: Sequence[Truth], filled: Sequence[Fact],
    answer: Attestation | None,
) -> Until | None:  # fmt: skip
    """The last day of a definite outcome; None when time alone never changes it.

    `truth` is the root's, `filled` the facts by slot.
    """
    if answer is None:
        decided = root is not None and truth != "U"
        found = _certain_until(plan, root, truth, tests, filled) if decided and root else NEVER
    else:
        spans = _spans(plan, root, tests, filled) if root is not None else _OPEN
        said = Until(answer.valid_until or date.max, ANSWER)
        known, tolerated = (spans.true, spans.not_false) if answer.sentence_is_true else (spans.false, spans.not_true)
        found = _later([known, _earlier([tolerated, said])])
    return found if found.day not in (date.min, date.max) else None


def _certain_until(plan: Plan, part: Part, truth: Truth, tests: Sequence[Truth], filled: Sequence[Fact]) -> Until:
    """Until when a part certainly has this truth, T or F: `Spans.true` or `Spans.false` without the other three."""
    if part.kind == "leaf":
        if tests[part.index] != truth:
            return NEVER
        test = plan.tests[part.index]
        day = last_day(test, filled[test.slot])
        return ALWAYS if day == date.max else Until(day, test.leaf.fact)
    group = plan.groups[part.index]
    if group.how == "none":
        truth = "F" if truth == "T" else "T"
    ends = [_certain_until(plan, child, truth, tests, filled) for child in group.parts]
    one_is_enough = truth == ("F" if group.how == "all" else "T")
    return _later(ends) if one_is_enough else _earlier(ends)


def _spans(plan: Plan, part: Part, tests: Sequence[Truth], filled: Sequence[Fact]) -> Spans:
    if part.kind == "leaf":
        test = plan.tests[part.index]
        return _of_leaf(test, tests[part.index], filled[test.slot])
    group = plan.groups[part.index]
    parts = [_spans(plan, child, tests, filled) for child in group.parts]
    if group.how == "all":
        return _any([spans.negated() for spans in parts]).negated()
    return _any(parts) if group.how == "any" else _any(parts).negated()


def _any(parts: Sequence[Spans]) -> Spans:
    return Spans(
        true=_later([p.true for p in parts]),
        false=_earlier([p.false for p in parts]),
        not_true=_earlier([p.not_true for p in parts]),
        not_false=_later([p.not_false for p in parts]),
    )


def _of_leaf(test: Test, truth: Truth, fact: Fact) -> Spans:
    day = last_day(test, fact)
    if day == date.max:
        return _FOR_EVER[truth]
    end = Until(day, test.leaf.fact)
    lapses = isinstance(fact, Known) and not fact.fades and fact.turns is None
    opposite = ALWAYS if lapses else end
    if truth == "U":
        return Spans(NEVER, NEVER, opposite, opposite)
    spans = Spans(true=end, false=NEVER, not_true=NEVER, not_false=opposite)
    return spans if truth == "T" else spans.negated()


def last_day(test: Test, fact: Fact) -> date:
    """The last day on which the fact says of this comparison what it says today; date.max when it always will."""
    if isinstance(fact, Known) and fact.turns is not None:
        leaf = test.leaf
        return next((t.until for t in fact.turns if (t.op, t.limit) == (leaf.op, leaf.value)), date.max)
    return fact.valid_until or date.max


_day = itemgetter(0)


def _later(ends: Sequence[Until]) -> Until:
    """The first of the latest."""
    return max(ends, key=_day)


def _earlier(ends: Sequence[Until]) -> Until:
    return min(ends, key=_day)
