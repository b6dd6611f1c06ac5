"""Dated events after day 0: relapse, death, GVHD. What cannot be dated or graded stays open (NCT07441291 Q2 to Q7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cds.chart import CONDITION, MEDICATIONS, OBSERVATION
from cds.facts.gvhd import ACUTE, CHRONIC, GRADE, SUPPRESSION, grades_of, read_grade
from cds.facts.inquiry import Inquiry
from cds.facts.mrd import PERCENT
from cds.facts.relapse import CNS, CSF, EXTRAMEDULLARY, MARROW, RELAPSE, SPECIMEN_NEEDED
from cds.facts.series import day_of
from cds.records import Diagnosis, Result
from cds.values import Value, value_of
from rules.facts import Evidence, Unknown


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on one day."""

    day: date
    what: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Events of one kind, oldest first, and why nothing definite can be said where there are none."""

    events: tuple[Event, ...] = ()
    doubt: str | None = None

    @property
    def first(self) -> Event | None:
        return self.events[0] if self.events else None


def relapses(inquiry: Inquiry, day0: date) -> Found:
    """Q2: blasts at the relapse level, proven disease outside the marrow, or a relapse diagnosis, after day 0."""
    chart = inquiry.chart
    marrow = [*chart.results_of(MARROW), *(r for r in chart.results_of(SPECIMEN_NEEDED) if r.specimen == "marrow")]
    limit = inquiry.number("relapse_marrow_blast_pct")
    events = [e for r in marrow if (e := _of_result(r, day0, "marrow blasts", float(limit), inclusive=True))]
    events += [e for r in chart.results_of(CSF) if (e := _of_result(r, day0, "blasts in the CSF", 0, inclusive=False))]
    diagnoses = chart.diagnoses_of(EXTRAMEDULLARY, CNS, RELAPSE)
    diagnoses += [d for d in chart.diagnoses if d.outside_marrow and d not in diagnoses]
    events += [_of_diagnosis(d) for d in diagnoses if d.confirmed and _after(d, day0)]
    gap = chart.gap((MARROW, CSF, EXTRAMEDULLARY, CNS, RELAPSE), (CONDITION, OBSERVATION), "Relapse")
    tentative = [d for d in diagnoses if not d.confirmed and _after(d, day0)]
    doubt = gap.shown if gap else f"{tentative[0].name} is not confirmed" if tentative else None
    return Found(tuple(sorted(events, key=lambda e: (e.day, e.what))), doubt)


def _of_result(result: Result, day0: date, what: str, limit: float, *, inclusive: bool) -> Event | None:
    value = value_of(result.body, PERCENT)
    if result.preliminary or result.moment is None or not isinstance(value, Value) or value.interval.lo is None:
        return None
    reached = value.interval.lo >= limit if inclusive else value.interval.lo > limit
    if not reached or result.moment.first_day <= day0:
        return None
    shown = f"{what} {value.shown}"
    return Event(result.moment.first_day, shown, (Evidence(result.reference, shown, day_of(result)),))


def _of_diagnosis(diagnosis: Diagnosis) -> Event:
    day = diagnosis.began.first_day if diagnosis.began else date.max
    name = diagnosis.name or "diagnosis"
    return Event(day, name, (Evidence(diagnosis.reference, name, str(day)),))


def _after(diagnosis: Diagnosis, day0: date) -> bool:
    return diagnosis.began is not None and diagnosis.began.first_day > day0


def death(inquiry: Inquiry) -> Found:
    """Q3: death of any cause; without a date it is known only to have happened."""
    person = inquiry.chart.person
    if person.died is not None:
        evidence = (Evidence(person.reference, "died", person.died.shown()),)
        return Found((Event(person.died.first_day, "death", evidence),))
    return Found((), "the patient died on an unknown day" if person.deceased else None)


def acute_gvhd(inquiry: Inquiry, day0: date, least: int) -> Found:
    """Acute GVHD of at least this overall grade after day 0, and of a higher grade than at day 0."""
    graded = [(e, g) for e, g in _graded(inquiry)]
    baseline = max((grade for event, grade in graded if event.day <= day0 and grade is not None), default=0)
    later = [(event, grade) for event, grade in graded if event.day > day0]
    events = [event for event, grade in later if grade is not None and grade >= least and grade > baseline]
    ungraded = [event for event, grade in later if grade is None]
    gap = inquiry.chart.gap((ACUTE, GRADE), (CONDITION, OBSERVATION), "Acute GVHD")
    doubt = gap.shown if gap else f"{ungraded[0].what} without a grade" if ungraded else None
    return Found(tuple(sorted(events, key=lambda e: e.day)), doubt)


def _graded(inquiry: Inquiry) -> list[tuple[Event, int | None]]:
    """Diagnoses and observed grades, with their lowest certain grade; None when none is stated."""
    found: list[tuple[Event, int | None]] = []
    for diagnosis in inquiry.chart.diagnoses_of(ACUTE):
        if diagnosis.confirmed and diagnosis.began is not None:
            found.append((_of_diagnosis(diagnosis), min(grades_of(diagnosis), default=None)))
    for result in inquiry.chart.results_of(GRADE):
        if result.moment is not None and not result.preliminary:
            grades = read_grade(result.body)
            shown = f"acute GVHD grade {grades[0]}" if grades else "acute GVHD"
            event = Event(result.moment.first_day, shown, (Evidence(result.reference, shown, day_of(result)),))
            found.append((event, min(grades, default=None)))
    return found


def chronic_gvhd(inquiry: Inquiry, day0: date) -> Found:
    """Q6: NIH moderate or severe chronic GVHD that began after day 0; other scales are not NIH."""
    later = [d for d in inquiry.chart.diagnoses_of(CHRONIC) if d.confirmed and _after(d, day0)]
    severe = [d for d in later if d.severity & {"severity_moderate", "severity_severe"}]
    unstated = [d for d in later if not d.severity & {"severity_mild", "severity_moderate", "severity_severe"}]
    gap = inquiry.chart.gap((CHRONIC,), (CONDITION,), "Chronic GVHD")
    doubt = gap.shown if gap else f"{unstated[0].name or 'chronic GVHD'} without an NIH severity" if unstated else None
    return Found(_sorted(severe), doubt)


def treated_chronic_gvhd(inquiry: Inquiry, day0: date) -> Found:
    """Classic GRFS: chronic GVHD after day 0 under systemic immunosuppression that began with it or later."""
    later = [d for d in inquiry.chart.diagnoses_of(CHRONIC) if d.confirmed and _after(d, day0)]
    drugs = [d for d in inquiry.chart.drugs_of(*SUPPRESSION) if d.route not in ("local", "intrathecal") and d.started]
    treated = [d for d in later if any(drug.started and _from(d) <= drug.started.first_day for drug in drugs)]
    gap: Unknown | None = inquiry.chart.gap((CHRONIC,), (CONDITION, *MEDICATIONS), "Chronic GVHD")
    return Found(_sorted(treated), gap.shown if gap else None)


def _from(diagnosis: Diagnosis) -> date:
    return diagnosis.began.first_day if diagnosis.began else date.max


def _sorted(diagnoses: Sequence[Diagnosis]) -> tuple[Event, ...]:
    return tuple(sorted((_of_diagnosis(d) for d in diagnoses), key=lambda e: (e.day, e.what)))
