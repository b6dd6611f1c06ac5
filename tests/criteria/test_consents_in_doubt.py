"""T1-I8, B4 "consent": what a consent does not settle, in either trial."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import assess, criterion_in
from tests.criteria.test_nct05262673_written_consent import consent, consented
from tests.fhir import Chart, Resource
from tests.follow_up.crossing import consent as crossover_consent
from tests.follow_up.crossing import crossing, question
from tests.multi_car_t import TRIAL


def answer(chart: Chart) -> tuple[str, str | None]:
    found = criterion_in(assess(chart), "I8", TRIAL)
    return found["outcome"], found.get("reason")


def in_period(**period: str) -> Resource:
    return consent(provision={"period": period})


ROWS = [
    pytest.param(in_period(start="2026-06-01"), "pass", id="T1-I8 in force since today"),
    pytest.param(in_period(start="2026-06"), "unknown", id="section 0 in force from some day of this month"),
    pytest.param(in_period(end="soon"), "unknown", id="B5.1 a period that cannot be read"),
    pytest.param(consent("2026-06"), "unknown", id="section 0 signed some time in the month of the assessment"),
    pytest.param(consent("2026-05"), "pass", id="section 0 signed some time last month"),
]


@pytest.mark.parametrize(("resource", "outcome"), ROWS)
def test_consent(resource: Resource, outcome: str) -> None:
    assert answer(consented(resource))[0] == outcome


@pytest.mark.parametrize("name", ["a-second", "z-second"])
def test_given_and_refused_on_one_day_is_a_conflict_in_either_order(name: str) -> None:
    """Section 0, conflict."""
    assert answer(consented(consent(), consent(name=name, status="rejected"))) == ("unknown", "conflict")


def test_a_consent_that_cannot_be_read_leaves_the_others_in_doubt() -> None:
    """B6.16: it may be the withdrawal."""
    strange = consent("2026-05-25", "later", status="inactive", modifierExtension=[{"url": "urn:x"}])

    assert answer(consented(consent(), strange))[0] == "unknown"


def crossing_with(*more: Any) -> str:
    found = next(c for c in question(crossing().having(*more))["criteria"] if c["id"] == "X1f")
    return str(found["outcome"])


def test_the_same_holds_for_the_consent_to_cross_over() -> None:
    """T2-X1f"""
    second = crossover_consent("rejected") | {"id": "second"}
    later = crossover_consent("inactive", "2026-05-04") | {"id": "later"}

    assert (crossing_with(), crossing_with(second), crossing_with(later)) == ("pass", "unknown", "fail")
