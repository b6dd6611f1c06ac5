"""Override reasons as data, and back from a code to the criterion that it disagrees with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict

from rules.messages import language, say
from rules.trial import Trial
from rules.verdict import Outcome, Verdict

_CRITERION = re.compile(r"(NCT[0-9]{8})\.([A-Z][0-9]+[a-z]?)")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reason(_Strict):
    code: str
    display: str


class Disagreement(_Strict):
    """How the reason that names a criterion is written; `outcomes` in the order in which they are offered."""

    code: str
    display: str
    outcomes: tuple[Outcome, ...]
    most: int


class OverrideReasons(_Strict):
    """The whole of override_reasons.yaml."""

    system: str
    eligibility: tuple[Reason, ...]
    order: tuple[Reason, ...]
    course: tuple[Reason, ...]
    disagreement: Disagreement


@dataclass(frozen=True, slots=True)
class Disputed:
    """The criterion that an override reason names."""

    trial: str
    criterion: str


@cache
def override_reasons() -> OverrideReasons:
    """The shipped reasons, read once."""
    text = (files("cds.record") / "override_reasons.yaml").read_text(encoding="utf-8")
    return OverrideReasons.model_validate(yaml.safe_load(text))


def coded(reasons: tuple[Reason, ...]) -> list[dict[str, str]]:
    """Reasons as Codings (CDS Hooks 2.0 §"Override Reasons")."""
    return [_coding(reason.code, say(reason.display)) for reason in reasons]


def _coding(code: str, display: str) -> dict[str, str]:
    return {"code": code, "system": override_reasons().system, "display": display}


def disagreements(trial: Trial, verdict: Verdict) -> list[dict[str, str]]:
    """A Coding for each criterion of an answer, those that decide it first."""
    form, spoken = override_reasons().disagreement, language()
    ranked = [finding for outcome in form.outcomes for finding in verdict.findings if finding.outcome is outcome]
    named = [finding.criterion for finding in ranked[: form.most]]
    return [_coding(*_disagreement(trial.id, criterion.id, say(criterion.title), spoken)) for criterion in named]


@lru_cache(maxsize=1000)
def _disagreement(trial: str, criterion: str, title: str, spoken: str) -> tuple[str, str]:
    """Code and display of the reason that names a criterion, in the language spoken; `title` is in it already."""
    del spoken
    form, flat = override_reasons().disagreement, " ".join(title.split())
    return form.code.format(trial=trial, criterion=criterion), say(form.display, criterion=criterion, title=flat)


def disputed(system: str | None, code: str | None) -> Disputed | None:
    """The criterion that a reason names; None for a general reason and for other systems."""
    match = _CRITERION.fullmatch(code or "")
    if match is None or system != override_reasons().system:
        return None
    return Disputed(match.group(1), match.group(2))
