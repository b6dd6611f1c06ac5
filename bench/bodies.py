"""Hook requests of three sizes, outside and candidate, the same each time: a patient among what charts are full of.

Three quarters are results and vital signs, the rest conditions, procedures and medication, all of them of no concern to
a trial but for one result in ten, which is an old value of a laboratory test that the trials ask about.
"""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from cds.queries import PREFETCH

Json = dict[str, Any]
SIZES = {"s": 50, "m": 400, "l": 3000}
KINDS = ("outside", "candidate")
# Fixtures are about this day; only a demonstration may be told another one than today.
DAY = "2026-06-01"
FIXTURES = Path(__file__).parents[1] / "fhir_fixtures" / "patients"
MIXTURE = ("Observation",) * 30 + ("Condition",) * 3 + ("Procedure",) * 3 + (
    "MedicationRequest", "MedicationRequest", "MedicationAdministration", "MedicationStatement",
)  # fmt: skip
LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
RESULTS = {
    "8867-4": ("Heart rate", "/min"), "8310-5": ("Body temperature", "Cel"), "2947-0": ("Sodium", "mmol/L"),
    "6298-4": ("Potassium", "mmol/L"), "2345-7": ("Glucose", "mg/dL"), "2951-2": ("Sodium", "mmol/L"),
    "17861-6": ("Calcium", "mg/dL"), "4544-3": ("Hematocrit", "%"), "787-2": ("MCV", "fL"), "2028-9": ("CO2", "mmol/L"),
}  # fmt: skip
ASKED = {"2160-0": ("Creatinine", "mg/dL"), "1975-2": ("Bilirubin, total", "mg/dL"), "1742-6": ("ALT", "U/L")}
ILLNESSES = {"I10": "Essential hypertension", "E78.5": "Hyperlipidaemia", "K21.9": "Reflux", "M54.5": "Low back pain"}
ACTS = {"396550006": "Blood test", "29303009": "Electrocardiographic procedure", "399208008": "Plain chest X-ray"}
VISITS = {"MedicationAdministration": "context", "MedicationStatement": "context"}
DRUGS = {"197361": "Amlodipine 5 MG Oral Tablet", "198051": "Omeprazole 20 MG", "313782": "Acetaminophen 325 MG"}


@cache
def body(size: str, kind: str) -> bytes:
    """The request about a chart of SIZES[size] resources. Its Bundles are what a FHIR server answers to a search."""
    patient, draw = _base(kind)[0]["id"], random.Random(f"{size} {kind}")
    chart = [_as_servers_send(resource, draw) for resource in _base(kind)]
    chart += [_of_no_concern(number, patient, draw) for number in range(SIZES[size] - len(chart))]
    request = {
        "hook": "patient-view",
        "hookInstance": "a1fbee73-0253-5496-8587-45b8a0f70532",
        "context": {"userId": "Practitioner/example", "patientId": patient},
        "prefetch": {key: _searched(query, chart) for key, query in PREFETCH.items()},
        "extension": {"org.trialhooks.as_of": DAY},
    }
    return orjson.dumps(request)


def bundle(size: str, kind: str) -> bytes:
    """The same chart as one Bundle."""
    prefetch = orjson.loads(body(size, kind))["prefetch"]
    patient = prefetch.pop("patient")
    entries = [entry for found in prefetch.values() for entry in found["entry"]]
    return orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient}, *entries]})


def _base(kind: str) -> list[Json]:
    """The Patient first. A candidate has data for every criterion of both trials, and every clinician's answer."""
    if kind == "outside":
        return _fixture("outside")
    chart = _fixture("both-nursing")
    patient = chart[0]["id"]
    for resource in chart:
        if resource["id"] == "both-nursing-nursing":
            resource["valueCodeableConcept"] = _concept(LOINC, "LA32-8", "No")
    for name in ("multi-all-answered", "fits-all-answered"):
        for resource in _fixture(name):
            if resource["resourceType"] in ("QuestionnaireResponse", "Consent"):
                _move(resource, patient)
                chart.append({**resource, "id": f"{name}-{resource['id']}"})
    return chart


def _fixture(name: str) -> list[Json]:
    resources = [entry["resource"] for entry in orjson.loads((FIXTURES / f"{name}.json").read_bytes())["entry"]]
    prefetched = [resource for resource in resources if resource["resourceType"] in PREFETCHED]
    return sorted(prefetched, key=lambda resource: resource["resourceType"] != "Patient")


def _type_of(query: str) -> str:
    return query.partition("?")[0].partition("/")[0]


PREFETCHED = frozenset(map(_type_of, PREFETCH.values()))


def _move(resource: Json, patient: str) -> None:
    for name in ("subject", "patient"):
        if name in resource:
            resource[name] = {"reference": f"Patient/{patient}"}


def _searched(query: str, chart: list[Json]) -> Json:
    kind = _type_of(query)
    if kind == "Patient":
        return chart[0]
    entries = [
        {
            "fullUrl": f"https://ehr.example/fhir/{kind}/{resource['id']}",
            "resource": resource,
            "search": {"mode": "match"},
        }
        for resource in chart
        if resource["resourceType"] == kind
    ]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}


def _of_no_concern(number: int, patient: str, draw: random.Random) -> Json:
    kind = draw.choice(MIXTURE)
    day = _day(draw)
    named = {
        "resourceType": kind,
        "id": f"{number}-{draw.getrandbits(64):016x}",
        "subject": {"reference": f"Patient/{patient}"},
    }
    return named | _kept_by_servers(kind, day, draw) | MAKERS[kind](day, draw)


def _as_servers_send(resource: Json, draw: random.Random) -> Json:
    """A fixture's resource with what servers add; those of no concern have it too."""
    kind = resource["resourceType"]
    return resource | _kept_by_servers(kind, _day(draw), draw) if kind in MAKERS else resource


def _kept_by_servers(kind: str, day: str, draw: random.Random) -> Json:
    return {
        "meta": {"versionId": "1", "lastUpdated": f"{day}T08:30:00.000+00:00", "source": "#a1b2c3d4e5f6a7b8"},
        "identifier": [{"system": "https://ehr.example/ids", "value": f"{draw.getrandbits(48):012x}"}],
        VISITS.get(kind, "encounter"): {"reference": f"Encounter/{draw.getrandbits(64):016x}"},
    }


def _day(draw: random.Random) -> str:
    return f"{draw.randint(2019, 2025)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"


def _observation(day: str, draw: random.Random) -> Json:
    code, (name, unit) = draw.choice(list((ASKED if draw.random() < 0.1 else RESULTS).items()))
    value = round(draw.uniform(0.3, 0.9) if code in ASKED else draw.uniform(1, 150), 2)
    return {
        "status": "final",
        "category": [
            _concept("http://terminology.hl7.org/CodeSystem/observation-category", "laboratory", "Laboratory")
        ],
        "code": _concept(LOINC, code, name),
        "effectiveDateTime": f"{day}T08:00:00+00:00",
        "issued": f"{day}T08:25:00.000+00:00",
        "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
        "referenceRange": [{"low": {"value": 0.1, "unit": unit}, "high": {"value": 150, "unit": unit}}],
    }


def _condition(day: str, draw: random.Random) -> Json:
    code, name = draw.choice(list(ILLNESSES.items()))
    state = "http://terminology.hl7.org/CodeSystem/condition-"
    return {
        "clinicalStatus": _concept(f"{state}clinical", "active", "Active"),
        "verificationStatus": _concept(f"{state}ver-status", "confirmed", "Confirmed"),
        "category": [_concept(f"{state}category", "problem-list-item", "Problem List Item")],
        "code": _concept("http://hl7.org/fhir/sid/icd-10-cm", code, name),
        "onsetDateTime": day,
        "recordedDate": day,
    }


def _procedure(day: str, draw: random.Random) -> Json:
    code, name = draw.choice(list(ACTS.items()))
    return {
        "status": "completed",
        "category": _concept(SNOMED, "103693007", "Diagnostic procedure"),
        "code": _concept(SNOMED, code, name),
        "performedDateTime": f"{day}T10:00:00+00:00",
        "performer": [{"actor": {"reference": "Practitioner/1", "display": "Example, Nurse"}}],
    }


def _medication(draw: random.Random) -> Json:
    code, name = draw.choice(list(DRUGS.items()))
    return {"medicationCodeableConcept": _concept("http://www.nlm.nih.gov/research/umls/rxnorm", code, name)} | {
        "dosage": [{"text": "one tablet daily", "route": _concept(SNOMED, "26643006", "Oral route")}]
    }


def _request(day: str, draw: random.Random) -> Json:
    drug = _medication(draw)
    told = drug.pop("dosage")
    return drug | {"status": "completed", "intent": "order", "authoredOn": day, "dosageInstruction": told}


def _administration(day: str, draw: random.Random) -> Json:
    drug = _medication(draw)
    [told] = drug.pop("dosage")
    return drug | {"status": "completed", "effectiveDateTime": f"{day}T09:00:00+00:00", "dosage": told}


def _statement(day: str, draw: random.Random) -> Json:
    return _medication(draw) | {"status": "completed", "effectivePeriod": {"start": day, "end": day}}


def _concept(system: str, code: str, display: str) -> Json:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


MAKERS = {
    "Observation": _observation,
    "Condition": _condition,
    "Procedure": _procedure,
    "MedicationRequest": _request,
    "MedicationAdministration": _administration,
    "MedicationStatement": _statement,
}
