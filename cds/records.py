"""What a chart is made of once FHIR's status, date, subject and code conventions have been dealt with."""

from __future__ import annotations

from datetime import date

import msgspec

from cds.code_map import Mapping as TestMapping
from cds.moments import Moment
from cds.shapes import CodeableConcept, Quantity, ValueBearer

UNREAD = "unread"


class Record(msgspec.Struct, frozen=True, gc=False):
    """What a chart holds by the hundred: a frozen struct, made in a tenth of the time that a frozen dataclass takes."""


class Result(Record, frozen=True):
    """A laboratory or clinical result that may be used, or is only preliminary.

    `body` bears the value; for a component it is the component, with the Observation's status and date.
    `specimen` is "marrow", "blood", "other", UNREAD (named, but it could not be had) or None when not stated;
    `specimen_reference` names the Specimen itself. `mapping` is the site's word on this test.
    `notes` are the laboratory's comments;
    `value_sets` are those that a coded value belongs to.
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
    specimen_reference: str | None = None
    notes: str = ""
    value_sets: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        return name_of(self.body.code)


class Sample(Record, frozen=True):
    """A Specimen: its kind as in `Result.specimen`, and whether the material can still be had (None: not stated)."""

    reference: str
    kind: str | None
    available: bool | None = None


class Diagnosis(Record, frozen=True):
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


class Treatment(Record, frozen=True):
    """A procedure: `done` (completed), otherwise possible only (in progress, preparation, unknown).

    `used` are the value sets of the products it used (Procedure.usedCode).
    """

    reference: str
    name: str
    sets: frozenset[str]
    done: bool
    moment: Moment | None
    used: frozenset[str] = frozenset()


class Drug(Record, frozen=True):
    """A medication given or ordered. `route` is "systemic", "local", "intrathecal" or None when not stated.

    `moment` is when it was given or ordered (the end of a stated period); `started` is when it began; `ongoing` says
    that it is active and that no end is stated, or one that is still to come (`ends`).
    `reasons` are the references and words of why it is given; empty when not stated. `dose` is one dose as recorded.
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
    status: str = ""
    reasons: tuple[str, ...] = ()
    dose: Quantity | None = None
    ends: Moment | None = None


class Agreement(Record, frozen=True):
    """A research Consent as recorded: for which studies (NCT ids), of which category, by whom, and what it says.

    `category` is "trial-enrolment", "trial-crossover" or "other" (for example information access only).
    `by_representative` says that the performer is a RelatedPerson. `begins` and `expires` are the ends of the
    provision's period; `period_readable` is False when one of them is stated but cannot be read.
    """

    reference: str
    status: str
    studies: frozenset[str]
    category: str
    moment: Moment | None
    permits: bool = True
    verified: bool = True
    by_representative: bool = False
    begins: Moment | None = None
    expires: Moment | None = None
    period_readable: bool = True


class Unmapped(Record, frozen=True):
    """A record whose words suggest a value set but whose codes are in none: never guessed, always named."""

    reference: str
    code: str
    sets: frozenset[str]
    moment: Moment | None = None


class OpenRequest(Record, frozen=True):
    """An order or task that waits to be done: the value sets of its code, its words in lower case, what it follows.

    `focus` is what a Task is about; `authored` the day of an order that states no time for which it was made.
    """

    reference: str
    sets: frozenset[str]
    words: str
    follows: frozenset[str] = frozenset()
    focus: str = ""
    authored: date | None = None


class Person(Record, frozen=True):
    """The patient. `sex` is for pregnancy: birth sex first, then gender; None when neither decides.

    `died` is when, where that is stated; `deceased` may be true without it.
    """

    reference: str
    sex: str | None
    birth: tuple[date, date] | None
    deceased: bool = False
    died: Moment | None = None
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
