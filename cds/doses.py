"""Doses as a medication resource states them. A dose that cannot be read is left out, never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from cds.shapes import MedicationUse, Quantity


@dataclass(frozen=True, slots=True)
class StatedDose:
    """One dose and how often a day it is given; None when the timing is not stated in a form that we read."""

    quantity: Quantity
    times_a_day: Decimal | None = None


def stated_doses(use: MedicationUse) -> tuple[StatedDose, ...]:
    """From MedicationAdministration.dosage.dose, or from doseAndRate of an order's or statement's dosage."""
    found: list[StatedDose] = []
    stated = use.dosage if isinstance(use.dosage, list) else [use.dosage]
    for dosage in stated:
        if isinstance(dosage, dict):
            found += _quantities([dosage.get("dose")])
            found += _quantities(_rates(dosage.get("doseAndRate")))
    for instruction in use.dosageInstruction:
        times = _times_a_day(instruction.timing)
        found += [StatedDose(d.quantity, times) for d in _quantities(_rates(instruction.doseAndRate))]
    return tuple(found)


def doses_in(trees: list[Any]) -> tuple[StatedDose, ...]:
    """Quantities out of generic JSON, without a timing."""
    return tuple(_quantities(trees))


def _rates(tree: Any) -> list[Any]:
    return [rate.get("doseQuantity") for rate in tree if isinstance(rate, dict)] if isinstance(tree, list) else []


def _quantities(trees: list[Any]) -> Iterator[StatedDose]:
    for tree in trees:
        if not isinstance(tree, dict):
            continue
        number = tree.get("value")
        # Generic JSON holds floats; their shortest form is what was written.
        plain = {**tree, "value": repr(number)} if isinstance(number, float) else tree
        try:
            quantity = msgspec.convert(plain, Quantity, strict=False)
        except (msgspec.ValidationError, ValueError, OverflowError):
            continue
        if quantity.value is not None:
            yield StatedDose(quantity)


def _times_a_day(timing: Any) -> Decimal | None:
    """timing.repeat with frequency and a period in days or hours; anything else is not read."""
    repeat = timing.get("repeat") if isinstance(timing, dict) else None
    if not isinstance(repeat, dict):
        return None
    frequency, period = repeat.get("frequency", 1), repeat.get("period")
    hours = {"d": 24, "h": 1}.get(str(repeat.get("periodUnit")))
    if hours is None or not _is_count(frequency) or not _is_count(period):
        return None
    return Decimal(repr(frequency)) * 24 / (Decimal(repr(period)) * hours)


def _is_count(number: Any) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and 0 < number <= 1000
