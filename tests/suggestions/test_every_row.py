"""The loop for every criterion that data can answer: each row of the clinical tables that leaves its trial open.

Suggestions are made for the row's chart, the hospital carries them out, and one more assessment must tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from itertools import islice
from pathlib import Path

import pytest

from cds.outgoing import checked
from cds.suggestions import Asker, proposals_of
from hooks.suggestions import with_suggestions
from tests.criteria.rows import Row, assess, assessor
from tests.fhir import Resource
from tests.suggestions.hospital import Hospital
from tests.suggestions.looking import PUBLIC, drafts
from tests.suggestions.resources import validate

# The question does not arise any more once a reconciled record shows no leukaemia.
DEFINITE = {"potentially_eligible", "ineligible", "not_applicable"}
TRIAL_OF = {"nct05262673": "NCT05262673", "nct07441291": "NCT07441291"}
MODULES = sorted(path.stem for path in Path("tests/criteria").glob("test_nct*.py"))
# The same loop without a table of its own: what may be open for the whole of a chart.
MODULES += ["test_reconciliation", "test_clinicians_answers", "test_chart_safety", "test_upper_limits_of_normal"]


def rows_of(module: str) -> Iterator[tuple[str, Row]]:
    """Every row that a module's tests are parametrised with, and its sentence."""
    for function in vars(import_module(f"tests.criteria.{module}")).values():
        marks = getattr(function, "pytestmark", []) if callable(function) else []
        for mark in (mark for mark in marks if mark.name == "parametrize"):
            for case in mark.args[1]:
                for value in getattr(case, "values", ()) if hasattr(case, "marks") else ():
                    if isinstance(value, Row):
                        yield str(case.id), value


def open_rows(module: str) -> Iterator[tuple[str, Row, str, Resource]]:
    """Rows with a trial that cannot be told, and the suggestions for it."""
    wanted = [trial for part, trial in TRIAL_OF.items() if part in module] or list(TRIAL_OF.values())
    for sentence, row in rows_of(module):
        chart, assessment = assessor().read_bundle(row.chart.bundle(), as_of=row.as_of)
        found = proposals_of("enrol", chart, assessment, Asker("Practitioner/1", PUBLIC))
        for trial in assessment.trials:
            verdict = trial.verdict("enrol")
            if verdict is not None and trial.trial.id in wanted and verdict.standing == "indeterminate":
                yield sentence, row, trial.trial.id, with_suggestions({"uuid": "card"}, found[trial.trial.id])


def standing_after(row: Row, trial: str, card: Resource) -> str:
    hospital = Hospital(list(row.chart.resources), row.as_of[:10])
    after = assessor().assess_bundle(hospital.accept(card["suggestions"]).bundle(), as_of=row.as_of, trials=(trial,))
    verdict = after.trials[0].verdict("enrol")
    return verdict.standing.value if verdict else ""


@pytest.mark.parametrize("module", MODULES)
def test_one_more_view_tells_every_row_that_could_not_be_told(module: str) -> None:
    """And every draft on the way is valid."""
    still_open = []
    for sentence, row, trial, card in open_rows(module):
        for draft in drafts(card):
            validate(draft)
            assert checked(draft) is draft
        if standing_after(row, trial, card) not in DEFINITE:
            still_open.append((sentence, trial))

    assert still_open == []


def test_the_tables_leave_every_criterion_of_data_open_at_least_once() -> None:
    waiting = {
        (trial.id, criterion.id)
        for trial in assessor().trials
        for criterion in trial.question("enrol").criteria
        if criterion.answered_by == "data"
    }
    for module in MODULES:
        for _, row in islice(rows_of(module), 8) if waiting else ():
            for trial in assess(row.chart, row.as_of)["trials"]:
                enrol = trial["questions"][0]
                if enrol["standing"] == "indeterminate":
                    waiting -= {(trial["id"], one["id"]) for one in enrol["criteria"] if one["outcome"] == "unknown"}

    assert waiting == set()
