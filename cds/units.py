"""Units: aliases, an allow-list of conversions by analyte, limits of what is plausible. Nothing is guessed."""

from __future__ import annotations

from decimal import Context, Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

UCUM = "http://unitsofmeasure.org"
# Enough digits that no factor of the table loses anything.
_EXACT = Context(prec=60)
_UNCHANGED = (Decimal(1), Decimal(1))


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    text = (files("cds") / "codes" / "units.yaml").read_text(encoding="utf-8")
    table: dict[str, Any] = yaml.safe_load(text)
    return table


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    """What may stand in a result -> the canonical unit: every unit of the table, and every alias."""
    conversions = _table()["conversions"].values()
    known = {unit for by_target in conversions for sources in by_target.values() for unit in sources}
    return {**_table()["aliases"], **{unit: unit for unit in known}}


def unit_of(system: str | None, code: str | None, unit: str | None) -> str | None:
    """The canonical unit: a UCUM code we know, or a listed alias of what stands there; None for anything else."""
    if code and system and (system == UCUM or system.strip().rstrip("/") == UCUM):
        return _known().get(code.strip())
    return _known().get((unit or code or "").strip())


def convert(value: Decimal, unit: str, to: str, analyte: str) -> Decimal | None:
    """The value in `to`; None when this conversion is not on the list for this analyte."""
    factor = _factor(analyte, to, unit)
    if factor is None:
        return None
    if factor is _UNCHANGED:
        return value
    multiplier, divisor = factor
    return _EXACT.divide(_EXACT.multiply(value, multiplier), divisor)


@lru_cache(maxsize=1024)
def _factor(analyte: str, to: str, unit: str) -> tuple[Decimal, Decimal] | None:
    factor = _table()["conversions"].get(analyte, {}).get(to, {}).get(unit)
    if factor is None:
        return None
    multiplier, divisor = (Decimal(str(part)) for part in factor)
    return _UNCHANGED if (multiplier, divisor) == _UNCHANGED else (multiplier, divisor)


def plausible(analyte: str, value: Decimal, unit: str) -> bool:
    """Whether a patient can have this value; an analyte without limits accepts everything."""
    low, high = _limits(analyte, unit)
    return (low is None or value >= low) and (high is None or value <= high)


@lru_cache(maxsize=1024)
def _limits(analyte: str, unit: str) -> tuple[Decimal | None, Decimal | None]:
    low, high = _table()["plausible"].get(analyte, {}).get(unit, (None, None))
    return None if low is None else Decimal(str(low)), None if high is None else Decimal(str(high))
