"""A site's own decisions, as YAML: strict, versioned, every key optional but the version, with cautious defaults."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from cds.code_map import Entry
from cds.errors import SiteProfileError
from cds.site_errors import nearest, places
from rules.messages import to_say
from rules.schema import DateField, Model, Number
from rules.trial import Condition, Limits, Trial

Setting = Decimal | bool | str
Domain = Literal["conditions", "medications", "procedures"]


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
    because: str = to_say("stated by the site")


class UpperLimit(Model):
    """One laboratory's upper limit of normal for one test code; ages in completed years, `age_below` excluded."""

    loinc: str
    sex: Literal["female", "male"] | None = None
    age_from: Number = Decimal(0)
    age_below: Number | None = None
    high: Number
    unit: str

    @model_validator(mode="after")
    def _is_a_limit(self) -> UpperLimit:
        if self.high <= 0:
            raise ValueError("high must be above zero")
        if self.age_below is not None and self.age_below <= self.age_from:
            raise ValueError("age_below must be above age_from")
        return self


class UpperLimits(Model):
    """A site's table of upper limits of normal: the last resort for results that state none. Off unless enabled."""

    laboratory: str
    version: str
    enabled: bool = False
    limits: Annotated[tuple[UpperLimit, ...], Field(strict=False)] = ()


class SiteProfile(Model):
    """Everything a site may decide; every member has a cautious default."""

    version: str = "none"
    settings: dict[str, Number | bool | str] = Field(default_factory=dict)
    closed_world: Annotated[tuple[Domain, ...], Field(strict=False)] = ()
    organ_function: OrganFunction | None = None
    recruitment: dict[str, RecruitmentOverride] = Field(default_factory=dict)
    upper_limits: UpperLimits | None = None
    codes: Annotated[tuple[Entry, ...], Field(strict=False)] = ()

    @property
    def upper_limits_in_use(self) -> tuple[UpperLimit, ...]:
        table = self.upper_limits
        return table.limits if table is not None and table.enabled else ()


def load_site_profile(path: Path | None, trials: tuple[Trial, ...]) -> SiteProfile:
    """The site's profile, or the cautious defaults. Raises SiteProfileError with the nearest right key."""
    if path is None:
        return SiteProfile()
    try:
        stated = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(stated, dict) or "version" not in stated:
            raise SiteProfileError(f"{path}: a site profile is a YAML mapping that begins with `version:`")
        profile = SiteProfile.model_validate(stated)
    except (OSError, yaml.YAMLError) as error:
        raise SiteProfileError(f"{path}: not a usable site profile: {error}") from error
    except ValidationError as error:
        raise SiteProfileError(f"{path}: {places(error, SiteProfile)}") from error
    _check_settings(path, profile, trials)
    _check_trials(path, profile, trials)
    return profile


def _check_settings(path: Path, profile: SiteProfile, trials: tuple[Trial, ...]) -> None:
    """Every setting is known, of the right kind, and inside the limits of each trial that has it."""
    known = {name: value for trial in trials for name, value in trial.settings.items()}
    for name, value in profile.settings.items():
        if name not in known:
            raise SiteProfileError(f"{path}: no setting {name!r}; {nearest(name, known)}")
        if isinstance(known[name], Decimal) != isinstance(value, Decimal):
            raise SiteProfileError(f"{path}: setting {name!r} must be like {known[name]!s}")
        for trial in trials:
            _check_limits(path, name, value, trial.setting_limits.get(name), trial.id)
            choices = trial.setting_choices.get(name)
            if choices is not None and isinstance(value, str) and value not in choices:
                raise SiteProfileError(f"{path}: setting {name!r} must be one of {', '.join(choices)}")


def _check_limits(path: Path, name: str, value: Setting, limits: Limits | None, trial_id: str) -> None:
    if limits is not None and isinstance(value, Decimal) and not limits.low <= value <= limits.high:
        raise SiteProfileError(f"{path}: setting {name!r} must be from {limits.low} to {limits.high} ({trial_id})")


def _check_trials(path: Path, profile: SiteProfile, trials: tuple[Trial, ...]) -> None:
    ids = {trial.id: trial for trial in trials}
    for trial_id in profile.recruitment:
        if trial_id not in ids:
            raise SiteProfileError(f"{path}: recruitment: no trial {trial_id!r}; {nearest(trial_id, ids)}")
