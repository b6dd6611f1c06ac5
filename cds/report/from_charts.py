"""Rows for the trial report out of charts: one line for each subject, from the same reading as the cards."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

from cds.assess import Assessor
from cds.assessment import TrialAssessment
from cds.follow_up.course import Course
from cds.report.columns import COMMENT, NAMES

SURVIVAL = {"Q2": "relapse", "Q3": "death"}


def rows_csv(assessor: Assessor, bundles: Iterable[Path], trial_id: str, as_of: str) -> str:
    """A CSV for `trial-hooks trial report`. Patients who are no subjects, or without an arm, have no row.

    Comments at the top name the survival endpoints that are open: an empty cell alone would read as "no event".
    """
    out = StringIO()
    writer = csv.DictWriter(out, NAMES, lineterminator="\n")
    writer.writeheader()
    open_ends: list[str] = []
    for path in sorted(bundles):
        assessment = assessor.assess_bundle(path.read_bytes(), as_of=as_of, trials=(trial_id,))
        subject = assessment.patient.removeprefix("Patient/")
        row = row_of(subject, assessment.trials[0])
        if row is not None:
            writer.writerow(row)
            open_ends += _open_ends(subject, assessment.trials[0].follow_up)
    return "".join(open_ends) + out.getvalue()


def _open_ends(subject: str, course: Course | None) -> list[str]:
    found = [course.endpoint(name) for name in SURVIVAL] if course else []
    return [
        f"{COMMENT} {subject}: {SURVIVAL[end.id]} is open, settle it before the analysis: {_flat(end.because)}\n"
        for end in found
        if end is not None and end.state == "unknown"
    ]


def _flat(words: str) -> str:
    return " ".join(words.split())


def row_of(subject: str, trial: TrialAssessment) -> dict[str, str] | None:
    """One subject's row; an endpoint that is open leaves its cell empty."""
    course = trial.follow_up
    if course is None or course.allocation.assigned is None or course.allocation.start is None or not course.endpoints:
        return None
    allocation, assigned = course.allocation, course.allocation.assigned
    death, primary = course.endpoint("Q3"), course.endpoint("P1")
    actual = allocation.actual or assigned
    return {
        "subject": subject,
        "arm_assigned": assigned.name,
        "arm_actual": actual.name if actual.id != assigned.id else "",
        "randomised_on": str(allocation.start),
        "month3_mrd": primary.state if primary else "missing",
        "death_on": str(death.day) if death and death.state == "event" else "",
        "relapse_on": _relapse_on(course),
        "last_contact_on": str(death.day) if death and death.state == "censored" else "",
    }


def _relapse_on(course: Course) -> str:
    """Q2 ends with the last visit; a later relapse is still the event of disease-free survival (Q4)."""
    relapse, either, death = (course.endpoint(name) for name in ("Q2", "Q4", "Q3"))
    if relapse is not None and relapse.state == "event":
        return str(relapse.day)
    died_on = death.day if death is not None and death.state == "event" else None
    later = either is not None and either.state == "event" and either.day != died_on
    return str(either.day) if either is not None and later else ""
