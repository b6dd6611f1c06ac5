"""Fetch what prefetch did not bring: in parallel, within one deadline, and never a call that must fail."""

from __future__ import annotations

import asyncio

import msgspec

from cds.fetching.client import FhirClient, Request
from cds.fetching.merge import Haul, merged
from cds.fetching.paging import identity_of, search_all
from cds.fetching.plan import Attempt, Errand, errands
from cds.fetching.references import read_referred
from cds.fetching.scopes import Scopes, read_scopes
from cds.fetching.session import Session
from cds.fetching.troubles import FetchError, Trouble
from cds.intake import Item, Material, type_of
from cds.prefetch import from_prefetch
from cds.queries import OPTIONAL_TYPES
from cds.vendors import VendorProfile


async def fetch_patient(
    *, client: FhirClient, server: str, token: str | None, scopes: str | None, patient_id: str, deadline: float
) -> Material:
    """The Patient alone, so that a token that is refused costs the FHIR server one request; else nothing."""
    until = asyncio.get_running_loop().time() + deadline
    haul = Haul("Patient")
    try:
        async with asyncio.timeout_at(until):
            await _read_patient(
                Session(client, server.rstrip("/"), token, until), patient_id, read_scopes(scopes), haul
            )
    except TimeoutError:
        haul.trouble = Trouble.TIMEOUT
    return merged(from_prefetch({}), [haul])


async def fetch_missing(
    material: Material,
    *,
    client: FhirClient,
    server: str,
    token: str | None,
    scopes: str | None,
    patient_id: str,
    deadline: float,
    vendor: VendorProfile,
) -> Material:
    """The material with what the FHIR server adds; what could not be had stays in `incomplete`. Never raises for it.

    `deadline` is in seconds from now and holds for everything together.
    """
    until = asyncio.get_running_loop().time() + deadline
    session = Session(client, server.rstrip("/"), token, until)
    allowed = read_scopes(scopes)
    plan = errands(material, base=session.base, patient_id=patient_id, scopes=allowed, vendor=vendor)
    hauls = [Haul(errand.resource_type, prefetched=tuple(material.of(errand.resource_type))) for errand in plan]
    work = [_timely(session, errand, haul) for errand, haul in zip(plan, hauls, strict=True)]
    hauls += [Haul(kind, trouble=None, whole=False) for kind in vendor.not_kept if kind in material.incomplete]
    if not material.of("Patient"):
        hauls.append(Haul("Patient"))
        work.append(_read_patient(session, patient_id, allowed, hauls[-1]))
    try:
        async with asyncio.timeout_at(until), asyncio.TaskGroup() as group:
            for task in work:
                group.create_task(task)
    except TimeoutError:
        return merged(material, hauls)
    return await _with_referred(session, allowed, merged(material, hauls))


async def _with_referred(session: Session, scopes: Scopes, material: Material) -> Material:
    try:
        async with asyncio.timeout_at(session.until):
            await read_referred(session, scopes, material)
    except TimeoutError:
        return material
    return material


async def _timely(session: Session, errand: Errand, haul: Haul) -> None:
    """What nothing depends on is given half of the time, so that it never takes the rest from what is needed."""
    if errand.resource_type not in OPTIONAL_TYPES:
        await _run(session, errand, haul)
        return
    now = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout_at(now + (session.until - now) / 2):
            await _run(session, errand, haul)
    except TimeoutError:
        haul.trouble = Trouble.TIMEOUT


async def _run(session: Session, errand: Errand, haul: Haul) -> None:
    """Try one attempt after the other: the rest of a prefetched search first, then whole ones while one is refused."""
    for attempt in errand.attempts:
        haul.parts, haul.whole, haul.trouble = [Material() for _ in attempt.requests], attempt.whole, Trouble.TIMEOUT
        haul.trouble = await _try(session, attempt, haul)
        if haul.trouble is None or (attempt.whole and haul.trouble is not Trouble.REFUSED):
            return
    if not errand.attempts:
        haul.trouble = errand.trouble


async def _try(session: Session, attempt: Attempt, haul: Haul) -> Trouble | None:
    """Why the attempt did not bring everything; a search that fails does not stop the others beside it."""
    searches = zip(attempt.requests, haul.parts, strict=True)
    troubles = await asyncio.gather(*(_search(session, request, part, haul) for request, part in searches))
    return next(filter(None, troubles), None if attempt.complete else Trouble.PARTIAL)


async def _search(session: Session, request: Request, part: Material, haul: Haul) -> Trouble | None:
    try:
        await search_all(session, request, haul.resource_type, part, () if haul.whole else haul.prefetched)
    except FetchError as error:
        return error.trouble
    return None


async def _read_patient(session: Session, patient_id: str, scopes: Scopes, haul: Haul) -> None:
    if not scopes.may_read("Patient"):
        haul.trouble = Trouble.NO_SCOPE
        return
    try:
        raw = msgspec.Raw(await session.get(Request(f"{session.base}/Patient/{patient_id}")))
    except FetchError as error:
        haul.trouble = error.trouble
        return
    item = Item(raw, "fhir.Patient", f"{session.base}/Patient/{patient_id}")
    if type_of(raw) != "Patient":
        haul.trouble = Trouble.NOT_FHIR
    elif identity_of(item) != patient_id:
        haul.trouble = Trouble.OTHER_PATIENT
    else:
        haul.parts, haul.trouble = [Material(items={"Patient": [item]})], None
