"""Finds and loads trial packs: a folder with a trial.yaml. Built-in ones, and those a site keeps elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from rules.errors import TrialPackError
from rules.pack_settings import with_settings
from rules.trial import AllOf, AnsweredBy, AnyOf, Condition, Criterion, NoneOf, ProfileTests, Question, Trial

# The C parser takes a tenth of the time; it is there wherever PyYAML came as a wheel.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_trial(folder: Path, site: Mapping[str, Any] | None = None) -> Trial:
    """One pack, with a site's own settings in the place of the pack's.

    Raises TrialPackError that names the file, every bad place in it and what to do.
    """
    path = folder / "trial.yaml"
    try:
        stated = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader
        return Trial.model_validate(with_settings(stated, site or {}))
    except OSError as error:
        raise TrialPackError(f"{path}: cannot be read ({error.strerror})") from error
    except yaml.YAMLError as error:
        raise TrialPackError(f"{path}: not YAML: {error}") from error
    except ValidationError as error:
        raise TrialPackError(f"{path}: {_places(error)}") from error


def _places(error: ValidationError) -> str:
    lines = [f"  {'.'.join(map(str, problem['loc'])) or 'the file'}: {_remedy(problem)}" for problem in error.errors()]
    return f"{len(lines)} problem(s)\n" + "\n".join(lines)


def _remedy(problem: Any) -> str:
    if problem["type"] == "extra_forbidden":
        return "unknown key; remove it or correct its spelling"
    return str(problem["msg"]).removeprefix("Value error, ")


def built_in_folders() -> tuple[Path, ...]:
    """The packs that are shipped with the product."""
    with as_file(files("rules") / "trials") as root:
        return _folders(root)


def _folders(root: Path) -> tuple[Path, ...]:
    return tuple(sorted(path.parent for path in root.glob("*/trial.yaml")))


def find_trials(extra: Path | None = None, site: Mapping[str, Any] | None = None) -> tuple[Trial, ...]:
    """All packs, sorted by trial id, with a site's own settings.

    Raises TrialPackError for a bad pack, a missing folder or an id taken twice.
    """
    folders = built_in_folders()
    if extra is not None:
        found = _folders(extra)
        if not found:
            raise TrialPackError(f"{extra}: holds no trial pack (expected <NCT id>/trial.yaml)")
        folders += found
    trials: dict[str, Trial] = {}
    for folder in folders:
        trial = load_trial(folder, site)
        if trial.id in trials:
            raise TrialPackError(f"{folder}: trial {trial.id} is already loaded from another folder")
        trials[trial.id] = trial
    return tuple(trials[name] for name in sorted(trials))


def with_organ_function_tests(trial: Trial, tests: Condition | None) -> Trial:
    """Put a site's signed tests where a criterion asks for its profile; without tests only a clinician answers."""
    questions = tuple(
        question.model_copy(update={"criteria": tuple(_filled(criterion, tests) for criterion in question.criteria)})
        for question in trial.questions
    )
    return trial.model_copy(update={"questions": questions})


def _filled(criterion: Criterion, tests: Condition | None) -> Criterion:
    if not _asks_for_profile(criterion.when):
        return criterion
    when = _replaced(criterion.when, tests)
    answered_by = AnsweredBy.CLINICIAN if when is None else AnsweredBy.DATA
    return criterion.model_copy(update={"when": when, "answered_by": answered_by})


def _asks_for_profile(condition: Condition | None) -> bool:
    if isinstance(condition, AllOf | AnyOf | NoneOf):
        return any(_asks_for_profile(child) for child in children_of(condition))
    return isinstance(condition, ProfileTests)


def _replaced(condition: Condition | None, tests: Condition | None) -> Condition | None:
    """The condition with the site's tests in the profile's place; without tests the place falls away."""
    if isinstance(condition, ProfileTests):
        return tests
    if not isinstance(condition, AllOf | AnyOf | NoneOf):
        return condition
    parts = tuple(part for child in children_of(condition) if (part := _replaced(child, tests)) is not None)
    if isinstance(condition, AllOf):
        return AllOf(all=parts)
    return AnyOf(any=parts) if isinstance(condition, AnyOf) else NoneOf(none=parts)


def children_of(condition: AllOf | AnyOf | NoneOf) -> tuple[Condition, ...]:
    """The conditions a group is made of."""
    if isinstance(condition, AllOf):
        return condition.all
    return condition.any if isinstance(condition, AnyOf) else condition.none


__all__ = ["Question", "built_in_folders", "children_of", "find_trials", "load_trial", "with_organ_function_tests"]
