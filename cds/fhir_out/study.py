"""GET /fhir/ResearchStudy/{id}: what the protocol's text says of the study, and whether it takes patients today."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from cds.assessment import Recruitment
from cds.chart import Chart
from cds.moments import parse_moment
from cds.records import Person
from cds.recruitment import recruitment_of
from cds.site import SiteProfile
from rules.study import Study
from rules.treatment import Arm
from rules.trial import Trial

Json = dict[str, Any]
# The name of ClinicalTrials.gov among HL7's known systems (OID 2.16.840.1.113883.3.1077).
REGISTRY = "http://clinicaltrials.gov"
PHASES = "http://terminology.hl7.org/CodeSystem/research-study-phase"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


def research_study(trial: Trial, site: SiteProfile, today: date) -> Json:
    """Nothing is here that the text does not say; an arm, for example, has no type."""
    recruitment = recruitment_on(trial, site, today)
    found: Json = {
        "resourceType": "ResearchStudy",
        "id": trial.id,
        "identifier": [{"system": REGISTRY, "value": trial.id}],
        "title": trial.title,
        **_status(recruitment),
        **(_said(trial.study) if trial.study else {}),
        "relatedArtifact": [{"type": "documentation", "display": trial.source.document, "url": trial.source.url}],
        "enrollment": [{"reference": f"Group/{trial.id}"}],
        "note": [{"text": recruitment.because}],
    }
    if trial.recruitment.ends_on is not None:
        found["period"] = {"end": trial.recruitment.ends_on.isoformat()}
    if trial.arms:
        found["arm"] = [_arm(arm) for arm in trial.arms]
    return found


def recruitment_on(trial: Trial, site: SiteProfile, today: date) -> Recruitment:
    """Gate G0 without a patient: the site's word, else the source's."""
    zone = ZoneInfo("UTC")
    moment = parse_moment(today.isoformat(), zone)
    if moment is None:
        raise ValueError(f"{today} is no day of this product")
    return recruitment_of(trial, site, Chart(Person("Patient/nobody", None, None), moment, zone))


def _status(recruitment: Recruitment) -> Json:
    """R4 demands a status and has no code for "not known": then the element says so, and no code is claimed."""
    if recruitment.may_refer:
        return {"status": "active"}
    if recruitment.state == "closed":
        return {"status": "closed-to-accrual"}
    return {"_status": {"extension": [{"url": ABSENT, "valueCode": "unknown"}]}}


def _said(study: Study) -> Json:
    found: Json = {"description": study.description}
    if study.phase is not None:
        coding = {"system": PHASES, "code": study.phase.code}
        found["phase"] = {"coding": [coding], "text": study.phase.quote}
    if study.design is not None:
        found["category"] = [{"text": study.design}]
    if study.objective is not None:
        found["objective"] = [{"name": study.objective}]
    if study.treatments:
        found["focus"] = [{"text": words} for words in study.treatments]
    if study.conditions:
        found["condition"] = [{"text": words} for words in study.conditions]
    if study.sponsor is not None:
        found["sponsor"] = {"display": study.sponsor}
    return found


def _arm(arm: Arm) -> Json:
    return {"name": arm.name, "description": arm.quote}
