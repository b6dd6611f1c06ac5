"""Which keys of the advertised prefetch a request carried, and in which of the five states (CDS Hooks 2.0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from cds.queries import PREFETCH, TYPE_OF_KEY

State = Literal["present", "empty", "null", "missing", "error", "paged", "wrong"]


@dataclass(frozen=True, slots=True)
class Coverage:
    """One advertised key: its template, what came under it, and how many resources of its type."""

    key: str
    template: str
    state: State
    resources: int

    def as_json(self) -> dict[str, Any]:
        return {"key": self.key, "template": self.template, "state": self.state, "resources": self.resources}


def coverage_of(prefetch: object) -> tuple[Coverage, ...]:
    """In the order of discovery. `missing`: not sent; `null`: looked, nothing there; `error`: an OperationOutcome."""
    sent = prefetch if isinstance(prefetch, dict) else {}
    return tuple(_of_key(key, sent) for key in PREFETCH)


def _of_key(key: str, sent: dict[str, Any]) -> Coverage:
    if key not in sent:
        return Coverage(key, PREFETCH[key], "missing", 0)
    state, resources = _looked_at(sent[key], TYPE_OF_KEY[key])
    return Coverage(key, PREFETCH[key], state, resources)


def _looked_at(value: object, resource_type: str) -> tuple[State, int]:
    if value is None:
        return "null", 0
    found = value.get("resourceType") if isinstance(value, dict) else None
    if not isinstance(value, dict) or found not in ("OperationOutcome", "Bundle", resource_type):
        return "wrong", 0
    if found == "OperationOutcome":
        return "error", 0
    return _bundle(value, resource_type) if found == "Bundle" else ("present", 1)


def _bundle(bundle: dict[str, Any], resource_type: str) -> tuple[State, int]:
    types = [_type(entry) for entry in _list(bundle.get("entry"))]
    count = types.count(resource_type)
    if "OperationOutcome" in types:
        return "error", count
    if any(isinstance(link, dict) and link.get("relation") == "next" for link in _list(bundle.get("link"))):
        return "paged", count
    return ("present" if count else "empty"), count


def _type(entry: object) -> object:
    resource = entry.get("resource") if isinstance(entry, dict) else None
    return resource.get("resourceType") if isinstance(resource, dict) else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
