"""The resources that findings rest on, as the chart holds them: found by reference, formatted, no second request."""

from __future__ import annotations

import re
from collections.abc import Iterable
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
    """One resource behind a finding. `anchor` is its place on the page; `text` is indented JSON, perhaps cut short."""

    reference: str
    anchor: str
    text: str
    cut: bool


def anchor_of(reference: str) -> str:
    """The fragment of a reference: letters, digits and hyphens only."""
    return f"resource-{_STRANGE.sub('-', reference).strip('-')}"


def sources_of(body: bytes, references: Iterable[str]) -> dict[str, Source]:
    """By reference ("Type/id", an entry's fullUrl, or where it stood), for those that the Bundle holds."""
    wanted = dict.fromkeys(references)
    found: dict[str, list[dict[str, Any]]] = {}
    for number, (full_url, resource) in enumerate(_entries(body)):
        names = {f"{resource.get('resourceType')}/{resource.get('id')}", full_url, f"Bundle.entry[{number}].resource"}
        for name in names & wanted.keys():
            found.setdefault(str(name), []).append(resource)
    return {reference: _source(reference, found[reference]) for reference in wanted if reference in found}


def bundle_of(material: Material) -> bytes:
    """The resources of a chart that was fetched, as a Bundle to look them up in."""
    items = [item for found in material.items.values() for item in found]
    entries = [{"fullUrl": item.full_url or item.where, "resource": item.raw} for item in items]
    return msgspec.json.encode({"resourceType": "Bundle", "type": "collection", "entry": entries})


def _source(reference: str, resources: list[dict[str, Any]]) -> Source:
    shown: Any = resources[0] if len(resources) == 1 else resources
    text = orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode()
    return Source(reference, anchor_of(reference), text[:LONGEST], len(text) > LONGEST)


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
