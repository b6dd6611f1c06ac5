"""From open facts to what should be done about each: order, look, complete, clear up, wait, map, reconcile or answer.

A result that exists and cannot be used is never ordered again for that: a preliminary one is waited for, a unit, a date
or a contradiction is cleared up with whoever reported it. What could not be fetched asks nothing of the clinician.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from cds.moments import completed_years
from cds.suggestions.catalogue import ANSWERS, Answer
from cds.suggestions.scene import Scene
from cds.suggestions.timing import MRD, days_since
from rules.facts import Absence, Ask, Evidence, Fact, Reason, Unknown
from rules.messages import say
from rules.trial import AnsweredBy
from rules.verdict import Considered, Finding, Outcome


class Action(StrEnum):
    """What is done about an open fact."""

    ORDER = "order"
    BEDSIDE = "assess"
    COMPLETE = "complete"
    CLARIFY = "clarify"
    CONFIRM = "confirm"
    WAIT = "wait"
    MAP = "map"
    RECONCILE = "reconcile"
    ATTEST = "attest"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing to be done. `about` names it in no language; `why` are whole clauses; `window` is in days.

    `measured` says that a laboratory or a device gave, or gives, the answer. `criteria` are the ids that it serves.
    """

    action: Action
    about: str
    what: str = ""
    why: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    criteria: tuple[str, ...] = ()
    window: int | None = None
    measured: bool = False


NOTHING_USABLE = frozenset({Reason.MISSING, Reason.STALE, Reason.NOT_SPECIFIC})
# The same whoever answers the fact; what is not named here is cleared up.
BY_REASON = {
    Reason.PRELIMINARY: Action.WAIT,
    Reason.UNCONFIRMED: Action.CONFIRM,
    Reason.UNMAPPED: Action.MAP,
    Reason.NOT_RECONCILED: Action.RECONCILE,
    Reason.JUDGEMENT: Action.ATTEST,
    Reason.ATTESTATION: Action.ATTEST,
    Reason.CONSENT: Action.CONSENT,
}
# Another, richer specimen may be in the archive whatever the laboratory still says of this one.
SPECIMEN = "obtainable_blast_pct"
# Their only judgement is a haemolysed sample, and that is drawn again.
ENZYMES = frozenset({"ast_xuln", "alt_xuln"})
TECHNICAL = frozenset({Reason.NOT_FETCHED, Reason.ENGINE})
# At the bedside a doubtful value is simply taken again.
TAKEN_AGAIN = frozenset(
    {Reason.UNIT, Reason.IMPLAUSIBLE, Reason.UNDATED, Reason.IMPRECISE, Reason.CONFLICT, *NOTHING_USABLE}
)
WHEN_NOTHING = {
    "measure": Action.ORDER,
    "bedside": Action.BEDSIDE,
    "record": Action.COMPLETE,
    "question": Action.ATTEST,
}
DOMAINS = {
    Absence.CONDITIONS: ("conditions",),
    Absence.PROCEDURES: ("procedures",),
    Absence.MEDICATIONS: ("medications",),
    Absence.CONDITIONS_AND_MEDICATIONS: ("conditions", "medications"),
}


def wishes_of(scene: Scene) -> tuple[Wish, ...]:
    """What would complete this question, each thing once, in the order of the protocol."""
    merged: dict[tuple[Action, str], Wish] = {}
    for wish in _all(scene):
        key = (wish.action, wish.about)
        merged[key] = _joined(merged[key], wish) if key in merged else wish
    return tuple(merged.values())


def _all(scene: Scene) -> Iterator[Wish]:
    for finding in scene.verdict.findings:
        if finding.outcome is Outcome.UNKNOWN and finding.reason is not Reason.ENGINE:
            waiting = [item for item in finding.facts if item.keeps_open]
            for item in waiting:
                yield from _of_fact(scene, finding, item)
            if not waiting:
                yield _of_criterion(finding)


def _of_criterion(finding: Finding) -> Wish:
    """Nothing on record can answer it, or the record and a clinician contradict each other."""
    criterion = finding.criterion
    if finding.reason is Reason.CONFLICT:
        return Wish(
            Action.CLARIFY, criterion.id, say(criterion.title), (finding.because,), finding.evidence, (criterion.id,)
        )
    consent = criterion.answered_by is AnsweredBy.CONSENT
    action = Action.CONSENT if consent else Action.ATTEST
    return Wish(action, "", "", (finding.because,), (), (criterion.id,))


def _of_fact(scene: Scene, finding: Finding, item: Considered) -> Iterator[Wish]:
    answer, reason = ANSWERS[item.ask.fact], reason_of(item.fact)
    if reason in TECHNICAL:
        return
    action = _action(scene, answer, reason, item)
    if item.ask.fact == MRD and reason is Reason.MISSING:
        waits_for = _transplant(scene, item)
        if waits_for is not None and waits_for is not Reason.JUDGEMENT:
            return
        action = Action.ATTEST if waits_for else action
    if item.ask.fact == "karnofsky" and action is Action.BEDSIDE:
        action, answer = _of_a_child(scene, answer)
    wish = Wish(
        action,
        answer.order.key if answer.order else item.ask.fact,
        say(answer.what),
        (item.fact.shown,),
        item.fact.evidence,
        (answer.question or finding.criterion.id,),
        item.ask.window,
        answer.how == "measure" and all(_is_result(evidence) for evidence in item.fact.evidence),
    )
    if action is Action.RECONCILE:
        for domain in open_domains(scene, item.ask):
            yield replace(wish, about=domain)
    elif action in (Action.ATTEST, Action.CONSENT):
        yield replace(wish, about="")
    elif action is Action.MAP:
        yield replace(wish, about=item.fact.evidence[0].reference if item.fact.evidence else wish.about)
    else:
        yield wish


def _is_result(evidence: Evidence) -> bool:
    """What stands against a drug or a diagnosis is not the laboratory's to correct."""
    return not evidence.reference.startswith(("Medication", "Condition", "Procedure", "QuestionnaireResponse"))


def reason_of(fact: Fact) -> Reason:
    """Why a fact leaves its criterion open: it is unknown, or a limit lies inside its interval."""
    return fact.reason if isinstance(fact, Unknown) else fact.if_undecided


def _action(scene: Scene, answer: Answer, reason: Reason, item: Considered) -> Action:
    if answer.how == "bedside" and reason in TAKEN_AGAIN:
        return Action.BEDSIDE
    if item.ask.fact == SPECIMEN and reason is Reason.PRELIMINARY:
        return Action.COMPLETE
    if item.ask.fact in ENZYMES and reason is Reason.JUDGEMENT:
        return Action.ORDER
    # A result without its upper limit of normal is there: the laboratory states the limit.
    lacks_limit = item.ask.fact.endswith("_xuln") and bool(item.fact.evidence) and reason is Reason.MISSING
    usual = WHEN_NOTHING[answer.how] if reason in NOTHING_USABLE and not lacks_limit else Action.CLARIFY
    action = BY_REASON.get(reason, usual)
    if action in (Action.CLARIFY, Action.WAIT) and answer.order is not None and _too_old(scene, item):
        return Action.ORDER
    return action


def _too_old(scene: Scene, item: Considered) -> bool:
    """Whether the result would be outside its window even when it was cleared up."""
    age = days_since(scene, item.fact)
    return age is not None and item.ask.window is not None and age > item.ask.window


def _transplant(scene: Scene, item: Considered) -> Reason | None:
    """Why the transplant is open that a fresh MRD only waits for; None when the MRD is missing for another reason."""
    if not item.fact.evidence or _too_old(scene, item):
        return None
    waiting = (fact for finding in scene.verdict.findings for fact in finding.facts if fact.keeps_open)
    return next((reason_of(fact.fact) for fact in waiting if fact.ask.fact == "allogeneic_hsct"), None)


def _of_a_child(scene: Scene, answer: Answer) -> tuple[Action, Answer]:
    """Karnofsky is not for children: below the age for Lansky a clinician answers, unless the site takes Lansky."""
    birth, limit = scene.chart.person.birth, scene.days("lansky_below_age")
    if birth is None or limit is None or completed_years(birth[0], scene.today) >= limit:
        return Action.BEDSIDE, answer
    if scene.assessed.trial.settings.get("lansky_substitution") is True:
        return Action.BEDSIDE, replace(answer, what="Lansky play-performance")
    return Action.ATTEST, answer


def open_domains(scene: Scene, ask: Ask) -> Iterator[str]:
    """The lists that must be reconciled before the absence of a record counts for this fact."""
    for domain in DOMAINS.get(ask.absence, ()):
        days = scene.days(f"{domain}_reconciled_days")
        fresh = days is not None and scene.chart.not_reconciled(domain, days, "") is None
        if not fresh and domain not in scene.closed_world:
            yield domain


def _joined(one: Wish, two: Wish) -> Wish:
    return replace(
        one,
        why=_once((*one.why, *two.why)),
        evidence=tuple(dict.fromkeys((*one.evidence, *two.evidence))),
        criteria=_once((*one.criteria, *two.criteria)),
        window=min((days for days in (one.window, two.window) if days is not None), default=None),
    )


def _once(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
