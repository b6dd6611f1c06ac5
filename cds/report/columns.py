"""The columns of the input, each with its meaning; the template that a study office fills in."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from cds.report.design import ARMS, MRD_CLASSES

COMMENT = "#"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, what belongs in it, whether the header must have it and a cell may be empty."""

    name: str
    meaning: str
    required: bool = True
    may_be_empty: bool = False
    allowed: tuple[str, ...] = ()


COLUMNS = (
    Column("subject", "study number of the patient, each once"),
    Column("arm_assigned", "arm given by randomisation; never changed afterwards", allowed=ARMS),
    Column(
        "arm_actual",
        "arm the patient is in now, if it differs after cross-over; the column may be left out",
        required=False,
        may_be_empty=True,
        allowed=ARMS,
    ),
    Column("randomised_on", "day of randomisation, e.g. 2026-06-01"),
    Column("month3_mrd", "class of the marrow flow MRD in the month-3 window", allowed=MRD_CLASSES),
    Column("death_on", "day of death of any cause; empty if alive", may_be_empty=True),
    Column("relapse_on", "day of the first relapse, marrow or extramedullary; empty if none", may_be_empty=True),
    Column("last_contact_on", "last day the patient is known to be alive; may be empty after death", may_be_empty=True),
)
NAMES = tuple(column.name for column in COLUMNS)


def nearest(text: str, choices: tuple[str, ...], alike: float = 0.5) -> str | None:
    """The choice most like `text` (at least `alike` of 1), regardless of case; None if nothing is."""
    lowered = {choice.lower(): choice for choice in choices}
    found = get_close_matches(text.strip().lower(), list(lowered), n=1, cutoff=alike)
    return lowered[found[0]] if found else None


def template() -> str:
    """A CSV with one comment per column and the header; the reader skips the comments."""
    lines = [f"{COMMENT} One row per randomised patient. Days as YYYY-MM-DD. Lines that start with # are skipped."]
    for column in COLUMNS:
        allowed = f" ({' | '.join(column.allowed)})" if column.allowed else ""
        lines.append(f"{COMMENT} {column.name}: {column.meaning}{allowed}")
    return "\n".join([*lines, ",".join(NAMES)]) + "\n"
