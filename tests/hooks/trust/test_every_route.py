"""Every address of the service stands in one of two lists: open to everybody, or for verified clients only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.routing import Mount, Route

from cds.settings import Settings
from hooks.app import create_app
from hooks.trust.gate import is_open

OPEN = {
    "GET /",
    "GET /api/trials",
    "GET /api/trials/{trial_id}",
    "GET /cds-services",
    "GET /fhir/Group/{trial_id}",
    "GET /fhir/OperationDefinition/{operation_id}",
    "GET /fhir/Questionnaire/{trial_id}",
    "GET /fhir/ResearchStudy/{trial_id}",
    "GET /fhir/ValueSet/{set_id}",
    "GET /fhir/metadata",
    "GET /healthz",
    "GET /metrics",
    "GET /openapi.json",
    "GET /readyz",
    "GET /smart/app",
    "GET /smart/launch",
    "GET /static",
    "HEAD /fhir/Questionnaire/{trial_id}",
    "HEAD /openapi.json",
    "POST /smart/view",
}
CLOSED = {
    "GET /api/facts",
    "GET /workbench/hooks",
    "POST /",
    "POST /api/assess",
    "POST /cds-services/trial-crossover",
    "POST /cds-services/trial-eligibility",
    "POST /cds-services/trial-order-check",
    "POST /cds-services/trial-order-select",
    "POST /cds-services/{service_id}/feedback",
    "POST /fhir/$assess",
    "POST /fhir/Questionnaire/{trial_id}/$open",
    "POST /workbench/check-request",
}
DEMONSTRATED = {
    "GET /workbench/ehr",
    "GET /workbench/patients/{name}",
    "GET /workbench/requests/{name}",
    "POST /workbench/markdown",
}


def called(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Method and path of every route; of files, of one that may be there."""
    for route in app.routes:
        if isinstance(route, Mount):
            yield "GET", route.path
        elif isinstance(route, Route):
            for method in route.methods or ():
                yield method, route.path
        else:
            raise TypeError(f"a route of another kind: {route!r}")


def opens(method: str, path: str) -> bool:
    return is_open({"type": "http", "method": method, "path": f"{path}/x" if path == "/static" else path})


@pytest.mark.parametrize("demonstration", [False, True])
def test_every_route_is_known_to_be_open_or_closed_and_the_gate_agrees(*, demonstration: bool) -> None:
    found = {f"{method} {path}": opens(method, path) for method, path in called(
        create_app(Settings(demonstration=demonstration, authentication="required"))
    )}  # fmt: skip

    assert {name for name, is_one in found.items() if is_one} == OPEN
    assert {name for name, is_one in found.items() if not is_one} == CLOSED | (DEMONSTRATED if demonstration else set())


LOOKALIKES = ("//", "/Healthz", "/healthz/", "/smart/view/", "/smart/", "/static", "/fhir/Group", "/fhir/$assess",
              "/api/trials/../assess", "/workbench/ehr", "/cds-services/")  # fmt: skip


@pytest.mark.parametrize("path", LOOKALIKES)
def test_an_address_that_only_looks_like_an_open_one_takes_no_body(path: str) -> None:
    assert not opens("POST", path)
