"""Whatever a caller makes of the OpenAPI document, no answer is a 5xx, and a refusal says no more than it should."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.python import asgi
from schemathesis.schemas import BaseSchema

from cds.settings import Settings
from hooks.app import create_app

SERVICES = ("trial-eligibility", "trial-crossover", "trial-order-select", "trial-order-check")
SMART = ("/smart/launch", "/smart/app")
CHECK, PAGES = "/workbench/check-request", ("/", "/workbench/hooks", "/workbench/ehr", *SMART, "/smart/view")
FORM = "/fhir/Questionnaire/{trial_id}"
BODIES = (
    *(f"/cds-services/{name}" for name in SERVICES),
    "/cds-services/{service_id}/feedback",
    "/api/assess",
    f"{FORM}/$open",
    "/fhir/$assess",
    "/",
    CHECK,
    "/workbench/markdown",
    "/smart/view",
)
PLAIN = (
    "/cds-services",
    "/api/trials",
    "/api/facts",
    "/healthz",
    "/readyz",
    "/metrics",
    "/fhir/metadata",
    "/workbench/ehr",
    SMART[1],
)
FHIR = ("OperationDefinition/{operation_id}", "ResearchStudy/{trial_id}", "Group/{trial_id}", "ValueSet/{set_id}")
SAMPLES = ("/workbench/requests/{name}", "/workbench/patients/{name}")
ASKED = (
    "/api/trials/{trial_id}",
    FORM,
    "/",
    *(f"/fhir/{name}" for name in FHIR),
    "/workbench/hooks",
    SMART[0],
    *SAMPLES,
)
ROUTES = [("POST", path) for path in BODIES] + [("GET", path) for path in (*PLAIN, *ASKED)]
AS_TOLD, OTHERWISE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
# Without a body there is nothing to break: a trial's id and the page's patient may be any text.
CALLS = [(AS_TOLD, *route) for route in ROUTES] + [(OTHERWISE, "POST", path) for path in BODIES]
OF_BUGS = ("Traceback", 'File "', ".py")
# Shrinking costs more than it tells here: a failing call is short to reproduce from what is printed.
SOME = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def app() -> Iterator[FastAPI]:
    """The service as in a demonstration, where the caller may tell the day; it may call no FHIR server."""
    yield create_app(
        Settings(demonstration=True, body_limit=2_000_000),
        clock=lambda: datetime(2026, 6, 1, 12, tzinfo=UTC),
        is_allowed_server=lambda _issuer, _url: False,
    )
    asgi.shutdown_lifespans()


@pytest.fixture(scope="module")
def document(app: FastAPI) -> BaseSchema:
    return schemathesis.openapi.from_asgi("/openapi.json", app)


def test_the_document_names_every_route_and_no_other(document: BaseSchema) -> None:
    named = {(method.upper(), path) for path, item in document.raw_schema["paths"].items() for method in item}

    assert named == set(ROUTES)


def test_the_document_says_which_bodies_a_door_takes(document: BaseSchema) -> None:
    paths = document.raw_schema["paths"]
    taken = {path: sorted(paths[path]["post"]["requestBody"]["content"]) for path in BODIES}

    assert taken.pop("/api/assess") == ["application/fhir+json", "application/json"]
    assert taken.pop(f"{FORM}/$open") == ["application/fhir+json"]
    assert taken.pop("/fhir/$assess") == ["application/fhir+json"]
    assert taken.pop("/") == taken.pop("/smart/view") == ["application/x-www-form-urlencoded"]
    assert taken.pop(CHECK) == ["application/json", "application/x-www-form-urlencoded"]
    assert set(map(tuple, taken.values())) == {("application/json",)}


def test_the_document_says_that_errors_are_operation_outcomes(document: BaseSchema) -> None:
    """All but the pages, which answer as pages, and readiness, whose 503 tells the operator what is missing."""
    for path, item in document.raw_schema["paths"].items():
        for operation in item.values():
            errors = {status: answer for status, answer in operation["responses"].items() if status != "200"}
            if path == "/readyz":
                del errors["503"]
            for answer in errors.values() if path not in PAGES else ():
                of_fhir = answer["content"]["application/fhir+json"]["schema"]
                assert of_fhir["properties"]["resourceType"] == {"const": "OperationOutcome"}


@pytest.mark.parametrize(("mode", "method", "path"), CALLS)
def test_no_call_is_a_server_error_and_every_refusal_is_an_outcome(
    document: BaseSchema, mode: GenerationMode, method: str, path: str
) -> None:
    """Calls as the document tells, and calls whose body or parameters it does not allow."""

    @SOME
    @given(document[path][method].as_strategy(mode))
    def calls(case: schemathesis.Case) -> None:
        of_one_patient(case.body)
        if path == f"{FORM}/$open":
            case.path_parameters = {"trial_id": "NCT07441291"}
        answer = case.call()
        assert answer.status_code < 500, case.as_curl_command()
        if answer.status_code >= 400:
            assert not [trace for trace in OF_BUGS if trace in answer.text]
            is_refusal(answer, path)

    calls()


def of_one_patient(body: Any) -> None:
    """Let the chart be that of the patient who is asked about, so that the call comes as far as an assessment."""
    match body:
        case {"context": {"patientId": str(asked)}, "prefetch": {"patient": dict(patient)}}:
            patient["id"] = asked


def is_refusal(answer: Any, path: str) -> None:
    """An OperationOutcome with one issue of a severity, a code and a text; the page may answer as a page."""
    [media_type] = answer.headers["content-type"]
    if path in PAGES and media_type.startswith("text/html"):
        return
    assert media_type == "application/fhir+json"
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert [set(issue) for issue in answer.json()["issue"]] == [{"severity", "code", "diagnostics"}]
