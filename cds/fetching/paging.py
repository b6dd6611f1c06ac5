"""A search with all its pages: followed on the same server only, bounded, and counted against the announced total."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cds.errors import TooLargeError, UnreadableInputError
from cds.fetching.client import Request
from cds.fetching.session import Session
from cds.fetching.troubles import FetchError, Trouble
from cds.intake import ENTRY_LIMIT, Item, Material, Page, add_page, type_of
from cds.shapes import Shape

PAGES = 200


class _Identity(Shape):
    id: str | None = None


_identity = msgspec.json.Decoder(_Identity)


async def search_all(
    session: Session, first: Request, resource_type: str, material: Material, before: Sequence[Item] = ()
) -> None:
    """Put every page of a search into the material, also those before a page that fails.

    `before` are the resources of earlier pages, which the announced total includes. Raises FetchError when anything
    is missing.
    """
    request, seen, total = first, {first.url}, 0
    for number in range(1, PAGES + 1):
        body = await session.get(request)
        page = _sorted(body, f"fhir.{resource_type}.page[{number}]", resource_type, material)
        total = max(total, page.total or 0)
        if len(material.of(resource_type)) > ENTRY_LIMIT:
            raise FetchError(Trouble.TOO_LARGE)
        if not page.goes_on:
            _check(resource_type, material, before, total)
            return
        url = session.absolute(page.next_url or "")
        if url in seen or page.next_url is None:
            raise FetchError(Trouble.ENDLESS)
        seen.add(url)
        request = Request(url)
    raise FetchError(Trouble.ENDLESS)


def _sorted(body: bytes, where: str, resource_type: str, material: Material) -> Page:
    raw = msgspec.Raw(body)
    found = type_of(raw)
    if found == "OperationOutcome":
        raise FetchError(Trouble.REFUSED)
    try:
        return add_page(raw, where, resource_type, material)
    except UnreadableInputError as error:
        raise FetchError(Trouble.NOT_FHIR) from error
    except TooLargeError as error:
        raise FetchError(Trouble.TOO_LARGE) from error


def _check(resource_type: str, material: Material, before: Sequence[Item], total: int) -> None:
    """An outcome among the entries, or fewer different resources than announced, means that something is missing."""
    if resource_type in material.incomplete:
        raise FetchError(Trouble.PARTIAL)
    if total and total > len({identity_of(item) or item.where for item in (*before, *material.of(resource_type))}):
        raise FetchError(Trouble.SHORT)


def identity_of(item: Item) -> str | None:
    """The resource's id, or None when it cannot be seen."""
    try:
        return _identity.decode(item.raw).id
    except (msgspec.DecodeError, RecursionError):
        return None
