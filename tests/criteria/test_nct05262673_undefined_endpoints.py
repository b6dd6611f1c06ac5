"""T1-P1: the source defines no endpoint, no visit and no grade, so the service computes none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.criteria.rows import assess, trial_in
from tests.fhir import Chart
from tests.multi_car_t import TRIAL
from tests.multi_car_t_response import NOT_DETECTED, enrolled, ngs, treated

CHARTS = {"treated": treated(), "treated and assessed": treated(ngs(NOT_DETECTED)), "on study": enrolled()}


def follow_up(chart: Chart) -> dict[str, Any]:
    return dict(trial_in(assess(chart), TRIAL).get("follow_up", {}))


@pytest.mark.parametrize("name", CHARTS)
def test_no_primary_endpoint_is_computed(name: str) -> None:
    """T1-P1.1: at most it is said that the source does not define it."""
    for endpoint in follow_up(CHARTS[name]).get("endpoints", []):
        assert "not defined in source" in json.dumps(endpoint)


@pytest.mark.parametrize("name", CHARTS)
def test_no_visit_is_invented(name: str) -> None:
    """T1-P1.2."""
    assert follow_up(CHARTS[name]).get("visits", []) == []


@pytest.mark.parametrize("name", CHARTS)
def test_no_safety_grade_is_given(name: str) -> None:
    """T1-P1.3."""
    assert "grade" not in json.dumps(follow_up(CHARTS[name])).lower()
