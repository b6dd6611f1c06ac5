"""One row of a request's check, and the small questions that several rows ask of JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from rules.messages import say

Level = Literal["SHALL", "SHOULD", "SHALL NOT"]
State = Literal["ok", "violated", "cannot tell"]
FHIR_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
REVERSE_DNS = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")


@dataclass(frozen=True, slots=True)
class Check:
    """A requirement held against a request. `section` is that of the standard; `remedy` only where it is not ok."""

    id: str
    level: Level
    section: str
    requirement: str
    state: State
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        row = {"id": self.id, "level": self.level, "section": self.section, "requirement": self.requirement}
        row["state"] = self.state
        return row | ({"remedy": self.remedy} if self.remedy else {})


@dataclass(frozen=True, slots=True)
class Rule:
    """What a row is about, before it is decided."""

    id: str
    level: Level
    section: str
    requirement: str

    def decided(self, fine: bool | None, remedy: str) -> Check:  # noqa: FBT001 - None is "cannot tell"
        state: State = "cannot tell" if fine is None else "ok" if fine else "violated"
        return Check(self.id, self.level, self.section, self.requirement, state, "" if fine else remedy)


def http_request() -> str:
    return say("CDS Hooks 2.0, “Calling a CDS Service”, HTTP Request")


def prefetch_template() -> str:
    return say("CDS Hooks 2.0, “Providing FHIR Resources to a CDS Service”, Prefetch Template")


def resource_access() -> str:
    return say("CDS Hooks 2.0, “FHIR Resource Access”")


def extensions() -> str:
    return say("CDS Hooks 2.0, “Extensions”")


def mapping(value: object) -> dict[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def text(value: object) -> str:
    """The string, or an empty one."""
    return value if isinstance(value, str) else ""


def is_uuid(value: object) -> bool:
    try:
        return bool(text(value)) and bool(UUID(text(value)))
    except ValueError:
        return False


def is_id(value: object) -> bool:
    """A bare FHIR id (FHIR R4, Datatypes, id)."""
    return FHIR_ID.fullmatch(text(value)) is not None


def is_absolute(value: object) -> bool:
    parts = urlsplit_or_none(text(value))
    return parts is not None and parts[0] in ("http", "https") and bool(parts[1])


def urlsplit_or_none(address: str) -> tuple[str, str] | None:
    """Scheme and host, or None when there is no reading it."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return parts.scheme, parts.netloc


def empties(value: object, where: str = "") -> Iterator[str]:
    """Where an element is null or empty, as paths; FHIR resources inside have rules of their own and are left out.

    One after the other, since there may be millions.
    """
    inside: Iterator[tuple[str, object]] = iter(())
    if isinstance(value, dict):
        if "resourceType" in value:
            return
        inside = ((f"{where}.{name}".strip("."), inner) for name, inner in value.items())
    elif isinstance(value, list):
        inside = ((f"{where}[{number}]", inner) for number, inner in enumerate(value))
    if value is None or value == "" or (where and value in ({}, [])):
        yield where
    for path, inner in inside:
        yield from empties(inner, path)
