"""Drafts, before they leave: held to R4's classes, and to the required bindings that those do not look at.

fhir.resources needs a tenth of a millisecond and more for each resource, so a shape is validated once in a process: the
same members with the same codes. What differs between two drafts of one shape is text, dates, addresses and references,
and these are checked in every draft by the regular expressions of the specification.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from cds.r4 import validated

Resource = dict[str, Any]
Shape = tuple[object, ...] | str

SENT_OUT = frozenset({"ServiceRequest", "Task", "ResearchSubject"})

# Required bindings of FHIR R4 (4.0.1) that fhir.resources does not look at.
_REQUEST_INTENT = frozenset(
    {"proposal", "plan", "directive", "order", "original-order", "reflex-order", "filler-order", "instance-order",
     "option"}
)  # fmt: skip
_PRIORITY = frozenset({"routine", "urgent", "asap", "stat"})
BINDINGS: dict[tuple[str, str], frozenset[str]] = {
    ("ServiceRequest", "status"): frozenset(
        {"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"}
    ),
    ("ServiceRequest", "intent"): _REQUEST_INTENT,
    ("ServiceRequest", "priority"): _PRIORITY,
    ("Task", "status"): frozenset(
        {"draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress", "on-hold",
         "failed", "completed", "entered-in-error"}
    ),
    ("Task", "intent"): _REQUEST_INTENT | {"unknown"},
    ("Task", "priority"): _PRIORITY,
    ("ResearchSubject", "status"): frozenset(
        {"candidate", "eligible", "follow-up", "ineligible", "not-registered", "off-study", "on-study",
         "on-study-intervention", "on-study-observation", "pending-on-study", "potential-candidate", "screening",
         "withdrawn"}
    ),
}  # fmt: skip
MUST_STATE = {"ServiceRequest": ("status", "intent"), "Task": ("status", "intent"), "ResearchSubject": ("status",)}
_PEOPLE = frozenset({"Device", "Organization", "Patient", "Practitioner", "PractitionerRole", "RelatedPerson"})
# Which types a reference may name, where R4 limits it.
TARGETS: dict[tuple[str, str], frozenset[str]] = {
    ("ServiceRequest", "requester"): _PEOPLE,
    ("ServiceRequest", "subject"): frozenset({"Patient", "Group", "Location", "Device"}),
    ("ServiceRequest", "reasonReference"): frozenset(
        {"Condition", "Observation", "DiagnosticReport", "DocumentReference"}
    ),
    ("Task", "requester"): _PEOPLE,
    ("ResearchSubject", "individual"): frozenset({"Patient"}),
    ("ResearchSubject", "study"): frozenset({"ResearchStudy"}),
}
CODED = frozenset({"resourceType", "status", "intent", "priority", "system", "code", "type"})

_TEXT = re.compile(r"\S(.*\S)?", re.DOTALL)
_URI = re.compile(r"\S+")
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_REFERENCE = re.compile(r"([A-Z][A-Za-z]+/[A-Za-z0-9\-._]{1,128}|urn:(uuid|oid):\S+|https?://\S+)")
LEAVES: dict[str, re.Pattern[str]] = {
    "start": _DATE, "end": _DATE, "authoredOn": _DATE, "reference": _REFERENCE, "system": _URI,
    "instantiatesUri": _URI, "valueCanonical": _URI,
}  # fmt: skip

_valid_shapes: set[Shape] = set()


def checked(resource: Resource) -> Resource:
    """The resource itself, when it may leave. Raises ValueError for one that R4 would refuse."""
    kind = resource.get("resourceType")
    if kind not in SENT_OUT:
        raise ValueError(f"{kind} is not among the types that are sent out")
    _check_bindings(kind, resource)
    shape = shape_of(resource)
    if shape not in _valid_shapes:
        validated(resource)
        _valid_shapes.add(shape)
    return resource


def may_refer_to(kind: str, element: str) -> Callable[[str], bool]:
    """Whether a relative reference is of a type that this element may name."""
    allowed = TARGETS[kind, element]
    return lambda reference: is_reference(reference) and reference.split("/")[0] in allowed


def plain(text: str) -> str:
    """Words as FHIR allows them in a string: no control characters, no blanks at the ends."""
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())


def is_reference(text: str) -> bool:
    """Whether this can stand in Reference.reference; a place in somebody's Bundle cannot."""
    return _REFERENCE.fullmatch(text) is not None


def shape_of(node: Any, name: str = "") -> Shape:
    """What fhir.resources can judge of a resource: its members and codes, each kind of list element once.

    Raises ValueError for what it could judge of a text, a date, an address or a reference.
    """
    if isinstance(node, str):
        if LEAVES.get(name, _TEXT).fullmatch(node) is None:
            raise ValueError(f"{name} has a value that FHIR does not allow")
        return node if name in CODED else "text"
    if isinstance(node, dict | list) and not node:
        raise ValueError(f"{name} is empty")
    if isinstance(node, dict):
        return tuple([(key, shape_of(value, key)) for key, value in node.items()])
    if isinstance(node, list):
        return ("list", *dict.fromkeys([shape_of(value, name) for value in node]))
    return str(node)


def _check_bindings(kind: str, resource: Resource) -> None:
    for element in MUST_STATE[kind]:
        if element not in resource:
            raise ValueError(f"{kind}.{element} is missing")
    for (owner, element), codes in BINDINGS.items():
        if owner == kind and element in resource and resource[element] not in codes:
            raise ValueError(f"{kind}.{element} must not be {resource[element]!r}")
    for (owner, element), types in TARGETS.items():
        stated = resource.get(element, []) if owner == kind else []
        for reference in stated if isinstance(stated, list) else [stated]:
            _check_target(f"{kind}.{element}", reference, types)


def _check_target(where: str, reference: Resource, types: frozenset[str]) -> None:
    relative = str(reference.get("reference", ""))
    named = reference.get("type") or (relative.split("/")[0] if relative[:1].isupper() else None)
    if named is not None and named not in types:
        raise ValueError(f"{where} must not refer to a {named}")
