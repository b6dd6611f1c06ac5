"""Rows of invented patients, randomised on one day, with what a test changes."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from cds.report.design import CONTROL, EXPERIMENTAL
from cds.report.rows import PatientRow

CAR_T, DLI = EXPERIMENTAL, CONTROL
ROWS = Path(__file__).parents[2] / "fhir_fixtures/trial_rows/rows.csv"
RANDOMISED = date(2026, 1, 1)
HEADER = "subject,arm_assigned,randomised_on,month3_mrd,death_on,relapse_on,last_contact_on"


def patient(
    arm: str = CAR_T,
    mrd: str = "negative",
    *,
    death: int | None = None,
    relapse: int | None = None,
    contact: int | None = None,
    actual: str | None = None,
) -> PatientRow:
    """Days are counted from randomisation; alive for a year unless said otherwise."""

    def day(days: int | None) -> date | None:
        return None if days is None else RANDOMISED + timedelta(days=days)

    last = day(365 if contact is None and death is None else contact)
    return PatientRow("S-1", arm, actual, RANDOMISED, mrd, day(death), day(relapse), last)
