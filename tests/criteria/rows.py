"""One row of a criterion's table: a sentence, a chart, and what the criterion must say of it.

How to read a sentence's citation. T1 is NCT05262673, T2 is NCT07441291: "T2-I3.4" is the fourth example of criterion I3
in the clinical reading of T2, "T2-I3" another statement there, "section 0" its conventions and "units 3" the third
section of its units and scales. "B3" to "B6" are the service's own contract: answers, FHIR input, safety, decisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from cds.assess import Assessor, build_assessor
from cds.settings import Settings
from tests.fhir import AS_OF, TRIAL, Chart

Answer = dict[str, Any]


@cache
def assessor() -> Assessor:
    """The service as it is installed, with nothing configured."""
    return build_assessor(Settings())


def assess(chart: Chart, as_of: str = AS_OF, service: Assessor | None = None) -> Answer:
    """The whole assessment as the API gives it."""
    return (service or assessor()).assess_bundle(chart.bundle(), as_of=as_of).as_json()


def trial_in(assessment: Answer, trial_id: str = TRIAL) -> Answer:
    """What an assessment says of one trial."""
    [trial] = [trial for trial in assessment["trials"] if trial["id"] == trial_id]
    return dict(trial)


def enrolment_in(assessment: Answer, trial_id: str = TRIAL) -> Answer:
    """The question "enrol" of one trial: standing and criteria."""
    questions = trial_in(assessment, trial_id)["questions"]
    [question] = [question for question in questions if question["question"] == "enrol"]
    return dict(question)


def criterion_in(assessment: Answer, criterion: str, trial_id: str = TRIAL) -> Answer:
    [found] = [found for found in enrolment_in(assessment, trial_id)["criteria"] if found["id"] == criterion]
    return dict(found)


def outcomes_in(assessment: Answer, trial_id: str = TRIAL) -> dict[str, str]:
    """Criterion id -> outcome."""
    return {found["id"]: found["outcome"] for found in enrolment_in(assessment, trial_id)["criteria"]}


def configured(folder: Path, site: Answer | None = None, codes: Answer | None = None) -> Assessor:
    """The service with a site profile and a code map written to `folder`."""
    return build_assessor(
        Settings(site_profile=_written(folder / "site.yaml", site), code_map=_written(folder / "codes.yaml", codes))
    )


def _written(path: Path, content: Answer | None) -> Path | None:
    if content is None:
        return None
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@dataclass(frozen=True, slots=True)
class Row:
    """`expected` names only the members that the table states; `review` is True when a hint must be there."""

    chart: Chart
    expected: Answer
    as_of: str = AS_OF

    def found(self, criterion: str, service: Assessor | None = None, trial_id: str = TRIAL) -> Answer:
        """What the criterion says, reduced to the members that the table states."""
        answer = criterion_in(assess(self.chart, self.as_of, service), criterion, trial_id)
        return {name: _shown(answer, name) for name in self.expected}


def _shown(answer: Answer, name: str) -> Any:
    return bool(answer.get("review")) if name == "review" else answer.get(name)


def row(sentence: str, chart: Chart, outcome: str, *, as_of: str = AS_OF, **stated: str | bool) -> Any:
    """A parametrised case whose id is the sentence; `stated`: reason, needs, review, valid_until."""
    return pytest.param(Row(chart, {"outcome": outcome, **stated}, as_of), id=sentence)
