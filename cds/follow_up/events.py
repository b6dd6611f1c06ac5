"""Dated events after day 0. What cannot be dated, graded or confirmed stays open (NCT07441291 Q2 to Q7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from cds.facts.inquiry import Inquiry
from cds.moments import Moment
from cds.records import Diagnosis
from rules.facts import Evidence
from rules.messages import say


class Placed(Enum):
    """Where something lies on the calendar; a partial date may leave it open."""

    BY_THEN = auto()
    LATER = auto()
    UNCLEAR = auto()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: `day` is the first day on which it can have been, `last` the last one."""

    day: date
    what: str
    evidence: tuple[Evidence, ...] = ()
    last: date | None = None

    @property
    def is_exact(self) -> bool:
        return self.last is None or self.last == self.day

    @property
    def surely_by(self) -> date:
        return self.last or self.day


@dataclass(frozen=True, slots=True)
class Found:
    """Events of one kind, oldest first, and why nothing definite can be said where there are none."""

    events: tuple[Event, ...] = ()
    doubt: str | None = None

    @property
    def first(self) -> Event | None:
        return self.events[0] if self.events else None

    def up_to(self, horizon: date) -> Found:
        """Only what happened by that day."""
        return Found(tuple(event for event in self.events if event.day <= horizon), self.doubt)


def placed(moment: Moment | None, day0: date) -> Placed:
    """Before or on day 0, certainly later, or not to be told."""
    if moment is None:
        return Placed.UNCLEAR
    if moment.first_day > day0:
        return Placed.LATER
    return Placed.BY_THEN if moment.last_day <= day0 else Placed.UNCLEAR


def sorted_events(events: Iterable[Event | None]) -> tuple[Event, ...]:
    """By day, and on one day by reference: never by words, which depend on the reader's language."""
    return tuple(sorted((event for event in events if event), key=lambda event: (event.day, _references(event))))


def _references(event: Event) -> list[str]:
    return [evidence.reference for evidence in event.evidence]


def of_diagnosis(diagnosis: Diagnosis) -> Event:
    """A diagnosis that is dated. Raises ValueError for one that is not."""
    if diagnosis.began is None:
        raise ValueError(f"{diagnosis.reference} has no date")
    name, began = diagnosis.name or say("diagnosis"), diagnosis.began
    return Event(began.first_day, name, (Evidence(diagnosis.reference, name, began.shown()),), began.last_day)


def doubt_of(diagnoses: Sequence[Diagnosis], day0: date) -> str | None:
    """Why these diagnoses leave something open: not confirmed, or not to be placed before or after day 0."""
    for diagnosis in diagnoses:
        where, name = placed(diagnosis.began, day0), diagnosis.name or say("A diagnosis")
        if where is not Placed.BY_THEN and not diagnosis.confirmed:
            return say("{names} is not confirmed", names=name)
        if where is Placed.UNCLEAR:
            when = say("is dated only {when}", when=diagnosis.began.shown()) if diagnosis.began else say("has no date")
            return say("{diagnosis} {why}", diagnosis=name, why=when)
    return None


def death(inquiry: Inquiry) -> Found:
    """Q3: death of any cause; without a date it is known only to have happened."""
    person = inquiry.chart.person
    if person.died is not None:
        evidence = (Evidence(person.reference, say("died"), person.died.shown()),)
        return Found((Event(person.died.first_day, say("death"), evidence, person.died.last_day),))
    return Found((), say("the patient died on an unknown day") if person.deceased else None)
