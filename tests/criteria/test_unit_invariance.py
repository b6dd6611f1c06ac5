"""A result says the same in every unit that it can be given in (units 1): a property of the whole service."""

from __future__ import annotations

from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.criteria.rows import assess, criterion_in
from tests.fhir import TRIAL as DLI_TRIAL
from tests.fhir import UCUM, Chart, Resource, base_chart
from tests.multi_car_t import TRIAL, candidate

TABLE: dict[str, Any] = yaml.safe_load((files("cds") / "codes" / "units.yaml").read_text(encoding="utf-8"))
# What is measured: observation of the chart, analyte, canonical unit, smallest step and range of the tested values.
MEASURED = {
    "creatinine": ("I5c", "creatinine", "mg/dL", "0.01", 10, 900),
    "ast": ("I5d", "ast", "U/L", "0.1", 10, 4000),
    "bilirubin": ("I5e", "bilirubin", "mg/dL", "0.01", 10, 800),
    "haemoglobin": ("I6", "hemoglobin", "g/L", "0.1", 330, 2000),
    "lvef": ("I5a", "lvef", "%", "0.1", 60, 890),
    "spo2": ("I5b", "spo2", "%", "0.1", 500, 1000),
}


def quantity(value: Decimal, unit: str) -> Resource:
    return {"value": float(value), "unit": unit, "system": UCUM, "code": unit}


def stated_in(chart: Chart, name: str, value: Decimal, unit: str) -> Chart:
    return chart.changed(name, valueQuantity=quantity(value, unit))


def in_unit(value: Decimal, unit: str, to: str, analyte: str) -> Decimal:
    """The number that a laboratory would print in `unit` for a value in `to`."""
    multiplier, divisor = (Decimal(str(part)) for part in TABLE["conversions"][analyte][to][unit])
    return value * divisor / multiplier


@pytest.mark.parametrize("name", sorted(MEASURED))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.integers(0, 10_000))
def test_the_outcome_does_not_depend_on_the_unit(name: str, steps: int) -> None:
    criterion, analyte, canonical, step, low, high = MEASURED[name]
    value = Decimal(step) * (low + steps % (high - low + 1))
    # The printed number of another unit is rounded, so a value on the limit itself may fall on either side.
    units = TABLE["conversions"][analyte][canonical]

    found = {
        unit: criterion_in(
            assess(stated_in(candidate(), name, in_unit(value, unit, canonical, analyte), unit)), criterion, TRIAL
        )["outcome"]
        for unit in units
    }

    assert len(set(found.values())) == 1 or on_a_limit(name, value), found


def on_a_limit(name: str, value: Decimal) -> bool:
    """Limits of the criteria in the canonical unit: 2.5 x 1.2 mg/dL, 3 x 40 U/L, 2 mg/dL, 80 g/L, 50 % and 90 %."""
    limits = {"creatinine": "3.0", "ast": "120", "bilirubin": "2", "haemoglobin": "80", "lvef": "50", "spo2": "90"}
    return value == Decimal(limits[name])


@settings(max_examples=30, deadline=None)
@given(per_million=st.integers(0, 50_000))
def test_mrd_says_the_same_in_every_unit(per_million: int) -> None:
    units = {
        "%": Decimal(10_000),
        "1": Decimal(1_000_000),
        "/10*4": Decimal(100),
        "/10*6": Decimal(1),
        "[ppm]": Decimal(1),
    }

    found = {
        unit: criterion_in(
            assess(stated_in(base_chart(), "mrd", Decimal(per_million) / divisor, unit)), "I3", DLI_TRIAL
        )["outcome"]
        for unit, divisor in units.items()
    }

    assert len(set(found.values())) == 1, found


def test_a_unit_that_does_not_convert_harms_only_its_own_criterion() -> None:
    chart = stated_in(candidate(), "haemoglobin", Decimal("10.4"), "mg/dL")

    before, after = assess(candidate()), assess(chart)

    changed = criterion_in(after, "I6", TRIAL)
    assert (changed["outcome"], changed["reason"]) == ("unknown", "unit")
    assert "mg/dL" in changed["because"]
    for criterion in ("I5a", "I5b", "I5c", "I5d", "I5e"):
        assert criterion_in(after, criterion, TRIAL) == criterion_in(before, criterion, TRIAL)
