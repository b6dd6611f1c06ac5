"""Every trial pack's own cases, its lint, and its reading."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rules.cases import Case, load_cases, run
from rules.evaluation import Evaluator
from rules.lint import lint
from rules.pack_reading import read_trial
from rules.packs import built_in_folders, load_trial, with_organ_function_tests
from rules.trial import Trial

PACKS = [(folder, with_organ_function_tests(load_trial(folder), None)) for folder in built_in_folders()]
CASES = [
    pytest.param(trial, case, id=f"{trial.id} {case.criterion}: {case.case}")
    for folder, trial in PACKS
    for case in load_cases(folder, trial)
]
ENGINES = {
    (trial.id, criterion.id): engine
    for _, trial in PACKS
    for question in trial.questions
    for engine in (Evaluator(trial, question.question),)
    for criterion in question.criteria
}


@pytest.mark.parametrize(("trial", "case"), CASES)
def test_case(trial: Trial, case: Case) -> None:
    ran = run(ENGINES[trial.id, case.criterion], case)

    assert (ran.finding.outcome, ran.passed) == (case.expect, True)


@pytest.mark.parametrize(("folder", "trial"), PACKS)
def test_a_pack_has_no_problems(folder: Path, trial: Trial) -> None:
    assert lint(trial, load_cases(folder, trial)) == ()


@pytest.mark.parametrize("folder", built_in_folders())
def test_the_reading_is_current(folder: Path) -> None:
    """The clinician reviews reading.md, so it must say what trial.yaml says. UPDATE_GOLDEN=1 writes it."""
    text, path = read_trial(load_trial(folder)), folder / "reading.md"
    if os.environ.get("UPDATE_GOLDEN"):  # noqa: TID251 - only tests write golden files
        path.write_text(text, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == text
