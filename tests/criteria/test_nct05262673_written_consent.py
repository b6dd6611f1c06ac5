"""T1-I8: written informed consent to this study, by the patient or, where the site allows it, a representative."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.criteria.rows import Row, assess, configured, criterion_in, enrolment_in, row
from tests.fhir import PATIENT, Chart, Resource, answered, concept, local
from tests.multi_car_t import TRIAL, candidate

BASE = candidate()
SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
CATEGORY = "http://terminology.hl7.org/CodeSystem/consentcategorycodes"
OTHER_TRIAL = "NCT07441291"


def consent(
    on: str | None = "2026-05-20", name: str = "consent", study: str | None = TRIAL, **elements: Any
) -> Resource:
    """The patient's own active consent to enrolment; None leaves an element out."""
    found: Resource = {
        "resourceType": "Consent",
        "id": name,
        "status": "active",
        "scope": concept(SCOPE, "research"),
        "category": [local("trial-enrolment")],
        "patient": {"reference": PATIENT},
        "performer": [{"reference": PATIENT}],
        "dateTime": on,
        "policy": [{"uri": f"https://clinicaltrials.gov/study/{study}"}] if study else None,
    }
    return {element: value for element, value in (found | elements).items() if value is not None}


def consented(*consents: Resource) -> Chart:
    return BASE.having(*consents)


def in_study(**elements: Any) -> Resource:
    """A consent that names its study by reference instead of a policy."""
    data = [{"meaning": "related", "reference": {"reference": "ResearchStudy/study"}}]
    return consent(study=None, provision={"type": "permit", "data": data}, **elements)


def study(nct: str) -> Resource:
    return {"resourceType": "ResearchStudy", "id": "study", "status": "active", "identifier": [{"value": nct}]}


def holding(start: str, end: str) -> Resource:
    return consent(provision={"type": "permit", "period": {"start": start, "end": end}})


AGED_7 = BASE.changed("1", birthDate="2019-03-01").having(
    consent(performer=[{"reference": "RelatedPerson/mother"}]),
    {"resourceType": "RelatedPerson", "id": "mother", "patient": {"reference": PATIENT}},
)
REFUSED = [{"verified": False}]
OPEN: dict[str, Any] = {"needs": "consent"}

ROWS = [
    row("T1-I8.1 no consent yet", BASE, "unknown", reason="consent", needs="consent"),
    row("T1-I8.2 consent to NCT07441291 only", consented(consent(study=OTHER_TRIAL)), "unknown", **OPEN),
    row("T1-I8.3 rejected", consented(consent(status="rejected")), "fail"),
    row("T1-I8 withdrawn", consented(consent(status="inactive")), "fail"),
    row("T1-I8 the patient's own", consented(consent()), "pass"),
    row("T1-I8 of the day itself", consented(consent("2026-06-01")), "pass"),
    row("T1-I8 a year old and not expired", consented(consent("2025-06-01")), "pass"),
    row("T1-I8 signed tomorrow", consented(consent("2026-06-02")), "unknown", **OPEN),
    row("T1-I8 without a date", consented(consent(None)), "unknown", **OPEN),
    row("T1-I8 proposed", consented(consent(status="proposed")), "unknown", **OPEN),
    row("T1-I8 draft", consented(consent(status="draft")), "unknown", **OPEN),
    row("B5.1 entered in error", consented(consent(status="entered-in-error")), "unknown", **OPEN),
    row("B5.1 another patient's", consented(consent(patient={"reference": "Patient/999"})), "unknown", **OPEN),
    row(
        "B5.1 another patient's rejection",
        consented(consent(patient={"reference": "Patient/999"}, status="rejected")),
        "unknown",
        **OPEN,
    ),
    row("T1-I8 not verified", consented(consent(verification=REFUSED)), "unknown", **OPEN),
    row("T1-I8 verified", consented(consent(verification=[{"verified": True}])), "pass"),
    row(
        "T1-I8 only to access of research information",
        consented(consent(category=[concept(CATEGORY, "research")])),
        "unknown",
        **OPEN,
    ),
    row("T1-I8 only to crossing over", consented(consent(category=[local("trial-crossover")])), "unknown", **OPEN),
    row(
        "T1-I8 of another scope",
        consented(consent(scope=concept(SCOPE, "patient-privacy"))),
        "unknown",
        **OPEN,
    ),
    row("T1-I8 to no study in particular", consented(consent(study=None)), "unknown", **OPEN),
    row("B4 by reference to the study", consented(in_study(), study(TRIAL)), "pass"),
    row("B4 by reference to another study", consented(in_study(), study(OTHER_TRIAL)), "unknown", **OPEN),
    row("B4 by reference to a study that is not there", consented(in_study()), "unknown", **OPEN),
    row("T1-I8 ends today", consented(holding("2026-05-20", "2026-06-01")), "pass"),
    row("T1-I8 ended yesterday", consented(holding("2025-05-20", "2026-05-31")), "unknown", **OPEN),
    row("T1-I8 holds from tomorrow", consented(holding("2026-06-02", "2027-06-02")), "unknown", **OPEN),
    row(
        "T1-I8 superseded by a withdrawal",
        consented(consent("2026-04-01"), consent("2026-05-20", "later", status="inactive")),
        "fail",
    ),
    row(
        "T1-I8 a refusal superseded by a consent",
        consented(consent("2026-04-01", status="rejected"), consent("2026-05-20", "later")),
        "pass",
    ),
    row(
        "T1-I8 a refusal of the other study says nothing here",
        consented(consent(), consent("2026-05-25", "other", OTHER_TRIAL, status="rejected")),
        "pass",
    ),
    row(
        "B6.3 a clinician has the signed form",
        consented(answered("answers", "2026-05-28", trial=TRIAL, I8="Y")),
        "pass",
    ),
    row("T1-I8.4 aged 7, the mother consents; by default a representative may", AGED_7, "pass"),
]


@pytest.mark.parametrize("row", ROWS)
def test_consent(row: Row) -> None:
    assert row.found("I8", trial_id=TRIAL) == row.expected


@pytest.mark.parametrize(
    ("policy", "outcome"),
    [
        pytest.param("proxy", "pass", id="T1-I8.4 the site accepts a representative"),
        pytest.param("patient only", "unknown", id="T1-I8.4 the site does not"),
    ],
)
def test_a_representative_counts_only_by_site_policy(policy: str, outcome: str, tmp_path: Path) -> None:
    service = configured(tmp_path, site={"version": "1", "settings": {"proxy_consent": policy == "proxy"}})

    assert criterion_in(assess(AGED_7, service=service), "I8", TRIAL)["outcome"] == outcome


def test_a_missing_consent_does_not_make_the_patient_ineligible() -> None:
    """T1-I8.1: pending."""
    assert enrolment_in(assess(BASE), TRIAL)["standing"] == "potentially_eligible"


def test_a_refusal_makes_the_patient_ineligible() -> None:
    assert enrolment_in(assess(consented(consent(status="rejected"))), TRIAL)["standing"] == "ineligible"
