"""T1-R1 and R2: what a flow or NGS result says, seen in the stratum that it leads to."""

from __future__ import annotations

import pytest

from tests.fhir import Chart, Resource, amount, local, loinc, measured
from tests.multi_car_t_response import NOT_DETECTED, flow, flow_negative, ngs, per_million, stratum, treated

DEEP, VERY_LOW, POSITIVE, UNCLASSIFIED = "deep_negative", "very_low_positive", "positive", "unclassified"
FIVE_PER_MILLION = ngs(per_million(5))
PER_MILLION = amount(1, "/10*6")


def ratio(numerator: float, denominator: float) -> Resource:
    return {"valueRatio": {"numerator": {"value": numerator}, "denominator": {"value": denominator}}}


def beside(assay: Resource) -> Chart:
    """A flow result beside five clonal sequences per million."""
    return treated(FIVE_PER_MILLION, assay)


def words(text: str) -> Resource:
    return {"valueString": text}


FLOW = {
    "T1-R1.1 not detected, detection limit 0.01 %, is negative": (beside(flow_negative()), VERY_LOW),
    "T1-R1.2 not detected, detection limit 0.1 %": (beside(flow(lod=amount(0.1))), UNCLASSIFIED),
    "T1-R1.3 0.01 % is positive": (beside(flow(measured(0.01))), POSITIVE),
    "T1-R1 not detected, detection limit 0.011 %": (beside(flow(lod=amount(0.011))), UNCLASSIFIED),
    "T1-R1 not detected, detection limit 0.005 %": (beside(flow(lod=amount(0.005))), VERY_LOW),
    "T1-R1 not detected, no detection limit": (beside(flow()), UNCLASSIFIED),
    "T1-R1 0.02 % alone": (treated(flow(measured(0.02))), POSITIVE),
    "T1-R1 0.01 % alone": (treated(flow(measured(0.01))), POSITIVE),
    "T1-R1 0.0001 as a fraction": (treated(flow(measured(0.0001, "1"))), POSITIVE),
    "T1-R1 100 per million": (treated(flow(per_million(100))), POSITIVE),
    "T1-R1 1 per 10 000": (treated(flow(ratio(10, 100_000))), POSITIVE),
    "T1-R1 0.009 % alone": (treated(flow(measured(0.009))), UNCLASSIFIED),
    "T1-R1 flow negative alone is no deep remission": (treated(flow_negative()), UNCLASSIFIED),
    "T1-R1 0.02 without a unit": (treated(flow({"valueQuantity": {"value": 0.02}})), UNCLASSIFIED),
    "T1-R1 at least 0.01 %": (treated(flow(measured(0.01, comparator=">="))), POSITIVE),
    "T1-R1 below 0.05 %": (treated(flow(measured(0.05, comparator="<"))), UNCLASSIFIED),
    "section 0: preliminary 0.02 %": (treated(flow(measured(0.02), status="preliminary")), UNCLASSIFIED),
    "section 0: 0.02 % entered in error": (treated(flow(measured(0.02), status="entered-in-error")), UNCLASSIFIED),
}

SEQUENCING = {
    "T1-R2.1 0 of 3.2 million cells": (treated(ngs(ratio(0, 3_200_000), cells=None)), DEEP),
    "T1-R2.1 0 per million of 3.2 million cells": (treated(ngs(per_million(0))), DEEP),
    "T1-R2.1 not detected in 3.2 million cells": (treated(ngs(NOT_DETECTED)), DEEP),
    "T1-R2.2 2 per million": (treated(ngs(per_million(2)), flow_negative()), VERY_LOW),
    "T1-R2.3 0 of 400 000 cells": (treated(ngs(ratio(0, 400_000), cells=None)), UNCLASSIFIED),
    "T1-R2.3 not detected in 400 000 cells": (treated(ngs(NOT_DETECTED, cells=400_000)), UNCLASSIFIED),
    "T1-R2 not detected in exactly 3 million cells": (treated(ngs(NOT_DETECTED, cells=3_000_000)), DEEP),
    "T1-R2 not detected in 2 999 999 cells": (treated(ngs(NOT_DETECTED, cells=2_999_999)), UNCLASSIFIED),
    "T1-R2 a stated limit does not make up for few cells": (
        treated(ngs(NOT_DETECTED, cells=400_000, lod=PER_MILLION)),
        UNCLASSIFIED,
    ),
    "T1-R2 detection limit 1 per million, 3.2 million cells": (treated(ngs(NOT_DETECTED, lod=PER_MILLION)), DEEP),
    "T1-R2 detection limit 1.1 per million": (treated(ngs(NOT_DETECTED, lod=amount(1.1, "/10*6"))), UNCLASSIFIED),
    "T1-R2 detection limit 0.0001 %": (treated(ngs(NOT_DETECTED, lod=amount(0.0001))), DEEP),
    "T1-R2 neither cells nor detection limit": (treated(ngs(NOT_DETECTED, cells=None)), UNCLASSIFIED),
    "T1-R2 1 per million, above its limit": (
        treated(ngs(per_million(1), lod=amount(0.94, "/10*6")), flow_negative()),
        VERY_LOW,
    ),
    "T1-R2 half a sequence per million, under its limit": (
        treated(ngs(per_million(0.5), lod=PER_MILLION), flow_negative()),
        UNCLASSIFIED,
    ),
    # The limit is three per number of cells (units 3): 7.5 per million for 400 000 cells.
    "units 3 five per million in 400 000 cells is under the limit": (
        treated(ngs(per_million(5), cells=400_000), flow_negative()),
        UNCLASSIFIED,
    ),
    "units 3 eight per million in 400 000 cells is above it": (
        treated(ngs(per_million(8), cells=400_000), flow_negative()),
        VERY_LOW,
    ),
    "T1-R2 no trackable clone": (treated(ngs(words("no trackable clone"))), UNCLASSIFIED),
    "T1-R2 failed quality control": (treated(ngs(words("QC failed"))), UNCLASSIFIED),
    "section 0: no value, with a reason": (treated(ngs({"dataAbsentReason": {"text": "failed"}})), UNCLASSIFIED),
    "section 0: preliminary": (treated(ngs(NOT_DETECTED, status="preliminary")), UNCLASSIFIED),
    "section 0: entered in error": (treated(ngs(NOT_DETECTED, status="entered-in-error")), UNCLASSIFIED),
    "units 3 0.000002 as a fraction is 2 per million": (
        treated(ngs(measured(0.000002, "1")), flow_negative()),
        VERY_LOW,
    ),
    "units 3 0.0002 % is 2 per million": (treated(ngs(measured(0.0002)), flow_negative()), VERY_LOW),
    "units 3 2 in units of 10*-6": (treated(ngs(measured(2, "10*-6")), flow_negative()), VERY_LOW),
    "units 3 2 ppm": (treated(ngs(measured(2, "[ppm]")), flow_negative()), VERY_LOW),
    "units 3 2 without a unit": (treated(ngs({"valueQuantity": {"value": 2}}), flow_negative()), UNCLASSIFIED),
}


@pytest.mark.parametrize("sentence", FLOW)
def test_flow(sentence: str) -> None:
    chart, expected = FLOW[sentence]

    assert stratum(chart) == expected


@pytest.mark.parametrize("sentence", SEQUENCING)
def test_sequencing(sentence: str) -> None:
    chart, expected = SEQUENCING[sentence]

    assert stratum(chart) == expected


@pytest.mark.parametrize("text", ["<10-6", "<10^-6", "<1E-6", "< 10\u207b\u2076"])
def test_below_one_in_a_million_is_read_as_such(text: str) -> None:
    """T1-R2.4: the lost superscript; never a range from 6 to 10."""
    assert stratum(treated(ngs(words(text)))) == DEEP


@pytest.mark.parametrize("unit", ["{cells}", "1", None])
def test_evaluated_cells_may_have_any_counting_unit(unit: str | None) -> None:
    counted: Resource = {"value": 3_200_000} if unit is None else amount(3_200_000, unit)
    parts = [{"code": local("cells-evaluated"), "valueQuantity": counted}]

    assert stratum(treated(ngs(NOT_DETECTED, component=parts))) == DEEP


NEVER_DEEP = {
    "2 per million without flow": treated(ngs(per_million(2))),
    "a level above a coarse limit": treated(ngs(per_million(50), lod=amount(7.5, "/10*6")), flow_negative()),
    "a code of another disease": treated(ngs(NOT_DETECTED) | {"code": loinc("93022-2")}),
    "an unmapped code whose text says MRD": treated(ngs(NOT_DETECTED) | {"code": {"text": "NGS MRD"}}),
    "flow below its reliable level": treated(FIVE_PER_MILLION, flow(measured(0.009))),
}


@pytest.mark.parametrize("name", NEVER_DEEP)
def test_what_is_never_a_deep_remission(name: str) -> None:
    assert stratum(treated(ngs(NOT_DETECTED))) == DEEP
    assert stratum(NEVER_DEEP[name]) not in {DEEP, "no response"}
