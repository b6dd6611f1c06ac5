"""Seventy-one traps of real FHIR data: each on a fact that this service reads, and each as it was met in the wild."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from cds.assess import Assessor
from tests.criteria.rows import assess, assessor, configured, enrolment_in, outcomes_in
from tests.fhir import AS_OF, Chart, base_chart

Trap = dict[str, Any]

BASE = base_chart()
TRAPS: list[Trap] = [
    trap
    for path in sorted(Path(__file__).parent.glob("*.yaml"))
    for trap in yaml.safe_load(path.read_text(encoding="utf-8"))
]


def named(traps: list[Trap]) -> list[Any]:
    return [pytest.param(trap, id=f"trap {trap['number']}: {trap['title']}") for trap in traps]


def with_limit(trap: Trap, folder: Path) -> Assessor:
    """The service, for some traps with a site profile that looks at one laboratory value."""
    if "limit" not in trap:
        return assessor()
    [(fact, limit)] = trap["limit"].items()
    profile = {
        "id": "trap",
        "version": "1",
        "signed_by": "Dr A. Novak",
        "signed_on": "2026-01-15",
        "expires_on": "2026-12-31",
        "tests": {"all": [{"fact": fact, "window": "14 d", "op": "<=", "value": limit}]},
    }
    return configured(folder, site={"version": "1", "organ_function": profile})


def recast(trap: Trap, folder: Path) -> dict[str, Any]:
    """The base patient with the trap on something that is read."""
    chart = BASE.having(*trap.get("ours", []))
    if "prefetch" not in trap:
        return assess(chart, service=with_limit(trap, folder))
    prefetch = chart.prefetch() | {key: orjson.dumps(value) for key, value in trap["prefetch"].items()}
    return assessor().assess_prefetch(prefetch, patient_id="1", as_of=AS_OF).as_json()


def said(assessment: dict[str, Any], criterion: str, expected: str) -> str:
    """Outcome and reason as one text, without the reason where none is expected."""
    [found] = [found for found in enrolment_in(assessment)["criteria"] if found["id"] == criterion]
    reason = f" {found['reason']}" if " " in expected and "reason" in found else ""
    return f"{found['outcome']}{reason}"


def test_all_seventy_one_are_here() -> None:
    assert [trap["number"] for trap in TRAPS] == list(range(1, 72))


@pytest.mark.parametrize("trap", named(TRAPS))
def test_what_follows_for_the_patient(trap: Trap, tmp_path: Path) -> None:
    assessment = recast(trap, tmp_path)

    for criterion, expected in trap.get("expect", {}).items():
        assert said(assessment, criterion, expected) in expected.split("|"), criterion
    if "standing" in trap:
        assert enrolment_in(assessment)["standing"] == trap["standing"]


@pytest.mark.parametrize("trap", named([trap for trap in TRAPS if trap.get("warns")]))
def test_the_reader_is_warned(trap: Trap, tmp_path: Path) -> None:
    before = {str(warning) for warning in assess(BASE)["warnings"]}

    assert {str(warning) for warning in recast(trap, tmp_path)["warnings"]} - before


@pytest.mark.parametrize("trap", named([trap for trap in TRAPS if trap.get("expect") and "prefetch" not in trap]))
def test_a_trap_harms_only_its_own_criteria(trap: Trap, tmp_path: Path) -> None:
    before, after = outcomes_in(assess(BASE)), outcomes_in(recast(trap, tmp_path))

    assert {name for name in before if before[name] != after[name]} <= set(trap["expect"])


@pytest.mark.parametrize("trap", named([trap for trap in TRAPS if "never_shown" in trap]))
def test_some_things_are_not_for_showing(trap: Trap, tmp_path: Path) -> None:
    assert trap["never_shown"] not in str(recast(trap, tmp_path)).lower()


def as_met(trap: Trap) -> Chart:
    """The base patient's chart with the resource exactly as it was met; a Patient takes his place."""
    return Chart((*_others(trap["original"]), trap["original"]))


def _others(original: Any) -> tuple[dict[str, Any], ...]:
    patient = isinstance(original, dict) and original["resourceType"] == "Patient"
    return BASE.without("1").resources if patient else BASE.resources


@pytest.mark.parametrize("trap", named(TRAPS))
def test_the_resource_as_met_never_turns_an_outcome(trap: Trap) -> None:
    """Whatever it holds, it may open a criterion at most where that is stated, and never decide one."""
    before, assessment = outcomes_in(assess(BASE)), assess(as_met(trap))
    if trap.get("standing") == "not_applicable":
        assert enrolment_in(assessment)["standing"] == "not_applicable"
        return
    after = outcomes_in(assessment)
    opens = before if trap.get("original_opens") == "all" else trap.get("original_opens", [])

    assert {name for name in before if after[name] != before[name]} <= set(opens)
    assert all(after[name] in (before[name], "unknown") for name in before)
