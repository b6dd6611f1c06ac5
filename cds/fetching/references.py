"""Medications, specimens and studies that a resource refers to and that are not in the material: read one by one."""

from __future__ import annotations

import asyncio

import msgspec

from cds.chart_warnings import ChartWarning
from cds.fetching.client import Request
from cds.fetching.paging import identity_of
from cds.fetching.scopes import Scopes
from cds.fetching.session import Session
from cds.fetching.troubles import FetchError, Trouble
from cds.intake import Item, Material, type_of
from cds.queries import REFERRED_FROM
from cds.shapes import Reference, Shape
from rules.messages import say

# Each is a request of its own; a chart with more than this is not completed within a hook's time anyway.
MOST = 100


class _Pointers(Shape):
    medicationReference: Reference | None = None
    specimen: Reference | None = None
    study: Reference | None = None


_pointers = msgspec.json.Decoder(_Pointers)


async def read_referred(session: Session, scopes: Scopes, material: Material) -> None:
    """Add what is referred to and can be read; say what cannot be."""
    wanted = loose_ends(session, material)
    readable = [reference for reference in wanted if scopes.may_read(reference.split("/")[0])]
    read = await asyncio.gather(*(_read(session, reference, material) for reference in readable[:MOST]))
    missed = {reference.split("/")[0] for reference in wanted} if sum(read) < len(wanted) else set()
    for resource_type in sorted(missed):
        text = say("{label}: {what}.", label=resource_type, what=say(Trouble.UNRESOLVED.value))
        material.warnings.append(ChartWarning("not-fetched", text))


def loose_ends(session: Session, material: Material) -> list[str]:
    """`Type/id` of every resource that is referred to, is on this server, and is not in the material."""
    here = {f"{kind}/{identity_of(item)}" for kind in REFERRED_FROM for item in material.of(kind)}
    here |= {item.full_url for kind in REFERRED_FROM for item in material.of(kind) if item.full_url}
    wanted: dict[str, None] = {}
    for kind, sources in REFERRED_FROM.items():
        for source in sorted(sources):
            for item in material.of(source):
                for reference in _references(item):
                    local = session.local(reference)
                    if local and local.startswith(f"{kind}/") and not here & {local, reference}:
                        wanted[local] = None
    return list(wanted)


def _references(item: Item) -> list[str]:
    try:
        found = _pointers.decode(item.raw)
    except (msgspec.DecodeError, RecursionError):
        return []
    pointers = (found.medicationReference, found.specimen, found.study)
    return [pointer.reference for pointer in pointers if pointer and pointer.reference]


async def _read(session: Session, reference: str, material: Material) -> bool:
    """Whether the resource was read; an answer that is another resource is not taken."""
    kind, _, identity = reference.partition("/")
    try:
        raw = msgspec.Raw(await session.get(Request(f"{session.base}/{reference}")))
    except FetchError:
        return False
    item = Item(raw, f"fhir.{kind}", f"{session.base}/{reference}")
    if type_of(raw) != kind or identity_of(item) != identity:
        return False
    material.items.setdefault(kind, []).append(item)
    return True
