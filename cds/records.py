"""What a chart is made of once FHIR's status, date, subject and code conventions have been dealt with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cds.code_map import Mapping as TestMapping
from cds.moments import Moment
from cds.shapes import CodeableConcept, ValueBearer

UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Result:
    """A laboratory or clinical result that may be used, or is only preliminary.

    `body` bears the value; for a component it is the component, with the Observation's status and date.
    `specimen` is "marrow", "blood", "other", UNREAD (named, but it could not be had) or None when not stated.
    `mapping` is the site's word on this test.
    """

    reference: str
    body: ValueBearer
    sets: frozenset[str]
    preliminary: bool
    moment: Moment | None
    from_issued: bool = False
    specimen: str | None = None
    mapping: TestMapping | None = None
    siblings: tuple[ValueBearer, ...] = ()

    @property
    def text(self) -> str:
        return name_of(self.body.code)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A condition of this patient. `began` is onset, else the recorded date (then `began_is_recorded`)."""

    reference: str
    name: str
    sets: frozenset[str]
    confirmed: bool
    active: bool
    began: Moment | None
    began_is_recorded: bool = False
    ended: Moment | None = None
    severity: frozenset[str] = frozenset()
    stages: tuple[CodeableConcept, ...] = ()
    outside_marrow: bool = False


@dataclass(frozen=True, slots=True)
class Treatment:
    """A procedure: `done` (completed), otherwise possible only (in progress, preparation, unknown)."""

    reference: str
    name: str
    sets: frozenset[str]
    done: bool
    moment: Moment | None


@dataclass(frozen=True, slots=True)
class Drug:
    """A medication given or ordered. `route` is "systemic", "local", "intrathecal" or None when not stated.

    `moment` is when it was given or ordered (the end of a stated period); `started` is when it began; `ongoing` says
    that it is active and that no end is stated.
    `reasons` are the references and words of why it is given; empty when not stated.
    """

    reference: str
    name: str
    sets: frozenset[str]
    codes: frozenset[tuple[str, str]]
    given: bool
    moment: Moment | None
    started: Moment | None = None
    ongoing: bool = False
    route: str | None = None
    prophylaxis: bool = False
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A record whose words suggest a value set but whose codes are in none: never guessed, always named."""

    reference: str
    code: str
    sets: frozenset[str]
    moment: Moment | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """The patient. `sex` is for pregnancy: birth sex first, then gender; None when neither decides."""

    reference: str
    sex: str | None
    birth: tuple[date, date] | None
    deceased: bool = False
    merged_away: bool = False


def name_of(concept: CodeableConcept | None) -> str:
    """The words people use for a concept: its text, else the first display, else the first code."""
    if concept is None:
        return ""
    if concept.text:
        return concept.text
    for coding in concept.coding:
        if coding.display:
            return coding.display
    return concept.coding[0].code or "" if concept.coding else ""
