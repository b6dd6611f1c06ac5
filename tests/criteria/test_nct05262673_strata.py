"""T1-R3 and R4: deeply negative, very low positive, positive, relapse or unclassified; and the trial's own label."""

from __future__ import annotations

import json

import pytest

from tests.criteria.rows import Answer, assess, trial_in
from tests.fhir import TRIAL as OTHER_TRIAL
from tests.fhir import Chart, Resource, loinc, measured, observation
from tests.multi_car_t import candidate
from tests.multi_car_t_response import (
    BLOOD,
    NOT_DETECTED,
    cart,
    ctl,
    enrolled,
    flow,
    flow_negative,
    ngs,
    per_million,
    response_of,
    stratum,
    subject,
    treated,
)

DEEP, VERY_LOW, POSITIVE, RELAPSE, UNCLASSIFIED = (
    "deep_negative",
    "very_low_positive",
    "positive",
    "relapse",
    "unclassified",
)
NEGATIVE, LOW = ngs(NOT_DETECTED), ngs(per_million(5))


def blasts(percent: float, on: str = "2026-05-20", name: str = "blasts") -> Resource:
    return observation(name, loinc("11150-0"), on, **measured(percent))


def earlier(value: Resource, on: str = "2026-03-01") -> Resource:
    return ngs(value, on, name="earlier")


STRATA = {
    "T1-R4.1 NGS 5 per million, flow not detected": (treated(LOW, flow_negative()), VERY_LOW),
    "T1-R4.2 NGS 1e-4": (treated(ngs(measured(0.0001, "1"))), POSITIVE),
    "T1-R4 NGS 0.01 %, flow not detected": (treated(ngs(measured(0.01)), flow_negative()), POSITIVE),
    "T1-R4 NGS 99.9 per million, flow not detected": (treated(ngs(per_million(99.9)), flow_negative()), VERY_LOW),
    "T1-R4 NGS 100 per million, flow not detected": (treated(ngs(per_million(100)), flow_negative()), POSITIVE),
    "T1-R4.3 NGS negative, flow 0.02 %": (treated(NEGATIVE, flow(measured(0.02))), UNCLASSIFIED),
    "T1-R4 NGS negative, flow 0.01 %": (treated(NEGATIVE, flow(measured(0.01))), UNCLASSIFIED),
    "T1-R4 NGS negative, flow not detected": (treated(NEGATIVE, flow_negative()), DEEP),
    "T1-R4 NGS negative, no flow": (treated(NEGATIVE), DEEP),
    "T1-R4 NGS 5 per million, flow 0.02 %": (treated(LOW, flow(measured(0.02))), POSITIVE),
    "T1-R4 NGS 5 per million, no flow": (treated(LOW), UNCLASSIFIED),
    "T1-R4 flow 7 days after NGS": (treated(LOW, flow_negative("2026-05-27")), VERY_LOW),
    "T1-R4 flow 7 days before NGS": (treated(LOW, flow_negative("2026-05-13")), VERY_LOW),
    "T1-R4 flow 8 days before NGS is another time point": (treated(LOW, flow_negative("2026-05-12")), UNCLASSIFIED),
    "T1-R4 flow of the blood, NGS of the marrow": (treated(LOW, flow_negative(source=BLOOD)), UNCLASSIFIED),
    "T1-R4 NGS negative now, flow 0.02 % in March": (treated(NEGATIVE, flow(measured(0.02), "2026-03-01")), DEEP),
    "T1-R4 NGS negative in March, 1e-3 now": (treated(earlier(NOT_DETECTED), ngs(measured(0.1))), POSITIVE),
    "T1-R4 NGS 1e-3 in March, negative now": (treated(earlier(measured(0.1)), NEGATIVE), DEEP),
    "T1-R4 marrow blasts 5 %": (treated(NEGATIVE, blasts(5)), RELAPSE),
    "T1-R4 marrow blasts 4.9 %": (treated(NEGATIVE, blasts(4.9)), DEEP),
    "T1-R4 marrow blasts 12 % without any MRD": (treated(blasts(12)), RELAPSE),
    "T1-R4 marrow blasts 8 % in March, 1 % now": (
        treated(NEGATIVE, blasts(8, "2026-03-01", "relapse"), blasts(1)),
        DEEP,
    ),
    "T1-R4 marrow blasts 1 % in March, 8 % now": (
        treated(NEGATIVE, blasts(1, "2026-03-01", "clear"), blasts(8)),
        RELAPSE,
    ),
    "T1-R4 marrow blasts 30 % before the first product": (treated(NEGATIVE, blasts(30, "2025-10-20")), DEEP),
    "T1-R4 no result since the first product": (treated(), UNCLASSIFIED),
    "T1-R4 only a result before the first product": (treated(ngs(NOT_DETECTED, "2025-10-20")), UNCLASSIFIED),
    "section 0: only a result of tomorrow": (treated(ngs(NOT_DETECTED, "2026-06-02")), UNCLASSIFIED),
    "section 0: only a result without a date": (treated(ngs(NOT_DETECTED, None)), UNCLASSIFIED),
    "section 0: two results of one day that contradict": (
        treated(NEGATIVE, ngs(measured(0.1), name="second")),
        UNCLASSIFIED,
    ),
    "T1-R4 after the CAR-T alone": (enrolled().having(cart(), ngs(NOT_DETECTED, "2025-12-01")), DEEP),
}


@pytest.mark.parametrize("sentence", STRATA)
def test_stratum(sentence: str) -> None:
    chart, expected = STRATA[sentence]

    assert stratum(chart) == expected


@pytest.mark.parametrize("name", ["T1-R4.3 NGS negative, flow 0.02 %", "T1-R4.1 NGS 5 per million, flow not detected"])
def test_a_pair_shows_both_assays(name: str) -> None:
    found = response_of(STRATA[name][0])

    assert found is not None
    assert found["because"]
    assert {"Observation/ngs", "Observation/flow"} <= {item["reference"] for item in found["evidence"]}


NOT_ASKED = {
    "never a subject": candidate().having(cart(), NEGATIVE),
    "on study, nothing given": enrolled().having(NEGATIVE),
    "only a product that was not done": enrolled().having(cart(status="not-done"), NEGATIVE),
    "only a product before enrolment": enrolled().having(cart("2025-09-30"), NEGATIVE),
    "withdrawn": treated(NEGATIVE, subject("withdrawn")),
    "off study": treated(NEGATIVE, subject("off-study")),
    "a subject of the other trial": treated(NEGATIVE, subject(study=OTHER_TRIAL)),
}


@pytest.mark.parametrize("name", NOT_ASKED)
def test_nothing_is_said_without_a_subject_on_study_and_a_product(name: str) -> None:
    """B6.8."""
    assert response_of(NOT_ASKED[name]) is None
    assert response_of(treated(NEGATIVE)) is not None


def test_the_other_trial_says_nothing_of_this_response() -> None:
    assessment = assess(treated(NEGATIVE))

    assert response_of(treated(NEGATIVE)) is not None
    assert "response" not in trial_in(assessment, OTHER_TRIAL)


LABEL = "very-low-relapse-risk (trial text)"
LABELS: dict[str, tuple[Chart, str | None]] = {
    "T1-R3.1 marrow NGS negative": (treated(NEGATIVE), LABEL),
    "T1-R3.2 blood NGS negative, no marrow": (treated(ngs(NOT_DETECTED, source=BLOOD)), None),
    "T1-R3.3 flow negative, NGS 5 per million": (treated(LOW, flow_negative()), None),
    "T1-R3 marrow NGS positive": (treated(ngs(measured(0.1))), None),
    "T1-R3 detection limit not deep enough": (treated(ngs(NOT_DETECTED, cells=400_000)), None),
    "T1-R3 no vaccine yet": (enrolled().having(cart(), ctl(), NEGATIVE), None),
    "T1-R3 the day before the first vaccine": (treated(ngs(NOT_DETECTED, "2026-01-29")), None),
    "T1-R3 the day after the first vaccine": (treated(ngs(NOT_DETECTED, "2026-01-31")), LABEL),
    "T1-R3 negative in March, positive now": (treated(earlier(NOT_DETECTED), ngs(measured(0.1))), None),
    "T1-R3 negative, but flow 0.02 %": (treated(NEGATIVE, flow(measured(0.02))), None),
    "T1-R3 negative, but relapse by morphology": (treated(NEGATIVE, blasts(6)), None),
}


@pytest.mark.parametrize("sentence", LABELS)
def test_label(sentence: str) -> None:
    chart, expected = LABELS[sentence]
    found = response_of(chart)

    assert found is not None
    assert found.get("label") == expected


def said(found: Answer | None) -> str:
    assert found is not None
    return json.dumps(found).lower()


def test_one_negative_is_named_a_single_time_point() -> None:
    """T1-R3: a single negative carries "single time point"."""
    assert "single time point" in said(response_of(treated(NEGATIVE)))
    assert "single time point" not in said(response_of(treated(earlier(NOT_DETECTED), NEGATIVE)))


def test_nothing_ever_suggests_to_stop_treatment() -> None:
    """T1-R3: a label only."""
    assert "stop" not in said(response_of(treated(NEGATIVE)))
