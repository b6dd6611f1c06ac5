"""The criteria matrix: each criterion in the protocol's words, the patient's data, the limit, what would change it.

Decisive rows come first. What decides depends on the standing: what fails, else what is open, else what a person must
still answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from hooks.workbench.words import remedy
from rules.facts import Evidence
from rules.messages import say
from rules.phrases import condition_text
from rules.trial import AllOf, AnsweredBy, AnyOf, Condition, Criterion, NoneOf
from rules.verdict import Finding, Outcome, Standing, Verdict


@dataclass(frozen=True, slots=True)
class Limit:
    """A condition as lines: each holds text, or a heading ("one of") over further lines."""

    text: str
    parts: tuple[Limit, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One criterion of one patient. `dates` is the date or span of dates of its evidence; `days` until it expires."""

    finding: Finding
    limit: Limit
    dates: str
    changes: tuple[str, ...]
    days: int | None

    @property
    def criterion(self) -> Criterion:
        return self.finding.criterion

    @property
    def several_dates(self) -> bool:
        return len({item.date for item in self.finding.evidence}) > 1


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that mean the same for the standing. `name` is data, clinician, fail or pass."""

    name: str
    title: str
    rows: tuple[Row, ...]
    decisive: bool


def groups_of(verdict: Verdict, today: date, opens: Mapping[str, date]) -> tuple[Group, ...]:
    """The rows of a question, decisive ones first; groups without rows are left out.

    `opens`: criterion id -> the day from which time alone has it met.
    """
    rows = {finding.criterion.id: _row(finding, today, opens) for finding in verdict.findings}
    standing = verdict.standing
    failed = standing in (Standing.INELIGIBLE, Standing.NOT_APPLICABLE)
    nothing_open = not any(finding.outcome is Outcome.UNKNOWN for finding in verdict.findings)
    titled = (
        ("fail", say("Stands in the way"), True),
        ("data", say("Missing: to be measured or recorded"), not failed),
        ("clinician", say("For a clinician or the patient to answer"), not failed),
        ("pass", say("Does not stand in the way"), standing is Standing.POTENTIALLY_ELIGIBLE and nothing_open),
    )
    found = []
    for name, title, decisive in titled:
        chosen = tuple(rows[finding.criterion.id] for finding in verdict.findings if _group(finding) == name)
        if chosen:
            found.append(Group(name, title, chosen, decisive))
    return tuple(found)


def _group(finding: Finding) -> str:
    if finding.outcome is Outcome.UNKNOWN:
        return "data" if finding.needs in (AnsweredBy.DATA, None) else "clinician"
    return finding.outcome.value


def _row(finding: Finding, today: date, opens: Mapping[str, date]) -> Row:
    days = (finding.valid_until - today).days if finding.valid_until else None
    changes = _changes(finding, opens.get(finding.criterion.id))
    return Row(finding, limit_of(finding.criterion), _dates(finding.evidence), changes, days)


def _dates(evidence: tuple[Evidence, ...]) -> str:
    dates = sorted({item.date for item in evidence if item.date})
    return " – ".join(dict.fromkeys((dates[0], dates[-1]))) if dates else ""


def limit_of(criterion: Criterion) -> Limit:
    """What a criterion asks, from its condition; of an exclusion, what would exclude."""
    limit = _limit(criterion.when)
    if not criterion.excludes or criterion.when is None:
        return limit
    return Limit(say("stands in the way:"), (limit,))


def _limit(condition: Condition | None) -> Limit:
    if isinstance(condition, AllOf):
        return Limit(say("all of:"), tuple(_limit(part) for part in condition.all))
    if isinstance(condition, AnyOf):
        return Limit(say("one of:"), tuple(_limit(part) for part in condition.any))
    if isinstance(condition, NoneOf):
        return Limit(say("none of:"), tuple(_limit(part) for part in condition.none))
    return Limit(condition_text(condition))


def _changes(finding: Finding, opens: date | None) -> tuple[str, ...]:
    """Who or what could change the outcome; time where it does."""
    waiting = (say("Time alone: met from {day}", day=opens.isoformat()),) if opens else ()
    if finding.outcome is Outcome.UNKNOWN:
        return (remedy(finding), *waiting)
    if finding.outcome is Outcome.FAIL:
        return waiting or (say("New data only"),)
    if finding.valid_until is not None:
        return (say("Time: known until {day}, then open again", day=finding.valid_until.isoformat()),)
    return (say("New data only"),)
