"""What may be suggested for a subject at three months: the MRD, the consent, the discussion. Never a treatment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cds.assessment import TrialAssessment
from cds.outgoing import draft_order, draft_task
from rules.facts import Reason
from rules.messages import say
from rules.verdict import Finding, Outcome, Standing

# On study in one arm, treated, and MRD persistent: what must be certain before anybody is asked for a consent.
PERSISTENT = ("X1a", "X1b", "X1c", "X1d")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A draft resource (plain JSON, validated) with the words for it; `key` names it in every language."""

    key: str
    label: str
    resource: dict[str, Any]
    recommended: bool = False


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


def proposals_of(trial: TrialAssessment, patient: str, as_of: str) -> tuple[Proposal, ...]:
    """What fits the state of the crossover question on this day; an empty tuple when nothing does.

    An MRD is proposed only where none is on record: one that is preliminary, unreadable or could not be fetched is not
    repeated for that.
    """
    verdict, course = trial.verdict("cross_over"), trial.follow_up
    window = course.crossover_window if course else None
    if verdict is None or course is None or window is None or not verdict.findings:
        return ()
    found = {finding.criterion.id: finding for finding in verdict.findings}
    if not may_be_decided(trial, as_of):
        return ()
    if found["X1c"].outcome is Outcome.UNKNOWN:
        if found["X1c"].reason is not Reason.MISSING or as_of[:10] > str(window.closes):
            return ()
        text = say("Flow MRD in marrow at 3 months, by {day}", day=window.closes)
        resource = draft_order(patient, text, (str(window.opens), str(window.closes)), _reason(trial))
        return (Proposal("mrd", text, resource, recommended=True),)
    if found["X1c"].outcome is not Outcome.PASS:
        return ()
    return _after_positive(trial, patient, found)


def _after_positive(trial: TrialAssessment, patient: str, found: dict[str, Finding]) -> tuple[Proposal, ...]:
    """MRD persists: ask for consent, also while safety is being checked; with all in place, discuss the other arm."""
    verdict, course = trial.verdict("cross_over"), trial.follow_up
    if verdict is None or course is None or any(found[name].outcome is not Outcome.PASS for name in PERSISTENT):
        return ()
    if found["X1f"].outcome is Outcome.UNKNOWN:
        text = say("Ask for consent to cross over ({trial})", trial=trial.trial.id)
        return (Proposal("consent", text, draft_task(patient, text, _reason(trial)), recommended=True),)
    if verdict.standing is not Standing.POTENTIALLY_ELIGIBLE:
        return ()
    assigned = course.allocation.assigned
    other = next(
        (say(arm.name) for arm in trial.trial.arms if assigned and arm.id != assigned.id), say("the other arm")
    )
    text = say("Discuss crossing over to {arm} with the study team", arm=other)
    return (Proposal("discuss", text, draft_task(patient, text, _reason(trial)), recommended=True),)


def _reason(trial: TrialAssessment) -> str:
    return f"{trial.trial.id}: {say(trial.trial.short_title)}"
