"""Section 0 for every measured criterion of NCT05262673: status, date, subject, unit and age of a result."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from tests.criteria.rows import assess, criterion_in
from tests.fhir import Chart, Resource, concept
from tests.multi_car_t import TRIAL, candidate

BASE = candidate()
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"


class Measured(NamedTuple):
    """One result of the candidate, the last day on which it counts and the first on which it does not."""

    criterion: str
    result: str
    fresh: str
    stale: str


# As of 2026-06-01: 14 days, 28 days and 7 days back, inclusive.
PERFORMANCE = Measured("I4a", "karnofsky", "2026-05-18", "2026-05-17")
QUANTITIES = [
    Measured("I5a", "lvef", "2026-05-04", "2026-05-03"),
    Measured("I5b", "spo2", "2026-05-25", "2026-05-24"),
    Measured("I5c", "creatinine", "2026-05-18", "2026-05-17"),
    Measured("I5d", "ast", "2026-05-18", "2026-05-17"),
    Measured("I5d", "alt", "2026-05-18", "2026-05-17"),
    Measured("I5e", "bilirubin", "2026-05-18", "2026-05-17"),
    Measured("I6", "haemoglobin", "2026-05-25", "2026-05-24"),
]
EVERY = [PERFORMANCE, *QUANTITIES]
# CD19 has no window of its own, but all other conventions hold for it.
UNWINDOWED = [*EVERY, Measured("I3", "cd19", "", "")]


def name_of(value: object) -> str | None:
    return f"T1-{value.criterion} {value.result}" if isinstance(value, Measured) else None


def said(measured: Measured, chart: Chart) -> Resource:
    return criterion_in(assess(chart), measured.criterion, TRIAL)


def dated(measured: Measured, on: str) -> Chart:
    return BASE.changed(measured.result, effectiveDateTime=on)


@pytest.mark.parametrize("measured", UNWINDOWED, ids=name_of)
def test_the_candidate_passes(measured: Measured) -> None:
    assert said(measured, BASE)["outcome"] == "pass"


@pytest.mark.parametrize("measured", EVERY, ids=name_of)
def test_freshness_includes_the_last_day(measured: Measured) -> None:
    found = said(measured, dated(measured, measured.fresh))

    assert (found["outcome"], found["valid_until"]) == ("pass", "2026-06-01")


@pytest.mark.parametrize("measured", EVERY, ids=name_of)
def test_a_day_more_is_stale(measured: Measured) -> None:
    found = said(measured, dated(measured, measured.stale))

    assert (found["outcome"], found["reason"], found["needs"]) == ("unknown", "stale", "data")


@pytest.mark.parametrize("measured", EVERY, ids=name_of)
def test_a_month_that_straddles_the_window_is_not_certainly_fresh(measured: Measured) -> None:
    assert said(measured, dated(measured, "2026-05"))["outcome"] == "unknown"


@pytest.mark.parametrize("measured", UNWINDOWED, ids=name_of)
def test_a_missing_result_is_not_a_good_one(measured: Measured) -> None:
    found = said(measured, BASE.without(measured.result))

    assert (found["outcome"], found["reason"], found["needs"]) == ("unknown", "missing", "data")


@pytest.mark.parametrize("status", ["preliminary", "registered"])
@pytest.mark.parametrize("measured", UNWINDOWED, ids=name_of)
def test_a_result_that_may_still_change_is_unknown(measured: Measured, status: str) -> None:
    found = said(measured, BASE.changed(measured.result, status=status))

    assert (found["outcome"], found["reason"]) == ("unknown", "preliminary")


@pytest.mark.parametrize("status", ["amended", "corrected"])
@pytest.mark.parametrize("measured", UNWINDOWED, ids=name_of)
def test_a_corrected_result_counts(measured: Measured, status: str) -> None:
    assert said(measured, BASE.changed(measured.result, status=status))["outcome"] == "pass"


DROPPED: list[Any] = [
    pytest.param({"status": "cancelled"}, id="cancelled"),
    pytest.param({"status": "entered-in-error"}, id="entered in error"),
    pytest.param({"effectiveDateTime": "2026-06-02"}, id="dated tomorrow"),
    pytest.param({"subject": {"reference": "Patient/999"}}, id="another patient's"),
    pytest.param({"effectiveDateTime": None}, id="without a date"),
]


@pytest.mark.parametrize("change", DROPPED)
@pytest.mark.parametrize("measured", UNWINDOWED, ids=name_of)
def test_what_cannot_count_is_unknown(measured: Measured, change: Resource) -> None:
    assert said(measured, BASE.changed(measured.result, **change))["outcome"] == "unknown"


@pytest.mark.parametrize("measured", UNWINDOWED, ids=name_of)
def test_an_absent_value_is_missing(measured: Measured) -> None:
    absent = BASE.changed(
        measured.result, valueQuantity=None, valueInteger=None, dataAbsentReason=concept(ABSENT, "not-performed")
    )
    found = said(measured, absent)

    assert (found["outcome"], found["reason"]) == ("unknown", "missing")


@pytest.mark.parametrize("measured", UNWINDOWED, ids=name_of)
def test_a_withdrawn_result_does_not_hide_another(measured: Measured) -> None:
    [good] = [found for found in BASE.resources if found["id"] == measured.result]
    withdrawn = good | {"id": "withdrawn", "status": "entered-in-error", "effectiveDateTime": "2026-05-31"}

    assert said(measured, BASE.having(withdrawn))["outcome"] == "pass"


@pytest.mark.parametrize("measured", UNWINDOWED, ids=name_of)
def test_the_date_of_issue_is_second_best_and_flagged(measured: Measured) -> None:
    issued = BASE.changed(measured.result, effectiveDateTime=None, issued="2026-05-30T10:00:00Z")
    assessment = assess(issued)

    assert criterion_in(assessment, measured.criterion, TRIAL)["outcome"] == "pass"
    assert f"Observation/{measured.result}" in {warning.get("reference") for warning in assessment["warnings"]}


@pytest.mark.parametrize("measured", UNWINDOWED, ids=name_of)
def test_the_end_of_a_period_is_its_date(measured: Measured) -> None:
    period = {"start": "2026-05-29", "end": "2026-05-30"}

    assert said(measured, BASE.changed(measured.result, effectiveDateTime=None, effectivePeriod=period))[
        "outcome"
    ] == "pass"  # fmt: skip


@pytest.mark.parametrize("measured", QUANTITIES, ids=name_of)
def test_a_number_without_a_unit_is_never_guessed(measured: Measured) -> None:
    """Section 0 and B6.13."""
    [good] = [found for found in BASE.resources if found["id"] == measured.result]
    found = said(measured, BASE.changed(measured.result, valueQuantity={"value": good["valueQuantity"]["value"]}))

    assert (found["outcome"], found["reason"]) == ("unknown", "unit")


@pytest.mark.parametrize("measured", QUANTITIES, ids=name_of)
def test_a_unit_of_another_kind_is_never_guessed(measured: Measured) -> None:
    [good] = [found for found in BASE.resources if found["id"] == measured.result]
    strange = good["valueQuantity"] | {"unit": "kg", "code": "kg"}
    found = said(measured, BASE.changed(measured.result, valueQuantity=strange))

    assert (found["outcome"], found["reason"]) == ("unknown", "unit")


@pytest.mark.parametrize("measured", UNWINDOWED, ids=name_of)
def test_words_alone_are_unknown(measured: Measured) -> None:
    words = BASE.changed(measured.result, valueQuantity=None, valueInteger=None, valueString="preserved")

    assert said(measured, words)["outcome"] == "unknown"


def test_a_result_that_is_too_old_is_shown_with_its_value() -> None:
    """Whoever decides whether to repeat it wants to know what it was; it counts for nothing."""
    old = BASE.changed("lvef", effectiveDateTime="2025-06-01")

    found = criterion_in(assess(old), "I5a", TRIAL)

    assert (found["outcome"], found["reason"]) == ("unknown", "stale")
    assert [(item["value"], item["date"]) for item in found["evidence"]] == [("62 %", "2025-06-01")]
