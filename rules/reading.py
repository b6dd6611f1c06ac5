"""From what the engine decided to what a person reads: the decisive facts, their sentence, reason and evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rules.compile import Plan, Test
from rules.facts import Ask, Attestation, Evidence, Fact, Known, Reason, Unknown
from rules.messages import say, sentence
from rules.phrases import known_phrase, label_of, undecided_phrase
from rules.programme import Part, Truth, dominating
from rules.trial import AnsweredBy, Criterion
from rules.validity import unchanged_until
from rules.verdict import Considered, Finding, Outcome
from rules.vocabulary import VOCABULARY, Coded

NOTHING_THERE = (Reason.MISSING, Reason.NOT_RECONCILED)


def explain(
    plan: Plan,
    criterion: Criterion,
    tests: Sequence[Truth],
    groups: Sequence[Truth],
    outcome: Outcome,
    facts: Mapping[Ask, Fact],
    answers: Mapping[str, Attestation],
) -> Finding:
    """One criterion's finding: only the facts that decided it are told; every fact's review notes are kept."""
    root = plan.roots[criterion.id]
    decisive = _decisive(plan, root, tests, groups) if root else []
    told = [(plan.tests[number], tests[number]) for number in decisive]
    used = [_fact(plan, test, facts) for test, _ in told]
    answer = answers.get(criterion.id)
    sentences = _sentences(plan, told, facts)
    evidence = tuple(dict.fromkeys(item for fact in used for item in fact.evidence))
    unknown = outcome is Outcome.UNKNOWN
    truth = _root_truth(root, tests, groups)
    answered = answer is not None and (truth == "U" or unknown)
    until = None if unknown else unchanged_until(plan, root, tests, facts, answer)
    return Finding(
        criterion=criterion,
        outcome=outcome,
        because=_because(criterion, sentences, answer if answered else None),
        needs=criterion.answered_by if unknown else None,
        reason=_reason(criterion, told, used, contradicted=answer is not None) if unknown else None,
        evidence=tuple(dict.fromkeys((*evidence, *_context_evidence(criterion, facts), *_said(answer, told=answered)))),
        valid_until=until.day if until is not None else None,
        review=_review(plan, root, facts, criterion),
        expires=until.what if until is not None else None,
        facts=_considered(plan, root, facts, {number for number in decisive if unknown and tests[number] == "U"}),
    )


def _context_evidence(criterion: Criterion, facts: Mapping[Ask, Fact]) -> list[Evidence]:
    if not criterion.context:
        return []
    return [item for ask, fact in facts.items() if ask.fact in criterion.context for item in fact.evidence]


def _said(answer: Attestation | None, *, told: bool) -> list[Evidence]:
    return [answer.evidence] if answer is not None and told else []


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


def _fact(plan: Plan, test: Test, facts: Mapping[Ask, Fact]) -> Fact:
    return _in_slot(plan, test.slot, facts)


def _in_slot(plan: Plan, slot: int, facts: Mapping[Ask, Fact]) -> Fact:
    return facts.get(plan.asks[slot]) or Unknown(Reason.MISSING, say("Nothing on record"))


def _sentences(plan: Plan, told: Sequence[tuple[Test, Truth]], facts: Mapping[Ask, Fact]) -> list[str]:
    """One clause for each fact, with all of its decisive limits."""
    by_slot: dict[int, list[tuple[Test, Truth]]] = {}
    for test, truth in told:
        by_slot.setdefault(test.slot, []).append((test, truth))
    sentences = []
    for pairs in by_slot.values():
        fact = _fact(plan, pairs[0][0], facts)
        if isinstance(fact, Unknown):
            sentences.append(fact.shown)
        elif any(truth == "U" for _, truth in pairs):
            sentences.append(undecided_phrase(fact, [test.leaf for test, truth in pairs if truth == "U"]))
        else:
            sentences.append(known_phrase(fact, [(test.leaf, truth == "T") for test, truth in pairs]))
    return list(dict.fromkeys(sentences))


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
    return sentence(say("; ").join(parts))


def _reason(
    criterion: Criterion, told: Sequence[tuple[Test, Truth]], used: Sequence[Fact], *, contradicted: bool
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


def _review(plan: Plan, root: Part | None, facts: Mapping[Ask, Fact], criterion: Criterion) -> tuple[str, ...]:
    notes = [note for number in _all_tests(plan, root) for note in _fact(plan, plan.tests[number], facts).review]
    for name in criterion.context:
        fact = next((facts[ask] for ask in facts if ask.fact == name), None)
        if isinstance(fact, Known) and isinstance(fact.value, str):
            notes += [fact.shown] if fact.value != "absent" else []
        elif isinstance(fact, Known):
            notes.append(say("{label} {value}", label=label_of(name), value=fact.shown))
        elif fact is not None and not isinstance(VOCABULARY[name], Coded):
            notes.append(fact.shown)
    return tuple(dict.fromkeys(notes))


def _considered(
    plan: Plan, root: Part | None, facts: Mapping[Ask, Fact], open_tests: set[int]
) -> tuple[Considered, ...]:
    """Each fact once, in the order of the pack."""
    numbers = _all_tests(plan, root)
    slots = dict.fromkeys(plan.tests[number].slot for number in numbers)
    waiting = {plan.tests[number].slot for number in open_tests}
    return tuple(Considered(plan.asks[slot], _in_slot(plan, slot, facts), slot in waiting) for slot in slots)


def _all_tests(plan: Plan, part: Part | None) -> list[int]:
    if part is None:
        return []
    if part.kind == "leaf":
        return [part.index]
    return [number for child in plan.groups[part.index].parts for number in _all_tests(plan, child)]
