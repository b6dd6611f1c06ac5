"""A hook request held against what CDS Hooks demands of a client: row by row, with what to do about it.

Rows name places in the request, never its values. The last row is this service's own door (`hooks.wire`), which is
more liberal than the standard in places.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

import orjson

from cds.queries import PREFETCH
from hooks.discovery import HOOKS
from hooks.problems import Problem
from hooks.wire import ORDER_HOOKS, USER, read_request
from hooks.workbench.check_access import access_rows
from hooks.workbench.check_rows import (
    REVERSE_DNS,
    Check,
    Rule,
    empties,
    extensions,
    http_request,
    is_id,
    is_uuid,
    mapping,
    prefetch_template,
    text,
)
from hooks.workbench.coverage import Coverage, coverage_of
from rules.messages import say

MEMBERS = frozenset(
    {"hook", "hookInstance", "context", "prefetch", "fhirServer", "fhirAuthorization", "extension"}
)  # fmt: skip
Request = dict[str, Any]


def check_request(body: bytes) -> tuple[tuple[Check, ...], tuple[Coverage, ...]]:
    """All rows, and the prefetch coverage. A body that is no JSON object has one row and no coverage."""
    readable = Rule("TR-01", "SHALL", http_request(), say("The body is one JSON object"))
    try:
        request = orjson.loads(body)
    except orjson.JSONDecodeError:
        request = None
    if not isinstance(request, dict):
        remedy = say("Send strict JSON: no comments, no trailing commas, no NaN; an object at the top.")
        return (readable.decided(False, remedy),), ()
    parts: tuple[Callable[[Request], list[Check]], ...] = (_envelope, _context, _orders, _prefetch, access_rows, _rest)
    try:
        rows = [row for part in parts for row in part(request)]
        return (readable.decided(True, ""), *rows, _own_door(body, request)), coverage_of(request.get("prefetch"))
    except RecursionError:
        return (readable.decided(False, say("It is nested too deeply; no request of the standard is.")),), ()


def _envelope(request: Request) -> list[Check]:
    hook, instance = request.get("hook"), request.get("hookInstance")
    known = say("Name a hook of discovery: {hooks}.", hooks=", ".join(HOOKS))
    section = http_request()
    return [
        Rule("RQ-02", "SHALL", section, say("hook is a string")).decided(bool(text(hook)), known),
        Rule("RQ-03", "SHALL", section, say("hook is one that this service answers")).decided(hook in HOOKS, known),
        Rule("RQ-04", "SHALL", section, say("hookInstance is a UUID")).decided(
            is_uuid(instance), say("Make a new UUID for every call of a hook.")
        ),
        Rule("RQ-04u", "SHALL", section, say("hookInstance is globally unique")).decided(
            None, say("One request cannot show it: make a new UUID for every call of a hook.")
        ),
        Rule("RQ-05", "SHALL", section, say("context is an object")).decided(
            isinstance(request.get("context"), dict), say("Send context with what the hook's definition lists.")
        ),
    ]


def _context(request: Request) -> list[Check]:
    context, hook = mapping(request.get("context")), text(request.get("hook"))
    section = say("Hook {hook}, Context", hook=hook if hook in HOOKS else "patient-view")
    user, patient, encounter = context.get("userId"), context.get("patientId"), context.get("encounterId")
    users = ("Practitioner/", "PractitionerRole/") if hook in ORDER_HOOKS else ("",)
    named = mapping(mapping(request.get("prefetch")).get("patient")).get("id")
    rows = [
        Rule("CX-01", "SHALL", section, say("context.userId is a type and an id")).decided(
            USER.fullmatch(text(user)) is not None and text(user).startswith(users),
            say("Write Practitioner/id or PractitionerRole/id; at patient-view also Patient/id or RelatedPerson/id."),
        ),
        Rule("CX-01p", "SHALL", section, say("context.patientId is a bare id")).decided(
            is_id(patient), say("Leave out “Patient/”: the id alone, of at most 64 letters, digits, - and .")
        ),
        Rule("CX-11", "SHALL", prefetch_template(), say("prefetch.patient is the patient of the context")).decided(
            None if named is None else named == patient,
            say("Prefetch the Patient whose id is context.patientId; another patient is never assessed."),
        ),
    ]
    if encounter is not None:
        rows.append(
            Rule("CX-01e", "SHALL", section, say("context.encounterId is a bare id")).decided(
                is_id(encounter), say("Leave out “Encounter/”.")
            )
        )
    return rows


def _orders(request: Request) -> list[Check]:
    hook, context = text(request.get("hook")), mapping(request.get("context"))
    if hook not in ORDER_HOOKS:
        return []
    section = say("Hook {hook}, Context", hook=hook)
    bundle = mapping(context.get("draftOrders"))
    entries = bundle.get("entry")
    drafts = [mapping(mapping(entry).get("resource")) for entry in entries] if isinstance(entries, list) else []
    rows = [
        Rule("CX-02", "SHALL", section, say("context.draftOrders is a Bundle with orders")).decided(
            bundle.get("resourceType") == "Bundle" and bool(drafts),
            say("Send the orders that are not signed yet as a FHIR Bundle."),
        )
    ]
    if hook == "order-select":
        known = {f"{draft.get('resourceType')}/{draft.get('id')}" for draft in drafts}
        chosen = context.get("selections")
        fine = isinstance(chosen, list) and bool(chosen) and all(one in known for one in chosen if isinstance(one, str))
        rows.append(
            Rule("CX-03", "SHALL", section, say("context.selections names orders of draftOrders")).decided(
                fine and all(isinstance(one, str) for one in chosen or ()),
                say("List type and id of each newly chosen order, such as MedicationRequest/id."),
            )
        )
    return rows


def _prefetch(request: Request) -> list[Check]:
    if "prefetch" not in request:
        row = Rule("PF-06", "SHOULD", prefetch_template(), say("The advertised prefetch is sent"))
        return [row.decided(None, say("Without prefetch all is fetched with fhirServer and a token, or it is 412."))]
    prefetch = request["prefetch"]
    keys = set(mapping(prefetch))
    states = {one.key: one.state for one in coverage_of(prefetch)}

    def rule(name: str, level: Any, requirement: str) -> Rule:
        return Rule(name, level, prefetch_template(), requirement)

    def of(state: str) -> str:
        return ", ".join(key for key, found in states.items() if found == state)

    return [
        rule("RQ-09", "SHALL", say("prefetch is an object")).decided(
            isinstance(prefetch, dict), say("Send one member for each key of discovery.")
        ),
        rule("PF-11", "SHALL NOT", say("prefetch has keys that discovery does not advertise")).decided(
            keys <= PREFETCH.keys(), say("Leave out what discovery does not list; it is ignored.")
        ),
        rule("PF-06", "SHOULD", say("Every advertised key is there")).decided(
            not of("missing"), say("Missing: {keys}. It is fetched, or its criteria stay open.", keys=of("missing"))
        ),
        rule("PT-02", "SHALL", say("Each value is a FHIR resource of its query, or null")).decided(
            not of("wrong"), say("Not a resource of its type, nor a Bundle: {keys}.", keys=of("wrong"))
        ),
        rule("PF-07", "SHOULD", say("No query failed")).decided(
            not of("error"), say("OperationOutcome instead of data: {keys}.", keys=of("error"))
        ),
        rule("PF-08", "SHOULD", say("Searches are complete")).decided(
            not of("paged"),
            say("A next page is announced: {keys}. Send all, or a token to fetch it.", keys=of("paged")),
        ),
    ]


def _rest(request: Request) -> list[Check]:
    others = sorted(request.keys() - MEMBERS)
    extension = request.get("extension")
    blank = list(islice((path for path in empties(request) if not path.startswith("prefetch.")), 5))
    rows = [
        Rule("XS-09", "SHALL", extensions(), say("Own members stand in extension only")).decided(
            not others, say("{count} further members at the top: move them into extension.", count=len(others))
        ),
        Rule("TR-03", "SHALL NOT", http_request(), say("An element is null or empty")).decided(
            not blank, say("Leave it out: {places}.", places=", ".join(blank))
        ),
    ]
    if extension is not None:
        rows.append(
            Rule("XS-08", "SHALL", extensions(), say("extension is an object")).decided(
                isinstance(extension, dict), say("Make it an object, with a member for each extension.")
            )
        )
        rows.append(
            Rule("XS-08n", "SHOULD", extensions(), say("Extensions have reverse domain names")).decided(
                all(REVERSE_DNS.fullmatch(name) for name in mapping(extension)),
                say("Name them like org.example.my-extension."),
            )
        )
    return rows


def _own_door(body: bytes, request: Request) -> Check:
    rule = Rule("RS-05", "SHALL", http_request(), say("This service reads the envelope"))
    hook = text(request.get("hook"))
    try:
        read_request(body, hook if hook in HOOKS else HOOKS[0])
    except Problem as problem:
        return rule.decided(False, problem.text)
    return rule.decided(True, "")
