"""What a card says about time and distance: one short sentence."""

from __future__ import annotations

from cds.assessment import TrialAssessment
from cds.outlook import expiry_of, soonest
from hooks.markdown import escaped
from rules.messages import say
from rules.verdict import Outcome, Standing, Verdict


def forecast_block(assessed: TrialAssessment, verdict: Verdict) -> list[str]:
    """For who could enrol today, what expires first; for who does not fit, what is nearest. Else nothing."""
    if verdict.standing is Standing.POTENTIALLY_ELIGIBLE:
        settled = all(finding.outcome is not Outcome.UNKNOWN for finding in verdict.findings)
        return _could_enrol(verdict, today=settled and assessed.recruitment.may_refer)
    missed = assessed.misses.get(verdict.question)
    return [say("Near miss: {because}.", because=escaped(missed.because))] if missed is not None else []


def _could_enrol(verdict: Verdict, *, today: bool) -> list[str]:
    """`today`: the trial recruits and nobody has anything left to answer."""
    first = soonest(verdict)
    expires = expiry_of(first) if first is not None else None
    if expires is None:
        return []
    if today:
        return [say("Could enrol today; {expires}.", expires=escaped(expires))]
    return [say("First to end: {expires}.", expires=escaped(expires))]
