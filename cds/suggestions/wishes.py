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
from cds.suggestions.timing import days_since
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
    Reason.UNMAPPED: Action.MAP,
    Reason.NOT_RECONCILED: Action.RECONCILE,
    Reason.JUDGEMENT: Action.ATTEST,
    Reason.ATTESTATION: Action.ATTEST,
    Reason.CONSENT: Action.CONSENT,
}
TECHNICAL = frozenset({Reason.NOT_FETCHED, Reason.ENGINE})
# At the bedside a doubtful value is simply taken again.
TAKEN_AGAIN = frozenset(
    {Reason.UNIT, Reason.IMPLAUSIBLE, Reason.UNDATED, Reason.IMPRECISE, Reason.CONFLICT, *NOTHING_USABLE}
)
WHEN_NOTHING = {"measure": Action.ORDER, "bedside": Action.BEDSIDE, "record": Action.COMPLETE}
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
    if reason in TECHNICAL or _follows_from_the_transplant(scene, item, reason):
        return
    action = _action(answer, reason, item)
    if item.ask.fact == "karnofsky" and action is Action.BEDSIDE:
        action, answer = _of_a_child(scene, answer)
    wish = Wish(
        action,
        answer.order.key if answer.order else item.ask.fact,
        say(answer.what),
        (item.fact.shown,),
        item.fact.evidence,
        (finding.criterion.id,),
        item.ask.window,
        answer.how == "measure",
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


def reason_of(fact: Fact) -> Reason:
    """Why a fact leaves its criterion open: it is unknown, or a limit lies inside its interval."""
    return fact.reason if isinstance(fact, Unknown) else fact.if_undecided


def _action(answer: Answer, reason: Reason, item: Considered) -> Action:
    if reason in BY_REASON:
        return BY_REASON[reason]
    if answer.how == "bedside" and reason in TAKEN_AGAIN:
        return Action.BEDSIDE
    # A result without its upper limit of normal is there: the laboratory states the limit.
    lacks_limit = item.ask.fact.endswith("_xuln") and bool(item.fact.evidence) and reason is Reason.MISSING
    return WHEN_NOTHING[answer.how] if reason in NOTHING_USABLE and not lacks_limit else Action.CLARIFY


def _follows_from_the_transplant(scene: Scene, item: Considered, reason: Reason) -> bool:
    """A fresh MRD that only lacks its transplant can be read once the transplant is on record."""
    if item.ask.fact != "post_hsct_mrd_flow_cd19_pct" or reason is not Reason.MISSING or not item.fact.evidence:
        return False
    all_facts = (fact for finding in scene.verdict.findings for fact in finding.facts)
    transplant = any(fact.keeps_open and fact.ask.fact == "allogeneic_hsct" for fact in all_facts)
    age = days_since(scene, item.fact)
    return transplant and age is not None and age <= (item.ask.window or 0)


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
