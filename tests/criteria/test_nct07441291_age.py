"""T2-I1: three completed years, and not yet eighty."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from cds.assess import build_assessor
from cds.settings import Settings
from tests.criteria.rows import Row, assess, criterion_in, row
from tests.fhir import Chart, base_chart

# The diagnosis is old enough for every day of assessment below.
BASE = base_chart().changed("leukaemia", onsetDateTime="2020-03-01")


def born(on: str | None) -> Chart:
    return BASE.changed("1", birthDate=on)


ROWS = [
    row("T2-I1.1 born 2023-06-01 is three today", born("2023-06-01"), "pass"),
    row("T2-I1.2 born 2023-06-02 is three tomorrow", born("2023-06-02"), "fail"),
    row("T2-I1.3 born 1946-06-02 is eighty tomorrow", born("1946-06-02"), "pass"),
    row("T2-I1.4 born 1946-06-01 is eighty today", born("1946-06-01"), "fail"),
    row("T2-I1.5 born in 1946 straddles the eightieth birthday", born("1946"), "unknown", reason="imprecise"),
    row("T2-I1 born in 2023 straddles the third birthday", born("2023"), "unknown", reason="imprecise"),
    row("T2-I1 born in 2023-06 straddles the third birthday", born("2023-06"), "unknown"),
    row("T2-I1 born in 2023-05 is three whatever the day", born("2023-05"), "pass"),
    row("T2-I1 born in 2023-07 is two whatever the day", born("2023-07"), "fail"),
    row("T2-I1 born in 1946-06 straddles the eightieth birthday", born("1946-06"), "unknown"),
    row("T2-I1 born in 1990 is adult whatever the day", born("1990"), "pass"),
    row("T2-I1 born in 1940 is over eighty whatever the day", born("1940"), "fail"),
    row("T2-I1 no birth date", born(None), "unknown", reason="missing"),
    row("T2-I1 a birth date to come cannot be right", born("2027-01-01"), "unknown"),
    row("T2-I1 born 29 February, third birthday on 1 March", born("2024-02-29"), "fail", as_of="2027-02-28"),
    row("T2-I1 born 29 February, three on 1 March", born("2024-02-29"), "pass", as_of="2027-03-01"),
    row("T2-I1 born 29 February 1944, the day before", born("1944-02-29"), "pass", as_of="2024-02-28"),
    row("T2-I1 born 29 February 1944, eighty on 29 February 2024", born("1944-02-29"), "fail", as_of="2024-02-29"),
    row("T2-I1 the day of a dateTime counts", born("2023-06-01"), "pass", as_of="2026-06-01T08:15:00Z"),
]


@pytest.mark.parametrize("row", ROWS)
def test_age(row: Row) -> None:
    assert row.found("I1") == row.expected


@pytest.mark.parametrize(
    ("zone", "outcome"),
    [
        pytest.param("Asia/Shanghai", "pass", id="units 4 half past midnight in Shanghai is 1 June there"),
        pytest.param("UTC", "fail", id="units 4 half past midnight in Shanghai is still 31 May in UTC"),
    ],
)
def test_the_day_is_the_sites_day(zone: str, outcome: str) -> None:
    service = build_assessor(Settings(timezone=ZoneInfo(zone)))

    found = criterion_in(assess(born("2023-06-01"), "2026-06-01T00:30:00+08:00", service), "I1")

    assert found["outcome"] == outcome
