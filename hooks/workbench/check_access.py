"""The rows about FHIR access: fhirServer and fhirAuthorization (CDS Hooks 2.0 §"FHIR Resource Access")."""

from __future__ import annotations

from typing import Any

from hooks.workbench.check_rows import (
    Check,
    Rule,
    http_request,
    is_absolute,
    mapping,
    resource_access,
    text,
    urlsplit_or_none,
)
from rules.messages import say

REQUIRED = ("access_token", "token_type", "expires_in", "scope", "subject")


def access_rows(request: dict[str, Any]) -> list[Check]:
    """None when the request offers no server and no token, which is legal."""
    return [*_server(request), *_authorization(request)]


def _server(request: dict[str, Any]) -> list[Check]:
    server = request.get("fhirServer")
    needed = Rule("RQ-06", "SHALL", http_request(), say("fhirServer goes with fhirAuthorization"))
    if server is None:
        remedy = say("Send the base address of the server that the token is for.")
        return [needed.decided(False, remedy)] if "fhirAuthorization" in request else []
    parts = urlsplit_or_none(text(server))
    base = say("FHIR R4, “RESTful API”, Service Base URL")
    return [
        needed.decided(True, ""),
        Rule("RQ-06u", "SHALL", http_request(), say("fhirServer is an absolute address")).decided(
            is_absolute(server), say("Send the base address, such as https://ehr.example/fhir.")
        ),
        Rule("RQ-07", "SHALL", http_request(), say("fhirServer is https where data are real")).decided(
            parts is not None and parts[0] == "https", say("Use https; plain http is for tests on one machine only.")
        ),
        Rule("RQ-06s", "SHALL NOT", base, say("fhirServer ends in a slash")).decided(
            not text(server).endswith("/"), say("Leave the last slash out.")
        ),
    ]


def _authorization(request: dict[str, Any]) -> list[Check]:
    if "fhirAuthorization" not in request:
        return []
    given, section = mapping(request["fhirAuthorization"]), resource_access()
    absent = ", ".join(name for name in REQUIRED if given.get(name) in (None, ""))
    seconds, scope = given.get("expires_in"), text(given.get("scope"))
    rows = [
        Rule("FA-03", "SHALL", section, say("fhirAuthorization has its five members")).decided(
            not absent, say("Missing: {members}.", members=absent)
        ),
        Rule("FA-03t", "SHALL", section, say("token_type is Bearer")).decided(
            given.get("token_type") == "Bearer", say("Write Bearer, with a capital letter.")
        ),
        Rule("FA-03e", "SHALL", section, say("expires_in is a whole number of seconds")).decided(
            isinstance(seconds, int) and not isinstance(seconds, bool) and seconds > 0,
            say("Send a JSON number, not a string."),
        ),
        Rule("FA-05", "SHALL", section, say("scope lists what the token may read")).decided(
            bool(scope), say("Send the scopes, such as patient/Observation.rs.")
        ),
    ]
    if any(one.startswith("patient/") for one in scope.split()):
        patient = mapping(request.get("context")).get("patientId")
        rows.append(
            Rule(
                "FA-04", "SHOULD", section, say("patient is that of the context, when a scope is of one patient")
            ).decided(given.get("patient") == patient, say("Send patient with the id of context.patientId."))
        )
    return rows
