"""Which queries are sent for what is missing, and which are not because they must fail."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode, urljoin

from cds.fetching.client import Request
from cds.fetching.scopes import Scopes
from cds.fetching.troubles import Trouble
from cds.intake import Material
from cds.queries import TYPE_OF_KEY
from cds.vendors import VendorProfile


@dataclass(frozen=True, slots=True)
class Attempt:
    """Searches whose results together are one answer. `whole`: it replaces what was prefetched of the type."""

    requests: tuple[Request, ...]
    complete: bool = True
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Errand:
    """What to do for one type: attempts, the next one when the server refuses the query; or why nothing is done."""

    resource_type: str
    attempts: tuple[Attempt, ...] = ()
    trouble: Trouble | None = None


def errands(
    material: Material, *, base: str, patient_id: str, scopes: Scopes, vendor: VendorProfile
) -> tuple[Errand, ...]:
    """One errand for each searched type of which something is missing, in the order of the table of queries."""
    lacking = material.incomplete | material.unseen
    missing = [t for t in TYPE_OF_KEY.values() if t in lacking and t != "Patient"]
    return tuple(_errand(t, material, base, patient_id, scopes, vendor) for t in missing if t not in vendor.not_kept)


def _errand(
    resource_type: str, material: Material, base: str, patient_id: str, scopes: Scopes, vendor: VendorProfile
) -> Errand:
    if not scopes.may_search(resource_type):
        return Errand(resource_type, trouble=Trouble.NO_SCOPE)
    attempts: list[Attempt] = []
    everything = scopes.sees_all(resource_type)
    if resource_type in material.next_pages:
        url = urljoin(f"{base}/", material.next_pages[resource_type])
        attempts.append(Attempt((Request(url),), complete=everything, whole=False))
    if resource_type not in vendor.not_searchable:
        for way in vendor.ways_for(resource_type):
            requests = tuple(_search(base, resource_type, patient_id, search, vendor) for search in way.searches)
            attempts.append(Attempt(requests, complete=way.complete and everything))
    return Errand(resource_type, tuple(attempts), None if attempts else Trouble.NOT_SEARCHABLE)


def _search(base: str, resource_type: str, patient_id: str, search: dict[str, str], vendor: VendorProfile) -> Request:
    """A search as GET, or as POST when the address would be longer than the server's logs and proxies like."""
    size = {"_count": str(vendor.page_size)} if vendor.page_size else {}
    parameters = {"patient": patient_id, **size, **search}
    query = urlencode(parameters, safe="|,:/")
    if vendor.post_search and len(query) > vendor.longest_query:
        return Request(f"{base}/{resource_type}/_search", parameters)
    return Request(f"{base}/{resource_type}?{query}")
