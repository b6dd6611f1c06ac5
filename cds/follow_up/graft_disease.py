"""Graft-versus-host disease after day 0 (NCT07441291 Q5, Q6, Q7): with its grade or NIH severity, or open."""

from __future__ import annotations

from datetime import date

from cds.chart import CONDITION, MEDICATIONS, OBSERVATION
from cds.facts.gvhd import ACUTE, CHRONIC, GRADE, SUPPRESSION, grades_of, read_grade
from cds.facts.inquiry import Inquiry
from cds.facts.series import day_of
from cds.follow_up.events import Event, Found, Placed, doubt_of, of_diagnosis, placed, sorted_events
from cds.moments import Moment
from cds.records import Diagnosis
from rules.facts import Evidence
from rules.messages import say

ANY_KIND = "gvhd_any"
NIH = frozenset({"severity_mild", "severity_moderate", "severity_severe"})
Graded = tuple[Event, Moment, int | None]


def acute_gvhd(inquiry: Inquiry, day0: date, least: int) -> Found:
    """Acute GVHD of at least this overall grade after day 0, and of a higher grade than at day 0."""
    chart = inquiry.chart
    graded = [*_diagnosed(inquiry), *_observed(inquiry)]
    baseline = _baseline(inquiry, day0)
    later = [(event, grade) for event, moment, grade in graded if placed(moment, day0) is Placed.LATER]
    events = [event for event, grade in later if grade is not None and grade >= least and grade > baseline]
    ungraded = [say("{what} without a grade", what=event.what) for event, grade in later if grade is None]
    gap = chart.gap((ACUTE, GRADE), (CONDITION, OBSERVATION), say("Acute GVHD"))
    doubts = [gap.shown if gap else None, doubt_of(chart.diagnoses_of(ACUTE), day0), *ungraded, _unnamed(inquiry, day0)]
    return Found(sorted_events(events), next(filter(None, doubts), None))


def _baseline(inquiry: Inquiry, day0: date) -> int:
    """The grade at day 0: of what had not ended by then, and of the latest grade observed by then."""
    ended = {d.reference for d in inquiry.chart.diagnoses_of(ACUTE) if d.ended and d.ended.last_day < day0}
    present = [
        grade or 0
        for event, moment, grade in _diagnosed(inquiry)
        if placed(moment, day0) is Placed.BY_THEN and not any(e.reference in ended for e in event.evidence)
    ]
    observed = [(m.latest, g or 0) for _, m, g in _observed(inquiry) if placed(m, day0) is Placed.BY_THEN]
    return max([*present, max(observed)[1] if observed else 0])


def _diagnosed(inquiry: Inquiry) -> list[Graded]:
    """Confirmed diagnoses with their lowest certain grade; None when none is stated."""
    return [
        (of_diagnosis(d), d.began, min(grades_of(d), default=None))
        for d in inquiry.chart.diagnoses_of(ACUTE)
        if d.confirmed and d.began is not None
    ]


def _observed(inquiry: Inquiry) -> list[Graded]:
    """Observed overall grades."""
    found: list[Graded] = []
    for result in inquiry.chart.results_of(GRADE):
        if result.moment is not None and not result.preliminary:
            grades = read_grade(result.body)
            shown = say("acute GVHD grade {grade}", grade=grades[0]) if grades else say("acute GVHD")
            evidence = (Evidence(result.reference, shown, day_of(result)),)
            event = Event(result.moment.first_day, shown, evidence, result.moment.last_day)
            found.append((event, result.moment, min(grades, default=None)))
    return found


def _unnamed(inquiry: Inquiry, day0: date) -> str | None:
    """GVHD after day 0 whose code says neither acute nor chronic (E2: unspecified is open)."""
    found = [d for d in inquiry.chart.diagnoses_of(ANY_KIND) if d.sets.isdisjoint({ACUTE, CHRONIC})]
    later = [d for d in found if placed(d.began, day0) is not Placed.BY_THEN]
    return (
        say("{diagnosis}: neither acute nor chronic is stated", diagnosis=later[0].name or say("GVHD"))
        if later
        else None
    )


def chronic_gvhd(inquiry: Inquiry, day0: date) -> Found:
    """Q6: NIH moderate or severe chronic GVHD that began after day 0; other scales are not NIH."""
    later = _later(inquiry, day0)
    severe = [of_diagnosis(d) for d in later if d.severity & (NIH - {"severity_mild"})]
    unstated = [
        say("{diagnosis} without an NIH severity", diagnosis=d.name or say("chronic GVHD"))
        for d in later
        if not d.severity & NIH
    ]
    return Found(sorted_events(severe), _doubt(inquiry, day0, (CONDITION,), unstated))


def treated_chronic_gvhd(inquiry: Inquiry, day0: date) -> Found:
    """Classic GRFS: chronic GVHD after day 0 under systemic immunosuppression that began with it or later."""
    drugs = [d for d in inquiry.chart.drugs_of(*SUPPRESSION) if d.route not in ("local", "intrathecal") and d.started]
    treated = [
        event
        for event in map(of_diagnosis, _later(inquiry, day0))
        if any(drug.started and event.day <= drug.started.first_day for drug in drugs)
    ]
    return Found(sorted_events(treated), _doubt(inquiry, day0, (CONDITION, *MEDICATIONS), []))


def _later(inquiry: Inquiry, day0: date) -> list[Diagnosis]:
    found = inquiry.chart.diagnoses_of(CHRONIC)
    return [d for d in found if d.confirmed and placed(d.began, day0) is Placed.LATER]


def _doubt(inquiry: Inquiry, day0: date, types: tuple[str, ...], unstated: list[str]) -> str | None:
    gap = inquiry.chart.gap((CHRONIC,), types, say("Chronic GVHD"))
    every = doubt_of(inquiry.chart.diagnoses_of(CHRONIC), day0)
    return next(filter(None, [gap.shown if gap else None, every, *unstated, _unnamed(inquiry, day0)]), None)
