"""T1-I8: written informed consent to this study."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.criteria.rows import Row, assess, configured, criterion_in, enrolment_in, row
from tests.fhir import Chart, Resource, concept, local
from tests.multi_car_t import TRIAL, candidate

SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
CATEGORY = "http://terminology.hl7.org/CodeSystem/consentcategorycodes"


def consent(status: str = "active", nct: str = TRIAL, **elements: Any) -> Resource:
    found: Resource = {
        "resourceType": "Consent",
        "id": "consent",
        "status": status,
        "scope": concept(SCOPE, "research"),
        "category": [local("trial-enrolment")],
        "patient": {"reference": "Patient/1"},
        "dateTime": "2026-05-20",
        "policy": [{"uri": f"https://site.example/policies/{nct}"}],
    }
    return {name: value for name, value in (found | elements).items() if value is not None}


def signed(**elements: Any) -> Chart:
    return candidate().having(consent(**elements))


MOTHER = {"performer": [{"reference": "RelatedPerson/mother"}]}
STUDY = {"resourceType": "ResearchStudy", "id": "s", "status": "active", "identifier": [{"value": TRIAL}]}
BY_DATA = {"data": [{"meaning": "instance", "reference": {"reference": "ResearchStudy/s"}}]}


def child(**elements: Any) -> Chart:
    return signed(**elements).changed("1", birthDate="2019-02-01")


ROWS = [
    row("T1-I8.1 none", candidate(), "unknown", reason="consent", needs="consent"),
    row("T1-I8.2 to the other study only", signed(nct="NCT07441291"), "unknown", reason="consent"),
    row("T1-I8.3 rejected", signed(status="rejected"), "fail"),
    row("T1-I8.4 child of 7, signed by the mother", child(**MOTHER), "pass", review=True),
    row("T1-I8 active for this study", signed(), "pass"),
    row("T1-I8 the study by reference", signed(policy=None, provision=BY_DATA).having(STUDY), "pass"),
    row("T1-I8 without a category", signed(category=None), "pass"),
    row("T1-I8 withdrawn", signed(status="inactive"), "fail"),
    row("T1-I8 denied in the provision", signed(provision={"type": "deny"}), "fail"),
    row("T1-I8 proposed", signed(status="proposed"), "unknown"),
    row("T1-I8 draft", signed(status="draft"), "unknown"),
    row("T1-I8 entered in error", signed(status="entered-in-error"), "unknown"),
    row("T1-I8 signed tomorrow", signed(dateTime="2026-06-02"), "unknown"),
    row("T1-I8 not verified", signed(verification=[{"verified": False}]), "unknown"),
    row("T1-I8 expired", signed(provision={"type": "permit", "period": {"end": "2026-05-31"}}), "unknown"),
    row(
        "T1-I8 valid until its end",
        signed(provision={"type": "permit", "period": {"end": "2026-07-31"}}),
        "pass",
        valid_until="2026-07-31",
    ),
    row("T1-I8 not in force before tomorrow", signed(provision={"period": {"start": "2026-06-02"}}), "unknown"),
    row("T1-I8 in force since today", signed(provision={"period": {"start": "2026-06-01"}}), "pass"),
    row("T1-I8 a period that cannot be read", signed(provision={"period": {"end": "soon"}}), "unknown"),
    row("T1-I8 signed some time in the month of the assessment", signed(dateTime="2026-06"), "unknown"),
    row("T1-I8 information access only", signed(category=[concept(CATEGORY, "research")]), "unknown"),
    row("T1-I8 crossover consent is another", signed(category=[local("trial-crossover")]), "unknown"),
    row("T1-I8 another scope", signed(scope=concept(SCOPE, "treatment")), "unknown"),
    row("T1-I8 another patient's", signed(patient={"reference": "Patient/2"}), "unknown"),
    row("T1-I8 child who signed alone", child(), "unknown"),
]


@pytest.mark.parametrize("row", ROWS)
def test_consent(row: Row) -> None:
    assert row.found("I8", trial_id=TRIAL) == row.expected


def test_a_withdrawal_after_the_signature_counts() -> None:
    later = consent("inactive", dateTime="2026-05-25") | {"id": "later"}

    assert criterion_in(assess(signed().having(later)), "I8", TRIAL)["outcome"] == "fail"


@pytest.mark.parametrize("name", ["a-second", "z-second"])
def test_given_and_refused_on_one_day_is_a_conflict_in_either_order(name: str) -> None:
    """Section 0, conflict."""
    found = criterion_in(assess(signed().having(consent("rejected") | {"id": name})), "I8", TRIAL)

    assert (found["outcome"], found["reason"]) == ("unknown", "conflict")


def test_a_consent_that_cannot_be_read_leaves_the_others_in_doubt() -> None:
    """B6.16: it may be the withdrawal."""
    strange = consent("inactive", dateTime="2026-05-25", modifierExtension=[{"url": "urn:x"}]) | {"id": "later"}

    assert criterion_in(assess(signed().having(strange)), "I8", TRIAL)["outcome"] == "unknown"


def test_a_site_may_refuse_representatives(tmp_path: Path) -> None:
    """T1-I8.4: proxyConsent=false."""
    service = configured(tmp_path, site={"version": "1", "settings": {"proxy_consent": False}})

    assert criterion_in(assess(child(**MOTHER), service=service), "I8", TRIAL)["outcome"] == "unknown"


def test_missing_consent_makes_nobody_ineligible() -> None:
    """T1-I8.1"""
    assert enrolment_in(assess(candidate()), TRIAL)["standing"] == "potentially_eligible"
