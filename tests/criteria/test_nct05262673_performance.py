"""T1-I4a, T1-I4b, T1-I7, T1-E7: performance status, and what only a clinician answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.criteria.rows import Row, assess, configured, criterion_in, enrolment_in, row
from tests.fhir import Chart, Resource, answered, concept, condition, icd, loinc, measured, observation
from tests.multi_car_t import TRIAL, candidate

NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"


def karnofsky(score: Any, on: str = "2026-05-30", **elements: Any) -> Chart:
    value = score if isinstance(score, dict) else {"valueInteger": score}
    return candidate().having(observation("karnofsky", loinc("89243-0"), on, **value, **elements))


def child(*scores: Resource, born: str = "2021-09-01") -> Chart:
    return candidate().without("karnofsky").changed("1", birthDate=born).having(*scores)


LANSKY = observation("lansky", concept(NCIT, "C38144"), "2026-05-30", valueInteger=90)
LANSKY_CODED = observation(
    "lansky", concept(NCIT, "C38144"), "2026-05-30", valueCodeableConcept=concept(NCIT, "C69425")
)
BED_BOUND = observation("ecog", loinc("89247-1"), "2026-05-30", valueInteger=4)
ECOG = observation("ecog", loinc("89247-1"), "2026-05-30", valueInteger=0)

ROWS = [
    row("T1-I4a.1 Karnofsky 80", karnofsky(80), "fail"),
    row("T1-I4a.2 Karnofsky 90 of 40 days ago", karnofsky(90, "2026-04-22"), "unknown", reason="stale"),
    row("T1-I4a.3 only ECOG 0", candidate().without("karnofsky").having(ECOG), "unknown", review=True),
    row("T1-I4a.4 child of 4, Lansky 90, no substitution", child(LANSKY), "unknown", review=True),
    row(
        "T1-I4a.5 90 and 70 on the same day",
        karnofsky(90, "2026-05-30T10:00:00Z").having(
            observation("later", loinc("89243-0"), "2026-05-30T16:00:00Z", valueInteger=70)
        ),
        "unknown",
        reason="conflict",
    ),
    row("T1-I4a Karnofsky 90", karnofsky(90), "pass", valid_until="2026-06-13"),
    row("T1-I4a Karnofsky 100", karnofsky(100), "pass"),
    row("T1-I4a Karnofsky 70", karnofsky(70), "fail"),
    row("T1-I4a day 14 counts", karnofsky(90, "2026-05-18"), "pass"),
    row("T1-I4a day 15 does not", karnofsky(90, "2026-05-17"), "unknown", reason="stale"),
    row("T1-I4a 85 is no score", karnofsky(85), "unknown"),
    row("T1-I4a 110 is no score", karnofsky(110), "unknown"),
    row("T1-I4a a fraction", karnofsky({"valueQuantity": {"value": 0.9, "unit": "1"}}), "unknown"),
    row("T1-I4a 0.9 as text", karnofsky({"valueString": "0.9"}), "unknown"),
    row("T1-I4a 90 in score units", karnofsky(measured(90, "{score}")), "pass"),
    row("T1-I4a preliminary", karnofsky(90, status="preliminary"), "unknown", reason="preliminary"),
    row("T1-I4a entered in error", karnofsky(90, status="entered-in-error"), "unknown", reason="missing"),
    row("T1-I4a in the future", karnofsky(90, "2026-06-03"), "unknown", reason="missing"),
    row("T1-I4a another patient's", karnofsky(90, subject={"reference": "Patient/2"}), "unknown", reason="missing"),
    row(
        "T1-I4a the newest wins",
        karnofsky(90).having(observation("old", loinc("89243-0"), "2026-05-20", valueInteger=60)),
        "pass",
    ),
]


@pytest.mark.parametrize("row", ROWS)
def test_karnofsky(row: Row) -> None:
    assert row.found("I4a", trial_id=TRIAL) == row.expected


@pytest.mark.parametrize(
    ("chart", "outcome"),
    [
        pytest.param(child(LANSKY), "pass", id="T1-I4a a child of 4 with Lansky 90"),
        pytest.param(child(LANSKY_CODED), "pass", id="T1-I4a Lansky 90 as a code"),
        pytest.param(child(LANSKY, born="2010-06-01"), "unknown", id="T1-I4a at 16.0 Karnofsky is needed"),
        pytest.param(child(LANSKY, born="2010-06-02"), "pass", id="T1-I4a the day before 16 Lansky counts"),
    ],
)
def test_lansky_counts_where_the_site_says_so(chart: Chart, outcome: str, tmp_path: Path) -> None:
    service = configured(tmp_path, site={"version": "1", "settings": {"lansky_substitution": True}})

    assert criterion_in(assess(chart, service=service), "I4a", TRIAL)["outcome"] == outcome


HOSPICE = condition("hospice", {"text": "Referred to hospice"})
PLATELETS = observation("platelets", loinc("777-3"), "2026-05-30", **measured(12, "10*9/L"))
WEIGHT = observation("weight", loinc("29463-7"), "2026-05-30", **measured(8.2, "kg"))
HEART_FAILURE = condition("heart", icd("I50.9"))
CITRATE = condition("citrate", {"text": "Severe citrate reaction at apheresis 2024"})


@pytest.mark.parametrize("criterion", ["I4b", "I7", "E1", "E7"])
def test_only_a_clinician_answers(criterion: str) -> None:
    """T1-I4b.1, T1-I7, T1-E1.3, T1-E7.1"""
    found = criterion_in(assess(candidate()), criterion, TRIAL)

    assert (found["outcome"], found["needs"], found["reason"]) == ("unknown", "clinician", "attestation")


@pytest.mark.parametrize(
    ("criterion", "answer", "outcome"),
    [
        ("I4b", "Y", "pass"),
        ("I4b", "N", "fail"),
        ("I7", "Y", "pass"),
        ("I7", "N", "fail"),
        ("E7", "N", "pass"),
        ("E7", "Y", "fail"),
        ("I4b", "asked-unknown", "unknown"),
    ],
)
def test_a_clinicians_answer_decides(criterion: str, answer: str, outcome: str) -> None:
    """T1-I7.2, T1-E7.2"""
    chart = candidate().having(answered("answers", "2026-05-20", trial=TRIAL, **{criterion: answer}))

    assert criterion_in(assess(chart), criterion, TRIAL)["outcome"] == outcome


@pytest.mark.parametrize(("authored", "outcome"), [("2026-05-04", "pass"), ("2026-05-03", "unknown")])
def test_an_answer_holds_for_28_days(authored: str, outcome: str) -> None:
    """T1-I4b look-back"""
    chart = candidate().having(answered("answers", authored, trial=TRIAL, I4b="Y"))

    assert criterion_in(assess(chart), "I4b", TRIAL)["outcome"] == outcome


@pytest.mark.parametrize(
    ("criterion", "warning", "words"),
    [
        pytest.param("I4b", HOSPICE, "end-of-life", id="T1-I4b.2 hospice"),
        pytest.param("I4b", BED_BOUND, "ECOG 4", id="T1-I4b ECOG 4"),
        pytest.param("I7", PLATELETS, "12", id="T1-I7.1 platelets 12"),
        pytest.param("I7", CITRATE, "citrate", id="T1-I7.3 citrate reaction in words"),
        pytest.param("I7", WEIGHT, "8.2 kg", id="T1-I7 below 10 kg"),
        pytest.param("I7", HEART_FAILURE, "I50.9", id="T1-I7 heart failure"),
    ],
)
def test_signs_are_shown_and_decide_nothing(criterion: str, warning: Resource, words: str) -> None:
    found = criterion_in(assess(candidate().having(warning)), criterion, TRIAL)

    assert (found["outcome"], found["needs"]) == ("unknown", "clinician")
    assert any(words in note for note in found["review"])


def test_what_is_left_to_clinicians_does_not_make_the_standing_indeterminate() -> None:
    """Section 0, "Overall"."""
    assert enrolment_in(assess(candidate()), TRIAL)["standing"] == "potentially_eligible"
