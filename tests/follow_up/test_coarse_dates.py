"""Section 0: a partial date is a span, and only what certainly lies inside a window is counted there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fhir import Chart, measured
from tests.follow_up.crossing import DAY_91, crossing, endpoint, follow_up, mrd

NOTHING = crossing().without(f"mrd-{DAY_91}", "blasts")


def low(on: str) -> Chart:
    return NOTHING.having(mrd(measured(0.05), on))


def month_3(chart: Chart) -> Any:
    [visit] = [visit for visit in follow_up(chart, "2026-05-20")["visits"] if visit["month"] == 3]
    return visit["state"]


@pytest.mark.parametrize(
    ("on", "state", "visit"),
    [
        pytest.param("2026-04-20", "low_positive", "done", id="a day inside"),
        pytest.param("2026-04", "missing", "overdue", id="a month that begins before the window"),
        pytest.param("2026", "missing", "overdue", id="a year"),
        pytest.param("2026-04-20T10:00:00", "low_positive", "done", id="a time without a zone, well inside"),
        pytest.param("2026-04-16T02:00:00", "missing", "overdue", id="a time without a zone at the edge"),
    ],
)
def test_only_what_is_certainly_inside_counts(on: str, state: str, visit: str) -> None:
    assert endpoint(low(on), "P1", "2026-05-20")["state"] == state
    assert month_3(low(on)) == visit
