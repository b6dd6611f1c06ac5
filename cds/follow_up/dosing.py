"""Doses against the protocol's: CAR-T cells per kg, lymphodepletion per m2 of body surface (NCT07441291 A2, A3).

Everything is an interval: a dose is conformant when its whole interval is inside the tolerance, a violation when its
whole interval is outside, and unknown between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cds.chart import Chart
from cds.facts.inquiry import Setting
from cds.follow_up.body import Size, surface_on, weight_on
from cds.follow_up.deviation import State
from cds.shapes import Quantity
from cds.values import Scale, Value, of_quantity
from rules.facts import Evidence
from rules.messages import say, to_say
from rules.treatment import Dose
from rules.trial import Trial

Body = Callable[[Chart, date, Mapping[str, Setting]], Size | str]


@dataclass(frozen=True, slots=True)
class Measure:
    """How one of the protocol's doses is measured, and which setting holds its tolerance in per cent."""

    absolute: Scale
    relative: Scale
    body: Body
    tolerance: str


_DRUG = Measure(
    Scale("drug_dose", "mg"), Scale("drug_dose_per_area", "mg/m2"), surface_on, "lymphodepletion_tolerance_pct"
)
MEASURES = {
    "car_t_cells": Measure(
        Scale("cell_dose", "{cells}"), Scale("cell_dose_per_weight", "{cells}/kg"), weight_on, "cell_dose_tolerance_pct"
    ),
    "cyclophosphamide": _DRUG,
    "fludarabine": _DRUG,
}


@dataclass(frozen=True, slots=True)
class Compared:
    """A dose beside the protocol's. `per_unit` is the dose per kg or m2; None when it could not be told."""

    state: State
    because: str
    evidence: tuple[Evidence, ...] = ()
    numbers: tuple[tuple[str, Decimal], ...] = ()


_CALLED = {
    "car_t_cells": to_say("CAR-T cells"),
    "cyclophosphamide": to_say("cyclophosphamide"),
    "fludarabine": to_say("fludarabine"),
}


def called(of: str) -> str:
    """One of the protocol's doses as people call it."""
    return say(_CALLED[of])


def protocol_dose(trial: Trial, of: str) -> Dose | None:
    return next((dose for dose in trial.doses if dose.of == of), None)


def compared(
    chart: Chart, dose: Dose, quantities: Sequence[Quantity], day: date, settings: Mapping[str, Setting]
) -> Compared:
    """The sum of one day's quantities against the protocol's dose per kg or m2."""
    measure = MEASURES[dose.of]
    given = _sum(quantities, measure.absolute)
    if isinstance(given, tuple):
        size = measure.body(chart, day, settings)
        if isinstance(size, str):
            shown = f"{_plain(given[0])} {_unit(measure.absolute)}"
            return Compared(State.UNKNOWN, say("{label}: {what}", label=shown, what=size))
        if size.lo <= 0:
            return Compared(State.UNKNOWN, say("the recorded body size cannot be true"), size.evidence)
        low, high = given[0] / size.hi, given[1] / size.lo
        words = say("{dose} {unit} for {size}", dose=_plain(given[0]), unit=_unit(measure.absolute), size=size.shown)
        numbers = (("given", given[0]), ("expected", dose.amount * size.lo), ("per_unit", low))
        return _judged(dose, low, high, words, settings, size.evidence, numbers)
    each = _sum(quantities, measure.relative)
    if isinstance(each, tuple):
        return _judged(dose, each[0], each[1], "", settings, (), (("per_unit", each[0]), ("expected", dose.amount)))
    return Compared(State.UNKNOWN, say("the dose {why}", why=given))


def _judged(
    dose: Dose,
    low: Decimal,
    high: Decimal,
    words: str,
    settings: Mapping[str, Setting],
    evidence: tuple[Evidence, ...],
    numbers: tuple[tuple[str, Decimal], ...],
) -> Compared:
    tolerance = Decimal(str(settings[MEASURES[dose.of].tolerance]))
    floor, roof = (dose.amount * (100 + sign * tolerance) / 100 for sign in (-1, 1))
    unit = dose.unit.replace("{cells}", say("cells"))
    low_shown, high_shown = _plain(low), _plain(high)
    per = low_shown if low_shown == high_shown else say("{low} to {high}", low=low_shown, high=high_shown)
    because = say("{dose} {unit}; the protocol gives {wanted} {unit}", dose=per, unit=unit, wanted=_plain(dose.amount))
    if words:
        because = say("{label}: {what}", label=words, what=because)
    if floor <= low and high <= roof:
        return Compared(State.CONFORMANT, because, evidence, numbers)
    outside = high < floor or low > roof
    because = say("{what} (site tolerance {tolerance} %)", what=because, tolerance=f"{tolerance:f}")
    return Compared(State.VIOLATION if outside else State.UNKNOWN, because, evidence, numbers)


def _sum(quantities: Sequence[Quantity], scale: Scale) -> tuple[Decimal, Decimal] | str:
    """Lowest and highest sum in our unit, or why one of them cannot be read."""
    lo = hi = Decimal(0)
    for quantity in quantities:
        value = of_quantity(quantity, scale)
        if not isinstance(value, Value):
            return value.shown
        if value.interval.lo is None or value.interval.hi is None:
            return say("is stated with a comparator")
        lo, hi = lo + value.interval.lo, hi + value.interval.hi
    return lo, hi


def _unit(scale: Scale) -> str:
    return scale.unit.replace("{cells}", say("cells"))


def _plain(number: Decimal) -> str:
    """Three significant figures; large numbers of cells as 7.0e7."""
    if number >= 100_000:
        return f"{number:.2e}".replace("e+", "e")
    return f"{number:.4g}" if number < 10_000 else f"{number:.0f}"
