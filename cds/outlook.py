"""What time will do to a question, in dates and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from rules.messages import say
from rules.phrases import label_of
from rules.trial import AnsweredBy
from rules.validity import ANSWER
from rules.verdict import Finding, Outcome, Standing, Verdict
from rules.vocabulary import VOCABULARY, Quantity

DECIDES = {
    Standing.INELIGIBLE: Outcome.FAIL,
    Standing.NOT_APPLICABLE: Outcome.FAIL,
    Standing.INDETERMINATE: Outcome.UNKNOWN,
    Standing.POTENTIALLY_ELIGIBLE: Outcome.PASS,
}


@dataclass(frozen=True, slots=True)
class Change:
    """The next day on which time alone changes the standing, what it is then, and why."""

    on: date
    to: Standing
    because: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """`change` is None when time alone never changes the standing. `opens`: criterion id -> the day it is met."""

    change: Change | None = None
    opens: Mapping[str, date] = field(default_factory=dict)

    @property
    def valid_until(self) -> date | None:
        """The last day on which the standing of today holds by time alone."""
        return self.change.on - timedelta(days=1) if self.change is not None else None


def expiry_of(finding: Finding) -> str | None:
    """What ends when a criterion is no longer certain: "I5a: LVEF expires 2026-12-12"."""
    if finding.valid_until is None or finding.expires is None:
        return None
    name, day, answer = finding.criterion.id, finding.valid_until, finding.expires == ANSWER
    what = say("clinician's answer") if answer else label_of(finding.expires)
    if answer or isinstance(VOCABULARY[finding.expires], Quantity):
        return say("{criterion}: {what} expires {day}", criterion=name, what=what, day=day)
    return say("{criterion}: {what} must be checked again after {day}", criterion=name, what=what, day=day)


def soonest(verdict: Verdict) -> Finding | None:
    """The criterion that data answer today and that expires first: until then nothing is missing."""
    held = [f for f in verdict.findings if f.outcome is Outcome.PASS and f.valid_until is not None]
    counted = [f for f in held if f.criterion.answered_by is AnsweredBy.DATA]
    return min(counted, key=lambda f: f.valid_until or date.max, default=None)


def why_changed(today: Verdict, then: Verdict) -> str:
    """The criteria that make the difference, in the order of the pack: which stop failing, else which turn."""
    before = {finding.criterion.id: finding for finding in today.findings}
    turned = [(before[f.criterion.id], f) for f in then.findings if before[f.criterion.id].outcome is not f.outcome]
    stopped = [pair for pair in turned if pair[0].outcome is Outcome.FAIL]
    decisive = [pair for pair in turned if pair[1].outcome is DECIDES[then.standing]]
    return say("; ").join(
        _turned(*pair) for pair in (stopped if today.standing is Standing.INELIGIBLE else decisive) or turned
    )


def _turned(before: Finding, after: Finding) -> str:
    """A criterion that was answered and is no longer has expired; any other says what it says then."""
    expired = expiry_of(before) if after.outcome is Outcome.UNKNOWN else None
    return expired or f"{after.criterion.id}: {after.because}"
