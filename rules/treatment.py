"""The part of a trial pack that says what comes after enrolment: products, arms, doses, visits."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rules.schema import Days, Model, Number


class Step(Model):
    """One product of a protocol's sequence, in the order in which it is given."""

    product: Literal["cart_infusion", "ctl_infusion", "dcvac_injection"]
    name: str


class Sequence(Model):
    """Products that a protocol gives one after the other, and the sentence that says so."""

    quote: str
    steps: Annotated[tuple[Step, ...], Field(strict=False, min_length=2)]


class Response(Model):
    """The sentence by which a protocol reads NGS MRD as its response; the numbers are settings."""

    quote: str


class Arm(Model):
    """One arm of a randomised trial: its name in the protocol, how else it is written, and how many it takes.

    `no_bridging` is the sentence that forbids chemotherapy between randomisation and the arm's treatment.
    """

    id: Literal["car_t", "control"]
    name: str
    quote: str
    also_written: Annotated[tuple[str, ...], Field(strict=False)] = ()
    capacity: int
    no_bridging: str | None = None


class Dose(Model):
    """A dose that the protocol states: so much a day per kg or per m2 of body surface, on so many days."""

    of: Literal["car_t_cells", "cyclophosphamide", "fludarabine"]
    quote: str
    amount: Number
    unit: Literal["{cells}/kg", "mg/m2"]
    days: int


class PlannedVisit(Model):
    """An assessment so many calendar months after day 0, and how many days around it count."""

    month: int
    window: Days


class FollowUp(Model):
    """The visits after treatment; the sentence that says when; and blood counts that are grade III by CTCAE version.

    `toxicity` maps a version to analytes and the value (10*9/L, haemoglobin g/L) below which grade III begins.
    """

    quote: str
    visits: Annotated[tuple[PlannedVisit, ...], Field(strict=False, min_length=1)]
    primary_month: int
    final_month: int
    toxicity: dict[str, dict[Literal["anc", "platelets", "hemoglobin"], Number]]
