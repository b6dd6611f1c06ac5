"""What a protocol's text says of the study itself, in its own words; whatever it does not say is left out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rules.schema import Model

Words = Annotated[tuple[str, ...], Field(strict=False)]


class Phase(Model):
    """The phase as the text names it, and its code in FHIR's research-study-phase."""

    code: Literal["early-phase-1", "phase-1", "phase-1-phase-2", "phase-2", "phase-2-phase-3", "phase-3", "phase-4"]
    quote: str


class Study(Model):
    """Quotes. `design` says how the study is done, `treatments` what is given where the text names no arms."""

    description: str
    design: str | None = None
    objective: str | None = None
    phase: Phase | None = None
    conditions: Words = ()
    treatments: Words = ()
    sponsor: str | None = None
