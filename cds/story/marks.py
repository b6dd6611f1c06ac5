"""Thresholds and windows of the trials, from their packs, as the site has set them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from cds.assessment import Assessment, TrialAssessment
from cds.story.points import Measurement
from rules.messages import say
from rules.trial import AllOf, AnyOf, Condition, Criterion, Leaf, NoneOf, Trial

ENROL_FACT = "post_hsct_mrd_flow_cd19_pct"


class Band(StrEnum):
    """Kinds of windows."""

    VISIT = "visit"
    CROSSOVER = "crossover"
    VALIDITY = "validity"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit in per cent, and what each trial says of it."""

    percent: Decimal
    meanings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """A span of days, both ends inside. `short` fits above a narrow band; `state` is a visit's."""

    band: Band
    trial: str
    words: str
    short: str
    opens: date
    closes: date
    state: str | None = None


def thresholds_of(assessment: Assessment) -> tuple[Threshold, ...]:
    """Highest first; limits of one value are one line."""
    found: dict[Decimal, list[str]] = {}
    for trial in assessment.trials:
        for percent, meaning in _limits(trial.trial):
            found.setdefault(percent.normalize(), []).append(meaning)
    return tuple(Threshold(percent, tuple(found[percent])) for percent in sorted(found, reverse=True))


def _limits(trial: Trial) -> Iterator[tuple[Decimal, str]]:
    """The packs' own numbers; a trial without one of these settings draws no such line."""
    meanings = {
        "mrd_positive_pct": say("{trial} positive", trial=trial.id),
        "mrd_negative_pct": say("{trial} negative below", trial=trial.id),
        "ngs_lod_pct": say("{trial} NGS floor", trial=trial.id),
    }
    for name, meaning in meanings.items():
        percent = trial.settings.get(name)
        if isinstance(percent, Decimal) and percent > 0:
            yield percent, meaning


def windows_of(assessment: Assessment, points: tuple[Measurement, ...], as_of: date) -> tuple[Window, ...]:
    """Visits and the crossover window of subjects; for whoever is in no study, what enrolment counts."""
    enrolled = [trial for trial in assessment.trials if trial.follow_up is not None or trial.sequence is not None]
    if enrolled:
        return tuple(window for trial in enrolled for window in _course_windows(trial))
    return tuple(window for trial in assessment.trials for window in _validity(trial, points, as_of))


def _course_windows(trial: TrialAssessment) -> Iterator[Window]:
    course, name = trial.follow_up, trial.trial.id
    if course is None:
        return
    for visit in course.visits:
        span, words = visit.window, say("Visit of month {month}", month=visit.window.month)
        yield Window(Band.VISIT, name, words, str(span.month), span.opens, span.closes, visit.state.value)
    crossing = course.crossover_window
    if crossing is not None:
        words = say("Crossover window of month {month}", month=crossing.month)
        yield Window(Band.CROSSOVER, name, words, say("crossover"), crossing.opens, crossing.closes)


def _validity(trial: TrialAssessment, points: tuple[Measurement, ...], as_of: date) -> Iterator[Window]:
    """How long the deciding result counts; else since when a result would."""
    verdict = trial.verdict("enrol")
    for finding in verdict.findings if verdict else ():
        leaf = _leaf(finding.criterion)
        if leaf is None or leaf.window is None:
            continue
        name = finding.criterion.id
        begins = [p.first for p in points if p.first and any(p.reference == e.reference for e in finding.evidence)]
        if finding.valid_until is not None and begins:
            words = say("Counts for {criterion} until {day}", criterion=name, day=finding.valid_until)
            yield Window(Band.VALIDITY, trial.trial.id, words, name, max(begins), finding.valid_until)
        else:
            since = as_of - timedelta(days=leaf.window)
            words = say("{criterion} counts results since {day}", criterion=name, day=since)
            yield Window(Band.VALIDITY, trial.trial.id, words, name, since, as_of)


def _leaf(criterion: Criterion) -> Leaf | None:
    return next((leaf for leaf in _leaves(criterion.when) if leaf.fact == ENROL_FACT), None)


def _leaves(condition: Condition | None) -> Iterator[Leaf]:
    match condition:
        case Leaf():
            yield condition
        case AllOf(all=parts) | AnyOf(any=parts) | NoneOf(none=parts):
            for part in parts:
                yield from _leaves(part)
        case _:
            return
