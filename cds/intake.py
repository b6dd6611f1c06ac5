"""Bytes in, resources sorted by type out. One bad entry costs one entry; what could not be had is named."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass, field

import msgspec

from cds.chart_warnings import ChartWarning
from cds.errors import TooLargeError, UnreadableInputError
from cds.queries import NEEDED_TYPES, OPTIONAL_TYPES, READ_TYPES
from cds.shapes import Bundle, BundleLink, Entry, Shape
from rules.messages import say

ENTRY_LIMIT = 20_000

# Most writers put resourceType first; looking at the first bytes saves a pass over the resource.
_TYPE_FIRST = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"([A-Za-z]+)"')


_KNOWN = {name.encode(): name for name in READ_TYPES}
# What was searched for is most often what was found.
_STARTS = {name: re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"%b"' % name.encode()).match for name in READ_TYPES}


class _Peek(Shape):
    resourceType: str | None = None


_peek = msgspec.json.Decoder(_Peek)
_bundle = msgspec.json.Decoder(Bundle)
_entry = msgspec.json.Decoder(Entry)


class _LooseBundle(Shape):
    resourceType: str | None = None
    type: str | None = None
    entry: list[msgspec.Raw] = msgspec.field(default_factory=list)
    link: msgspec.Raw = msgspec.Raw(b"")


_loose_bundle = msgspec.json.Decoder(_LooseBundle)


class Item(msgspec.Struct, frozen=True, gc=False):
    """One resource as received: its bytes, where it stood, and its Bundle entry's fullUrl.

    A struct, and its place put into words only when asked for: a chart holds thousands of them.
    """

    raw: msgspec.Raw
    place: str
    full_url: str | None = None
    number: int | None = None

    @property
    def where(self) -> str:
        """For example `prefetch.observations.entry[7].resource`."""
        return self.place if self.number is None else f"{self.place}.entry[{self.number}].resource"


@dataclass(slots=True)
class Material:
    """A chart's resources by type, and the types of which not everything could be had.

    `next_pages` says, for a type whose prefetch went on, where its next page is; `size` is the bytes of all Bundles.
    `unseen` are optional types of which something is missing: nothing is open for that.
    """

    items: dict[str, list[Item]] = field(default_factory=dict)
    incomplete: set[str] = field(default_factory=set)
    warnings: list[ChartWarning] = field(default_factory=list)
    next_pages: dict[str, str] = field(default_factory=dict)
    size: int = 0
    unseen: set[str] = field(default_factory=set)

    def lacks(self, types: Set[str]) -> None:
        """Note that not everything of these types could be had."""
        self.incomplete |= types - OPTIONAL_TYPES
        self.unseen |= types & OPTIONAL_TYPES

    def of(self, resource_type: str) -> list[Item]:
        return self.items.get(resource_type, [])


def from_bundle(body: bytes | msgspec.Raw) -> Material:
    """Sort an uploaded Bundle of any type.

    Raises UnreadableInputError when it is not a Bundle, TooLargeError when it has more entries than the limit.
    """
    bundle = decode_bundle(body)
    if bundle is None or bundle.resourceType != "Bundle":
        raise UnreadableInputError("The body is not a FHIR Bundle.")
    material = Material(size=len(memoryview(body)))
    sort(bundle, "Bundle", material)
    if has_more(bundle):
        material.lacks(NEEDED_TYPES)
        material.warnings.append(ChartWarning("truncated", say("The Bundle has a next page that was not sent.")))
    return material


@dataclass(frozen=True, slots=True)
class Page:
    """What one page says of its search: where it goes on, whether it does, how many match in all, how many are here."""

    next_url: str | None
    goes_on: bool
    total: int | None
    matches: int


def add_page(raw: msgspec.Raw, where: str, resource_type: str, material: Material) -> Page:
    """Sort one page of a search for one type into the material.

    Raises UnreadableInputError when it is not a Bundle, TooLargeError when it has more entries than the limit.
    """
    bundle = decode_bundle(raw)
    if bundle is None or bundle.resourceType != "Bundle":
        raise UnreadableInputError("The page is not a FHIR Bundle.")
    before = len(material.of(resource_type))
    material.size += len(memoryview(raw))
    sort(bundle, where, material, failed=resource_type)
    goes_on = any(_goes_on(link) for link in bundle.link)
    return Page(next_url(bundle), goes_on, bundle.total, len(material.of(resource_type)) - before)


def sort(bundle: Bundle, where: str, material: Material, failed: str | None = None) -> None:
    """Add a Bundle's resources. `failed` is the type that was searched for, of which an outcome inside hides some.

    Raises TooLargeError when it has more entries than the limit.
    """
    if len(bundle.entry) > ENTRY_LIMIT:
        raise TooLargeError(f"More than {ENTRY_LIMIT} entries in one Bundle.")
    items, is_expected = material.items, _STARTS.get(failed or "")
    for number, entry in enumerate(bundle.entry):
        raw = entry.resource
        found = failed if is_expected and is_expected(raw) else type_of(raw)
        if found in READ_TYPES:
            item = Item(raw, where, entry.fullUrl, number)
            if found in items:
                items[found].append(item)
            else:
                items[found] = [item]
        elif found == "OperationOutcome" or not found:
            _unusable_entry(f"{where}.entry[{number}].resource", found, material, failed)


def _unusable_entry(place: str, found: str | None, material: Material, failed: str | None) -> None:
    if found:
        # An outcome inside a search result says that part of the search failed.
        material.lacks({failed} if failed else NEEDED_TYPES - {"Patient"})
        text = say("{place} is an OperationOutcome.", place=place)
        material.warnings.append(ChartWarning("not-fetched", text, place=place))
    else:
        material.warnings.append(ChartWarning("unreadable", say("{place} has no readable resourceType.", place=place)))


def has_more(bundle: Bundle) -> bool:
    """Whether a search goes on, or says that it found more than it sent."""
    if any(_goes_on(link) for link in bundle.link):
        return True
    return bundle.type == "searchset" and bundle.total is not None and bundle.total > len(bundle.entry)


def _goes_on(link: BundleLink) -> bool:
    return link.relation == "next"


def next_url(bundle: Bundle) -> str | None:
    """Where the next page is, when that is said."""
    return next((link.url for link in bundle.link if _goes_on(link) and link.url), None)


def type_of(raw: msgspec.Raw) -> str | None:
    """The resourceType, or None when it cannot be seen."""
    first = _TYPE_FIRST.match(raw)
    if first:
        return _KNOWN.get(first[1]) or first[1].decode()
    try:
        return _peek.decode(raw).resourceType
    except (msgspec.DecodeError, RecursionError):
        return None


def decode_bundle(raw: bytes | msgspec.Raw) -> Bundle | None:
    try:
        return _bundle.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _decode_piece_by_piece(raw)


def _decode_piece_by_piece(raw: bytes | msgspec.Raw) -> Bundle | None:
    """The slow way in, taken only when an entry is not even an object: the other entries are kept."""
    try:
        loose = _loose_bundle.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return Bundle(
        resourceType=loose.resourceType,
        type=loose.type,
        entry=[_entry_or_blank(piece) for piece in loose.entry],
        link=[BundleLink(relation="next")] if b'"next"' in bytes(loose.link) else [],
    )


def _entry_or_blank(piece: msgspec.Raw) -> Entry:
    try:
        return _entry.decode(piece)
    except (msgspec.DecodeError, RecursionError):
        return Entry(resource=msgspec.Raw(b"{}"))
