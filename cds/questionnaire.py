"""A trial's criteria as a form to answer Yes, No or Not sure: FHIR R4 Questionnaire, read by cds/attestations.py.

One form for each trial, crossing over included: an answer is found by trial and criterion id, whichever question asks.
`open_form` leaves what the record does not answer. It keeps the form's url, version and linkIds, so that a response to
it is a response to the form; the tag SUBSETTED says that it is not the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from cds.assessment import TrialAssessment
from cds.attestations import NOT_KNOWN, YES_NO
from cds.r4 import rewritten
from rules.messages import language, say
from rules.phrases import standing_clause
from rules.trial import AnsweredBy, Criterion, Kind, Trial
from rules.verdict import Finding, Outcome, Standing

Resource = dict[str, Any]
CONTROL = "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl"
CONTROLS = "http://hl7.org/fhir/questionnaire-item-control"
ORIENTATION = "http://hl7.org/fhir/StructureDefinition/questionnaire-choiceOrientation"
SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
# What only a person can say comes first, what a result may still say comes last.
# A sentence that is followed by another needs no stop of its own.
STOPS = ". \u3002"
NEEDS = (AnsweredBy.CLINICIAN, AnsweredBy.CONSENT, AnsweredBy.DATA)
KINDS = tuple(Kind)


def canonical_url(public_url: str, trial_id: str) -> str:
    """The form's own name, which a response repeats in `questionnaire`."""
    return f"{public_url}/fhir/Questionnaire/{trial_id}"


def form(trial: Trial, public_url: str) -> Resource:
    """The whole form. Raises ValueError when it is not valid FHIR."""
    groups = []
    for kind in KINDS:
        asked = [criterion for criterion in _criteria(trial) if criterion.kind is kind]
        if asked:
            items = [_item(criterion, _reading(criterion)) for criterion in asked]
            groups.append(_group(kind.value, _heading(kind), items))
    about = say("The words are those of {document}: {url}", document=trial.source.document, url=trial.source.url)
    return rewritten({**_head(trial, public_url, about), "id": trial.id, "item": groups})


def open_form(assessed: TrialAssessment, public_url: str, as_of: str) -> Resource:
    """The questions still open for one patient, with what the record says of each; without `item` when none is.

    Nothing in it names the patient. Raises ValueError when it is not valid FHIR.
    """
    findings = sorted(open_findings(assessed), key=_place)
    groups = [
        _group(f"{need.value}-{kind.value}", f"{_heading_of_need(need)} {_heading(kind)}", map(_open_item, found))
        for (need, kind), found in groupby(findings, key=lambda finding: (_need(finding), finding.criterion.kind))
    ]
    found = {**_head(assessed.trial, public_url, _standing(assessed, as_of)), "meta": {"tag": [SUBSETTED]}}
    return rewritten({**found, "item": groups} if groups else found)


def open_findings(assessed: TrialAssessment) -> list[Finding]:
    """The unknown criteria of every question that concerns this patient, each once."""
    every = [finding for verdict in assessed.verdicts for finding in verdict.findings]
    unknown: dict[str, Finding] = {}
    for finding in every:
        if finding.outcome is Outcome.UNKNOWN:
            unknown.setdefault(finding.criterion.id, finding)
    return list(unknown.values())


def _criteria(trial: Trial) -> Iterable[Criterion]:
    """Every criterion once, in the order of the pack."""
    found: dict[str, Criterion] = {}
    for question in trial.questions:
        for criterion in question.criteria:
            found.setdefault(criterion.id, criterion)
    return found.values()


def _head(trial: Trial, public_url: str, description: str) -> Resource:
    return {
        "resourceType": "Questionnaire",
        "language": language(),
        "url": canonical_url(public_url, trial.id),
        "version": trial.version,
        "name": f"TrialHooks{trial.id}",
        "title": f"{trial.id}: {say(trial.title)}",
        "status": "active",
        "subjectType": ["Patient"],
        "date": trial.source.updated_on.isoformat(),
        "publisher": "trial-hooks",
        "description": description,
    }


def _place(finding: Finding) -> tuple[int, int]:
    return NEEDS.index(_need(finding)), KINDS.index(finding.criterion.kind)


def _need(finding: Finding) -> AnsweredBy:
    return finding.needs or AnsweredBy.DATA


def _group(link: str, text: str, items: Iterable[Resource]) -> Resource:
    return {"linkId": link, "type": "group", "text": text, "item": list(items)}


def _item(criterion: Criterion, help_text: str) -> Resource:
    """One question in the protocol's own words, which are never translated."""
    return {
        "linkId": criterion.id,
        "prefix": criterion.id,
        "text": criterion.quote,
        "type": "choice",
        "extension": [_control("radio-button"), {"url": ORIENTATION, "valueCode": "horizontal"}],
        "answerOption": [{"valueCoding": coding} for coding in _choices()],
        "item": [
            {"linkId": f"{criterion.id}.help", "type": "display", "text": help_text, "extension": [_control("help")]}
        ],
    }


def _open_item(finding: Finding) -> Resource:
    record = say(". ").join(text.rstrip(STOPS) for text in (finding.because, *finding.review))
    return _item(
        finding.criterion, say("On record: {record}. {reading}", record=record, reading=_reading(finding.criterion))
    )


def _control(code: str) -> Resource:
    return {"url": CONTROL, "valueCodeableConcept": {"coding": [{"system": CONTROLS, "code": code}]}}


def _choices() -> Iterator[Resource]:
    yield {"system": YES_NO, "code": "Y", "display": say("Yes")}
    yield {"system": YES_NO, "code": "N", "display": say("No")}
    yield {"system": NOT_KNOWN, "code": "asked-unknown", "display": say("Not sure")}


def _reading(criterion: Criterion) -> str:
    return say("{title}: {reading}", title=say(criterion.title), reading=say(criterion.reading))


def _heading(kind: Kind) -> str:
    return {
        Kind.POPULATION: say("Whom the study is for: Yes is needed"),
        Kind.INCLUSION: say("Inclusion: Yes is needed"),
        Kind.EXCLUSION: say("Exclusion: Yes stands in the way"),
        Kind.CROSSOVER: say("Crossing over, for subjects on study: Yes is needed"),
    }[kind]


def _heading_of_need(need: AnsweredBy) -> str:
    return {
        AnsweredBy.CLINICIAN: say("A clinician's judgement."),
        AnsweredBy.CONSENT: say("Consent."),
        AnsweredBy.DATA: say("Not decided by the record."),
    }[need]


def _standing(assessed: TrialAssessment, as_of: str) -> str:
    questions = {"enrol": say("Enrolment"), "cross_over": say("Crossing over")}
    told = [
        say("{question}: {standing}", question=questions[verdict.question], standing=_clause(verdict.standing))
        for verdict in assessed.verdicts
        if verdict.standing is not Standing.NOT_APPLICABLE
    ]
    standings = say("; ").join(told) or say("Not a patient of this trial")
    return say("Questions still open on {day}. {standings}.", day=as_of, standings=standings)


def _clause(standing: Standing) -> str:
    if standing is Standing.INELIGIBLE:
        return say("does not fit, whatever is answered here")
    return standing_clause(standing)
