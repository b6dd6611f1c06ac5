"""What if: some facts are assumed, everything else stays as the record has it. Nothing assumed is ever evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cds.asking import decided
from cds.assess import Assessor
from cds.assessment import Assessment
from cds.chart import Chart
from cds.errors import UnreadableInputError
from cds.near_miss import as_number
from cds.site_errors import nearest
from rules.facts import Fact, Interval, Known, Reason, Unknown
from rules.lint import leaves
from rules.messages import say
from rules.phrases import code_text, label_of
from rules.trial import Question
from rules.verdict import Finding, Verdict
from rules.vocabulary import VOCABULARY, Entry, Quantity

Raw = int | float | str | None
# No measurement of the vocabulary is larger in its unit.
LARGEST = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Assumption:
    """One fact as it is assumed: a number in the vocabulary's unit, a code, or None for "not known"."""

    name: str
    entry: Entry
    value: Decimal | str | None

    def fact(self) -> Fact:
        """As the rules see it: without evidence, and saying that it is assumed."""
        label = label_of(self.name)
        if self.value is None:
            return Unknown(Reason.MISSING, say("{label}: assumed to be unknown", label=label))
        if isinstance(self.value, Decimal):
            return Known(Interval.exactly(self.value), say("{value} (assumed)", value=self.shown))
        return Known(self.value, say("{label}: {code} (assumed)", label=label, code=self.shown))

    @property
    def unit(self) -> str:
        return self.entry.unit if isinstance(self.entry, Quantity) else ""

    @property
    def shown(self) -> str:
        if isinstance(self.value, Decimal):
            unit = self.unit
            return f"{self.value:f} {say(unit)}" if unit else f"{self.value:f}"
        return code_text(self.value) if self.value is not None else ""

    def as_json(self) -> dict[str, Any]:
        """Absent parts are omitted: without `value` the fact is assumed to be unknown."""
        found = {"fact": self.name, "label": label_of(self.name), "value": as_number(self.value), "unit": self.unit}
        return {name: part for name, part in found.items() if part not in (None, "")}


@dataclass(frozen=True, slots=True)
class Flip:
    """A criterion whose outcome would be another."""

    trial: str
    question: str
    before: Finding
    after: Finding

    def as_json(self) -> dict[str, Any]:
        return {
            "trial": self.trial,
            "question": self.question,
            "criterion": self.after.criterion.id,
            "from": self.before.outcome.value,
            "to": self.after.outcome.value,
            "because": self.after.because,
        }


@dataclass(frozen=True, slots=True)
class Standings:
    """One question as it stands, and as it would."""

    trial: str
    now: Verdict
    then: Verdict

    def as_json(self) -> dict[str, Any]:
        standing = {"from": self.now.standing.value, "to": self.then.standing.value}
        return {"trial": self.trial, "question": self.now.question, **standing}

    def flips(self) -> Iterator[Flip]:
        """None for a question that was not put to the record at all: then there is no outcome to compare with."""
        before = {finding.criterion.id: finding for finding in self.now.findings}
        for after in self.then.findings:
            known = before.get(after.criterion.id)
            if known is not None and known.outcome is not after.outcome:
                yield Flip(self.trial, self.now.question, known, after)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What would be otherwise under some assumptions."""

    assumptions: tuple[Assumption, ...]
    standings: tuple[Standings, ...]

    @property
    def flips(self) -> tuple[Flip, ...]:
        return tuple(flip for standing in self.standings for flip in standing.flips())

    def as_json(self) -> dict[str, Any]:
        """The answer's key `what_if`."""
        return {
            "facts": [assumption.as_json() for assumption in self.assumptions],
            "standings": [standing.as_json() for standing in self.standings],
            "flips": [flip.as_json() for flip in self.flips],
        }


def assumptions_of(stated: Mapping[str, Raw]) -> tuple[Assumption, ...]:
    """Raises UnreadableInputError, with the nearest right name or code, for what the vocabulary does not know."""
    return tuple(_assumption(name, value) for name, value in stated.items())


def _assumption(name: str, value: Raw) -> Assumption:
    entry = VOCABULARY.get(name)
    if entry is None:
        raise UnreadableInputError(f"what_if: no fact of this name; {nearest(name, VOCABULARY)}")
    if value is None:
        return Assumption(name, entry, None)
    if isinstance(entry, Quantity):
        return Assumption(name, entry, _number(name, entry, value))
    if not isinstance(value, str) or value not in entry.codes:
        raise UnreadableInputError(f"what_if: {name} must be a code or null; {nearest(str(value), entry.codes)}")
    return Assumption(name, entry, value)


def _number(name: str, entry: Quantity, value: Raw) -> Decimal:
    number = Decimal(repr(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None
    most = entry.most or LARGEST
    if entry.scores and number not in entry.scores:
        raise UnreadableInputError(f"what_if: {name} must be one of {', '.join(map(str, entry.scores))}, or null")
    if number is None or not number.is_finite() or not 0 <= number <= most:
        raise UnreadableInputError(
            f"what_if: {name} must be a number from 0 to {most} in {entry.unit or 'points'}, or null"
        )
    return Decimal(int(number)) if number == number.to_integral_value() else number


def what_if(assessor: Assessor, chart: Chart, assessment: Assessment, assumptions: tuple[Assumption, ...]) -> WhatIf:
    """The same questions with these facts in the place of the record's, whatever the window they are asked with."""
    if chart.again is not None and not any(now.findings for assessed in assessment.trials for now in assessed.verdicts):
        # Of a chart without any sign of the disease a hook reads only what would show one (cds/normalise.py).
        chart = chart.again(as_of=chart.as_of, gate_first=False)
    overlay = {assumption.name: assumption.fact() for assumption in assumptions}
    now = [
        (assessed.trial, verdict)
        for assessed in assessment.trials
        for verdict in assessed.verdicts
        if verdict.findings or _would_be_asked(chart, assessed.trial.question(verdict.question), assumptions)
    ]
    asked = [
        assessor.asked(trial, trial.question(verdict.question), chart).supposing(overlay) for trial, verdict in now
    ]
    stand = zip(now, decided(asked), strict=True)
    return WhatIf(assumptions, tuple(Standings(trial.id, verdict, then) for (trial, verdict), then in stand))


def _would_be_asked(chart: Chart, question: Question, assumptions: tuple[Assumption, ...]) -> bool:
    """A chart without any sign of the disease (B6.1): only who assumes the disease asks."""
    if chart.person.deceased or chart.person.merged_away or question.question != "enrol":
        return False
    gate = {leaf.fact for c in question.criteria if c.closes_gate for leaf in leaves(c.when)}
    return any(assumption.name in gate for assumption in assumptions)
