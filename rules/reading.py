"""From what the engine decided to what a person reads: the decisive facts, their sentence, reason and evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from rules.compile import Plan, Test
from rules.facts import Ask, Attestation, Fact, Interval, Known, Reason, Unknown
from rules.messages import say, sentence
from rules.outline import VALUE, Outline, Sentences
from rules.phrases import known_phrase, label_of, undecided_phrase
from rules.programme import Part, Truth, dominating
from rules.trial import AnsweredBy, Criterion
from rules.validity import ALWAYS, last_day, unchanged_until
from rules.verdict import Considered, Finding, Outcome
from rules.vocabulary import VOCABULARY, Coded

T = TypeVar("T")
NOTHING_THERE = (Reason.MISSING, Reason.NOT_RECONCILED)


class Concluded(msgspec.Struct, frozen=True):
    """One question as the engine answered it for one patient.

    `filled` is the fact in each slot of the plan, `facts` is all of them with those that are only shown.
    """

    plan: Plan
    sentences: Sentences
    tests: Sequence[Truth]
    groups: Sequence[Truth]
    filled: Sequence[Fact]
    facts: Mapping[Ask, Fact]
    answers: Mapping[str, Attestation]


def explain(outline: Outline, outcome: Outcome, concluded: Concluded) -> Finding:
    """One criterion's finding: only the facts that decided it are told; every fact's review notes are kept."""
    answer = concluded.answers.get(outline.criterion.id)
    if outline.only is not None and answer is None:
        return _of_one_comparison(outline, outline.only, outcome, concluded)
    criterion, root = outline.criterion, outline.root
    plan, tests, facts = concluded.plan, concluded.tests, concluded.facts
    decisive = _decisive(plan, root, tests, concluded.groups) if root else []
    told = [(number, tests[number]) for number in decisive]
    used = [concluded.filled[plan.tests[number].slot] for number in decisive]
    unknown = outcome is Outcome.UNKNOWN
    truth = _root_truth(root, tests, concluded.groups)
    answered = answer is not None and (unknown or truth == "U")
    until = None if unknown else unchanged_until(plan, root, truth, tests, concluded.filled, answer)
    evidence = [item for fact in used for item in fact.evidence]
    evidence += [item for ask in outline.shown if ask in facts for item in facts[ask].evidence]
    if answer is not None and answered:
        evidence.append(answer.evidence)
    return Finding(
        criterion=criterion,
        outcome=outcome,
        because=_because(criterion, _sentences(concluded, told), answer if answered else None),
        needs=criterion.answered_by if unknown else None,
        reason=_reason(criterion, told, used, contradicted=answer is not None) if unknown else None,
        evidence=_once(evidence),
        valid_until=until.day if until is not None else None,
        review=_review(outline, concluded),
        expires=until.what if until is not None else None,
        facts=_considered(outline, concluded, {number for number in decisive if unknown and tests[number] == "U"}),
    )


def _of_one_comparison(outline: Outline, test: Test, outcome: Outcome, concluded: Concluded) -> Finding:
    """The same for one comparison and no clinician's answer, without the lists."""
    criterion, number = outline.criterion, outline.tests[0]
    truth, fact = concluded.tests[number], concluded.filled[test.slot]
    unknown = outcome is Outcome.UNKNOWN
    day = ALWAYS.day if unknown else last_day(test, fact)
    ends = day != ALWAYS.day
    return Finding(
        criterion,
        outcome,
        sentence(_clause(concluded, number, truth, fact)),
        criterion.answered_by if unknown else None,
        _reason(criterion, [(number, truth)], [fact], contradicted=False) if unknown else None,
        _once(fact.evidence),
        day if ends else None,
        _once(fact.review),
        (Considered(concluded.plan.asks[test.slot], fact, unknown and truth == "U"),),
        test.leaf.fact if ends else None,
    )


def _once(items: Sequence[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(items)) if len(items) > 1 else tuple(items)


def _root_truth(root: Part | None, tests: Sequence[Truth], groups: Sequence[Truth]) -> Truth:
    if root is None:
        return "U"
    return tests[root.index] if root.kind == "leaf" else groups[root.index]


def _decisive(plan: Plan, part: Part, tests: Sequence[Truth], groups: Sequence[Truth]) -> list[int]:
    """The tests that made this part what it is, in the order of the pack."""
    if part.kind == "leaf":
        return [part.index]
    group = plan.groups[part.index]
    truths = [_root_truth(child, tests, groups) for child in group.parts]
    weight = dominating(group.how)
    wanted = weight if weight in truths else "U" if "U" in truths else None
    chosen = [child for child, truth in zip(group.parts, truths, strict=True) if wanted in (None, truth)]
    return [number for child in chosen for number in _decisive(plan, child, tests, groups)]


def _sentences(concluded: Concluded, told: Sequence[tuple[int, Truth]]) -> list[str]:
    """One clause for each fact, with all of its decisive limits."""
    tests, by_slot = concluded.plan.tests, dict[int, list[tuple[int, Truth]]]()
    if len(told) == 1:
        number, truth = told[0]
        return [_clause(concluded, number, truth, concluded.filled[tests[number].slot])]
    for number, truth in told:
        by_slot.setdefault(tests[number].slot, []).append((number, truth))
    return list(dict.fromkeys([_joint_clause(concluded, pairs, slot) for slot, pairs in by_slot.items()]))


def _joint_clause(concluded: Concluded, pairs: Sequence[tuple[int, Truth]], slot: int) -> str:
    fact, tests = concluded.filled[slot], concluded.plan.tests
    if len(pairs) == 1:
        return _clause(concluded, *pairs[0], fact)
    if isinstance(fact, Unknown):
        return fact.shown
    open_limits = [tests[number].leaf for number, truth in pairs if truth == "U"]
    if open_limits:
        return undecided_phrase(fact, open_limits)
    return known_phrase(fact, [(tests[number].leaf, truth == "T") for number, truth in pairs])


def _clause(concluded: Concluded, number: int, truth: Truth, fact: Fact) -> str:
    """What one comparison found; a fact that is coded or unknown already is a clause."""
    if isinstance(fact, Unknown) or (truth != "U" and not isinstance(fact.value, Interval)):
        return fact.shown
    return concluded.sentences[number][truth].replace(VALUE, fact.shown)


def _because(criterion: Criterion, sentences: Sequence[str], answer: Attestation | None) -> str:
    parts = list(sentences)
    if answer is not None:
        word = say("Yes") if answer.sentence_is_true else say("No")
        when = answer.evidence.date
        parts.append(
            say("a clinician answered {answer} on {day}", answer=word, day=when)
            if when
            else say("a clinician answered {answer}", answer=word)
        )
    if not parts:
        if criterion.answered_by is AnsweredBy.CONSENT:
            return say("No consent on record")
        return say("Only a clinician can answer this; no answer on record")
    return sentence(say("; ").join(parts) if len(parts) > 1 else parts[0])


def _reason(
    criterion: Criterion, told: Sequence[tuple[int, Truth]], used: Sequence[Fact], *, contradicted: bool
) -> Reason:
    if contradicted:
        return Reason.CONFLICT
    reasons = [
        fact.reason if isinstance(fact, Unknown) else fact.if_undecided
        for (_, truth), fact in zip(told, used, strict=True)
        if isinstance(fact, Unknown) or truth == "U"
    ]
    # Where something is on record that cannot be used, that says more than that nothing is.
    if reasons:
        return next((reason for reason in reasons if reason not in NOTHING_THERE), reasons[0])
    return Reason.CONSENT if criterion.answered_by is AnsweredBy.CONSENT else Reason.ATTESTATION


def _review(outline: Outline, concluded: Concluded) -> tuple[str, ...]:
    facts = concluded.facts
    # A fact that is compared more than once says its notes once.
    notes = [note for slot in outline.slots for note in concluded.filled[slot].review]
    for name in outline.criterion.context:
        fact = next((facts[ask] for ask in outline.shown if ask.fact == name and ask in facts), None)
        if isinstance(fact, Known) and isinstance(fact.value, str):
            notes += [fact.shown] if fact.value != "absent" else []
        elif isinstance(fact, Known):
            notes.append(say("{label} {value}", label=label_of(name), value=fact.shown))
        elif fact is not None and not isinstance(VOCABULARY[name], Coded):
            notes.append(fact.shown)
    return _once(notes)


def _considered(outline: Outline, concluded: Concluded, open_tests: set[int]) -> tuple[Considered, ...]:
    """Each fact once, in the order of the pack."""
    plan, filled = concluded.plan, concluded.filled
    waiting = {plan.tests[number].slot for number in open_tests}
    return tuple([Considered(plan.asks[slot], filled[slot], slot in waiting) for slot in outline.slots])
