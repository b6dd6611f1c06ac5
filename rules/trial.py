"""The schema of a trial pack. Strict: an unknown key, fact or code is refused with its path and a remedy."""

from __future__ import annotations

from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from rules.facts import Absence
from rules.schema import DateField, Days, Model, Number
from rules.study import Study
from rules.treatment import Arm, Dose, FollowUp, Response, Sequence
from rules.vocabulary import VOCABULARY, Coded, Quantity


class Kind(StrEnum):
    """What part of the protocol a criterion comes from. A population criterion is inclusion stated in the title."""

    POPULATION = "population"
    INCLUSION = "inclusion"
    EXCLUSION = "exclusion"
    CROSSOVER = "crossover"


class AnsweredBy(StrEnum):
    """Who can answer a criterion that is unknown."""

    DATA = "data"
    CLINICIAN = "clinician"
    CONSENT = "consent"


KindField = Annotated[Kind, Field(strict=False)]
AbsenceField = Annotated[Absence, Field(strict=False)]
AnsweredByField = Annotated[AnsweredBy, Field(strict=False)]
Operator = Literal[">=", ">", "<=", "<", "is", "one_of"]


class Leaf(Model):
    """One comparison: a fact, how old it may be, and what it is compared with."""

    fact: str
    window: Days | None = None
    op: Operator
    value: Number | str | tuple[str, ...]

    @model_validator(mode="before")
    @classmethod
    def _lists_are_tuples(cls, raw: object) -> object:
        if isinstance(raw, dict) and isinstance(raw.get("value"), list):
            return {**raw, "value": tuple(raw["value"])}
        return raw

    @model_validator(mode="after")
    def _fits_the_vocabulary(self) -> Leaf:
        entry = VOCABULARY.get(self.fact)
        if entry is None:
            near = get_close_matches(self.fact, VOCABULARY, 1)
            hint = f"did you mean {near[0]!r}?" if near else "add it to rules/vocabulary.py first"
            raise ValueError(f"no fact {self.fact!r}; {hint}")
        if isinstance(entry, Quantity) and not (self.op in (">=", ">", "<=", "<") and isinstance(self.value, Decimal)):
            raise ValueError(f"{self.fact} is a quantity in {entry.unit or 'points'}: use >=, >, <= or < with a number")
        if isinstance(entry, Coded):
            self._fits_codes(entry)
        return self

    def _fits_codes(self, entry: Coded) -> None:
        codes = self.codes
        if not codes or (self.op == "is") != isinstance(self.value, str):
            raise ValueError(f"{self.fact} is coded: use `op: is` with one code or `op: one_of` with a list")
        strange = [code for code in codes if code not in entry.codes]
        if strange:
            raise ValueError(f"{self.fact} is never {strange[0]!r}; it is one of {', '.join(entry.codes)}")

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes that satisfy this leaf; empty for a quantity."""
        if isinstance(self.value, tuple):
            return self.value
        return (self.value,) if isinstance(self.value, str) else ()


class AllOf(Model):
    all: Annotated[tuple[Condition, ...], Field(strict=False, min_length=1)]


class AnyOf(Model):
    any: Annotated[tuple[Condition, ...], Field(strict=False, min_length=1)]


class NoneOf(Model):
    none: Annotated[tuple[Condition, ...], Field(strict=False, min_length=1)]


class ProfileTests(Model):
    """The tests of a site's signed profile take this place; without one, only a clinician can answer."""

    profile: Literal["organ_function"]


Condition = Leaf | AllOf | AnyOf | NoneOf | ProfileTests


class Criterion(Model):
    """One protocol sentence made computable. `when` states when the sentence is TRUE of the patient.

    Without `when` only a clinician's answer (or a consent) decides.
    """

    id: Annotated[str, Field(pattern=r"^[A-Z][0-9]+[a-z]?$")]
    kind: KindField
    title: str
    quote: str
    reading: str
    when: Condition | None = None
    absence: AbsenceField = Absence.UNKNOWN
    answered_by: AnsweredByField = AnsweredBy.DATA
    closes_gate: bool = False
    context: Annotated[tuple[str, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _is_answerable(self) -> Criterion:
        if self.when is None and self.answered_by is AnsweredBy.DATA:
            raise ValueError(f"{self.id} has no `when`: say `answered_by: clinician` (or consent), or add a condition")
        if self.closes_gate and self.kind is not Kind.POPULATION:
            raise ValueError(f"{self.id}: only a population criterion can close the gate")
        return self

    @property
    def excludes(self) -> bool:
        """True when a true sentence stands in the way (an exclusion)."""
        return self.kind is Kind.EXCLUSION


class Question(Model):
    """One question a trial asks of a patient, for example "enrol"."""

    question: Literal["enrol", "cross_over"]
    criteria: Annotated[tuple[Criterion, ...], Field(strict=False, min_length=1)]


class Recruitment(Model):
    """The study-level gate as the source states it; a site may override it."""

    quote: str
    state: Literal["open", "closed", "unknown"]
    stated_on: DateField
    ends_on: DateField | None = None
    unverified_after_days: int | None = None
    capacity: int | None = None
    caveat: str | None = None


class Limits(Model):
    """Between which numbers a site may set a setting; both ends allowed."""

    low: Number
    high: Number


class Source(Model):
    """Where the protocol's text comes from."""

    document: str
    url: str
    updated_on: DateField


class Trial(Model):
    """A trial pack: what one protocol says, with the numbers this product may be configured by."""

    id: Annotated[str, Field(pattern=r"^NCT[0-9]{8}$")]
    version: str
    title: str
    short_title: str
    source: Source
    recruitment: Recruitment
    study: Study | None = None
    sequence: Sequence | None = None
    response: Response | None = None
    arms: Annotated[tuple[Arm, ...], Field(strict=False)] = ()
    doses: Annotated[tuple[Dose, ...], Field(strict=False)] = ()
    follow_up: FollowUp | None = None
    settings: dict[str, Number | bool | str]
    setting_limits: dict[str, Limits] = Field(default_factory=dict)
    setting_choices: dict[str, Annotated[tuple[str, ...], Field(strict=False)]] = Field(default_factory=dict)
    questions: Annotated[tuple[Question, ...], Field(strict=False, min_length=1)]

    def question(self, name: str) -> Question:
        return next(question for question in self.questions if question.question == name)

    @model_validator(mode="after")
    def _settings_are_within_their_limits(self) -> Trial:
        for name, choices in self.setting_choices.items():
            chosen = self.settings.get(name)
            if isinstance(chosen, str) and chosen not in choices:
                raise ValueError(f"setting {name!r} is {chosen!r}; it must be one of {', '.join(choices)}")
        for name, limits in self.setting_limits.items():
            value = self.settings.get(name)
            if not isinstance(value, Decimal):
                raise ValueError(f"setting_limits: no number {name!r} among the settings")
            if not limits.low <= value <= limits.high:
                raise ValueError(f"setting {name!r} is {value}; it must be from {limits.low} to {limits.high}")
        return self

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Trial:
        for question in self.questions:
            ids = [criterion.id for criterion in question.criteria]
            twice = {name for name in ids if ids.count(name) > 1}
            if twice:
                raise ValueError(f"{question.question}: {', '.join(sorted(twice))} stands twice; ids are unique")
        return self
