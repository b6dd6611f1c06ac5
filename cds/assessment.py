"""What one assessment says: the service's answer before it becomes JSON, a card, a table row or a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from cds.chart_warnings import ChartWarning
from cds.follow_up.as_json import follow_up_as_json
from cds.follow_up.course import Course
from cds.near_miss import Miss
from cds.outlook import Outlook
from cds.response import MrdResponse
from cds.sequence import SequenceState
from rules.facts import Evidence
from rules.messages import say
from rules.trial import Trial
from rules.verdict import Finding, Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Recruitment:
    """Gate G0: whether the study takes patients, and how we know.

    `verified` is False when the source is too old to be believed: then nobody is referred on our word.
    """

    state: Literal["open", "closed", "unknown"]
    because: str
    verified: bool = True

    @property
    def may_refer(self) -> bool:
        return self.state == "open" and self.verified


@dataclass(frozen=True, slots=True)
class TrialAssessment:
    """One trial's answers for one patient.

    `misses`: question -> what of the fewest facts keeps an ineligible patient out, when facts can change that.
    `outlooks`: question -> what time will do to it, where that was asked.
    """

    trial: Trial
    recruitment: Recruitment
    verdicts: tuple[Verdict, ...]
    sequence: SequenceState | None = None
    response: MrdResponse | None = None
    follow_up: Course | None = None
    misses: Mapping[str, Miss] = field(default_factory=dict)
    outlooks: Mapping[str, Outlook] = field(default_factory=dict)

    def verdict(self, question: str) -> Verdict | None:
        return next((verdict for verdict in self.verdicts if verdict.question == question), None)


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything said about one patient at one moment. `patient` is "Patient/<id>", `as_of` as it was given."""

    patient: str
    as_of: str
    trials: tuple[TrialAssessment, ...]
    warnings: tuple[ChartWarning, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The contract's JSON: absent parts are omitted, never null; equal input gives equal output."""
        return {
            "patient": self.patient,
            "as_of": self.as_of,
            "trials": [trial_as_json(trial) for trial in self.trials],
            "warnings": [_kept(code=w.code, reference=w.reference, text=w.text) for w in self.warnings],
        }


def trial_as_json(assessed: TrialAssessment) -> dict[str, Any]:
    """One trial's entry of the assessment; also the card extension `org.trialhooks.assessment`."""
    found = {
        "id": assessed.trial.id,
        "title": say(assessed.trial.title),
        "pack_version": assessed.trial.version,
        "recruitment": {"state": assessed.recruitment.state, "because": assessed.recruitment.because},
        "questions": [
            _question_as_json(verdict, assessed.misses.get(verdict.question), assessed.outlooks.get(verdict.question))
            for verdict in assessed.verdicts
        ],
    }
    return found | course_as_json(assessed)


def course_as_json(assessed: TrialAssessment) -> dict[str, Any]:
    """The members that only a trial's subjects have."""
    found: dict[str, Any] = {}
    if assessed.follow_up is not None:
        found["follow_up"] = follow_up_as_json(assessed.follow_up)
    if assessed.sequence is not None:
        found["sequence"] = sequence_as_json(assessed.sequence)
    if assessed.response is not None:
        found["response"] = response_as_json(assessed.response)
    return found


def _question_as_json(verdict: Verdict, missed: Miss | None, outlook: Outlook | None) -> dict[str, Any]:
    """Standing and criteria; how near an ineligible patient is; with an outlook also when time changes them."""
    opens = outlook.opens if outlook is not None else {}
    found: dict[str, Any] = {
        "question": verdict.question,
        "standing": verdict.standing.value,
        "criteria": [finding_as_json(finding, opens.get(finding.criterion.id)) for finding in verdict.findings],
    }
    if missed is not None:
        found["near_miss"] = missed.as_json()
    if outlook is not None and outlook.change is not None:
        found["valid_until"] = str(outlook.valid_until)
        found["changes_on"] = str(outlook.change.on)
        found["changes_to"] = outlook.change.to.value
        found["changes_because"] = outlook.change.because
    return found


def sequence_as_json(found: SequenceState) -> dict[str, Any]:
    """How the products stand to the protocol's order."""
    return _kept(
        state=found.state,
        because=found.because,
        next=found.next,
        evidence=_evidence(found.evidence),
        review=list(found.review),
    )


def response_as_json(found: MrdResponse) -> dict[str, Any]:
    """The response by MRD, with what a clinician should look at."""
    return _kept(
        stratum=found.stratum.value,
        because=found.because,
        persistent=found.persistent,
        label=found.label,
        evidence=_evidence(found.evidence),
        review=list(found.review),
    )


def _evidence(items: tuple[Evidence, ...]) -> list[dict[str, Any]]:
    return [
        {"reference": item.reference, "value": item.value, "date": item.date}
        if item.reference and item.value and item.date
        else _kept(reference=item.reference, value=item.value, date=item.date)
        for item in items
    ]


def finding_as_json(finding: Finding, opens: date | None = None) -> dict[str, Any]:
    """One criterion as the contract names it; `opens` is the day on which time alone will have it met."""
    criterion = finding.criterion
    found: dict[str, Any] = {"id": criterion.id, "kind": criterion.kind.value}
    if criterion.quote:
        found["quote"] = criterion.quote
    found["outcome"] = finding.outcome.value
    if finding.outcome is Outcome.UNKNOWN:
        if finding.needs:
            found["needs"] = finding.needs.value
        if finding.reason:
            found["reason"] = finding.reason.value
    if finding.because:
        found["because"] = finding.because
    if finding.evidence:
        found["evidence"] = _evidence(finding.evidence)
    if finding.valid_until:
        found["valid_until"] = finding.valid_until.isoformat()
    if opens:
        found["opens"] = opens.isoformat()
    if finding.review:
        found["review"] = list(finding.review)
    return found


def _kept(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, "", [])}
