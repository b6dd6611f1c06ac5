"""The rules' meaning in a few obvious lines: three-valued logic over intervals. Only tests use it."""

from __future__ import annotations

from collections.abc import Mapping

from rules.facts import Ask, Attestation, Fact, Interval, Known
from rules.packs import children_of
from rules.trial import AllOf, AnsweredBy, AnyOf, Condition, Criterion, Leaf, NoneOf, Question
from rules.verdict import Outcome, Standing

Truth = bool | None


def truth(condition: Condition | None, criterion: Criterion, facts: Mapping[Ask, Fact]) -> Truth:
    """True, False or unknown (None)."""
    if isinstance(condition, Leaf):
        return leaf_truth(condition, facts.get(Ask(condition.fact, condition.window, criterion.absence)))
    if isinstance(condition, AllOf | AnyOf | NoneOf):
        parts = [truth(child, criterion, facts) for child in children_of(condition)]
        if isinstance(condition, AllOf):
            return False if False in parts else None if None in parts else True
        some = True if True in parts else None if None in parts else False
        return some if isinstance(condition, AnyOf) or some is None else not some
    return None


def leaf_truth(leaf: Leaf, fact: Fact | None) -> Truth:
    if not isinstance(fact, Known):
        return None
    if not isinstance(fact.value, Interval):
        return fact.value in leaf.codes
    limit, x = leaf.value, fact.value
    above = x.lo is not None and (x.lo > limit or (x.lo == limit and (x.lo_open or leaf.op in (">=", "<"))))
    below = x.hi is not None and (x.hi < limit or (x.hi == limit and (x.hi_open or leaf.op in ("<=", ">"))))
    upward = leaf.op in (">=", ">")
    return (upward if above else not upward) if above or below else None


def outcome(criterion: Criterion, facts: Mapping[Ask, Fact], answers: Mapping[str, Attestation]) -> Outcome:
    data, answer = truth(criterion.when, criterion, facts), answers.get(criterion.id)
    if answer is not None:
        said = answer.sentence_is_true
        data = said if data is None else data if data == said else None
    if data is None:
        return Outcome.UNKNOWN
    return Outcome.PASS if data != criterion.excludes else Outcome.FAIL


def standing(question: Question, outcomes: Mapping[str, Outcome]) -> Standing:
    failed = [c for c in question.criteria if outcomes[c.id] is Outcome.FAIL]
    if any(criterion.closes_gate for criterion in failed):
        return Standing.NOT_APPLICABLE
    if failed:
        return Standing.INELIGIBLE
    open_data = [c for c in question.criteria if outcomes[c.id] is Outcome.UNKNOWN and c.answered_by is AnsweredBy.DATA]
    return Standing.INDETERMINATE if open_data else Standing.POTENTIALLY_ELIGIBLE
