"""Every synthetic patient through a year: nothing changes before the day that the service names, and then it does."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest

from cds.forecast import forecast
from tests.criteria.rows import assessor
from tests.forecast.days import DAY
from tests.test_fixtures import AS_OF, PATIENTS, bundle_of

Key = tuple[str, str, str]
MONTH, YEAR = timedelta(days=28), timedelta(days=366)
# Later appointments of their courses stand in the same file; a record of the future counts for nothing (B5.1).
AHEAD = {name for name in PATIENTS if name.startswith("cross-")}


@cache
def outcomes(name: str, day: date) -> dict[Key, str]:
    """(trial, question, criterion or "") -> outcome or standing, assessed on this day."""
    found = {}
    for trial in assessor().assess_bundle(bundle_of(name), as_of=str(day)).trials:
        for verdict in trial.verdicts:
            found[trial.trial.id, verdict.question, ""] = verdict.standing.value
            for finding in verdict.findings:
                found[trial.trial.id, verdict.question, finding.criterion.id] = finding.outcome.value
    return found


def claimed(name: str) -> tuple[dict[Key, date], dict[Key, date], dict[Key, str]]:
    """What is said on the patient's day: last days, days on which something is met, and the standings to come."""
    chart, assessment = assessor().read_bundle(bundle_of(name), as_of=AS_OF[name])
    until: dict[Key, date] = {}
    opens: dict[Key, date] = {}
    standings: dict[Key, str] = {}
    for trial in forecast(assessor(), chart, assessment).as_json()["trials"]:
        for question in trial["questions"]:
            where = (trial["id"], question["question"])
            if "changes_on" in question:
                until[*where, ""] = date.fromisoformat(question["valid_until"])
                standings[*where, ""] = question["changes_to"]
                assert date.fromisoformat(question["changes_on"]) == until[*where, ""] + DAY
            for criterion in question["criteria"]:
                _note(until, (*where, criterion["id"]), criterion.get("valid_until"))
                _note(opens, (*where, criterion["id"]), criterion.get("opens"))
    return until, opens, standings


def _note(days: dict[Key, date], key: Key, day: Any) -> None:
    if day is not None:
        days[key] = date.fromisoformat(day)


@pytest.mark.parametrize("name", sorted(set(PATIENTS) - AHEAD))
def test_every_outcome_holds_to_its_last_day_and_changes_on_the_next(name: str) -> None:
    today = date.fromisoformat(AS_OF[name])
    now, (until, opens, standings) = outcomes(name, today), claimed(name)
    named = {day for day in (*until.values(), *opens.values()) if day < today + YEAR}
    days = {today + MONTH * number for number in range(1, 14)} | named | {day + DAY for day in named}

    for day in sorted(day for day in days if day > today):
        then = outcomes(name, day)
        for key, outcome in now.items():
            if outcome == "unknown":
                assert then[key] != "pass" or opens[key] <= day, (key, day)
            elif day <= until.get(key, date.max):
                assert then[key] == outcome, (key, day)
            elif day == until[key] + DAY:
                assert then[key] == standings.get(key, then[key]) != outcome, (key, day)
    for key, day in opens.items():
        assert day > today + YEAR or (outcomes(name, day - DAY)[key], outcomes(name, day)[key]) == (now[key], "pass")
