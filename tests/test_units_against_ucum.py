"""The allow-list of conversions, checked against UCUM by a maintained library; mass to amount by molar mass."""

from __future__ import annotations

from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest
import yaml
from ucumvert import PintUcumRegistry

from cds.units import UCUM, convert, unit_of

TABLE: dict[str, Any] = yaml.safe_load((files("cds") / "codes" / "units.yaml").read_text(encoding="utf-8"))
PAIRS = [
    pytest.param(analyte, to, source, id=f"{analyte}: {source} to {to}")
    for analyte, targets in TABLE["conversions"].items()
    for to, sources in targets.items()
    for source in sources
]
# Mass and amount of substance do not convert in UCUM: these factors are the laboratories' own (units 1).
BY_MOLAR_MASS = {
    ("creatinine", "umol/L"): "1 mg/dL is 88.42 umol/L",
    ("bilirubin", "umol/L"): "1 mg/dL is 17.1 umol/L",
    ("hemoglobin", "mmol/L"): "1 mmol/L of the monomer is 16.114 g/L",
}
MOLAR = {
    ("creatinine", "umol/L"): (Decimal("88.42"), Decimal(1)),
    ("bilirubin", "umol/L"): (Decimal("17.1"), Decimal(1)),
    ("hemoglobin", "mmol/L"): (Decimal("4.965"), Decimal("80.00601")),
}
# A score has no unit in UCUM but an annotation; a percentage typed for a Karnofsky means the score.
SCORES = frozenset({"ecog", "karnofsky"})
# UCUM converts no arbitrary units; for an enzyme's catalytic activity the international unit is the enzyme unit.
ARBITRARY = frozenset({("ast", "[IU]/L"), ("alt", "[IU]/L")})


@pytest.fixture(scope="session")
def ucum() -> PintUcumRegistry:
    return PintUcumRegistry()


@pytest.mark.parametrize(("analyte", "to", "source"), PAIRS)
def test_a_conversion_agrees_with_ucum(analyte: str, to: str, source: str, ucum: PintUcumRegistry) -> None:
    ours = convert(Decimal(1), source, to, analyte)

    assert ours is not None
    if (analyte, source) in BY_MOLAR_MASS:
        value, expected = MOLAR[(analyte, source)]
        assert convert(value, source, to, analyte) == pytest.approx(expected, abs=Decimal("1e-12"))
    elif analyte in SCORES or (analyte, source) in ARBITRARY:
        assert ours == 1
    else:
        # "{cells}" is an annotation: a pure number.
        here, there = (
            unit.replace("{cells}", "1") if analyte in ("cells", "cell_dose") else unit for unit in (source, to)
        )
        theirs = (1.0 * ucum.from_ucum(here)).to(ucum.from_ucum(there)).magnitude
        assert float(ours) == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize(("alias", "unit"), sorted(TABLE["aliases"].items()))
def test_an_alias_means_a_unit_that_we_know(alias: str, unit: str) -> None:
    assert unit_of(None, None, alias) == unit
    assert unit_of(UCUM, unit, None) == unit


@pytest.mark.parametrize("unit", ["", "mg/", "mg/L?", "furlong", "MMOL/L", "mg/dL/", "%%", "10^6"])
def test_what_is_not_listed_is_never_guessed(unit: str) -> None:
    assert unit_of(None, None, unit) is None


@pytest.mark.parametrize(
    ("analyte", "unit", "to"),
    [
        ("hemoglobin", "umol/L", "g/L"),
        ("bilirubin", "mmol/L", "mg/dL"),
        ("creatinine", "g/L", "mg/dL"),
        ("cell_fraction", "mg/dL", "%"),
        ("lvef", "mg/dL", "%"),
    ],
)
def test_a_unit_of_another_analyte_does_not_convert(analyte: str, unit: str, to: str) -> None:
    assert convert(Decimal(1), unit, to, analyte) is None
