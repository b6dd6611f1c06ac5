"""One trial's verdict on one patient as a FHIR R4 GuidanceResponse.

The criteria stand in a contained Parameters, to which `outputParameters` refers: the element that R4 has for what a
module gives out, and the only resource that holds a criterion's outcome, its reason, the protocol's words and the
evidence side by side. A DetectedIssue would say that something is wrong, an Observation that something was measured.
"""

from __future__ import annotations

from typing import Any

from cds.assessment import Assessment, TrialAssessment
from cds.fhir_out.addresses import Addresses
from cds.fhir_out.detail import detail
from cds.fhir_out.evaluation import evaluation_outcome
from cds.fhir_out.needs import once, requirements
from cds.fhir_out.times import date_time
from rules.facts import Reason
from rules.messages import language, say
from rules.phrases import standing_clause
from rules.verdict import Outcome, Standing, Verdict

Json = dict[str, Any]
DETAIL, EVALUATION = "verdict", "evaluation"


def answer_of(assessment: Assessment, at: Addresses) -> Json:
    """The answer of POST /fhir/$assess: `return` repeats; where there is one, R4 wants it without Parameters."""
    found = [guidance(assessment, trial, at) for trial in assessment.trials]
    if len(found) == 1:
        return found[0]
    return {"resourceType": "Parameters", "parameter": [{"name": "return", "resource": each} for each in found]}


def guidance(assessment: Assessment, assessed: TrialAssessment, at: Addresses) -> Json:
    """How one trial stands. Equal assessments give equal answers."""
    trial = assessed.trial
    contained = [detail(assessed, at, DETAIL)]
    found: Json = {
        "resourceType": "GuidanceResponse",
        "language": language(),
        "contained": contained,
        "moduleCanonical": at.module(trial.id, trial.version),
        "status": status_of(assessed),
        "subject": {"reference": assessment.patient},
        "occurrenceDateTime": date_time(assessment.as_of),
        "reasonCode": [{"text": sentence(trial.id, verdict)} for verdict in assessed.verdicts],
        "outputParameters": {"reference": f"#{DETAIL}"},
    }
    if assessment.warnings:
        contained.append(evaluation_outcome(assessment.warnings, EVALUATION))
        found["evaluationMessage"] = [{"reference": f"#{EVALUATION}"}]
    missing = once(
        need
        for verdict in assessed.verdicts
        for finding in verdict.findings
        for need in requirements(finding, trial, verdict.question, at)
    )
    return found | ({"dataRequirement": missing} if missing else {})


def status_of(assessed: TrialAssessment) -> str:
    """R4's guidance-response-status for all questions of a trial together.

    `failure`: the engine failed. `data-required`: no standing without more data. `data-requested`: the standing is
    definite, and more data would still answer something. `success`: everything is answered.
    """
    findings = [finding for verdict in assessed.verdicts for finding in verdict.findings]
    if any(finding.reason is Reason.ENGINE for finding in findings):
        return "failure"
    if any(verdict.standing is Standing.INDETERMINATE for verdict in assessed.verdicts):
        return "data-required"
    return "data-requested" if any(f.outcome is Outcome.UNKNOWN for f in findings) else "success"


def sentence(trial_id: str, verdict: Verdict) -> str:
    """How a question stands, in one sentence."""
    return say(
        "{trial}, {question}: {standing}",
        trial=trial_id,
        question=_asked(verdict),
        standing=standing_clause(verdict.standing),
    )


def _asked(verdict: Verdict) -> str:
    return say("crossing over") if verdict.question == "cross_over" else say("enrolment")
