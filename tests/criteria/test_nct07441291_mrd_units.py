"""T2-I3: how a residual-disease level may be written, and what each way means at 0.1 %."""

from __future__ import annotations

from pathlib import Path

import pytest

from cds.assess import Assessor
from tests.criteria.rows import Row, assess, configured, criterion_in, row
from tests.fhir import UCUM, Chart, Resource, base_chart, measured, mrd, observation

BASE = base_chart()


def residual(value: Resource) -> Chart:
    return BASE.having(mrd(value))


def typed(value: float | int, unit: str) -> Chart:
    """A quantity whose unit is only text."""
    return residual({"valueQuantity": {"value": value, "unit": unit}})


def events(numerator: float | int, denominator: float | int) -> Chart:
    return residual({"valueRatio": {"numerator": {"value": numerator}, "denominator": {"value": denominator}}})


def compared(comparator: str, value: float) -> Chart:
    return residual(measured(value, comparator=comparator))


SCALES = [
    row("T2-I3.1 0.1 % meets the threshold", residual(measured(0.1)), "pass"),
    row("units 3 0.0999 % is just below", residual(measured(0.0999)), "fail"),
    row("T2-I3.2 0.001 as a fraction meets it", residual(measured(0.001, "1")), "pass"),
    row("units 3 0.000999 as a fraction is just below", residual(measured(0.000999, "1")), "fail"),
    row("T2-I3.3 10 per 10 000 meets it", events(10, 10_000), "pass"),
    row("units 3 1000 per 10*6 meets it", residual(measured(1000, "/10*6")), "pass"),
    row("units 3 999 per 10*6 is just below", residual(measured(999, "/10*6")), "fail"),
    row("units 3 1000 in units of 10*-6 meets it", residual(measured(1000, "10*-6")), "pass"),
    row("units 3 999 in units of 10*-6 is just below", residual(measured(999, "10*-6")), "fail"),
    row("units 3 1000 ppm meets it", residual(measured(1000, "[ppm]")), "pass"),
    row("units 3 999 ppm is just below", residual(measured(999, "[ppm]")), "fail"),
    row("units 3 0.01 %, the other trial's flow floor", residual(measured(0.01)), "fail"),
    row("units 3 5 %, the relapse level", residual(measured(5)), "pass"),
    row("T2-I3 0.1 as a fraction is 10 %, never 0.1 %", residual(measured(0.1, "1")), "pass"),
    row("T2-I3 0.1 without a unit", residual({"valueQuantity": {"value": 0.1}}), "unknown", reason="unit"),
    row("T2-I3 50 without a unit", residual({"valueQuantity": {"value": 50}}), "unknown", reason="unit"),
    row("units 3 -3 in log10 needs a code that says so", residual(measured(-3, "{log}")), "unknown", reason="unit"),
    row("units 3 a number without unit is no logarithm", residual({"valueQuantity": {"value": -3}}), "unknown"),
    row("units 3 a unit of another kind", residual(measured(0.3, "mg/dL")), "unknown", reason="unit"),
    row("units 3 log reduction is no level", residual(measured(3, "{log_reduction}")), "unknown", reason="unit"),
    row("units 3 percent as text only", typed(0.3, "%"), "pass"),
    row("units 3 percent as text only, below", typed(0.08, "%"), "fail"),
    row("units 3 10-6 as text", typed(1000, "10-6"), "pass"),
    row("units 3 10-6 as text is no range from 6 to 10", typed(9, "10-6"), "fail"),
    row("units 3 10^-6 as text", typed(1000, "10^-6"), "pass"),
    row("units 3 1E-6 as text", typed(999, "1E-6"), "fail"),
    row("units 3 10 with a superscript -6", typed(1000, "10\u207b\u2076"), "pass"),
    row("units 3 more than 100 %", residual(measured(130)), "unknown"),
    row("units 3 a negative share", residual(measured(-0.1)), "unknown"),
    row("units 3 0.30 % as a whole text", residual({"valueString": "0.30 %"}), "pass"),
    row("units 3 0.08% as a whole text", residual({"valueString": "0.08%"}), "fail"),
    row("units 3 0.3 as text without a unit", residual({"valueString": "0.3"}), "unknown"),
    row("units 3 prose is not a number", residual({"valueString": "about 0.3 percent, see report"}), "unknown"),
]


@pytest.mark.parametrize("row", SCALES)
def test_scale(row: Row) -> None:
    assert row.found("I3") == row.expected


COMPARATORS = [
    row("units 3 below 0.1 %", compared("<", 0.1), "fail"),
    row("units 3 at most 0.1 %", compared("<=", 0.1), "unknown", reason="imprecise"),
    row("units 3 above 0.1 %", compared(">", 0.1), "pass"),
    row("units 3 at least 0.1 %", compared(">=", 0.1), "pass"),
    row("units 3 below 0.5 %", compared("<", 0.5), "unknown", reason="imprecise"),
    row("units 3 above 0.05 %", compared(">", 0.05), "unknown", reason="imprecise"),
    row("units 3 below 0.01 %", compared("<", 0.01), "fail"),
    row("units 3 below 0.1 % as text", residual({"valueString": "<0.1 %"}), "fail"),
    row("units 3 at most 0.1 % as text", residual({"valueString": "\u22640.1 %"}), "unknown"),
    row("units 3 below 0.01 % as text", residual({"valueString": "<0.01%"}), "fail"),
    row("units 3 at least 0.1 % as text", residual({"valueString": ">= 0.1 %"}), "pass"),
    row("units 3 a comparator of another standard", compared("~", 0.3), "unknown"),
]


@pytest.mark.parametrize("row", COMPARATORS)
def test_comparator(row: Row) -> None:
    assert row.found("I3") == row.expected


RATIOS = [
    row("units 3 12 of 10 000", events(12, 10_000), "pass"),
    row("units 3 5 of 4 000 is only five events", events(5, 4_000), "unknown", review=True),
    row("units 3 9 of 8 000 is one event short", events(9, 8_000), "unknown", review=True),
    row("units 3 10 of 8 000 is enough events", events(10, 8_000), "pass"),
    row("units 3 40 of 50 000 nucleated cells, not of 500 B cells", events(40, 50_000), "fail"),
    row("units 3 1000 of 1 000 000", events(1000, 1_000_000), "pass"),
    row("units 3 999 of 1 000 000", events(999, 1_000_000), "fail"),
    row("units 3 a ratio to nothing", events(10, 0), "unknown"),
    row("units 3 more abnormal cells than cells", events(20, 10), "unknown"),
    row("units 3 a ratio with half missing", residual({"valueRatio": {"numerator": {"value": 12}}}), "unknown"),
    row(
        "units 3 a ratio of cells in UCUM",
        residual(
            {
                "valueRatio": {
                    "numerator": {"value": 12, "unit": "cells", "system": UCUM, "code": "{cells}"},
                    "denominator": {"value": 10_000, "unit": "cells", "system": UCUM, "code": "{cells}"},
                }
            }
        ),
        "pass",
    ),
]


@pytest.mark.parametrize("row", RATIOS)
def test_ratio(row: Row) -> None:
    assert row.found("I3") == row.expected


LOCAL_CODE = {"coding": [{"system": "http://lab.example/codes", "code": "MRD7", "display": "B-ALL MRD by flow"}]}
LOCALLY_CODED = BASE.without("mrd").having(
    observation("mrd", LOCAL_CODE, "2026-05-20", specimen={"reference": "Specimen/marrow"}, **measured(0.3))
)


def test_an_unmapped_code_that_says_mrd_is_named_not_guessed() -> None:
    """B4: reason unmapped, naming the code to map."""
    found = criterion_in(assess(LOCALLY_CODED), "I3")

    assert (found["outcome"], found["reason"]) == ("unknown", "unmapped")
    assert "MRD7" in found["because"]


BY_SITE = {"system": "http://lab.example/codes", "code": "MRD7", "denominator": "nucleated", "specimen": "marrow"}


def mapped(folder: Path, **meaning: str | None) -> Assessor:
    """The service of a site whose laboratory calls its flow MRD MRD7; None leaves a member out."""
    entry = {name: value for name, value in (BY_SITE | {"concept": "mrd-flow-cd19"} | meaning).items() if value}
    return configured(folder, codes={"version": "1", "codes": [entry]})


@pytest.mark.parametrize(
    ("meaning", "outcome"),
    [
        pytest.param({}, "pass", id="T2-I3 a mapped code of CD19+ cells among nucleated cells counts"),
        pytest.param({"concept": "mrd-flow", "population": "cd19+"}, "pass", id="B4 the population stated apart"),
        pytest.param({"denominator": "b-cells"}, "unknown", id="units 3 a share of B cells may be 100 times larger"),
        pytest.param({"denominator": None}, "unknown", id="units 3 an unknown denominator"),
        pytest.param({"concept": "mrd-flow"}, "unknown", id="T2-I3 the clone's CD19 is not stated"),
        pytest.param({"concept": "mrd-ngs"}, "unknown", id="T2-I3 mapped to sequencing"),
    ],
)
def test_a_site_maps_its_own_code(meaning: dict[str, str | None], outcome: str, tmp_path: Path) -> None:
    """B4: a site maps its own code to concept, population, denominator, specimen and detection limit."""
    assert criterion_in(assess(LOCALLY_CODED, service=mapped(tmp_path, **meaning)), "I3")["outcome"] == outcome


@pytest.mark.parametrize(("lod", "outcome"), [("0.01 %", "fail"), ("0.2 %", "unknown"), (None, "unknown")])
def test_the_map_knows_the_assays_detection_limit(lod: str | None, outcome: str, tmp_path: Path) -> None:
    """Units 3: a negative result fails the criterion only if the assay would have seen 0.1 %."""
    chart = LOCALLY_CODED.changed("mrd", valueQuantity=None, valueString="Negative")

    assert criterion_in(assess(chart, service=mapped(tmp_path, lod=lod)), "I3")["outcome"] == outcome
