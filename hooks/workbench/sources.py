"""The resources that findings rest on, as the chart holds them: found by reference, formatted, no second request."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from cds.intake import Material

# A resource with an attachment may be large; a reader needs its beginning.
LONGEST = 20_000
_STRANGE = re.compile(r"[^A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Source:
    """One resource behind a finding. `anchor` is its place on the page; `text` is indented JSON, perhaps cut short.

    `title` are the words of its code, or nothing.
    """

    reference: str
    anchor: str
    title: str
    text: str
    cut: bool


def anchor_of(reference: str) -> str:
    """The fragment of a reference: letters, digits and hyphens only."""
    return f"resource-{_STRANGE.sub('-', reference).strip('-')}"


class Sources:
    """The resources of one Bundle; those that were asked for are shown on the page.

    A reference is "Type/id", an entry's fullUrl, or where the resource stood.
    """

    def __init__(self, body: bytes) -> None:
        self.shown: dict[str, Source] = {}
        self._found: dict[str, list[dict[str, Any]]] = {}
        for number, (full_url, resource) in enumerate(_entries(body)):
            by_id = f"{resource.get('resourceType')}/{resource.get('id')}"
            for name in {by_id, full_url, f"Bundle.entry[{number}].resource"} - {None}:
                self._found.setdefault(str(name), []).append(resource)

    def link(self, reference: str) -> str | None:
        """The address on the page that shows a resource; None when the Bundle does not hold it."""
        if reference not in self.shown:
            if reference not in self._found:
                return None
            self.shown[reference] = _source(reference, self._found[reference])
        return f"#{self.shown[reference].anchor}"


def bundle_of(material: Material) -> bytes:
    """The resources of a chart that was fetched, as a Bundle to look them up in."""
    items = [item for found in material.items.values() for item in found]
    entries = [{"fullUrl": item.full_url or item.where, "resource": item.raw} for item in items]
    return msgspec.json.encode({"resourceType": "Bundle", "type": "collection", "entry": entries})


def _source(reference: str, resources: list[dict[str, Any]]) -> Source:
    shown: Any = resources[0] if len(resources) == 1 else resources
    text = orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode()
    return Source(reference, anchor_of(reference), _title(resources[0]), text[:LONGEST], len(text) > LONGEST)


def _title(resource: dict[str, Any]) -> str:
    concept = resource.get("code") or resource.get("medicationCodeableConcept")
    if not isinstance(concept, dict):
        return ""
    codings = concept.get("coding")
    first = codings[0] if isinstance(codings, list) and codings and isinstance(codings[0], dict) else {}
    words = concept.get("text") or first.get("display")
    return words if isinstance(words, str) else ""


def _entries(body: bytes) -> list[tuple[str | None, dict[str, Any]]]:
    """fullUrl and resource of each entry; the body was read as a Bundle before, so the rest is tolerance."""
    try:
        bundle = orjson.loads(body)
    except orjson.JSONDecodeError:
        return []
    entries = bundle.get("entry") if isinstance(bundle, dict) else None
    pairs = []
    for entry in entries if isinstance(entries, list) else ():
        resource = entry.get("resource") if isinstance(entry, dict) else None
        full_url = entry.get("fullUrl") if isinstance(entry, dict) else None
        pairs.append((full_url if isinstance(full_url, str) else None, resource if isinstance(resource, dict) else {}))
    return pairs
