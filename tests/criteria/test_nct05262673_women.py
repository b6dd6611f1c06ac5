"""T1-E4: pregnant or nursing women may not participate."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import Row, row
from tests.fhir import (
    LOINC,
    SNOMED,
    Chart,
    Resource,
    concept,
    condition,
    icd,
    loinc,
    measured,
    observation,
    procedure,
    snomed,
)
from tests.multi_car_t import TRIAL, candidate

BIRTH_SEX = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"


def woman(born: str = "1995-02-01", *resources: Resource, **elements: Any) -> Chart:
    return candidate().changed("1", gender="female", birthDate=born, **elements).having(*resources)


def hcg(word: str = "Negative", on: str = "2026-05-29") -> Resource:
    return observation("hcg", loinc("2110-5"), on, valueCodeableConcept={"text": word})


def feeding(answer: Resource, on: str = "2026-05-20") -> Resource:
    return observation("feeding", loinc("63895-7"), on, **answer)


YES, NO = {"valueCodeableConcept": concept(LOINC, "LA33-6")}, {"valueCodeableConcept": concept(LOINC, "LA32-8")}
B = "1995-02-01"
UTERUS = procedure("uterus", snomed("236886002"), "2020-03-01")

ROWS = [
    row("T1-E4.1 woman of 31, hCG negative, nursing", woman(B, hcg(), feeding(YES)), "fail"),
    row("T1-E4.2 woman of 31, hCG negative 40 days ago", woman(B, hcg(on="2026-04-22"), feeding(NO)), "unknown"),
    row("T1-E4.3 man, no data", candidate(), "pass"),
    row(
        "T1-E4.4 recorded as male, born female, 28",
        candidate().changed("1", birthDate="1998-02-01", extension=[{"url": BIRTH_SEX, "valueCode": "F"}]),
        "unknown",
    ),
    row("T1-E4.5 girl of 8", woman("2018-01-01"), "pass"),
    row("T1-E4 both answers negative", woman(B, hcg(), feeding(NO)), "pass"),
    row(
        "T1-E4 not nursing, in SNOMED CT",
        woman(B, hcg(), feeding({"valueCodeableConcept": snomed("373067005")})),
        "pass",
    ),
    row("T1-E4 nobody asked about nursing", woman(B, hcg()), "unknown", reason="missing"),
    row("T1-E4 no test", woman(B, feeding(NO)), "unknown", reason="missing"),
    row("T1-E4 hCG positive", woman(B, hcg("Positive"), feeding(NO)), "fail"),
    row("T1-E4 pregnancy on the problem list", woman(B, condition("p", icd("Z33.1")), feeding(NO)), "fail"),
    row("T1-E4 test day 7", woman(B, hcg(on="2026-05-25"), feeding(NO)), "pass"),
    row("T1-E4 test day 8", woman(B, hcg(on="2026-05-24"), feeding(NO)), "unknown", reason="stale"),
    row("T1-E4 nursing answer day 28", woman(B, hcg(), feeding(NO, "2026-05-04")), "pass"),
    row("T1-E4 nursing answer day 29", woman(B, hcg(), feeding(NO, "2026-05-03")), "unknown", reason="stale"),
    row(
        "T1-E4 hCG 5 IU/L",
        woman(B, observation("hcg", loinc("19080-1"), "2026-05-29", **measured(5, "[IU]/L")), feeding(NO)),
        "unknown",
    ),
    row("T1-E4 hysterectomy, not nursing", woman(B, UTERUS, feeding(NO)), "pass"),
    row("T1-E4 hysterectomy, nobody asked about nursing", woman(B, UTERUS), "unknown"),
    row("T1-E4 girl of 10", woman("2016-06-01"), "unknown"),
    row("T1-E4 woman of 55", woman("1970-06-02"), "unknown"),
    row("T1-E4 woman of 56", woman("1970-06-01"), "pass"),
    row("T1-E4 nursing on the problem list", woman(B, hcg(), condition("n", snomed("1258999009"))), "fail"),
    row(
        "T1-E4 an infant that is breast fed is not she", woman(B, hcg(), condition("i", snomed("169741004"))), "unknown"
    ),
    row("T1-E4 sex unknown", woman(B).changed("1", gender="unknown"), "unknown"),
]


@pytest.mark.parametrize("row", ROWS)
def test_pregnant_or_nursing(row: Row) -> None:
    assert row.found("E4", trial_id=TRIAL) == row.expected


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        pytest.param("60001007", "pass", id="T1-E4 status: not pregnant"),
        pytest.param("77386006", "fail", id="T1-E4 status: pregnant"),
        pytest.param("102874004", "unknown", id="T1-E4 status: possible"),
    ],
)
def test_the_recorded_pregnancy_status_counts(code: str, outcome: str) -> None:
    status = observation("status", loinc("82810-3"), "2026-05-29", valueCodeableConcept=concept(SNOMED, code))

    found = Row(woman(B, status, feeding(NO)), {"outcome": outcome}).found("E4", trial_id=TRIAL)

    assert found == {"outcome": outcome}
