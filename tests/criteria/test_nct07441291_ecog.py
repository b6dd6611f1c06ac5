"""T2-I2: ECOG performance status 0 to 2, not older than 14 days."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import Row, assess, criterion_in, row
from tests.fhir import UCUM, Chart, Resource, base_chart, loinc, observation

BASE = base_chart()
ECOG = loinc("89247-1")


def scored(value: Any, on: str | None = "2026-05-25", **elements: Any) -> Chart:
    """The base patient with this ECOG: an integer, a text, or a whole value[x]."""
    kind = {int: "valueInteger", str: "valueString"}.get(type(value))
    return BASE.having(observation("ecog", ECOG, on, **({kind: value} if kind else value), **elements))


def also(value: int, on: str) -> Resource:
    return observation("ecog-2", ECOG, on, valueInteger=value)


def score(value: float) -> Resource:
    return {"valueQuantity": {"value": value, "unit": "{score}", "system": UCUM, "code": "{score}"}}


KARNOFSKY = observation("kps", loinc("89243-0"), "2026-05-25", valueInteger=70)

ROWS = [
    row("T2-I2 ECOG 0", scored(0), "pass"),
    row("T2-I2 ECOG 1 is good until day 14", scored(1), "pass", valid_until="2026-06-08"),
    row("T2-I2.1 ECOG 2", scored(2), "pass"),
    row("T2-I2.2 ECOG 3", scored(3), "fail"),
    row("T2-I2 ECOG 4", scored(4), "fail"),
    row("T2-I2 ECOG 5 is death", scored(5), "fail"),
    row("T2-I2.3 only a Karnofsky of 70", BASE.without("ecog").having(KARNOFSKY), "unknown", reason="missing"),
    row("T2-I2.4 ECOG 2-3 in words", scored("2-3"), "unknown"),
    row("T2-I2.4 ECOG 2-3 as a range", scored({"valueRange": {"low": {"value": 2}, "high": {"value": 3}}}), "unknown"),
    row("T2-I2 ECOG 1-2 in words lies inside", scored("1-2"), "pass"),
    row("T2-I2 ECOG 1-2 as a range", scored({"valueRange": {"low": {"value": 1}, "high": {"value": 2}}}), "pass"),
    row("T2-I2.5 ECOG 1 of 60 days ago", scored(1, "2026-04-02"), "unknown", reason="stale", needs="data"),
    row("T2-I2 no ECOG at all", BASE.without("ecog"), "unknown", reason="missing", needs="data"),
    row("T2-I2 ECOG 1.5 does not exist", scored(score(1.5)), "unknown"),
    row("T2-I2 ECOG 2 as a score", scored(score(2)), "pass"),
    row("T2-I2 ECOG 3 as a score", scored(score(3)), "fail"),
    row("T2-I2 ECOG 6 does not exist", scored(6), "unknown"),
    row("T2-I2 ECOG -1 does not exist", scored(-1), "unknown"),
    row("T2-I2 freshness: day 14 counts", scored(1, "2026-05-18"), "pass", valid_until="2026-06-01"),
    row("T2-I2 freshness: day 15 does not", scored(1, "2026-05-17"), "unknown", reason="stale"),
    row("T2-I2 freshness: a stale 3 does not exclude", scored(3, "2026-05-17"), "unknown", reason="stale"),
    row("T2-I2 the older code 42800-3 counts", BASE.changed("ecog", code=loinc("42800-3")), "pass"),
    row("T2-I2 2 and 3 on one day contradict", scored(2).having(also(3, "2026-05-25")), "unknown", reason="conflict"),
    row("T2-I2 1 and 2 on one day agree", scored(1).having(also(2, "2026-05-25")), "pass"),
    row("T2-I2 the newest wins, better", scored(3, "2026-05-20").having(also(1, "2026-05-27")), "pass"),
    row("T2-I2 the newest wins, worse", scored(1, "2026-05-20").having(also(3, "2026-05-27")), "fail"),
    row("T2-I2 preliminary", scored(1, status="preliminary"), "unknown", reason="preliminary"),
    row("T2-I2 registered", scored(1, status="registered"), "unknown"),
    row("T2-I2 amended", scored(1, status="amended"), "pass"),
    row("T2-I2 corrected", scored(1, status="corrected"), "pass"),
    row("T2-I2 cancelled is dropped", scored(1, status="cancelled"), "unknown"),
    row("T2-I2 entered in error is dropped", scored(1, status="entered-in-error"), "unknown"),
    row("T2-I2 a future score is dropped", scored(1, "2026-06-02"), "unknown"),
    row("T2-I2 no date", scored(1, None), "unknown", reason="undated"),
    row("T2-I2 only issued", scored(1, None, issued="2026-05-25T10:00:00Z"), "pass"),
    row("T2-I2 the end of a period", scored(1, None, effectivePeriod={"end": "2026-05-25"}), "pass"),
    row("T2-I2 a month straddles the window", scored(1, "2026-05"), "unknown"),
]


@pytest.mark.parametrize("row", ROWS)
def test_ecog(row: Row) -> None:
    assert row.found("I2") == row.expected


def test_a_withdrawn_score_uncovers_the_one_before() -> None:
    chart = scored(1, "2026-05-25").having(also(3, "2026-05-28") | {"status": "entered-in-error"})

    assert criterion_in(assess(chart), "I2")["outcome"] == "pass"


def test_a_score_to_come_does_not_hide_the_one_before() -> None:
    chart = scored(1, "2026-05-25").having(also(3, "2026-06-05"))

    assert criterion_in(assess(chart), "I2")["outcome"] == "pass"


def test_the_score_is_shown_as_evidence() -> None:
    [evidence] = criterion_in(assess(BASE), "I2")["evidence"]

    assert evidence == {"reference": "Observation/ecog", "value": "1", "date": "2026-05-25"}


def test_a_childs_lansky_is_shown_where_ecog_is_missing() -> None:
    """T2-I2 reading: ECOG is not validated in children; missing ECOG is unknown, with Lansky shown."""
    lansky = observation(
        "lansky",
        {"coding": [{"system": "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl", "code": "C38144"}]},
        "2026-05-25",
        valueInteger=90,
    )

    found = criterion_in(assess(BASE.changed("1", birthDate="2019-01-01").without("ecog").having(lansky)), "I2")

    assert found["outcome"] == "unknown"
    assert "Lansky" in str(found)
