"""What is missing, as FHIR R4 DataRequirements: which resource, with which code, how old it may be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cds.fhir_out.addresses import Addresses
from cds.fhir_out.sought import CODE_OF, DATE_OF, SOUGHT, Sought
from cds.fhir_out.value_sets import set_id, sets_of_fact
from cds.normalise_consents import CROSSOVER, ENROLMENT
from cds.queries import NEEDS
from cds.terminology import SYSTEMS, value_sets
from rules.facts import Absence, Ask, Reason, Unknown
from rules.trial import AnsweredBy, Trial
from rules.verdict import Finding, Outcome

Json = dict[str, Any]
# Which lists must have been reconciled before the absence of a record counts.
LISTS: dict[Absence, tuple[str, ...]] = {
    Absence.CONDITIONS: ("conditions",),
    Absence.PROCEDURES: ("procedures",),
    Absence.MEDICATIONS: ("medications",),
    Absence.CONDITIONS_AND_MEDICATIONS: ("conditions", "medications"),
}


def requirements(finding: Finding, trial: Trial, question: str, at: Addresses) -> list[Json]:
    """What would answer an open criterion; empty for one that is answered, or when only the engine failed."""
    if finding.outcome is not Outcome.UNKNOWN or finding.reason is Reason.ENGINE:
        return []
    if finding.needs is AnsweredBy.CONSENT:
        return [_consent(question)]
    if finding.needs is AnsweredBy.CLINICIAN:
        return [_answer(trial)]
    found = []
    for considered in finding.facts:
        if considered.keeps_open:
            reason = considered.fact.reason if isinstance(considered.fact, Unknown) else None
            found += _for_fact(considered.ask, reason, trial, question, at)
    return once(found) or [_answer(trial)]


def once(items: Iterable[Json]) -> list[Json]:
    """In order, without repetitions."""
    found: list[Json] = []
    for item in items:
        if item not in found:
            found.append(item)
    return found


def _for_fact(ask: Ask, reason: Reason | None, trial: Trial, question: str, at: Addresses) -> list[Json]:
    if reason is Reason.NOT_RECONCILED:
        return [_list(domain, trial) for domain in LISTS.get(ask.absence, ())]
    if reason in (Reason.ATTESTATION, Reason.JUDGEMENT):
        return [_answer(trial)]
    sought = SOUGHT[ask.fact]
    if sought.type == "Consent":
        return [_consent(question)]
    if sought.type == "QuestionnaireResponse":
        return [_answer(trial, ask.window)]
    types = sorted(NEEDS[ask.fact] - {sought.type}) if reason is Reason.NOT_FETCHED else []
    return [_data(ask, sought, at), *({"type": name} for name in types)]


def _data(ask: Ask, sought: Sought, at: Addresses) -> Json:
    found: Json = {"type": sought.type}
    if sought.elements:
        found["mustSupport"] = list(sought.elements)
    if sets_of_fact(ask.fact):
        found["codeFilter"] = [{"path": CODE_OF[sought.type], "valueSet": at.value_set(set_id(ask.fact))}]
    if ask.window is not None and not sought.ageless:
        found["dateFilter"] = [_within(sought.type, ask.window)]
    return found


def _list(domain: str, trial: Trial) -> Json:
    """The list whose reconciliation makes absence count."""
    codes = value_sets()[f"reconciliation_{domain}"]["codes"]
    coded = [{"system": SYSTEMS[code["system"]], "code": code["code"]} for code in codes]
    return {
        "type": "List",
        "codeFilter": [{"path": CODE_OF["List"], "code": coded}],
        "dateFilter": [_within("List", _days(trial, f"{domain}_reconciled_days"))],
    }


def _answer(trial: Trial, days: int | None = None) -> Json:
    """A clinician's answers: a completed form that is recent enough."""
    form = "http://hl7.org/fhir/questionnaire-answers-status"
    status = [{"system": form, "code": code} for code in ("completed", "amended")]
    return {
        "type": "QuestionnaireResponse",
        "mustSupport": ["questionnaire", "authored", "item"],
        "codeFilter": [{"path": "status", "code": status}],
        "dateFilter": [_within("QuestionnaireResponse", days or _days(trial, "attestation_days"))],
    }


def _consent(question: str) -> Json:
    code = CROSSOVER if question == "cross_over" else ENROLMENT
    return {
        "type": "Consent",
        "codeFilter": [
            {"path": "status", "code": [{"system": "http://hl7.org/fhir/consent-state-codes", "code": "active"}]},
            {"path": CODE_OF["Consent"], "code": [{"system": SYSTEMS["own"], "code": code}]},
        ],
    }


def _within(resource_type: str, days: int) -> Json:
    """Not older than so many days on the day of assessment."""
    duration = {"value": days, "unit": "days", "system": "http://unitsofmeasure.org", "code": "d"}
    return {"path": DATE_OF[resource_type], "valueDuration": duration}


def _days(trial: Trial, setting: str) -> int:
    return int(str(trial.settings[setting]))
