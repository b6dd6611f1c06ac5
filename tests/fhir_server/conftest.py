"""A real FHIR server over HTTP, loaded with the fixture patients: started here, or named by the environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson
import pytest

from tests.servers.sharing import common_folder, needs_java, shared_server

PATIENTS = sorted((Path(__file__).parents[2] / "fhir_fixtures" / "patients").glob("*.json"))


@pytest.fixture(scope="session")
def fhir_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL."""
    named = os.environ.get("TRIAL_HOOKS_TEST_FHIR_SERVER", "").rstrip("/")  # noqa: TID251 - where tests are told
    if named:
        load(named)
        yield named
        return
    needs_java()
    folder = common_folder(tmp_path_factory)
    with shared_server(folder, "fhir-server", path="/fhir/metadata", load=lambda url: load(f"{url}/fhir")) as url:
        yield f"{url}/fhir"


def load(url: str) -> None:
    """Every fixture patient, each in a transaction of its own."""
    for path in PATIENTS:
        resources = [entry["resource"] for entry in orjson.loads(path.read_bytes())["entry"]]
        entries = [
            {"resource": r, "request": {"method": "PUT", "url": f"{r['resourceType']}/{r['id']}"}} for r in resources
        ]
        body = orjson.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries})
        answer = httpx.post(url, content=body, headers={"Content-Type": "application/fhir+json"}, timeout=60)
        assert answer.status_code == 200, f"{path.name}: {answer.text[:500]}"
