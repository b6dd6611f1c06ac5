"""A chart's index is of its records as they are now."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from cds.chart import Chart
from cds.moments import Moment, parse_moment
from cds.records import Diagnosis, Person

ZONE = ZoneInfo("UTC")


def day() -> Moment:
    found = parse_moment("2026-06-01", ZONE)
    assert found is not None
    return found


def diagnosis(name: str) -> Diagnosis:
    return Diagnosis(f"Condition/{name}", name, frozenset({name}), confirmed=True, active=True, began=None)


def test_records_that_come_later_are_found() -> None:
    chart = Chart(Person("Patient/1", None, None), day(), ZONE, diagnoses=[diagnosis("a")])
    assert chart.diagnoses_of("b") == []

    chart.diagnoses.append(diagnosis("b"))

    assert [found.name for found in chart.diagnoses_of("b", "a")] == ["a", "b"]


def test_a_chart_made_with_other_records_finds_its_own() -> None:
    chart = Chart(Person("Patient/1", None, None), day(), ZONE, diagnoses=[diagnosis("a")])
    assert chart.diagnoses_of("a")

    other = replace(chart, diagnoses=[diagnosis("b")])

    assert (other.diagnoses_of("a"), len(other.diagnoses_of("b"))) == ([], 1)
    assert len(chart.diagnoses_of("a")) == 1
