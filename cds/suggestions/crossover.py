"""What may be suggested for a subject at three months: the MRD, the consent, the discussion. Never a treatment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cds.assessment import TrialAssessment
from cds.suggestions.catalogue import FLOW_MRD, MARROW
from cds.suggestions.held import is_ordered, is_tasked, task_uri
from cds.suggestions.orders import order_draft
from cds.suggestions.proposal import Proposal
from cds.suggestions.scene import Scene
from cds.suggestions.tasks import Errand, plain_task
from cds.suggestions.wishes import Action, Wish, wishes_of
from cds.suggestions.work import proposals_for
from rules.facts import Reason
from rules.messages import say
from rules.verdict import Finding, Outcome, Standing

# On study in one arm, treated, and MRD persistent: what must be certain before anybody is asked for a consent.
PERSISTENT = ("X1a", "X1b", "X1c", "X1d")
# What must be looked at again before anybody crosses: relapse, safety, and the answer about organ function.
CHECKED_AGAIN = frozenset({"X1e", "X3", "I5"})


def may_be_decided(trial: TrialAssessment, as_of: str) -> bool:
    """From the opening of the crossover window until the next visit opens, unless the answer is already no."""
    verdict, course = trial.verdict("cross_over"), trial.follow_up
    window = course.crossover_window if course else None
    if verdict is None or course is None or window is None:
        return False
    if verdict.standing in (Standing.NOT_APPLICABLE, Standing.INELIGIBLE):
        return False
    following = [visit.window.opens for visit in course.visits if visit.window.month > window.month]
    return str(window.opens) <= as_of[:10] < str(min(following, default=window.closes))


def crossover_proposals(scene: Scene) -> tuple[Proposal, ...]:
    """What fits the state of the crossover question on this day; an empty tuple when nothing does.

    An MRD is proposed only where none is on record: one that is preliminary, unreadable or could not be fetched is not
    repeated for that.
    """
    if not scene.verdict.findings or not may_be_decided(scene.assessed, scene.today.isoformat()):
        return ()
    found = {finding.criterion.id: finding for finding in scene.verdict.findings}
    if found["X1c"].outcome is Outcome.UNKNOWN:
        proposals = _month_3(scene, found["X1c"])
    elif found["X1c"].outcome is Outcome.PASS:
        proposals = _after_positive(scene, found)
    else:
        return ()
    return tuple(replace(proposal, recommended=not number) for number, proposal in enumerate(proposals))


def _month_3(scene: Scene, finding: Finding) -> Iterator[Proposal]:
    course = scene.assessed.follow_up
    window = course.crossover_window if course else None
    wish = Wish(Action.ORDER, FLOW_MRD.key, measured=True)
    if window is None or finding.reason is not Reason.MISSING or scene.today > window.closes:
        return
    if not is_ordered(scene.chart, FLOW_MRD, wish):
        days = (window.opens.isoformat(), window.closes.isoformat())
        label = say("Flow MRD in marrow at 3 months, by {day}", day=window.closes)
        # One puncture, both tests: without blasts of the same marrow nobody could say that there is no relapse.
        marrow = [w for w in wishes_of(scene) if w.action is Action.ORDER and w.about == MARROW.key]
        orders = [FLOW_MRD, *(MARROW for w in marrow if not is_ordered(scene.chart, MARROW, w))]
        drafts = [order_draft(scene, order, days=days, why=(_reason(scene),)) for order in orders]
        yield Proposal("month-3-mrd", label, tuple(drafts))


def _after_positive(scene: Scene, found: dict[str, Finding]) -> Iterator[Proposal]:
    """MRD persists: ask for consent, also while safety is being checked; with all in place, discuss the other arm."""
    course, trial = scene.assessed.follow_up, scene.trial_id
    if course is None or any(found[name].outcome is not Outcome.PASS for name in PERSISTENT):
        return
    if found["X1f"].outcome is Outcome.UNKNOWN:
        text = say("Ask for consent to cross over ({trial})", trial=trial)
        yield from _task(scene, Errand(say("Ask for consent"), text, f"{trial}:crossover-consent"))
    elif scene.verdict.standing is Standing.POTENTIALLY_ELIGIBLE:
        assigned = course.allocation.assigned
        arms = scene.assessed.trial.arms
        other = next((say(arm.name) for arm in arms if assigned and arm.id != assigned.id), say("the other arm"))
        text = say("Discuss crossing over to {arm} with the study team", arm=other)
        yield from _task(scene, Errand(say("Discuss with the study team"), text, f"{trial}:crossover"))
    if scene.verdict.standing is Standing.INDETERMINATE:
        again = tuple(wish for wish in wishes_of(scene) if not CHECKED_AGAIN.isdisjoint(wish.criteria))
        yield from proposals_for(scene, again)


def _task(scene: Scene, errand: Errand) -> Iterator[Proposal]:
    if not is_tasked(scene.chart, task_uri(errand.name)):
        yield Proposal(errand.name, errand.sentence, (plain_task(scene, errand, (_reason(scene),)),))


def _reason(scene: Scene) -> str:
    return f"{scene.trial_id}: {say(scene.assessed.trial.short_title)}"
