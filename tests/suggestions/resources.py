"""What a resource that leaves must be: valid for fhir.resources R4B, and with codes of R4's required value sets."""

from __future__ import annotations

import re
from functools import cache

from fhir.resources.R4B import get_fhir_model_class

from cds.terminology import SYSTEMS, value_sets
from tests.fhir import Resource

# FHIR 4.0.1, http://hl7.org/fhir/R4/valueset-request-status.html and -request-intent, -task-status, -task-intent,
# -research-subject-status: written here from the specification, so that a mistake in the product's own lists shows.
INTENT = {
    "proposal", "plan", "directive", "order", "original-order", "reflex-order", "filler-order", "instance-order",
    "option",
}  # fmt: skip
REQUIRED = {
    ("ServiceRequest", "status"): {
        "draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown",
    },
    ("ServiceRequest", "intent"): INTENT,
    ("Task", "status"): {
        "draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress", "on-hold",
        "failed", "completed", "entered-in-error",
    },
    ("Task", "intent"): {"unknown", *INTENT},
    ("ResearchSubject", "status"): {
        "candidate", "eligible", "follow-up", "ineligible", "not-registered", "off-study", "on-study",
        "on-study-intervention", "on-study-observation", "pending-on-study", "potential-candidate", "screening",
        "withdrawn",
    },
}  # fmt: skip
REASON_TYPES = {"Condition", "Observation", "DiagnosticReport", "DocumentReference"}
REQUESTER_TYPES = {"Practitioner", "PractitionerRole", "Patient", "RelatedPerson"}


@cache
def verified() -> frozenset[tuple[str, str]]:
    """Every code of the product's value sets, each of which names its source."""
    return frozenset((SYSTEMS[c["system"]], c["code"]) for found in value_sets().values() for c in found["codes"])


def validate(resource: Resource) -> None:
    """Raises for a resource that R4 would refuse, that orders by itself, or that carries a code nobody verified."""
    kind = resource["resourceType"]
    get_fhir_model_class(kind).model_validate(resource)
    for (owner, element), codes in REQUIRED.items():
        assert owner != kind or resource[element] in codes
    assert "id" not in resource
    if kind == "ResearchSubject":
        assert resource["status"] == "candidate"
    else:
        assert (resource["status"], resource["intent"]) == ("draft", "proposal")
    for reason in resource.get("reasonReference", []):
        assert reason["reference"].split("/")[0] in REASON_TYPES
    if "requester" in resource:
        assert resource["requester"]["reference"].split("/")[0] in REQUESTER_TYPES
    period = resource.get("occurrencePeriod") or resource.get("restriction", {}).get("period")
    if period:
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", period["start"])
        assert period["start"] <= period.get("end", period["start"])
    for concept in [resource.get("code", {}), *resource.get("reasonCode", [])] if kind == "ServiceRequest" else []:
        assert concept["text"]
        assert {(c["system"], c["code"]) for c in concept.get("coding", [])} <= verified()
