"""A patient in nobody's way in NCT05262673 on 2026-06-01, apart from what a clinician or a consent answers."""

from __future__ import annotations

from typing import Any

from tests.fhir import (
    Chart,
    Resource,
    amount,
    condition,
    loinc,
    measured,
    observation,
    reconciled,
    snomed,
    specimen,
)

TRIAL = "NCT05262673"
NEGATIVE: Resource = {"valueCodeableConcept": {"text": "Not detected"}}


def chemistry(name: str, code: str, value: float, unit: str, high: float | None = None, **elements: Any) -> Resource:
    """A laboratory result of four days ago with its own upper limit of normal."""
    limit = {"referenceRange": [{"high": amount(high, unit)}]} if high is not None else {}
    return observation(name, loinc(code), "2026-05-28", **{**measured(value, unit), **limit, **elements})


def candidate() -> Chart:
    """A man of 41 with B-ALL in remission, an archived diagnostic marrow, and a complete work-up."""
    return Chart(
        (
            {"resourceType": "Patient", "id": "1", "gender": "male", "birthDate": "1985-02-14"},
            condition("leukaemia", snomed("277571004"), onsetDateTime="2024-11-05"),
            specimen("archive", "119359002") | {"status": "available"},
            observation(
                "burden", loinc("11150-0"), "2024-11-05", **measured(86), specimen={"reference": "Specimen/archive"}
            ),
            observation("cd19", loinc("13840-4"), "2026-05-20", **measured(95)),
            observation("karnofsky", loinc("89243-0"), "2026-05-28", valueInteger=90),
            observation("lvef", loinc("10230-1"), "2026-05-20", **measured(62)),
            observation("spo2", loinc("59408-5"), "2026-05-30", **measured(97)),
            chemistry("creatinine", "2160-0", 0.9, "mg/dL", 1.2),
            chemistry("ast", "1920-8", 30, "U/L", 40),
            chemistry("alt", "1742-6", 35, "U/L", 40),
            chemistry("bilirubin", "1975-2", 0.6, "mg/dL"),
            observation("haemoglobin", loinc("718-7"), "2026-05-28", **measured(10.4, "g/dL")),
            observation("hiv", loinc("56888-1"), "2026-05-20", **NEGATIVE),
            observation("hbsag", loinc("5196-1"), "2026-05-20", **NEGATIVE),
            observation("hcv", loinc("16128-1"), "2026-05-20", **NEGATIVE),
            reconciled("problems", "11450-4", "2026-05-30"),
            reconciled("medications", "10160-0", "2026-05-30"),
            reconciled("procedures", "47519-4", "2026-05-30"),
        )
    )
