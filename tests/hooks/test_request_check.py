"""The check of a pasted hook request: what the standard demands of a client, row by row."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from hooks.workbench.check_rows import empties
from hooks.workbench.coverage import coverage_of
from hooks.workbench.request_check import check_request

REQUESTS = Path("fhir_fixtures/requests")
AUTHORIZATION = {
    "access_token": "opaque",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/Observation.rs",
    "subject": "trial-hooks",
    "patient": "fits",
}
SERVER = {"fhirServer": "https://ehr.example/fhir", "fhirAuthorization": AUTHORIZATION}


def request(name: str = "fits.patient-view", **changes: Any) -> dict[str, Any]:
    return json.loads((REQUESTS / f"{name}.json").read_text()) | changes


def states(body: object) -> dict[str, str]:
    """Row id -> state."""
    rows, _ = check_request(json.dumps(body).encode())
    return {row.id: row.state for row in rows}


def violated(body: object) -> set[str]:
    return {name for name, state in states(body).items() if state == "violated"}


@pytest.mark.parametrize("path", sorted(REQUESTS.iterdir()), ids=lambda path: path.stem)
def test_our_own_sample_requests_violate_nothing(path: Path) -> None:
    assert violated(json.loads(path.read_text())) == set()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"hook": NaN}', b"\xff", b'{"a": 1,}'])
def test_what_is_no_json_object_has_one_row_that_says_so(body: bytes) -> None:
    rows, coverage = check_request(body)

    assert [(row.id, row.state) for row in rows] == [("TR-01", "violated")]
    assert coverage == ()


@pytest.mark.parametrize(
    "body",
    [
        b'{"context":' + b"[" * 1000 + b"]" * 1000 + b"}",
        b'{"x":' + b'{"a":' * 1000 + b"1" + b"}" * 1000 + b"}",
    ],
)
def test_what_is_nested_too_deeply_has_one_row_that_says_so(body: bytes) -> None:
    rows, _ = check_request(body)

    assert [(row.id, row.state) for row in rows] == [("TR-01", "violated")]
    assert "nested" in rows[0].remedy


def test_of_many_empty_elements_five_are_named_and_no_more_are_looked_for() -> None:
    looked: list[str] = []

    class Noted(dict[str, object]):
        def items(self) -> Any:
            for number in range(1_000_000):
                looked.append(name := f"n{number}")
                yield name, None

    assert list(islice(empties(Noted(n=None)), 5)) == ["n0", "n1", "n2", "n3", "n4"]
    assert len(looked) == 5


CONTEXT = {"userId": "Practitioner/example", "patientId": "fits"}
WRONG: list[tuple[str, dict[str, Any], set[str]]] = [
    ("no hook", {"hook": ""}, {"RQ-02", "RQ-03", "RS-05", "TR-03"}),
    ("another hook", {"hook": "encounter-start"}, {"RQ-03", "RS-05"}),
    ("hook instance no UUID", {"hookInstance": "7"}, {"RQ-04", "RS-05"}),
    ("hook instance a number", {"hookInstance": 7}, {"RQ-04", "RS-05"}),
    ("context a list", {"context": ["x"]}, {"RQ-05", "CX-01", "CX-01p", "CX-11", "RS-05"}),
    ("user without its type", {"context": CONTEXT | {"userId": "bob"}}, {"CX-01", "RS-05"}),
    # Our own door is more liberal than the standard here.
    ("patient with its type", {"context": CONTEXT | {"patientId": "Patient/fits"}}, {"CX-01p", "CX-11"}),
    ("another patient prefetched", {"context": CONTEXT | {"patientId": "other"}}, {"CX-11"}),
    ("encounter with its type", {"context": CONTEXT | {"encounterId": "Encounter/1"}}, {"CX-01e"}),
    ("null in the context", {"context": CONTEXT | {"encounterId": None}}, {"TR-03"}),
    ("token without a server", {"fhirAuthorization": AUTHORIZATION}, {"RQ-06", "RS-05"}),
    ("server without https", SERVER | {"fhirServer": "http://ehr.example/fhir"}, {"RQ-07"}),
    ("server that is no address", SERVER | {"fhirServer": "ehr"}, {"RQ-06u", "RQ-07"}),
    ("server with a slash", SERVER | {"fhirServer": "https://ehr.example/fhir/"}, {"RQ-06s"}),
    ("seconds as text", SERVER | {"fhirAuthorization": AUTHORIZATION | {"expires_in": "300"}}, {"FA-03e"}),
    ("bearer small", SERVER | {"fhirAuthorization": AUTHORIZATION | {"token_type": "bearer"}}, {"FA-03t"}),
    ("no scope", SERVER | {"fhirAuthorization": AUTHORIZATION | {"scope": ""}}, {"FA-03", "FA-05", "TR-03"}),
    ("token of another patient", SERVER | {"fhirAuthorization": AUTHORIZATION | {"patient": "other"}}, {"FA-04"}),
    ("prefetch a list", {"prefetch": []}, {"RQ-09", "PF-06", "RS-05", "TR-03"}),
    ("own member at the top", {"apiKey": "x"}, {"XS-09"}),
    ("extension a list", {"extension": [1]}, {"XS-08", "RS-05"}),
    ("extension without a domain", {"extension": {"mine": 1}}, {"XS-08n"}),
]


@pytest.mark.parametrize(("changes", "rows"), [pytest.param(*row, id=name) for name, *row in WRONG])
def test_what_a_client_does_wrong_is_named(changes: dict[str, Any], rows: set[str]) -> None:
    assert violated(request(**changes)) == rows


def test_a_complete_request_with_a_token_violates_nothing() -> None:
    assert violated(request(**SERVER)) == set()


@pytest.mark.parametrize(
    ("changes", "rows"),
    [
        ({"draftOrders": None}, {"CX-02", "CX-03", "RS-05", "TR-03"}),
        ({"draftOrders": {"resourceType": "Bundle"}}, {"CX-02", "CX-03"}),
        ({"selections": []}, {"CX-03", "RS-05", "TR-03"}),
        ({"selections": "MedicationRequest/prednisone"}, {"CX-03", "RS-05"}),
        ({"selections": ["MedicationRequest/another"]}, {"CX-03"}),
        ({"userId": "Patient/multi-fits"}, {"CX-01", "RS-05"}),
    ],
)
def test_what_is_wrong_with_an_order_is_named(changes: dict[str, Any], rows: set[str]) -> None:
    body = request("multi-fits.order-select")
    body["context"] |= changes

    assert violated(body) == rows


@pytest.mark.parametrize(
    ("value", "state", "row"),
    [
        (None, "null", None),
        ({"resourceType": "Bundle", "type": "searchset", "total": 0}, "empty", None),
        ({"resourceType": "OperationOutcome", "issue": []}, "error", "PF-07"),
        ({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "OperationOutcome"}}]}, "error", "PF-07"),
        ({"resourceType": "Bundle", "link": [{"relation": "next", "url": "https://x"}]}, "paged", "PF-08"),
        ({"resourceType": "Patient"}, "wrong", "PT-02"),
        ("text", "wrong", "PT-02"),
        ({"resourceType": "Bundle", "entry": "rubbish", "link": 7}, "empty", None),
    ],
)
def test_what_comes_under_a_prefetch_key_has_a_state(value: object, state: str, row: str | None) -> None:
    body = request()
    body["prefetch"]["conditions"] = value

    assert {one.key: one.state for one in coverage_of(body["prefetch"])}["conditions"] == state
    assert violated(body) == ({row} if row else set())


def test_a_key_that_is_not_sent_and_one_that_nobody_asked_for_are_named() -> None:
    body = request()
    del body["prefetch"]["lists"]
    body["prefetch"]["coverage"] = None
    rows, coverage = check_request(json.dumps(body).encode())

    assert {row.id for row in rows if row.state == "violated"} == {"PF-06", "PF-11"}
    assert "lists" in next(row.remedy for row in rows if row.id == "PF-06")
    assert {one.key: one.state for one in coverage}["lists"] == "missing"


def test_what_one_request_cannot_show_is_not_called_right() -> None:
    body = request()
    del body["prefetch"]

    assert {name for name, state in states(body).items() if state == "cannot tell"} == {"RQ-04u", "CX-11", "PF-06"}


def test_every_row_has_a_section_and_every_violation_a_remedy() -> None:
    rows, _ = check_request(json.dumps(request(hookInstance="7", apiKey="x", **SERVER)).encode())

    assert all(row.section and row.requirement and row.level in ("SHALL", "SHOULD", "SHALL NOT") for row in rows)
    assert all(bool(row.remedy) is (row.state != "ok") for row in rows)
