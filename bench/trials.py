"""What each trial costs per patient: process CPU of one assessment with one trial, and with all of them."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cds.assess import Assessor, build_assessor
from cds.settings import Settings

FIXTURES = Path("fhir_fixtures/patients")
PATIENTS = ("fits", "multi-fits", "both-infection-controlled", "outside")


def cost(assessor: Assessor, body: bytes, trials: tuple[str, ...], times: int) -> float:
    """Median CPU microseconds of one assessment."""
    taken = []
    for _ in range(times):
        began = time.process_time_ns()
        assessor.assess_bundle(body, as_of="2026-06-01", trials=trials)
        taken.append((time.process_time_ns() - began) / 1000)
    return statistics.median(taken)


def per_trial(times: int = 300) -> dict[str, dict[str, float]]:
    """Patient -> trial id (or "all") -> microseconds."""
    assessor = build_assessor(Settings())
    ids = tuple(trial.id for trial in assessor.trials)
    chosen = {**{name: (name,) for name in ids}, "all": ids}
    rows: dict[str, dict[str, float]] = {}
    for patient in PATIENTS:
        body = (FIXTURES / f"{patient}.json").read_bytes()
        rows[patient] = {name: cost(assessor, body, trials, times) for name, trials in chosen.items()}
    return rows


def show(rows: dict[str, dict[str, float]]) -> None:
    """A table on the terminal."""
    columns = list(next(iter(rows.values())))
    table = Table("patient", *(f"{name}, µs" for name in columns), title="CPU per patient, by trial")
    for patient, row in rows.items():
        table.add_row(patient, *(f"{row[name]:.0f}" for name in columns))
    Console().print(table)


if __name__ == "__main__":
    show(per_trial())
