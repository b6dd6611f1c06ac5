"""T1-R5: residual disease is persistent when two consecutive results at least 28 days apart are positive."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.fhir import Chart, Resource, amount, measured
from tests.multi_car_t_response import CART_ON, NOT_DETECTED, flow, flow_negative, ngs, response_of, treated

POSITIVE = measured(0.1)


def on_day(day: int) -> str:
    """A date by its distance from day 0, the CAR-T infusion."""
    return (date.fromisoformat(CART_ON) + timedelta(days=day)).isoformat()


def series(**results: Resource) -> Chart:
    """NGS results by day, e.g. d28."""
    return treated(*(ngs(value, on_day(int(day[1:])), name=day) for day, value in results.items()))


COURSES = {
    "T1-R5.1 positive on day 28 and day 60": (series(d28=POSITIVE, d60=POSITIVE), "persistent"),
    "T1-R5.2 positive on day 28, negative on day 60": (series(d28=POSITIVE, d60=NOT_DETECTED), "not_persistent"),
    "T1-R5.3 positive on day 28 only": (series(d28=POSITIVE), "unknown"),
    "T1-R5 exactly 28 days apart": (series(d28=POSITIVE, d56=POSITIVE), "persistent"),
    "T1-R5 negative twice": (series(d28=NOT_DETECTED, d60=NOT_DETECTED), "not_persistent"),
    "T1-R5 negative, then positive twice": (series(d28=NOT_DETECTED, d60=POSITIVE, d100=POSITIVE), "persistent"),
    "T1-R5 five per million twice": (series(d28=measured(5, "/10*6"), d60=measured(5, "/10*6")), "persistent"),
    "T1-R5 by flow alone": (
        treated(flow(measured(0.02), on_day(28), name="one"), flow(measured(0.05), on_day(60), name="two")),
        "persistent",
    ),
    "T1-R5 flow positive, then flow negative": (
        treated(flow(measured(0.02), on_day(28), name="one"), flow_negative(on_day(60), name="two")),
        "not_persistent",
    ),
}


@pytest.mark.parametrize("sentence", COURSES)
def test_persistence(sentence: str) -> None:
    chart, expected = COURSES[sentence]
    found = response_of(chart)

    assert found is not None
    assert found["persistent"] == expected


NEVER = {
    "27 days apart": series(d28=POSITIVE, d55=POSITIVE),
    "the same day twice": treated(ngs(POSITIVE, on_day(28), name="a"), ngs(POSITIVE, on_day(28), name="b")),
    "a negative in between": series(d28=POSITIVE, d60=NOT_DETECTED, d100=POSITIVE),
    "the first before treatment": treated(
        ngs(POSITIVE, on_day(-10), name="before"), ngs(POSITIVE, on_day(28), name="after")
    ),
    "the second only preliminary": treated(
        ngs(POSITIVE, on_day(28), name="a"), ngs(POSITIVE, on_day(60), name="b", status="preliminary")
    ),
    "the second with a detection limit that says nothing": treated(
        flow(measured(0.02), on_day(28), name="a"), flow(NOT_DETECTED, on_day(60), name="b", lod=amount(0.1))
    ),
    "no result at all": treated(),
}


@pytest.mark.parametrize("name", NEVER)
def test_what_is_not_persistence(name: str) -> None:
    found = response_of(NEVER[name])

    assert found is not None
    assert found.get("persistent", "unknown") in {"not_persistent", "unknown"}
