"""One patient as a row of text → a checked row. Messages name row and column, never what stands in the cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from cds.report.columns import COLUMNS, Column, nearest

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class PatientRow:
    """One randomised patient. Days are calendar days; `None` where nothing happened or nothing is known."""

    subject: str
    arm_assigned: str
    arm_actual: str | None
    randomised_on: date
    month3_mrd: str
    death_on: date | None
    relapse_on: date | None
    last_contact_on: date | None

    @property
    def crossed(self) -> bool:
        """Is the patient now in another arm than the one assigned?"""
        return self.arm_actual is not None and self.arm_actual != self.arm_assigned

    @property
    def followed_to(self) -> date:
        """The last day on which the patient's state is known."""
        return self.death_on or self.last_contact_on or self.randomised_on


def check_row(cells: Mapping[str, str], number: int, as_of: date | None) -> tuple[PatientRow | None, list[str]]:
    """The row, or None and every problem in it. `cells`: column name → text ("" for an empty cell)."""
    problems = [text for column in COLUMNS for text in _cell_problems(column, cells.get(column.name, ""), number)]
    if problems:
        return None, problems
    row = PatientRow(
        subject=cells["subject"],
        arm_assigned=cells["arm_assigned"],
        arm_actual=cells.get("arm_actual") or None,
        randomised_on=date.fromisoformat(cells["randomised_on"]),
        month3_mrd=cells["month3_mrd"],
        death_on=_day(cells["death_on"]),
        relapse_on=_day(cells["relapse_on"]),
        last_contact_on=_day(cells["last_contact_on"]),
    )
    problems = [f"row {number}, column {column}: {text}" for column, text in _contradictions(row, as_of)]
    return (None, problems) if problems else (row, [])


def _cell_problems(column: Column, text: str, number: int) -> Iterator[str]:
    where = f"row {number}, column {column.name}: "
    if not text:
        if not column.may_be_empty:
            yield where + "is empty"
    elif column.allowed:
        if text not in column.allowed:
            near = nearest(text, column.allowed)
            yield where + f"is none of {' | '.join(column.allowed)}" + (f"; did you mean {near}?" if near else "")
    elif column.name.endswith("_on") and not _is_day(text):
        yield where + "is not a day; write it as 2026-06-01"


def _contradictions(row: PatientRow, as_of: date | None) -> Iterator[tuple[str, str]]:
    days = {name: getattr(row, name) for name in ("randomised_on", "death_on", "relapse_on", "last_contact_on")}
    for name, day in days.items():
        if day is not None and day < row.randomised_on:
            yield name, "is before randomised_on"
        if day is not None and as_of is not None and day > as_of:
            yield name, f"is after the day of the data, {as_of}"
    if row.death_on is None and row.last_contact_on is None:
        yield "last_contact_on", "is empty, and so is death_on; one of them ends the follow-up"
    if row.death_on is not None and row.last_contact_on is not None and row.last_contact_on > row.death_on:
        yield "last_contact_on", "is after death_on"
    if row.relapse_on is not None and row.relapse_on > row.followed_to:
        yield "relapse_on", "is after " + ("death_on" if row.death_on else "last_contact_on")


def _is_day(text: str) -> bool:
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
