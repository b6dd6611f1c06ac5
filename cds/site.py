"""A site's own decisions: settings, closed world, organ function tests, recruitment. YAML, strict, versioned."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cds.errors import SiteProfileError
from rules.trial import Condition, DateField, Model, Number, Trial


class OrganFunction(Model):
    """A signed threshold profile for "adequate organ function"; unsigned or expired, it is not used."""

    id: str
    version: str
    signed_by: str = ""
    signed_on: DateField | None = None
    expires_on: DateField | None = None
    tests: Condition

    def usable_on(self, day: date) -> bool:
        signed = bool(self.signed_by.strip()) and self.signed_on is not None and self.signed_on <= day
        return signed and (self.expires_on is None or day <= self.expires_on)


class RecruitmentOverride(Model):
    """What a site knows of a study's recruitment: its state, or how many subjects were randomised."""

    state: Literal["open", "closed"] | None = None
    randomised: int | None = None
    because: str = "stated by the site"


class SiteProfile(BaseModel):
    """Everything a site may decide; every member has a cautious default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str = "none"
    settings: dict[str, Number | bool | str] = Field(default_factory=dict)
    closed_world: tuple[Literal["conditions", "medications", "procedures"], ...] = ()
    organ_function: Annotated[OrganFunction | None, Field(strict=False)] = None
    recruitment: dict[str, RecruitmentOverride] = Field(default_factory=dict)

    def settings_for(self, trial: Trial) -> dict[str, Decimal | bool | str]:
        """The pack's settings with the site's; a site value of another kind is refused at load."""
        return {**trial.settings, **{name: value for name, value in self.settings.items() if name in trial.settings}}


def load_site_profile(path: Path | None, trials: tuple[Trial, ...]) -> SiteProfile:
    """The site's profile, or the cautious defaults. Raises SiteProfileError with the nearest right key."""
    if path is None:
        return SiteProfile()
    try:
        profile = SiteProfile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise SiteProfileError(f"{path}: not a usable site profile: {error}") from error
    known = {name: value for trial in trials for name, value in trial.settings.items()}
    for name, value in profile.settings.items():
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known))}"
            raise SiteProfileError(f"{path}: no setting {name!r}; {hint}")
        if isinstance(known[name], Decimal) != isinstance(value, Decimal):
            raise SiteProfileError(f"{path}: setting {name!r} must be like {known[name]!s}")
    return profile
