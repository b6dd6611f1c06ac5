"""What happened to the patient beside the MRD: transplants, cells, chemotherapy of the study, relapse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cds.chart import Chart
from cds.facts.inquiry import Inquiry
from cds.facts.relapse import RELAPSE
from cds.facts.transplant import ALLOGENEIC, ANY, AUTOLOGOUS, SYNGENEIC, latest_allogeneic
from cds.follow_up.arms import Allocation, allocation_of
from cds.follow_up.chemotherapy import ANTI_LEUKAEMIC, DLI, LYMPHODEPLETING, PROVEN_DLI, STEROID
from cds.follow_up.day_zero import NOT_SYSTEMIC
from cds.follow_up.products import CELLS, PRODUCT
from cds.follow_up.relapses import relapses
from cds.membership import enrolled_on, membership
from cds.records import Drug, Treatment
from cds.sequence import course_of
from rules.facts import Evidence
from rules.messages import say

CTL, VACCINE = "ctl_infusion", "dcvac_injection"
RELAPSE_LIMIT = "relapse_marrow_blast_pct"


class Happening(StrEnum):
    """Kinds of events."""

    TRANSPLANT = "transplant"
    CELLS = "cells"
    CHEMOTHERAPY = "chemotherapy"
    ENROLMENT = "enrolment"
    RELAPSE = "relapse"
    DEATH = "death"


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """Something that happened from `first` to `last`; `when` is its date as precise as it is known."""

    kind: Happening
    words: str
    first: date
    last: date
    when: str
    evidence: tuple[Evidence, ...] = ()


def events_of(chart: Chart, inquiries: Iterable[Inquiry]) -> tuple[StoryEvent, ...]:
    """Oldest first; records of one thing on one day are one event."""
    asked = tuple(inquiries)
    found = [*_transplants(chart), *_cells(chart), *_studies(chart, asked), *_relapses(chart, asked), *_death(chart)]
    merged: dict[tuple[Happening, str, date, date], StoryEvent] = {}
    for event in found:
        key = (event.kind, event.words, event.first, event.last)
        same = merged.get(key)
        evidence = tuple(dict.fromkeys((*(same.evidence if same else ()), *event.evidence)))
        merged[key] = StoryEvent(event.kind, event.words, event.first, event.last, event.when, evidence)
    return tuple(sorted(merged.values(), key=lambda e: (e.first, e.kind, e.words)))


def _event(kind: Happening, words: str, record: Treatment | Drug) -> Iterator[StoryEvent]:
    moment = (record.started if isinstance(record, Drug) else None) or record.moment
    if moment is not None:
        evidence = (Evidence(record.reference, record.name or words, moment.shown()),)
        yield StoryEvent(kind, words, moment.first_day, moment.last_day, moment.shown(), evidence)


def _transplants(chart: Chart) -> Iterator[StoryEvent]:
    allogeneic = latest_allogeneic(chart)
    for record in chart.treatments_of(ALLOGENEIC, AUTOLOGOUS, ANY, SYNGENEIC):
        if not record.done:
            continue
        if ALLOGENEIC in record.sets or record is allogeneic:
            words = say("Allogeneic HSCT")
        elif AUTOLOGOUS in record.sets:
            words = say("Autologous HSCT")
        else:
            words = say("HSCT, donor not stated")
        yield from _event(Happening.TRANSPLANT, words, record)


def _cells(chart: Chart) -> Iterator[StoryEvent]:
    given: list[Treatment | Drug] = [t for t in chart.treatments_of(*CELLS, CTL, VACCINE, DLI, PROVEN_DLI) if t.done]
    given += [d for d in chart.drugs_of(*CELLS, PRODUCT) if d.given and d.status != "on-hold"]
    for record in given:
        yield from _event(Happening.CELLS, _name_of_cells(record), record)


def _name_of_cells(record: Treatment | Drug) -> str:
    if CTL in record.sets:
        return say("CTL infusion")
    if VACCINE in record.sets:
        return say("DC vaccine")
    if PROVEN_DLI in record.sets:
        return say("DLI")
    if DLI in record.sets:
        return say("White cells, perhaps DLI")
    return say("CAR-T infusion")


def _studies(chart: Chart, inquiries: Iterable[Inquiry]) -> Iterator[StoryEvent]:
    """The start on each study, and the first chemotherapy given since."""
    for inquiry in inquiries:
        allocation = allocation_of(chart, inquiry.trial, inquiry.settings)
        if allocation is None or not allocation.was_enrolled or allocation.start is None:
            continue
        words = say("On study {trial}", trial=inquiry.trial_id)
        day = allocation.start
        if allocation.start_is_exact:
            evidence = (Evidence(allocation.reference, words, str(day)),)
            yield StoryEvent(Happening.ENROLMENT, words, day, day, str(day), evidence)
        yield from _chemotherapy(chart, allocation, day)


def _chemotherapy(chart: Chart, allocation: Allocation, start: date) -> Iterator[StoryEvent]:
    """The first systemic anti-leukaemic drug given since the start on study (as day 0 and A5 read it)."""
    drugs = [d for d in chart.drugs_of(ANTI_LEUKAEMIC, LYMPHODEPLETING) if d.given and STEROID not in d.sets]
    given = [(d.started or d.moment, d) for d in drugs if d.route not in NOT_SYSTEMIC]
    dated = [(moment.first_day, d.reference, d) for moment, d in given if moment and moment.first_day >= start]
    for kind in (True, False):
        first = min((entry for entry in dated if (LYMPHODEPLETING in entry[2].sets) is kind), default=None)
        if first is not None:
            prepares = kind and allocation.ever_in("car_t")
            words = say("Lymphodepletion begins") if prepares else say("Chemotherapy begins")
            yield from _event(Happening.CHEMOTHERAPY, words, first[2])


def _relapses(chart: Chart, inquiries: tuple[Inquiry, ...]) -> Iterator[StoryEvent]:
    """Every dated diagnosis of relapse, and the first blasts after the transplant or the first product."""
    diagnosed = [d for d in chart.diagnoses_of(RELAPSE) if d.confirmed]
    for diagnosis in diagnosed:
        began, words = diagnosis.began, say("Relapse diagnosed")
        if began is not None:
            evidence = (Evidence(diagnosis.reference, diagnosis.name or words, began.shown()),)
            yield StoryEvent(Happening.RELAPSE, words, began.first_day, began.last_day, began.shown(), evidence)
    asked = next((inquiry for inquiry in inquiries if RELAPSE_LIMIT in inquiry.settings), None)
    anchor = _anchor(chart, inquiries)
    events = relapses(asked, anchor).events if asked is not None and anchor is not None else ()
    told = {diagnosis.reference for diagnosis in diagnosed}
    first = next((event for event in events if not any(e.reference in told for e in event.evidence)), None)
    if first is not None:
        when = next((e.date for e in first.evidence if e.date), None) or str(first.day)
        words = say("Relapse: {what}", what=first.what)
        yield StoryEvent(Happening.RELAPSE, words, first.day, first.surely_by, when, first.evidence)


def _anchor(chart: Chart, inquiries: Iterable[Inquiry]) -> date | None:
    """Leukaemia after this day is a relapse: the latest allogeneic HSCT, else a study's first product."""
    transplant = latest_allogeneic(chart)
    if transplant is not None and transplant.moment is not None:
        return transplant.moment.last_day
    for inquiry in inquiries:
        subject = membership(chart, inquiry.trial_id)
        if inquiry.trial.sequence is not None and subject is not None:
            return course_of(chart, inquiry.trial.sequence, enrolled_on(chart, subject)).first_product
    return None


def _death(chart: Chart) -> Iterator[StoryEvent]:
    died = chart.person.died
    if died is not None:
        evidence = (Evidence(chart.person.reference, say("Death"), died.shown()),)
        yield StoryEvent(Happening.DEATH, say("Death"), died.first_day, died.last_day, died.shown(), evidence)
