"""Every criterion of a trial as a contained Parameters: the names and values are those of POST /api/assess."""

from __future__ import annotations

import re
from typing import Any

from cds.assessment import TrialAssessment
from cds.fhir_out.addresses import Addresses
from cds.fhir_out.needs import requirements
from cds.fhir_out.times import is_date
from rules.facts import Evidence
from rules.trial import Trial
from rules.verdict import Finding, Outcome, Verdict

Json = dict[str, Any]
# What R4 takes as a reference; a resource without an id is named by its place, which is none.
REFERENCE = re.compile(r"([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}|urn:(uuid|oid):\S+|https?://\S+)$")


def detail(assessed: TrialAssessment, at: Addresses, id_: str) -> Json:
    """Trial, recruitment, and for each question its standing and criteria."""
    trial = assessed.trial
    recruitment = [_code("state", assessed.recruitment.state), _text("because", assessed.recruitment.because)]
    return {
        "resourceType": "Parameters",
        "id": id_,
        "parameter": [
            _text("trial", trial.id),
            _text("title", trial.title),
            _text("packVersion", trial.version),
            {"name": "recruitment", "part": recruitment},
            *(_question(verdict, trial, at) for verdict in assessed.verdicts),
        ],
    }


def _question(verdict: Verdict, trial: Trial, at: Addresses) -> Json:
    parts = [_code("question", verdict.question), _code("standing", verdict.standing.value)]
    parts += [_criterion(finding, trial, verdict.question, at) for finding in verdict.findings]
    return {"name": "question", "part": parts}


def _criterion(finding: Finding, trial: Trial, question: str, at: Addresses) -> Json:
    criterion = finding.criterion
    parts = [
        _text("id", criterion.id),
        _code("kind", criterion.kind.value),
        _text("quote", criterion.quote),
        _code("outcome", finding.outcome.value),
    ]
    if finding.outcome is Outcome.UNKNOWN and finding.needs:
        parts.append(_code("needs", finding.needs.value))
    if finding.outcome is Outcome.UNKNOWN and finding.reason:
        parts.append(_code("reason", finding.reason.value))
    parts.append(_text("because", finding.because))
    parts += [_evidence(item) for item in finding.evidence]
    if finding.valid_until:
        parts.append({"name": "validUntil", "valueDate": finding.valid_until.isoformat()})
    parts += [_text("review", note) for note in finding.review]
    needs = requirements(finding, trial, question, at)
    parts += [{"name": "dataRequirement", "valueDataRequirement": need} for need in needs]
    return {"name": "criterion", "part": parts}


def _evidence(item: Evidence) -> Json:
    where = {"valueReference": {"reference": item.reference}}
    parts = [{"name": "reference", **where} if REFERENCE.match(item.reference) else _text("reference", item.reference)]
    if item.value:
        parts.append(_text("value", item.value))
    if item.date:
        named = "valueDateTime" if is_date(item.date) else "valueString"
        parts.append({"name": "date", named: item.date})
    return {"name": "evidence", "part": parts}


def _text(name: str, value: str) -> Json:
    return {"name": name, "valueString": value}


def _code(name: str, value: str) -> Json:
    return {"name": name, "valueCode": value}
