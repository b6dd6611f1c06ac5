"""Rows → every number of the report. No formatting, no files, no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from cds.report.design import (
    ARMS,
    CONTROL,
    DISEASE_FREE_SURVIVAL,
    EXPERIMENTAL,
    LOW_POSITIVE,
    MISSING,
    NEGATIVE,
    OVERALL_SURVIVAL,
    POSITIVE,
    TRIAL,
    Definition,
)
from cds.report.outcomes import (
    NEGATIVE_TOO_LATE,
    FollowUp,
    disease_free_survival,
    may_still_come,
    month_3_class,
    overall_survival,
)
from cds.report.proportions import Interval, newcombe, wilson
from cds.report.rows import PatientRow
from cds.report.sample_size import SampleSize, reproduce
from cds.report.survival import LogRank, Median, Step, at, at_risk, kaplan_meier, log_rank, median

SMALL_CELL = 5
"""Counts below this are marked: the usual rule of thumb for too few to lean on. The study office may set another."""
CLASSES = (NEGATIVE, NEGATIVE_TOO_LATE, LOW_POSITIVE, POSITIVE, MISSING)


@dataclass(frozen=True, slots=True)
class ArmPatients:
    """Who is in an arm, by randomisation. Counts of patients."""

    arm: str
    randomised: int
    crossed_over: int
    relapsed: int
    died: int
    month_3_may_still_come: int | None


@dataclass(frozen=True, slots=True)
class ArmNegativity:
    """Month 3 in one arm. `counts`: patients per class of CLASSES; rates are None without a denominator."""

    arm: str
    counts: dict[str, int]
    randomised: int
    rate: Interval | None
    measured: int
    rate_of_measured: Interval | None


@dataclass(frozen=True, slots=True)
class Mark:
    """The curve on the day that ends a month (365/12 days each, rounded down). None: nobody followed that far."""

    month: int
    day: int
    at_risk: int
    step: Step | None


@dataclass(frozen=True, slots=True)
class ArmSurvival:
    """One curve. `curve` is empty and everything else zero or None when the arm has no patients."""

    arm: str
    patients: int
    events: int
    median: Median
    marks: tuple[Mark, ...]
    curve: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Survival:
    """One endpoint in all arms, and their comparison."""

    definition: Definition
    arms: tuple[ArmSurvival, ...]
    log_rank: LogRank


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything the report says. `difference`: negativity, CAR-T minus control."""

    trial: str
    as_of: date | None
    small_cell: int
    patients: tuple[ArmPatients, ...]
    negativity: tuple[ArmNegativity, ...]
    difference: Interval | None
    survival: tuple[Survival, ...]
    sample_size: SampleSize


def analyse(rows: Sequence[PatientRow], as_of: date | None = None, small_cell: int = SMALL_CELL) -> Analysis:
    """All numbers of NCT07441291, by assigned arm. `as_of`: the day of the data, if it is to be stated."""
    by_arm = {arm: [row for row in rows if row.arm_assigned == arm] for arm in ARMS}
    negativity = {arm: _negativity(arm, members) for arm, members in by_arm.items()}
    return Analysis(
        trial=TRIAL,
        as_of=as_of,
        small_cell=small_cell,
        patients=tuple(_patients(arm, members, as_of) for arm, members in by_arm.items()),
        negativity=tuple(negativity.values()),
        difference=_difference(negativity[EXPERIMENTAL], negativity[CONTROL]),
        survival=(
            _survival(OVERALL_SURVIVAL, by_arm, overall_survival),
            _survival(DISEASE_FREE_SURVIVAL, by_arm, disease_free_survival),
        ),
        sample_size=reproduce(),
    )


def _patients(arm: str, rows: Sequence[PatientRow], as_of: date | None) -> ArmPatients:
    return ArmPatients(
        arm=arm,
        randomised=len(rows),
        crossed_over=sum(row.crossed for row in rows),
        relapsed=sum(row.relapse_on is not None for row in rows),
        died=sum(row.death_on is not None for row in rows),
        month_3_may_still_come=None if as_of is None else sum(may_still_come(row, as_of) for row in rows),
    )


def _negativity(arm: str, rows: Sequence[PatientRow]) -> ArmNegativity:
    found = Counter(month_3_class(row) for row in rows)
    counts = {name: found[name] for name in CLASSES}
    measured = len(rows) - counts[MISSING]
    return ArmNegativity(
        arm=arm,
        counts=counts,
        randomised=len(rows),
        rate=wilson(counts[NEGATIVE], len(rows)) if rows else None,
        measured=measured,
        rate_of_measured=wilson(counts[NEGATIVE], measured) if measured else None,
    )


def _difference(first: ArmNegativity, second: ArmNegativity) -> Interval | None:
    if not (first.randomised and second.randomised):
        return None
    return newcombe(first.counts[NEGATIVE], first.randomised, second.counts[NEGATIVE], second.randomised)


def _survival(
    definition: Definition, by_arm: dict[str, list[PatientRow]], follow_up: Callable[[PatientRow], FollowUp]
) -> Survival:
    followed = {arm: [follow_up(row) for row in rows] for arm, rows in by_arm.items()}
    longest = max((f.days for members in followed.values() for f in members), default=0.0)
    arms = tuple(_arm_survival(arm, members, _months(longest)) for arm, members in followed.items())
    return Survival(definition, arms, log_rank(followed[EXPERIMENTAL], followed[CONTROL]))


def _arm_survival(arm: str, follow_ups: Sequence[FollowUp], months: Sequence[int]) -> ArmSurvival:
    curve = kaplan_meier(follow_ups) if follow_ups else ()
    marks = tuple(
        Mark(month, day := month * 365 // 12, at_risk(follow_ups, day), at(curve, day) if curve else None)
        for month in months
    )
    return ArmSurvival(arm, len(follow_ups), sum(f.event for f in follow_ups), median(curve), marks, curve)


def _months(longest: float) -> tuple[int, ...]:
    """Every third month of the protocol's year, or as far as the follow-up goes; every sixth beyond two years."""
    step = 3 if longest <= 2 * 365 else 6
    last = 12
    while (last + step) * 365 // 12 <= longest:
        last += step
    return tuple(range(0, last + 1, step))
