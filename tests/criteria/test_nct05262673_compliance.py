"""T1-E7: the investigator's opinion; the service may never decide it."""

from __future__ import annotations

import pytest

from tests.criteria.rows import Row, row
from tests.fhir import PATIENT, Chart, Resource, answered
from tests.multi_car_t import TRIAL, candidate

BASE = candidate()
OPEN: dict[str, str] = {"outcome": "unknown", "needs": "clinician", "reason": "attestation"}


def said(choice: str, on: str = "2026-05-28", status: str = "completed") -> Chart:
    return BASE.having(answered("answer", on, status, TRIAL, E7=choice))


def missed(number: int, on: str) -> Resource:
    """A visit that the patient did not come to."""
    return {
        "resourceType": "Appointment",
        "id": f"visit-{number}",
        "status": "noshow",
        "start": f"{on}T09:00:00Z",
        "participant": [{"actor": {"reference": PATIENT}, "status": "accepted"}],
    }


THREE_MISSED = BASE.having(missed(1, "2026-04-10"), missed(2, "2026-04-28"), missed(3, "2026-05-15"))

ROWS = [
    row("T1-E7.1 no attestation", BASE, **OPEN),
    row("T1-E7.2 attested able to comply", said("N"), "pass"),
    row("T1-E7 attested not able to comply", said("Y"), "fail"),
    row("T1-E7 not sure", said("asked-unknown"), **OPEN),
    row("T1-E7.3 three missed visits in 60 days, no attestation", THREE_MISSED, **OPEN),
    row("T1-E7 nothing reconciled", BASE.without("problems", "medications", "procedures"), **OPEN),
    row("T1-E7 attested 28 days ago", said("N", "2026-05-04"), "pass", valid_until="2026-06-01"),
    row("T1-E7 attested 29 days ago", said("N", "2026-05-03"), **OPEN),
    row("B4 amended", said("Y", status="amended"), "fail"),
    row("B4 in progress", said("N", status="in-progress"), **OPEN),
    row("B5.1 attested tomorrow", said("N", "2026-06-02"), **OPEN),
    row("B4 the other trial's form", BASE.having(answered("answer", "2026-05-28", E7="N")), **OPEN),
]


@pytest.mark.parametrize("row", ROWS)
def test_investigators_opinion(row: Row) -> None:
    assert row.found("E7", trial_id=TRIAL) == row.expected
