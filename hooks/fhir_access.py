"""Whether and how a hook may ask the client's FHIR server (CDS Hooks 2.0 §"FHIR Resource Access")."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

from cds.fetching.breaker import Breaker
from cds.fetching.client import FhirClient
from cds.fetching.gather import fetch_missing, fetch_patient
from cds.fetching.guarded import AddressesOf, GuardedTransport
from cds.intake import Material
from cds.settings import Settings
from cds.vendors import VendorProfile, load_vendor
from hooks.wire import HookRequest

# (issuer of the client's token or None, fhirServer) -> may it be called?
IsAllowed = Callable[[str | None, str], bool]
# RFC 6750 §2.1; anything else could add header lines.
TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")


def issuer_of(request: Request) -> str | None:
    """The issuer of the verified client token, when the request carried one."""
    issuer = request.scope.get("state", {}).get("issuer")
    return issuer if isinstance(issuer, str) else None


@dataclass(frozen=True, slots=True)
class Grant:
    """A token for the FHIR server, kept in memory for one call only; None where the server is open."""

    token: str | None
    scopes: str | None


@dataclass(frozen=True, slots=True)
class FhirAccess:
    """Everything needed to complete a prefetch; `seconds` bounds all requests of one hook together."""

    client: FhirClient
    vendor: VendorProfile
    seconds: int
    open_servers: frozenset[str]
    is_allowed: IsAllowed

    async def complete(self, call: HookRequest, material: Material, issuer: str | None) -> Material:
        """The prefetch with what the client's server adds; unchanged where it may not be asked."""
        grant = self.grant_of(call)
        if call.fhirServer is None or grant is None or not self.seconds or not self.is_allowed(issuer, call.fhirServer):
            return material
        return await self.read(material, call.fhirServer, grant, call.context.patientId)

    async def read(self, material: Material, server: str, grant: Grant, patient_id: str) -> Material:
        """The material with what this server adds. Whether it may be called at all is for the caller to know."""
        return await fetch_missing(
            material,
            client=self.client,
            server=server,
            token=grant.token,
            scopes=grant.scopes,
            patient_id=patient_id,
            deadline=self.seconds,
            vendor=self.vendor,
        )

    async def patient(self, server: str, grant: Grant, patient_id: str) -> Material:
        """The Patient alone, for a door at which the FHIR server decides whether the caller may see anything."""
        return await fetch_patient(
            client=self.client,
            server=server,
            token=grant.token,
            scopes=grant.scopes,
            patient_id=patient_id,
            deadline=self.seconds,
        )

    def grant_of(self, call: HookRequest) -> Grant | None:
        """What the call allows us to use; None when it holds no usable authorization, or one for another patient."""
        stated = call.fhirAuthorization
        if stated is None:
            is_open = (call.fhirServer or "").rstrip("/") in self.open_servers
            return Grant(None, None) if is_open else None
        token, scope, patient = stated.get("access_token"), stated.get("scope"), stated.get("patient")
        if stated.get("token_type") != "Bearer" or not isinstance(token, str) or TOKEN.fullmatch(token) is None:
            return None
        if isinstance(patient, str) and patient.removeprefix("Patient/") != call.context.patientId:
            return None
        return Grant(token, scope if isinstance(scope, str) else None)


def build_access(
    settings: Settings, clock: Callable[[], datetime], is_allowed: IsAllowed, addresses_of: AddressesOf
) -> FhirAccess:
    """One client for the whole process. Raises SiteProfileError when the vendor profile cannot be used."""
    return FhirAccess(
        client=FhirClient(Breaker(time.monotonic), clock, GuardedTransport(addresses_of)),
        vendor=load_vendor(settings.vendor),
        seconds=settings.fetch_seconds,
        open_servers=frozenset(server.rstrip("/") for server in settings.open_fhir_servers),
        is_allowed=is_allowed,
    )
