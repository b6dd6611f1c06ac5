"""SMART scopes, v1 and v2: what they let us ask for, and that nothing else is asked."""

from __future__ import annotations

import pytest

from cds.fetching.scopes import read_scopes
from tests.fetching.ehr import Caller, Ehr
from tests.fhir import base_chart

SEARCHABLE = [
    ("no scope stated", None, True),
    ("v1 everything", "patient/*.read", True),
    ("v1 everything with writing", "user/*.*", True),
    ("v1 this type", "patient/Observation.read", True),
    ("v1 a system scope", "system/Observation.read", True),
    ("v1 writing only", "patient/Observation.write", False),
    ("v1 another type", "patient/Condition.read", False),
    ("v2 read and search", "patient/Observation.rs", True),
    ("v2 every right", "user/Observation.cruds", True),
    ("v2 every type", "patient/*.rs", True),
    ("v2 reading without searching", "patient/Observation.r", False),
    ("v2 searching only", "patient/Observation.s", True),
    ("v2 letters in the wrong order", "patient/Observation.sr", False),
    ("v2 only a part", "patient/Observation.rs?category=laboratory", True),
    ("no scope about resources", "openid fhirUser launch", False),
    ("an empty scope", "", False),
    ("another case", "patient/observation.read", False),
    ("something like a scope", "xpatient/Observation.read patient/Observation.reads", False),
    ("one of several", "openid  patient/Condition.rs\npatient/Observation.rs", True),
]


@pytest.mark.parametrize(("scopes", "allowed"), [pytest.param(s, a, id=name) for name, s, a in SEARCHABLE])
def test_whether_observations_may_be_searched(scopes: str | None, *, allowed: bool) -> None:
    assert read_scopes(scopes).may_search("Observation") is allowed


def test_a_scope_with_a_query_shows_only_a_part() -> None:
    assert not read_scopes("patient/Observation.rs?category=laboratory").sees_all("Observation")
    assert read_scopes("patient/Observation.rs?category=laboratory patient/*.rs").sees_all("Observation")


async def test_no_call_is_made_that_must_fail() -> None:
    ehr = Ehr()

    material = await Caller().fetch(ehr, scopes="patient/Condition.rs patient/Patient.r")

    assert sorted(ehr.paths()) == ["/Condition?patient=1", "/Patient/1"]
    assert {"Observation", "Procedure"} <= material.incomplete
    assert "Observation was not fetched completely: no scope allows it." in [w.text for w in material.warnings]


async def test_a_type_that_may_be_seen_in_part_only_stays_incomplete() -> None:
    material = await Caller().fetch(Ehr(), scopes="patient/*.r patient/Observation.s?category=laboratory")

    assert material.of("Observation")
    assert "Observation" in material.incomplete


async def test_what_is_referred_to_is_read_only_with_a_scope_for_it() -> None:
    chart = base_chart()
    prefetch = chart.without("marrow").prefetch()
    ehr = Ehr(chart)

    await Caller().fetch(ehr, prefetch, scopes="patient/Observation.rs")

    assert ehr.asked == []
