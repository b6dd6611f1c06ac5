"""Subjects of NCT07441291 three months after day 0, in either arm."""

from __future__ import annotations

from typing import Any

from tests.criteria.rows import Answer, assess, trial_in
from tests.fhir import (
    TRIAL,
    Chart,
    Resource,
    answered,
    base_chart,
    concept,
    given,
    local,
    loinc,
    measured,
    observation,
    procedure,
    reconciled,
    snomed,
)
from tests.follow_up.subjects import CYTARABINE, subject

DAY0, DAY_91, AS_OF = "2026-01-31", "2026-05-02", "2026-05-06"
WINDOW = ("2026-04-16", "2026-05-14")
CAR_T, CONTROL = "CD19 CAR-T", "chemotherapy + DLI"


def mrd(value: Resource, on: str, name: str | None = None, **elements: Any) -> Resource:
    """Flow MRD of the marrow."""
    marrow = {"specimen": {"reference": "Specimen/marrow"}}
    return observation(name or f"mrd-{on}", local("mrd-flow-cd19"), on, **{**value, **marrow, **elements})


def consent(status: str = "active", on: str = "2026-05-01", **elements: Any) -> Resource:
    found: Resource = {
        "resourceType": "Consent",
        "id": "crossover",
        "status": status,
        "scope": concept("http://terminology.hl7.org/CodeSystem/consentscope", "research"),
        "category": [local("trial-crossover")],
        "patient": {"reference": "Patient/1"},
        "dateTime": on,
        "policy": [{"uri": f"https://site.example/{TRIAL}"}],
    }
    return found | elements


def treatment(arm: str, on: str = DAY0) -> Resource:
    if arm == CAR_T:
        return procedure("product", local("cart-infusion"), on)
    return given("product", CYTARABINE, on, snomed("47625008"))


def crossing(arm: str = CONTROL, level: float = 0.25, marrow: float = 2, *more: Resource, **record: Any) -> Chart:
    """A subject of one arm with entry MRD 0.3 %, and MRD and marrow in the window; everything checked again."""
    return (
        base_chart()
        .without("mrd", "blasts")
        .having(
            subject(arm, start="2026-01-20", **record),
            treatment(arm),
            mrd(measured(0.3), "2026-01-15"),
            mrd(measured(level), DAY_91),
            observation("blasts", loinc("11150-0"), DAY_91, **measured(marrow)),
            observation("gvhd", local("gvhd-assessment"), "2026-05-03", valueCodeableConcept=loinc("LA9634-2")),
            reconciled("problems", "11450-4", "2026-05-03"),
            reconciled("medications", "10160-0", "2026-05-03"),
            reconciled("procedures", "47519-4", "2026-05-03"),
            answered("answers", "2026-05-03", I5="Y"),
            consent(),
            *more,
        )
        .changed("hsct", performedDateTime="2025-09-10")
    )


def follow_up(chart: Chart, as_of: str = AS_OF) -> Answer:
    found: Answer = trial_in(assess(chart, as_of))["follow_up"]
    return found


def question(chart: Chart, as_of: str = AS_OF) -> Answer:
    [found] = [q for q in trial_in(assess(chart, as_of))["questions"] if q["question"] == "cross_over"]
    return dict(found)


def outcome(chart: Chart, criterion: str, as_of: str = AS_OF) -> str:
    [found] = [c for c in question(chart, as_of)["criteria"] if c["id"] == criterion]
    return str(found["outcome"])


def endpoint(chart: Chart, name: str, as_of: str = "2027-02-20") -> Answer:
    [found] = [e for e in follow_up(chart, as_of)["endpoints"] if e["id"] == name]
    return dict(found)
