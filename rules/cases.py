"""The cases beside a trial pack: facts in, expected outcome out, each a sentence. Run by pytest and by the CLI."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, ValidationError

from rules.errors import TrialPackError
from rules.evaluation import Evaluator
from rules.facts import Attestation, Evidence, Fact, Interval, Known, Reason, Unknown
from rules.schema import Model, Number
from rules.trial import Trial
from rules.verdict import Finding, Outcome


class Stated(Model):
    """A fact as a case states it: an interval, a bound, or why it is unknown."""

    lo: Number | None = None
    hi: Number | None = None
    lo_open: bool = False
    hi_open: bool = False
    unknown: Annotated[Reason | None, Field(strict=False)] = None


class Case(Model):
    """One example. Facts that are not given are unknown (missing)."""

    case: str
    criterion: str
    facts: dict[str, Number | str | Stated] = Field(default_factory=dict)
    answer: Literal["yes", "no"] | None = None
    expect: Annotated[Outcome, Field(strict=False)]
    reason: Annotated[Reason | None, Field(strict=False)] = None


class _File(Model):
    cases: Annotated[tuple[Case, ...], Field(strict=False)]


@dataclass(frozen=True, slots=True)
class Ran:
    """A case and what came of it."""

    case: Case
    finding: Finding

    @property
    def passed(self) -> bool:
        reason_fits = self.case.reason is None or self.case.reason is self.finding.reason
        return self.finding.outcome is self.case.expect and reason_fits


def load_cases(folder: Path, trial: Trial) -> tuple[Case, ...]:
    """The pack's cases. Raises TrialPackError with file, place and remedy."""
    path = folder / "cases.yaml"
    try:
        cases = _File.model_validate({"cases": yaml.safe_load(path.read_text(encoding="utf-8"))}).cases
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise TrialPackError(f"{path}: not usable: {error}") from error
    known = {criterion.id for question in trial.questions for criterion in question.criteria}
    strange = [case.criterion for case in cases if case.criterion not in known]
    if strange:
        raise TrialPackError(f"{path}: no criterion {strange[0]!r} in this pack")
    return cases


def run(engine: Evaluator, case: Case) -> Ran:
    """Put one case to the engine."""
    facts = {ask: _fact(case.facts[ask.fact]) for ask in engine.asks if ask.fact in case.facts}
    evidence = Evidence("QuestionnaireResponse/case", case.answer or "")
    answers = {case.criterion: Attestation(case.answer == "yes", evidence)} if case.answer else {}
    verdict = engine.evaluate(facts, answers)
    return Ran(case, next(f for f in verdict.findings if f.criterion.id == case.criterion))


def _fact(stated: Decimal | str | Stated) -> Fact:
    if isinstance(stated, Decimal):
        return Known(Interval.exactly(stated), str(stated))
    if isinstance(stated, str):
        return Known(stated, stated)
    if stated.unknown is not None:
        return Unknown(stated.unknown, f"unknown: {stated.unknown.value}")
    return Known(Interval(stated.lo, stated.hi, stated.lo_open, stated.hi_open), "an interval")
