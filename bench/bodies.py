"""Hook requests of a given size, outside or candidate, with a fixed seed."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import orjson

SIZES = {"s": 50, "m": 400, "l": 3000}
LABS = ("8867-4", "8310-5", "2947-0", "6298-4", "2345-7", "6690-2", "787-2", "2951-2", "17861-6", "4544-3")


def body(size: str, kind: str) -> bytes:
    """The request of a synthetic patient, padded with results and encounters that concern no criterion."""
    name = "fits" if kind == "candidate" else "outside"
    request = orjson.loads(Path(f"fhir_fixtures/requests/{name}.patient-view.json").read_bytes())
    patient, draw = request["context"]["patientId"], random.Random(size)
    entries: list[dict[str, Any]] = request["prefetch"]["observations"].setdefault("entry", [])
    while len(entries) < SIZES[size]:
        entries.append({"resource": _result(len(entries), patient, draw)})
    return orjson.dumps(request)


def _result(number: int, patient: str, draw: random.Random) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"noise-{number}",
        "meta": {"versionId": "1", "lastUpdated": "2026-01-10T08:00:00Z"},
        "status": "final",
        "category": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}
        ],
        "code": {"coding": [{"system": "http://loinc.org", "code": draw.choice(LABS), "display": "Result"}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": f"2026-0{draw.randint(1, 5)}-{draw.randint(10, 28)}T08:00:00+00:00",
        "issued": "2026-05-28T08:00:00Z",
        "valueQuantity": {
            "value": round(draw.uniform(1, 200), 1),
            "unit": "mmol/L",
            "system": "http://unitsofmeasure.org",
            "code": "mmol/L",
        },
        "referenceRange": [{"low": {"value": 1, "unit": "mmol/L"}, "high": {"value": 200, "unit": "mmol/L"}}],
    }
