"""B4 "consent" and T1-I8: what a Consent proves, for which study, and when it is only pending."""

from __future__ import annotations

from typing import Any

import pytest

from cds.consents import Category, consent_to
from cds.intake import from_bundle
from cds.moments import parse_moment
from cds.normalise import read_chart
from cds.settings import Settings
from cds.terminology import Terminology
from rules.facts import Fact, Known
from tests.fhir import AS_OF, TRIAL, Chart, Resource, base_chart, concept, consented, loinc

BASE = base_chart()
MULTI = "NCT05262673"
CODES = Terminology.load()
ENROLMENT, CROSSOVER = "trial-enrolment", "trial-crossover"
ACCESS = concept("http://terminology.hl7.org/CodeSystem/consentcategorycodes", "research")
MOTHER = {"performer": [{"reference": "RelatedPerson/mother"}]}
STUDY: Resource = {
    "resourceType": "ResearchStudy",
    "id": "rct",
    "status": "active",
    "identifier": [{"system": "https://clinicaltrials.gov", "value": TRIAL}],
}


def asked(
    chart: Chart, category: Category = "trial-enrolment", *, trial: str = TRIAL, proxy: bool = True, as_of: str = AS_OF
) -> Fact:
    zone = Settings().timezone
    moment = parse_moment(as_of, zone)
    assert moment is not None
    read = read_chart(from_bundle(chart.bundle()), as_of=moment, terminology=CODES, zone=zone)
    return consent_to(read, trial, category, proxy_allowed=proxy)


def word(fact: Fact) -> str:
    return str(fact.value) if isinstance(fact, Known) else fact.reason.value


def signed(on: str | None = "2026-05-20", category: Any = ENROLMENT, **elements: Any) -> Chart:
    return BASE.having(consented("consent", on, category, **elements))


def provided(**provision: Any) -> dict[str, Any]:
    return {"policy": None, "provision": provision}


THE_STUDY = {"data": [{"meaning": "instance", "reference": {"reference": "ResearchStudy/rct"}}]}
ROWS = [
    ("T1-I8.1 no consent is pending", BASE, "consent"),
    ("B4 an active consent", signed(), "given"),
    ("B4 signed on the day", signed(AS_OF), "given"),
    ("T1-I8 signed after the day", signed("2026-06-02"), "consent"),
    ("B4 signed some time in the month of the assessment", signed("2026-06"), "consent"),
    ("B4 without a date", signed(None), "undated"),
    ("T1-I8.2 a consent to another study", signed(trial=MULTI), "consent"),
    ("T1-I8.3 rejected", signed(status="rejected"), "refused"),
    ("T1-I8 withdrawn", signed(status="inactive"), "refused"),
    ("T1-I8 proposed", signed(status="proposed"), "consent"),
    ("T1-I8 draft", signed(status="draft"), "consent"),
    ("B5.1 entered in error", signed(status="entered-in-error"), "consent"),
    ("B6.13 a status with blanks", signed(status=" active "), "given"),
    ("T1-I8 verification false", signed(verification=[{"verified": False}]), "consent"),
    ("T1-I8 verified", signed(verification=[{"verified": True}]), "given"),
    ("T1-I8 only access to information", signed(category=[ACCESS]), "consent"),
    ("B4 a category of another kind: enrolment", signed(category=[loinc("59284-0")]), "given"),
    ("B4 no category: enrolment", signed(category=[]), "given"),
    ("B4 a consent to treatment is no research consent", signed(scope=concept("x", "treatment")), "consent"),
    ("B4 no policy and no study", signed(policy=None), "consent"),
    ("B4 the study by reference", signed(**provided(**THE_STUDY)).having(STUDY), "given"),
    ("B4 a study by reference that is not in the data", signed(**provided(**THE_STUDY)), "consent"),
    ("T1-I8 a provision that denies", signed(provision={"type": "deny"}), "refused"),
    ("T1-I8 period ends today", signed(provision={"period": {"end": AS_OF}}), "given"),
    ("T1-I8 period ended yesterday", signed(provision={"period": {"end": "2026-05-31"}}), "consent"),
    ("T1-I8 period starts tomorrow", signed(provision={"period": {"start": "2026-06-02"}}), "consent"),
    ("T1-I8 a period that cannot be read", signed(provision={"period": {"end": "soon"}}), "consent"),
    ("T1-I8.4 signed by the mother", signed(**MOTHER), "given"),
    (
        "T1-I8 not superseded: a later withdrawal",
        signed("2026-05-01").having(consented("later", "2026-05-10", status="inactive")),
        "refused",
    ),
    (
        "T1-I8 an earlier refusal is superseded",
        signed("2026-05-10").having(consented("earlier", "2026-05-01", status="rejected")),
        "given",
    ),
    (
        "section 0 given and refused on one day",
        signed("2026-05-10").having(consented("other", "2026-05-10", status="rejected")),
        "conflict",
    ),
    ("B5.1 another patient's consent", signed(patient={"reference": "Patient/2"}), "consent"),
    ("B5.1 a consent with a modifier we do not know", signed(modifierExtension=[{"url": "x"}]), "unreadable"),
]


@pytest.mark.parametrize(("chart", "expected"), [pytest.param(c, e, id=name) for name, c, e in ROWS])
def test_consent_to_take_part(chart: Chart, expected: str) -> None:
    assert word(asked(chart)) == expected


def test_a_proxy_is_the_sites_policy() -> None:
    """T1-I8.4"""
    assert word(asked(signed(**MOTHER), proxy=False)) == "consent"
    assert word(asked(signed(performer=[{"reference": "Patient/1"}]), proxy=False)) == "given"


def test_the_two_categories_do_not_stand_for_each_other() -> None:
    """B4: `trial-enrolment` by default, `trial-crossover` when stated."""
    assert word(asked(signed(category=ENROLMENT), "trial-crossover")) == "consent"
    assert word(asked(signed(category=CROSSOVER), "trial-enrolment")) == "consent"
    assert word(asked(signed(category=CROSSOVER), "trial-crossover")) == "given"


def test_a_consent_says_who_when_and_until_when() -> None:
    fact = asked(signed(provision={"period": {"end": "2027-05-20"}}))

    assert isinstance(fact, Known)
    assert (fact.evidence[0].reference, fact.evidence[0].date) == ("Consent/consent", "2026-05-20")
    assert str(fact.valid_until) == "2027-05-20"
