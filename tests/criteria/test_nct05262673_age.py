"""T1-I1: older than six months, strictly; no upper limit."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from cds.assess import build_assessor
from cds.settings import Settings
from tests.criteria.rows import Row, assess, criterion_in, enrolment_in, row
from tests.fhir import Chart
from tests.multi_car_t import TRIAL, candidate

BASE = candidate()


def born(on: str | None) -> Chart:
    return BASE.changed("1", birthDate=on)


ROWS = [
    row("T1-I1.1 born 2025-12-01 is six months old today, not older", born("2025-12-01"), "fail"),
    row("T1-I1.2 born 2025-11-30 is older than six months", born("2025-11-30"), "pass"),
    row("T1-I1 born 2025-12-01, a day later", born("2025-12-01"), "pass", as_of="2026-06-02"),
    row("T1-I1 born yesterday", born("2026-05-31"), "fail"),
    row("T1-I1 born today", born("2026-06-01"), "fail"),
    row("T1-I1.3 born in 2025-12, whatever the day", born("2025-12"), "fail"),
    row(
        "T1-I1.4 born in 2025-11 straddles the six months",
        born("2025-11"),
        "unknown",
        as_of="2026-05-15",
        reason="imprecise",
        needs="data",
    ),
    row("T1-I1 born in 2025-11, all of it over six months ago", born("2025-11"), "pass"),
    row("T1-I1 born in 2025-11, on the last possible anniversary", born("2025-11"), "unknown", as_of="2026-05-30"),
    row("T1-I1 born in 2025-11, the day after it", born("2025-11"), "pass", as_of="2026-05-31"),
    row("T1-I1.5 born in 2025", born("2025"), "unknown", reason="imprecise", needs="data"),
    row("T1-I1 born in 2024", born("2024"), "pass"),
    row("T1-I1 born in 2026", born("2026"), "fail"),
    row("T1-I1.6 aged 91: no limit above", born("1935-02-14"), "pass"),
    row("T1-I1 no birth date", born(None), "unknown", reason="missing", needs="data"),
    row("T1-I1 a birth date to come cannot be right", born("2027-01-01"), "unknown"),
    row("units 4 born 2025-08-31, clamped to 28 February", born("2025-08-31"), "fail", as_of="2026-02-28"),
    row("units 4 born 2025-08-31, the day after", born("2025-08-31"), "pass", as_of="2026-03-01"),
    row("units 4 born 2025-08-29 has the same anniversary", born("2025-08-29"), "fail", as_of="2026-02-28"),
    row("units 4 born 2025-08-28, a day after its own", born("2025-08-28"), "pass", as_of="2026-03-01"),
    row("units 4 in a leap year the clamp is 29 February", born("2023-08-31"), "fail", as_of="2024-02-29"),
    row("units 4 in a leap year, the day after", born("2023-08-31"), "pass", as_of="2024-03-01"),
    row("T1-I1 the hour of the day does not count", born("2025-12-01"), "fail", as_of="2026-06-01T23:59:00Z"),
]


@pytest.mark.parametrize("row", ROWS)
def test_age(row: Row) -> None:
    assert row.found("I1", trial_id=TRIAL) == row.expected


@pytest.mark.parametrize(
    ("zone", "outcome"),
    [
        pytest.param("Asia/Shanghai", "pass", id="units 4 half past midnight in Shanghai is 2 June there"),
        pytest.param("UTC", "fail", id="units 4 half past midnight in Shanghai is still 1 June in UTC"),
    ],
)
def test_the_day_is_the_sites_day(zone: str, outcome: str) -> None:
    service = build_assessor(Settings(timezone=ZoneInfo(zone)))

    found = criterion_in(assess(born("2025-12-01"), "2026-06-02T00:30:00+08:00", service), "I1", TRIAL)

    assert found["outcome"] == outcome


@pytest.mark.parametrize(
    "deceased",
    [
        pytest.param({"deceasedBoolean": True}, id="T1-I1 deceased"),
        pytest.param({"deceasedDateTime": "2026-05-30"}, id="T1-I1 died before the day"),
        pytest.param({"deceasedDateTime": "2026-06-01"}, id="T1-I1 died on the day"),
    ],
)
def test_the_dead_are_not_asked(deceased: dict[str, object]) -> None:
    """T1-I1 boundaries and B6.2."""
    assessment = assess(BASE.changed("1", **deceased))

    assert enrolment_in(assessment, TRIAL)["standing"] == "not_applicable"
    assert "deceased" in {warning["code"] for warning in assessment["warnings"]}
