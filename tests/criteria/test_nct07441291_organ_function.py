"""T2-I5: adequate organ function, which only a clinician or a site's signed profile can answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.criteria.rows import Row, assess, configured, criterion_in, enrolment_in, row
from tests.fhir import Chart, Resource, amount, answered, base_chart, loinc, measured, observation

BASE = base_chart()


def lab(name: str, code: str, value: Resource, on: str = "2026-05-28", **elements: Any) -> Resource:
    return observation(name, loinc(code), on, **value, **elements)


def alt(value: float, on: str = "2026-05-28", high: float = 40) -> Chart:
    return BASE.having(lab("alt", "1742-6", measured(value, "U/L"), on, referenceRange=[{"high": amount(high, "U/L")}]))


CREATININE_6 = BASE.having(
    lab("creatinine", "2160-0", measured(6, "mg/dL"), referenceRange=[{"high": amount(1.2, "mg/dL")}])
)
NORMAL = alt(22).having(
    lab("creatinine", "2160-0", measured(0.8, "mg/dL"), referenceRange=[{"high": amount(1.2, "mg/dL")}])
)

UNCONFIGURED = [
    row("T2-I5.1 normal laboratory values, no profile", NORMAL, "unknown", needs="clinician"),
    row("T2-I5.2 creatinine 6 mg/dL, no profile", CREATININE_6, "unknown", needs="clinician"),
    row("T2-I5 nothing at all", BASE, "unknown", needs="clinician", reason="attestation"),
    row("T2-I5.4 attested adequate", BASE.having(answered("a", "2026-05-28", I5="Y")), "pass"),
    row("T2-I5 attested inadequate", BASE.having(answered("a", "2026-05-28", I5="N")), "fail"),
    row("T2-I5 not sure", BASE.having(answered("a", "2026-05-28", I5="asked-unknown")), "unknown", needs="clinician"),
]


@pytest.mark.parametrize("row", UNCONFIGURED)
def test_without_a_profile_only_a_clinician_answers(row: Row) -> None:
    assert row.found("I5") == row.expected


def test_an_unanswered_organ_function_does_not_make_the_patient_indeterminate() -> None:
    """Section 0: attestation-only criteria leave the patient potentially eligible."""
    assert enrolment_in(assess(NORMAL))["standing"] == "potentially_eligible"


def test_the_current_laboratory_values_are_listed_as_context() -> None:
    """T2-I5 reading: the card must list them."""
    listed = " ".join(criterion_in(assess(NORMAL), "I5")["review"])

    assert "ALT 22 U/L" in listed
    assert "Creatinine 0.8 mg/dL" in listed


def test_a_creatinine_of_six_is_pointed_out() -> None:
    """T2-I5.2: a warning, and not a failure."""
    assessment = assess(CREATININE_6)

    assert "reatinine" in str(criterion_in(assessment, "I5").get("review")) + str(assessment["warnings"])


PROFILE = {
    "id": "haematology-2026",
    "version": "3",
    "signed_by": "Dr A. Novak",
    "signed_on": "2026-01-15",
    "expires_on": "2026-12-31",
    "tests": {"all": [{"fact": "alt_xuln", "window": "14 d", "op": "<=", "value": 5}]},
}

CONFIGURED = [
    row("T2-I5.3 ALT 5.2 times its limit against 5", alt(208), "fail"),
    row("T2-I5 ALT 5.0 times its limit against 5", alt(200), "pass"),
    row("T2-I5 ALT 5.0025 times its limit against 5", alt(200.1), "fail"),
    row("T2-I5 profile, ALT of 14 days ago", alt(22, "2026-05-18"), "pass"),
    row("T2-I5 profile, ALT of 15 days ago", alt(22, "2026-05-17"), "unknown", reason="stale"),
    row("T2-I5 profile, no ALT", BASE, "unknown", reason="missing"),
    row(
        "B6.3 profile fails, attested adequate",
        alt(208).having(answered("a", "2026-05-28", I5="Y")),
        "unknown",
        reason="conflict",
    ),
    row("B6.3 profile silent, attested adequate", BASE.having(answered("a", "2026-05-28", I5="Y")), "pass"),
]


@pytest.mark.parametrize("row", CONFIGURED)
def test_a_signed_profile_answers(row: Row, tmp_path: Path) -> None:
    service = configured(tmp_path, site={"version": "1", "organ_function": PROFILE})

    assert row.found("I5", service) == row.expected


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"signed_by": None}, id="T2-I5 nobody signed"),
        pytest.param({"signed_on": None}, id="T2-I5 the signature has no date"),
        pytest.param({"expires_on": "2026-05-31"}, id="T2-I5 expired yesterday"),
        pytest.param({"signed_on": "2026-06-02"}, id="T2-I5 signed tomorrow"),
    ],
)
def test_an_unsigned_or_expired_profile_leaves_it_to_the_clinician(changed: dict[str, Any], tmp_path: Path) -> None:
    profile = {name: value for name, value in (PROFILE | changed).items() if value is not None}
    service = configured(tmp_path, site={"version": "1", "organ_function": profile})

    found = criterion_in(assess(alt(208), service=service), "I5")

    assert (found["outcome"], found["needs"]) == ("unknown", "clinician")


def test_a_profile_is_good_on_its_last_day(tmp_path: Path) -> None:
    service = configured(tmp_path, site={"version": "1", "organ_function": PROFILE | {"expires_on": "2026-06-01"}})

    assert criterion_in(assess(alt(22), service=service), "I5")["outcome"] == "pass"
