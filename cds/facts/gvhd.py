"""Uncontrolled graft-versus-host disease (NCT07441291 E2). GVHD alone does not exclude."""

from __future__ import annotations

import re
from datetime import date, timedelta

from cds.chart import CONDITION, MEDICATIONS, OBSERVATION
from cds.facts.answers import Answer, answer_of
from cds.facts.inquiry import Inquiry
from cds.facts.series import day_of, newest, valid_until
from cds.records import Diagnosis, Drug, name_of
from cds.shapes import CodeableConcept, ValueBearer
from rules.facts import Evidence, Fact, Known, Reason, Unknown
from rules.messages import say, to_say

GVHD = ("gvhd_any", "gvhd_acute", "gvhd_chronic")
ACUTE, CHRONIC = "gvhd_acute", "gvhd_chronic"
ASSESSMENT, GRADE = "gvhd_assessment", "agvhd_grade"
SUPPRESSION = ("immunosuppressant", "systemic_glucocorticoid")
LABEL = to_say("Uncontrolled GVHD")
# Each observed grade, its evidence, and the last day on which it is inside the window.
Graded = list[tuple[int, Evidence, date | None]]
_ROMAN = {"0": 0, "I": 1, "II": 2, "III": 3, "IV": 4, "1": 1, "2": 2, "3": 3, "4": 4}
# The second dash is the typographic one that reports are written with.
_GRADE = re.compile(
    r"(?:acute gvhd|agvhd|magic|glucksberg)?\s*(?:overall )?(?:grade|stage)?:?\s*"
    r"([0-4]|IV|I{1,3})(?:\s*[-\u2013]\s*([0-4]|IV|I{1,3}))?",
    re.IGNORECASE,
)


def uncontrolled_gvhd(inquiry: Inquiry) -> Fact:
    """Present: active acute grade at or above the configured one, severe chronic, or newly started suppression."""
    chart = inquiry.chart
    diagnoses = [d for d in chart.diagnoses_of(*GVHD) if d.confirmed]
    active = [d for d in diagnoses if d.active]
    graded = _observed_grade(inquiry)
    found = _severe(inquiry, active, graded) or _escalated(inquiry, active)
    if found is not None:
        return found
    gap = chart.gap((*GVHD, ASSESSMENT, GRADE), (CONDITION, OBSERVATION), say(LABEL))
    if gap is not None:
        return gap
    return _open(inquiry, active) or _calm(inquiry, diagnoses, graded)


def _severe(inquiry: Inquiry, active: list[Diagnosis], graded: Graded) -> Known | None:
    limit = inquiry.days("gvhd_uncontrolled_acute_grade")
    for diagnosis in active:
        lowest = min(grades_of(diagnosis), default=0)
        if ACUTE in diagnosis.sets and lowest >= limit:
            return Known(
                "present", say("Acute GVHD grade {grade}, active", grade=_roman(lowest)), _evidence([diagnosis])
            )
        if CHRONIC in diagnosis.sets and "severity_severe" in diagnosis.severity:
            return Known("present", say("Severe chronic GVHD, active"), _evidence([diagnosis]))
    for grade, evidence, until in graded:
        if grade >= limit:
            shown = say("Acute GVHD grade {grade} ({date})", grade=_roman(grade), date=evidence.date)
            return Known("present", shown, (evidence,), valid_until=until, fades=True)
    return None


def _observed_grade(inquiry: Inquiry) -> Graded:
    """The newest overall grade observed, inside the assessment window."""
    if not inquiry.chart.results_of(GRADE):
        return []
    picked = newest(inquiry, inquiry.chart.results_of(GRADE), say(LABEL), (GRADE,))
    if isinstance(picked, Unknown):
        return []
    found = []
    for result in picked:
        for grade in read_grade(result.body)[:1]:
            found.append(
                (
                    grade,
                    Evidence(result.reference, say("grade {grade}", grade=_roman(grade)), day_of(result)),
                    valid_until(inquiry, result),
                )
            )
    return found


def _escalated(inquiry: Inquiry, active: list[Diagnosis]) -> Known | None:
    """Systemic immunosuppression that began in the window, and was not on record before, while GVHD is active."""
    if not active:
        return None
    start = inquiry.chart.as_of.last_day - timedelta(days=inquiry.days("gvhd_escalation_days"))
    drugs = [d for d in inquiry.chart.drugs_of(*SUPPRESSION) if d.route not in ("local", "intrathecal") and d.started]
    drugs = [d for d in drugs if _may_be_for(d, active)]
    begun = [(d, d.started) for d in drugs if d.started is not None and d.started.first_day >= start]
    begun = [(d, day) for d, day in begun if not any(_same(d, other) and _earlier(other, d) for other in drugs)]
    if not begun:
        return None
    drug, started = begun[0]
    when = started.shown()
    evidence = (*_evidence(active), Evidence(drug.reference, drug.name or say("immunosuppressant"), when))
    until = max(day.first_day for _, day in begun) + timedelta(days=inquiry.days("gvhd_escalation_days"))
    shown = say("GVHD with {drug} started {when}", drug=drug.name or say("immunosuppression"), when=when)
    return Known("present", shown, evidence, valid_until=until, fades=True)


def _may_be_for(drug: Drug, active: list[Diagnosis]) -> bool:
    """No reason stated, or GVHD named as the reason; another disease's drug is no escalation."""
    named = {diagnosis.reference for diagnosis in active}
    words = ("gvh", "graft")
    return not drug.reasons or any(r in named or any(word in r.lower() for word in words) for r in drug.reasons)


def _same(one: Drug, two: Drug) -> bool:
    return not one.codes.isdisjoint(two.codes)


def _earlier(one: Drug, two: Drug) -> bool:
    return one.started is not None and two.started is not None and one.started.latest < two.started.earliest


def _open(inquiry: Inquiry, active: list[Diagnosis]) -> Unknown | None:
    chart = inquiry.chart
    if active:
        text = say(
            "{diagnosis} is active; whether it is controlled is not stated", diagnosis=active[0].name or say("GVHD")
        )
        return Unknown(Reason.JUDGEMENT, text, _evidence(active))
    tentative = [d for d in chart.diagnoses_of(*GVHD) if not d.confirmed and d.active]
    if tentative:
        return Unknown(
            Reason.UNCONFIRMED, say("{names} is not confirmed", names=tentative[0].name), _evidence(tentative)
        )
    unmapped = chart.unmapped_of(GVHD, CONDITION)
    if unmapped is not None:
        text = say("GVHD is mentioned with a code that is not mapped ({code})", code=unmapped.code)
        return Unknown(Reason.UNMAPPED, text, (Evidence(unmapped.reference, say("not mapped")),))
    return chart.gap(SUPPRESSION, MEDICATIONS, say(LABEL))


def _calm(inquiry: Inquiry, resolved: list[Diagnosis], graded: Graded) -> Fact:
    """Absent when an assessment in the window says so, or when all GVHD on record is resolved."""
    if graded and graded[0][0] > 0:
        text = say(
            "Acute GVHD grade {grade} observed; whether it is controlled is not stated", grade=_roman(graded[0][0])
        )
        return Unknown(Reason.JUDGEMENT, text, (graded[0][1],), valid_until=graded[0][2])
    picked = newest(inquiry, inquiry.chart.results_of(ASSESSMENT), say("GVHD assessment"), (ASSESSMENT,))
    if isinstance(picked, Unknown):
        if resolved and picked.reason is Reason.MISSING:
            return Known(
                "absent",
                say("GVHD resolved: {diagnosis}", diagnosis=resolved[0].name or say("GVHD")),
                _evidence(resolved),
            )
        return picked
    evidence = tuple(Evidence(r.reference, answer_of(r.body).words, day_of(r)) for r in picked)
    answers = {answer_of(result.body) for result in picked}
    if answers == {Answer.NEGATIVE}:
        until = valid_until(inquiry, picked[0])
        return Known(
            "absent", say("No GVHD at the assessment of {day}", day=day_of(picked[0])), evidence, valid_until=until
        )
    if answers == {Answer.POSITIVE}:
        return Unknown(
            Reason.JUDGEMENT, say("GVHD found at the assessment; grade and control are not stated"), evidence
        )
    return Unknown(Reason.CONFLICT, say("The GVHD assessment cannot be read or contradicts itself"), evidence)


def read_grade(body: ValueBearer) -> list[int]:
    """An observed overall grade 0-4; both ends of a span, none when it cannot be read."""
    if body.valueInteger is not None:
        return [body.valueInteger]
    return _read_grade(body.valueCodeableConcept) or _read_text(body.valueString or "")


def grades_of(diagnosis: Diagnosis) -> list[int]:
    """The stages of a diagnosis as grades 0-4."""
    return [grade for stage in diagnosis.stages for grade in _read_grade(stage)]


def _read_grade(concept: CodeableConcept | None) -> list[int]:
    """Grades I-IV from a local code or from words such as "grade III" or "III-IV"; both ends of a span."""
    if concept is None:
        return []
    for coding in concept.coding:
        if (coding.code or "").strip().upper() in _ROMAN:
            return [_ROMAN[(coding.code or "").strip().upper()]]
    return _read_text(name_of(concept))


def _read_text(words: str) -> list[int]:
    match = _GRADE.fullmatch(words.strip())
    return [_ROMAN[part.upper()] for part in match.groups() if part] if match else []


def _roman(grade: int) -> str:
    return ("0", "I", "II", "III", "IV")[grade] if 0 <= grade <= 4 else str(grade)


def _evidence(diagnoses: list[Diagnosis]) -> tuple[Evidence, ...]:
    return tuple(Evidence(d.reference, d.name or "GVHD", d.began.shown() if d.began else None) for d in diagnoses)
