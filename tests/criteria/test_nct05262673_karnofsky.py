"""T1-I4a: a Karnofsky score above 80, not older than 14 days; other scales are never converted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.criteria.rows import Row, assess, configured, criterion_in, row
from tests.fhir import UCUM, Chart, Resource, concept, loinc, measured, observation
from tests.multi_car_t import TRIAL, candidate

BASE = candidate()
UNSCORED = BASE.without("karnofsky")
THESAURUS = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
SIXTEEN_TODAY, SIXTEEN_TOMORROW, AGED_4 = "2010-06-01", "2010-06-02", "2022-03-01"


def score(value: Any, on: str = "2026-05-28", name: str = "karnofsky", **elements: Any) -> Resource:
    """A Karnofsky score: an integer or a whole value[x]."""
    return observation(
        name, loinc("89243-0"), on, **({"valueInteger": value} if isinstance(value, int) else value), **elements
    )


def scored(value: Any, on: str = "2026-05-28") -> Chart:
    return BASE.having(score(value, on))


def twice(first: int, on: str, second: int, later: str) -> Chart:
    return BASE.having(score(first, on), score(second, later, "again"))


def in_range(low: int, high: int) -> Resource:
    unit = {"unit": "{score}", "system": UCUM, "code": "{score}"}
    return {"valueRange": {"low": {"value": low, **unit}, "high": {"value": high, **unit}}}


def lansky(value: int, on: str = "2026-05-28", born: str = AGED_4) -> Chart:
    """A child with a Lansky score and no Karnofsky."""
    found = observation("lansky", concept(THESAURUS, "C38144"), on, valueInteger=value)
    return UNSCORED.changed("1", birthDate=born).having(found)


ECOG_0 = observation("ecog", loinc("89247-1"), "2026-05-28", valueInteger=0)

ROWS = [
    row("T1-I4a.1 80, two days old", scored(80, "2026-05-30"), "fail"),
    row("T1-I4a.2 90, forty days old", scored(90, "2026-04-22"), "unknown", reason="stale", needs="data"),
    row("T1-I4a.3 only an ECOG of 0", UNSCORED.having(ECOG_0), "unknown", reason="missing"),
    row("T1-I4a.4 a Lansky of 90 at four, not substituted", lansky(90), "unknown", needs="data"),
    row(
        "T1-I4a.5 90 at ten and 70 at four on one day",
        twice(90, "2026-05-28T10:00:00Z", 70, "2026-05-28T16:00:00Z"),
        "unknown",
        reason="conflict",
    ),
    row("T1-I4a 90", scored(90), "pass", valid_until="2026-06-11"),
    row("T1-I4a 100", scored(100), "pass"),
    row("T1-I4a 70", scored(70), "fail"),
    row("T1-I4a 0", scored(0), "fail"),
    row("T1-I4a 81 is no score of this scale", scored(81), "unknown"),
    row("T1-I4a 85 is no score of this scale", scored(85), "unknown"),
    row("T1-I4a 89 is no score of this scale", scored(89), "unknown"),
    row("T1-I4a 75 is no score of this scale", scored(75), "unknown"),
    row("T1-I4a 95 is no score of this scale", scored(95), "unknown"),
    row("T1-I4a 101 is no score of this scale", scored(101), "unknown"),
    row("T1-I4a 110 is no score of this scale", scored(110), "unknown"),
    row("T1-I4a -10 is no score of this scale", scored(-10), "unknown"),
    row("T1-I4a 0.9 is not 90", scored(measured(0.9, "{score}")), "unknown"),
    row("T1-I4a 0.9 as a fraction is not 90", scored(measured(0.9, "1")), "unknown"),
    row("T1-I4a 1.0 as a fraction is not 100", scored(measured(1.0, "1")), "unknown"),
    row("T1-I4a 0.9 in words is not 90", scored({"valueString": "0.9"}), "unknown"),
    row("T1-I4a 90 as a quantity", scored(measured(90, "{score}")), "pass"),
    row("T1-I4a 80 as a quantity", scored(measured(80, "{score}")), "fail"),
    row("T1-I4a 90 to 100", scored(in_range(90, 100)), "pass"),
    row("T1-I4a 80 to 90 straddles", scored(in_range(80, 90)), "unknown"),
    row("T1-I4a 70 to 80", scored(in_range(70, 80)), "fail"),
    row("T1-I4a no score", UNSCORED, "unknown", reason="missing", needs="data"),
    row("section 0: 90 and 100 on one day agree", twice(90, "2026-05-28", 100, "2026-05-28"), "pass"),
    row("section 0: 80 and 70 on one day agree", twice(80, "2026-05-28", 70, "2026-05-28"), "fail"),
    row(
        "section 0: within 24 hours across midnight",
        twice(90, "2026-05-27T20:00:00Z", 70, "2026-05-28T16:00:00Z"),
        "unknown",
        reason="conflict",
    ),
    row(
        "section 0: 24 hours apart the newest wins, worse",
        twice(90, "2026-05-27T16:00:00Z", 70, "2026-05-28T16:00:00Z"),
        "fail",
    ),
    row("section 0: the newest wins, better", twice(70, "2026-05-20", 90, "2026-05-27"), "pass"),
    row("T1-I4a a fresh ECOG does not replace a stale 90", scored(90, "2026-04-22").having(ECOG_0), "unknown"),
    row("T1-I4a a child's own Karnofsky of 90", BASE.changed("1", birthDate=AGED_4), "pass"),
]


@pytest.mark.parametrize("row", ROWS)
def test_karnofsky(row: Row) -> None:
    assert row.found("I4a", trial_id=TRIAL) == row.expected


SUBSTITUTED = [
    row("T1-I4a a Lansky of 90 at four", lansky(90), "pass"),
    row("T1-I4a a Lansky of 100 at four", lansky(100), "pass"),
    row("T1-I4a a Lansky of 80 at four", lansky(80), "fail"),
    row("T1-I4a a Lansky of 85 is no score of this scale", lansky(85), "unknown"),
    row("T1-I4a a Lansky of 90 at fifteen", lansky(90, born=SIXTEEN_TOMORROW), "pass"),
    row("T1-I4a a Lansky of 90 at sixteen needs a Karnofsky", lansky(90, born=SIXTEEN_TODAY), "unknown"),
    row("T1-I4a a Lansky of 90 of 14 days ago", lansky(90, "2026-05-18"), "pass"),
    row("T1-I4a a Lansky of 90 of 15 days ago", lansky(90, "2026-05-17"), "unknown", reason="stale"),
    row("T1-I4a an ECOG of 0 is not substituted", UNSCORED.having(ECOG_0), "unknown"),
    row("T1-I4a an adult's Karnofsky", BASE, "pass"),
]


@pytest.mark.parametrize("row", SUBSTITUTED)
def test_a_site_may_take_lansky_in_children(row: Row, tmp_path: Path) -> None:
    service = configured(tmp_path, site={"version": "1", "settings": {"lansky_substitution": True}})

    assert row.found("I4a", service, TRIAL) == row.expected


def test_both_scores_are_shown_when_they_contradict() -> None:
    chart = twice(90, "2026-05-28T10:00:00Z", 70, "2026-05-28T16:00:00Z")

    found = criterion_in(assess(chart), "I4a", TRIAL)

    assert {item["reference"] for item in found["evidence"]} == {"Observation/karnofsky", "Observation/again"}
