"""What a protocol's text says of the study itself, in its own words; whatever it does not say is left out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Words = Annotated[tuple[str, ...], Field(strict=False)]


class StudyModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Phase(StudyModel):
    """The phase as the text names it, and its code in FHIR's research-study-phase."""

    code: Literal["early-phase-1", "phase-1", "phase-1-phase-2", "phase-2", "phase-2-phase-3", "phase-3", "phase-4"]
    quote: str


class Study(StudyModel):
    """Quotes. `design` says how the study is done, `treatments` what is given where the text names no arms."""

    description: str
    design: str | None = None
    objective: str | None = None
    phase: Phase | None = None
    conditions: Words = ()
    treatments: Words = ()
    sponsor: str | None = None
