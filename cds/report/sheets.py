"""The report's tables, as text in rows; the screen and the Markdown file show the same ones."""

from __future__ import annotations

from dataclasses import dataclass

from cds.report.analysis import CLASSES, Analysis, Survival
from cds.report.outcomes import NEGATIVE_TOO_LATE
from cds.report.proportions import NEWCOMBE, WILSON
from cds.report.sample_size import DESIGN, FINDING, NOT_REPRODUCIBLE
from cds.report.survival import KAPLAN_MEIER, LOG_RANK, MEDIAN
from cds.report.wording import MISSING_LIMIT, NONE, SMALL, comparison, count, estimate, points, rate, time

CLASS_NAMES = {name: name.replace("_", " ") for name in CLASSES} | {
    NEGATIVE_TOO_LATE: "negative, but relapse or death before month 3"
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: the first column names the rows. `notes` stand below it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def patients(analysis: Analysis) -> Sheet:
    """Who was randomised, and what became of them."""
    arms = analysis.patients
    small = analysis.small_cell
    rows = [
        ("randomised", *(count(a.randomised, small) for a in arms)),
        ("now in the other arm", *(count(a.crossed_over, small) for a in arms)),
        ("relapsed", *(count(a.relapsed, small) for a in arms)),
        ("died", *(count(a.died, small) for a in arms)),
    ]
    notes = [
        "Every number of this report is by the arm assigned at randomisation, also after cross-over.",
        _small(small),
    ]
    if analysis.as_of:
        rows.append(("month-3 result may still come", *(str(a.month_3_may_still_come) for a in arms)))
        notes.append(
            f"A missing month-3 result may still come while 3 months and 14 days from randomisation have not passed on "
            f"{analysis.as_of}; until then it counts as not negative all the same, which makes the rates too low."
        )
    return Sheet("Patients", _header(tuple(a.arm for a in arms)), tuple(rows), tuple(notes))


def negativity(analysis: Analysis) -> Sheet:
    """Month 3 by class, with the rates and their difference."""
    arms, small = analysis.negativity, analysis.small_cell
    rows = [(CLASS_NAMES[name], *(count(a.counts[name], small) for a in arms)) for name in CLASSES]
    rows += [
        ("denominator: all randomised", *(str(a.randomised) for a in arms)),
        ("**negative, of all randomised**", *(f"**{rate(a.rate)}**" for a in arms)),
        ("negative, of those measured", *(f"{rate(a.rate_of_measured)}, n = {a.measured}" for a in arms)),
    ]
    notes = (
        f"Difference, {arms[0].arm} minus {arms[1].arm}, of all randomised: {points(analysis.difference)}.",
        f"Rates: {WILSON}. Difference: {NEWCOMBE}.",
        "Missing results stay in the denominator as not negative. The rate of those measured is for comparison only.",
        _small(small),
    )
    return Sheet("Month-3 MRD negativity", _header(tuple(a.arm for a in arms)), tuple(rows), notes)


def survival(result: Survival, small_cell: int) -> Sheet:
    """Events, median and the curve at fixed months."""
    arms = result.arms
    rows = [
        ("patients", *(str(a.patients) for a in arms)),
        ("events", *(count(a.events, small_cell) for a in arms)),
        ("median", *(time(a.median) if a.patients else NONE for a in arms)),
    ]
    for marks in zip(*(a.marks for a in arms), strict=True):
        cells = (f"{estimate(mark.step)}, at risk {count(mark.at_risk, small_cell)}" for mark in marks)
        rows.append((f"month {marks[0].month} (day {marks[0].day})", *cells))
    notes = (
        f"Log-rank: {comparison(result.log_rank)}.{_few_events(result, small_cell)}",
        f"Curve: {KAPLAN_MEIER}. Median: {MEDIAN}. Comparison: {LOG_RANK}.",
        f"Months of 365/12 days. {NONE} nobody was followed that long; {MISSING_LIMIT} not estimable.",
        _small(small_cell),
    )
    return Sheet(result.definition.title, _header(tuple(a.arm for a in arms)), tuple(rows), notes)


def sample_size(analysis: Analysis) -> Sheet:
    """Which formula gives the registry's number?"""
    size = analysis.sample_size
    rows = tuple(
        (
            formula.name,
            formula.expression,
            f"{formula.raw:.3f}",
            str(formula.divided),
            str(formula.rounded_then_divided),
            str(formula.multiplied),
            "yes" if formula.reproduces else "no",
        )
        for formula in size.formulas
    )
    columns = ("formula", "n per arm", "raw", "raw ÷ 0.9", "⌈raw⌉ ÷ 0.9", "raw × 1.1", f"gives {size.target}")
    notes = (
        DESIGN,
        FINDING,
        NOT_REPRODUCIBLE,
    )
    return Sheet("Sample size", columns, rows, notes)


def power(analysis: Analysis) -> Sheet:
    """Exact power of the design with the tests that may be meant."""
    rows = tuple((str(p.per_arm), f"{p.z_test:.3f}", f"{p.fisher:.3f}") for p in analysis.sample_size.powers)
    note = (
        "Binomial probability, under 90 % and 60 %, of all results that the two-sided test at 5 % rejects. "
        "31 to 32 per arm are left of 35 after 10 % drop-out."
    )
    return Sheet("Exact power", ("evaluable per arm", "pooled z test", "Fisher's exact test"), rows, (note,))


def all_sheets(analysis: Analysis) -> tuple[Sheet, ...]:
    """Every table, in the order of the report."""
    return (
        patients(analysis),
        negativity(analysis),
        *(survival(result, analysis.small_cell) for result in analysis.survival),
        sample_size(analysis),
        power(analysis),
    )


def _header(arms: tuple[str, ...]) -> tuple[str, ...]:
    return ("", *arms)


def _few_events(result: Survival, small_cell: int) -> str:
    if result.log_rank.p is None or all(arm.events >= small_cell for arm in result.arms):
        return ""
    return f" {SMALL} An arm has fewer than {small_cell} events: p is a rough approximation."


def _small(small_cell: int) -> str:
    return f"{SMALL} 1 to {small_cell - 1} patients: too few to lean on, and a person may be recognised."
