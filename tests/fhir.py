"""Small FHIR R4 resources for tests, and one patient who stands in nobody's way: `base_chart()`.

Every criterion of NCT07441291 passes on the base patient on 2026-06-01, or waits for a clinician.
Resources are plain dictionaries, because most tests need what a typed model would refuse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

Resource = dict[str, Any]

AS_OF = "2026-06-01"
PATIENT = "Patient/1"
TRIAL = "NCT07441291"

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
CPT = "http://www.ama-assn.org/go/cpt"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD10PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
ATC = "http://www.whocc.no/atc"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
UCUM = "http://unitsofmeasure.org"
LOCAL = "urn:trial-hooks:codes"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"

KEY_OF_TYPE = {
    "Patient": "patient",
    "Condition": "conditions",
    "Observation": "observations",
    "Procedure": "procedures",
    "MedicationRequest": "medicationRequests",
    "MedicationAdministration": "medicationAdministrations",
    "MedicationStatement": "medicationStatements",
    "Specimen": "specimens",
    "Consent": "consents",
    "ResearchSubject": "researchSubjects",
    "QuestionnaireResponse": "questionnaireResponses",
    "List": "lists",
    "ServiceRequest": "serviceRequests",
    "Task": "tasks",
}


def concept(system: str, code: str, text: str | None = None) -> Resource:
    """A CodeableConcept with one coding."""
    return {"coding": [{"system": system, "code": code}], **({"text": text} if text else {})}


def loinc(code: str) -> Resource:
    return concept(LOINC, code)


def snomed(code: str) -> Resource:
    return concept(SNOMED, code)


def icd(code: str) -> Resource:
    return concept(ICD10CM, code)


def atc(code: str, text: str | None = None) -> Resource:
    return concept(ATC, code, text)


def local(code: str) -> Resource:
    """A code of the product's own system."""
    return concept(LOCAL, code)


def amount(value: float | int | str, unit: str = "%", comparator: str | None = None) -> Resource:
    """A Quantity in a UCUM unit."""
    found: Resource = {"value": value, "unit": unit, "system": UCUM, "code": unit}
    return {**found, "comparator": comparator} if comparator else found


def measured(value: float | int | str, unit: str = "%", comparator: str | None = None) -> Resource:
    """The value[x] part of an Observation with a UCUM quantity."""
    return {"valueQuantity": amount(value, unit, comparator)}


def observation(name: str, code: Resource, on: str | None, **elements: Any) -> Resource:
    """A final Observation; `on` is its effectiveDateTime. None leaves an element out."""
    found: Resource = {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": code,
        "subject": {"reference": PATIENT},
    }
    every = found | {"effectiveDateTime": on} | elements
    return {element: value for element, value in every.items() if value is not None}


def condition(
    name: str, code: Resource, clinical: str | None = "active", verified: str | None = "confirmed", **elements: Any
) -> Resource:
    """A Condition; None leaves a status out."""
    found: Resource = {"resourceType": "Condition", "id": name, "code": code, "subject": {"reference": PATIENT}}
    if clinical:
        found["clinicalStatus"] = concept(CLINICAL, clinical)
    if verified:
        found["verificationStatus"] = concept(VERIFICATION, verified)
    return found | elements


def procedure(name: str, code: Resource, on: str | None, status: str = "completed", **elements: Any) -> Resource:
    found: Resource = {
        "resourceType": "Procedure",
        "id": name,
        "status": status,
        "code": code,
        "subject": {"reference": PATIENT},
    }
    return found | ({"performedDateTime": on} if on else {}) | elements


def order(name: str, drug: Resource, on: str | None, status: str = "active", **elements: Any) -> Resource:
    """A MedicationRequest with intent order."""
    found: Resource = {
        "resourceType": "MedicationRequest",
        "id": name,
        "status": status,
        "intent": "order",
        "medicationCodeableConcept": drug,
        "subject": {"reference": PATIENT},
    }
    return found | ({"authoredOn": on} if on else {}) | elements


def given(name: str, drug: Resource, on: str, route: Resource | None = None, **elements: Any) -> Resource:
    """A completed MedicationAdministration."""
    found: Resource = {
        "resourceType": "MedicationAdministration",
        "id": name,
        "status": "completed",
        "medicationCodeableConcept": drug,
        "subject": {"reference": PATIENT},
        "effectiveDateTime": on,
    }
    return found | ({"dosage": {"route": route}} if route else {}) | elements


def specimen(name: str, kind: str) -> Resource:
    """A Specimen of a SNOMED CT type."""
    return {"resourceType": "Specimen", "id": name, "type": snomed(kind), "subject": {"reference": PATIENT}}


def reconciled(name: str, code: str, on: str | None, status: str = "current") -> Resource:
    """A working List that says a domain was reconciled."""
    found: Resource = {
        "resourceType": "List",
        "id": name,
        "status": status,
        "mode": "working",
        "code": loinc(code),
        "subject": {"reference": PATIENT},
    }
    return found | ({"date": on} if on else {})


def answered(name: str, authored: str, status: str = "completed", trial: str = TRIAL, **answers: str) -> Resource:
    """A clinician's answers: criterion id -> "Y", "N" or "asked-unknown"."""
    return {
        "resourceType": "QuestionnaireResponse",
        "id": name,
        "questionnaire": f"https://trials.example/fhir/Questionnaire/{trial}",
        "status": status,
        "subject": {"reference": PATIENT},
        "authored": authored,
        "item": [{"linkId": link, "answer": [{"valueCoding": _choice(code)}]} for link, code in answers.items()],
    }


def _choice(code: str) -> Resource:
    known = "v2-0136" if code in ("Y", "N") else "data-absent-reason"
    return {"system": f"http://terminology.hl7.org/CodeSystem/{known}", "code": code}


@dataclass(frozen=True, slots=True)
class Chart:
    """A patient's resources in a fixed order; every change gives a new chart."""

    resources: tuple[Resource, ...]

    def having(self, *more: Resource) -> Chart:
        """Add resources; one with the type and id of an older one takes its place."""
        new = {_key(resource) for resource in more}
        return Chart((*(old for old in self.resources if _key(old) not in new), *more))

    def without(self, *names: str) -> Chart:
        assert set(names) <= {resource["id"] for resource in self.resources}, f"not in the chart: {names}"
        return Chart(tuple(resource for resource in self.resources if resource["id"] not in names))

    def changed(self, name: str, **elements: Any) -> Chart:
        """Set elements of one resource; None removes an element."""
        [old] = [resource for resource in self.resources if resource["id"] == name]
        kept = {element: value for element, value in (old | elements).items() if value is not None}
        return Chart(tuple(kept if resource is old else resource for resource in self.resources))

    def bundle(self) -> bytes:
        entries = [{"resource": resource} for resource in self.resources]
        return orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})

    def prefetch(self) -> dict[str, bytes]:
        """The chart as a client prefetches it: a Patient and one search result for every other key."""
        return {
            key: orjson.dumps(self._of(resource_type)[0] if key == "patient" else self._searched(resource_type))
            for resource_type, key in KEY_OF_TYPE.items()
        }

    def _of(self, resource_type: str) -> list[Resource]:
        return [resource for resource in self.resources if resource["resourceType"] == resource_type]

    def _searched(self, resource_type: str) -> Resource:
        entries = [{"resource": found, "search": {"mode": "match"}} for found in self._of(resource_type)]
        return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}


def _key(resource: Resource) -> tuple[str, str]:
    return resource["resourceType"], str(resource.get("id"))


def mrd(value: Resource, on: str | None = "2026-05-20", code: str = "mrd-flow-cd19", **elements: Any) -> Resource:
    """The base patient's MRD with another value[x]: of the marrow, by flow, CD19+."""
    return observation("mrd", local(code), on, **{"specimen": {"reference": "Specimen/marrow"}, **value, **elements})


def base_chart() -> Chart:
    """A man of 41 in remission with residual disease after an allogeneic transplant."""
    return Chart(
        (
            {"resourceType": "Patient", "id": "1", "gender": "male", "birthDate": "1985-02-14"},
            condition("leukaemia", snomed("714251006"), onsetDateTime="2024-11-05"),
            procedure("hsct", concept(CPT, "38240"), "2026-01-10"),
            specimen("marrow", "119359002"),
            mrd(measured(0.30)),
            observation("blasts", loinc("11150-0"), "2026-05-20", **measured(2)),
            observation("ecog", loinc("89247-1"), "2026-05-25", valueInteger=1),
            observation("gvhd", local("gvhd-assessment"), "2026-05-28", valueCodeableConcept=loinc("LA9634-2")),
            reconciled("problems", "11450-4", "2026-05-30"),
            reconciled("medications", "10160-0", "2026-05-30"),
            reconciled("procedures", "47519-4", "2026-05-30"),
        )
    )
