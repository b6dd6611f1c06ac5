"""The prefetch of a hook request, sorted. Its five states of a key are kept apart: missing, null, OperationOutcome,
Bundle, Bundle with a next page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from cds.chart_warnings import ChartWarning
from cds.intake import Item, Material, decode_bundle, has_more, next_url, sort, type_of
from cds.queries import READ_TYPES, TYPE_OF_KEY
from cds.shapes import Bundle
from rules.messages import say

_ABSENT = msgspec.Raw()
_SEARCHES = tuple((key, found) for key, found in TYPE_OF_KEY.items() if found != "Patient")
_READS = tuple((key, found) for key, found in TYPE_OF_KEY.items() if found == "Patient")

# Every advertised key, decoded together with the request around it: a Bundle where a search is asked for, null, or
# unset; a read stays bytes. What has another shape does not decode; it is read key by key (`from_prefetch`).
Prefetch = msgspec.defstruct(
    "Prefetch",
    [(key, Bundle | None | msgspec.UnsetType, msgspec.UNSET) for key, _ in _SEARCHES]
    + [(key, msgspec.Raw, _ABSENT) for key, _ in _READS],
    gc=False,
)


def from_prefetch(prefetch: Mapping[str, bytes | msgspec.Raw]) -> Material:
    """Sort the prefetch of a hook request. Keys that were never advertised are ignored.

    A `null` says that the client looked and found nothing. Raises TooLargeError when a Bundle has too many entries.
    """
    material = Material()
    for key, resource_type in TYPE_OF_KEY.items():
        _take_bytes(key, resource_type, prefetch.get(key), material)
    return material


def from_bundles(prefetch: Any, size: int) -> Material | None:
    """The same from a decoded `Prefetch` of about `size` bytes; None when some key holds anything but a Bundle."""
    material = Material()
    for key, resource_type in _READS:
        raw = getattr(prefetch, key)
        _take_bytes(key, resource_type, None if raw is _ABSENT else raw, material)
    for key, resource_type in _SEARCHES:
        bundle = getattr(prefetch, key)
        if bundle is msgspec.UNSET:
            material.lacks({resource_type})
        elif bundle is not None:
            if bundle.resourceType != "Bundle":
                return None
            _take_bundle(key, resource_type, bundle, material)
    material.size = size
    return material


def _take_bytes(key: str, resource_type: str, raw: bytes | msgspec.Raw | None, material: Material) -> None:
    if raw is None:
        material.lacks({resource_type})
    elif not _is_null(raw):
        _take_key(key, resource_type, raw if isinstance(raw, msgspec.Raw) else msgspec.Raw(raw), material)


def _is_null(raw: bytes | msgspec.Raw) -> bool:
    return bytes(memoryview(raw)[:16]).strip() == b"null"


def _take_key(key: str, resource_type: str, raw: msgspec.Raw, material: Material) -> None:
    found = type_of(raw)
    material.size += len(memoryview(raw))
    bundle = decode_bundle(raw) if found == "Bundle" else None
    if bundle is not None:
        _take_bundle(key, resource_type, bundle, material)
    elif found is not None and found in READ_TYPES:
        material.items.setdefault(found, []).append(Item(raw, f"prefetch.{key}"))
    else:
        material.lacks({resource_type})
        place = f"prefetch.{key}"
        text = say("{place} holds no usable data.", place=place)
        material.warnings.append(ChartWarning("not-fetched", text, place=place))


def _take_bundle(key: str, resource_type: str, bundle: Bundle, material: Material) -> None:
    where = f"prefetch.{key}"
    sort(bundle, where, material, failed=resource_type)
    if has_more(bundle):
        material.lacks({resource_type})
        onward = next_url(bundle)
        if onward is not None:
            material.next_pages[resource_type] = onward
        text = say("{place} has a next page that was not sent.", place=where)
        material.warnings.append(ChartWarning("truncated", text, place=where))
