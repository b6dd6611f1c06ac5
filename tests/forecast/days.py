"""The same chart assessed on other days: what a date that the service names is held against."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from cds.assess import Assessor
from cds.forecast import forecast
from tests.criteria.rows import assess, assessor, criterion_in, trial_in
from tests.fhir import AS_OF, TRIAL, Chart

Answer = dict[str, Any]
DAY = timedelta(days=1)


def after(day: str) -> str:
    return str(date.fromisoformat(day) + DAY)


def outcome_on(chart: Chart, day: str, criterion: str, trial: str, service: Assessor | None = None) -> str:
    return str(criterion_in(assess(chart, day, service), criterion, trial)["outcome"])


def forecasted(chart: Chart, as_of: str = AS_OF, service: Assessor | None = None) -> Answer:
    """The assessment as POST /api/assess answers it."""
    used = service or assessor()
    read, assessment = used.read_bundle(chart.bundle(), as_of=as_of)
    return forecast(used, read, assessment).as_json()


def question_in(assessment: Answer, question: str = "enrol", trial: str = TRIAL) -> Answer:
    [found] = [item for item in trial_in(assessment, trial)["questions"] if item["question"] == question]
    return dict(found)
