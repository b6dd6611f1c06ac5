"""`trial-hooks doctor`: what a server can give, and which criteria stay open there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from rich.console import Console
from typer.testing import CliRunner

from cds.cli import app
from cds.queries import READ_TYPES
from tests.fetching.ehr import BASE, TOKEN, fhir


@pytest.fixture(autouse=True)
def wide_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sentences stay on one line."""
    monkeypatch.setattr("cds.cli_doctor.screen", Console(width=250))


def statement(*without: str, **changes: Any) -> dict[str, Any]:
    """A server that can everything, but for some types."""
    resources = [
        {
            "type": kind,
            "interaction": [{"code": "read"}, {"code": "search-type"}],
            "searchParam": [{"name": "patient"}, {"name": "category"}],
        }
        for kind in sorted(READ_TYPES - set(without))
    ]
    rest = [{"mode": "server", "resource": resources}]
    return {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": rest} | changes


def asked(answer: httpx.Response | Exception, *options: str) -> tuple[int, str]:
    """Exit code and what is printed, on one line."""
    with respx.mock as router:
        route = router.get(f"{BASE}/metadata")
        route.mock(side_effect=answer) if isinstance(answer, Exception) else route.mock(return_value=answer)
        result = CliRunner().invoke(app, ["doctor", "--fhir", BASE, *options])
    return result.exit_code, " ".join(result.output.split())


def test_a_server_with_everything_leaves_nothing_open() -> None:
    code, text = asked(fhir(statement()))

    assert code == 0
    assert "Every criterion that a record can answer can be computed" in text


def test_a_missing_type_names_the_criteria_that_stay_open() -> None:
    code, text = asked(fhir(statement("MedicationStatement")))

    assert code == 0
    assert "the server does not list this type" in text
    assert "E2 │ Uncontrolled GVHD │ never │ MedicationStatement" in text
    assert "Flow MRD at or above 0.1 % after HSCT" not in text


def test_epic_as_documented_leaves_observations_in_part() -> None:
    code, text = asked(fhir(statement()), "--vendor", "epic")

    assert code == 0
    assert "only searches that may leave something out are possible" in text
    assert "I3 │ Flow MRD at or above 0.1 % after HSCT │ never │ Observation" in text


def test_without_lists_the_site_is_told_what_to_set() -> None:
    assert "closed_world" in asked(fhir(statement("List")))[1]


@pytest.mark.parametrize("kind", ["Patient", "Condition", "Observation", "Procedure"])
def test_a_server_without_a_type_of_the_gate_cannot_be_used(kind: str) -> None:
    code, text = asked(fhir(statement(kind)))

    assert code == 1
    assert f"without {kind} nothing can be said" in text


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (fhir({}, 401), "the token was refused"),
        (fhir({"resourceType": "OperationOutcome"}), "not a FHIR CapabilityStatement"),
        (httpx.Response(200, text="<html>"), "not a FHIR CapabilityStatement"),
        (fhir(statement(fhirVersion="3.0.2")), "FHIR 3.0.2; R4 (4.0.1) is needed"),
        (httpx.ReadTimeout("late"), "no answer in time"),
    ],
    ids=["401", "an outcome", "HTML", "STU3", "timeout"],
)
def test_a_server_that_cannot_be_used_gives_exit_code_1(answer: httpx.Response | Exception, words: str) -> None:
    code, text = asked(answer)

    assert code == 1
    assert words in text


def test_the_token_comes_from_the_environment_and_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EHR_TOKEN", TOKEN)
    with respx.mock as router:
        route = router.get(f"{BASE}/metadata").mock(return_value=fhir(statement()))
        result = CliRunner().invoke(app, ["doctor", "--fhir", BASE, "--token-env", "EHR_TOKEN"])

    assert route.calls.last.request.headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in result.output


def test_a_sites_own_vendor_profile_is_used(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(
        "vendor: ours\nnot_kept: {MedicationStatement: we record every drug as a request}\n", encoding="utf-8"
    )

    code, text = asked(fhir(statement("MedicationStatement")), "--vendor", str(file))

    assert code == 0
    assert "Every criterion that a record can answer can be computed" in text
