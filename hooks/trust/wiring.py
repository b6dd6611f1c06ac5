"""From the settings to the gate: who is trusted, read once at start."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cds.errors import SiteProfileError
from cds.fetching.client import FhirClient, Request
from cds.fetching.troubles import FetchError
from cds.settings import Settings
from hooks.service import log
from hooks.smart.registrations import Registrations, load_registrations
from hooks.trust.addresses import Resolver
from hooks.trust.clients import Client, load_clients
from hooks.trust.key_sets import Fetch, KeySets, KeySetUnavailableError
from hooks.trust.replay import JtiStore
from hooks.trust.servers import Servers
from hooks.trust.urls import RefusedUrlError
from hooks.trust.verify import Terms, Verifier

KEY_SET_SECONDS = 3.0
KEY_SET_TYPES = "application/jwk-set+json, application/json"


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom this installation trusts. `missing` says why nobody can call it; empty when somebody can."""

    settings: Settings
    clients: tuple[Client, ...]
    servers: Servers
    registrations: Registrations
    missing: tuple[str, ...]

    def verifier(self, client: FhirClient, used: JtiStore, clock: Callable[[], datetime]) -> Verifier:
        """Key sets come through the same guarded client as everything else."""
        terms = Terms(self.settings.jwt_leeway, self.settings.jwt_lifetime)
        return Verifier(self.clients, KeySets(_fetch_with(client), time.monotonic), used, clock, terms)


def build_trust(settings: Settings, resolver: Resolver, refused: Callable[[str], None]) -> Trust:
    """Read the clients and SMART files. Raises SiteProfileError when one, or an open server, cannot be used."""
    clients = load_clients(settings.clients)
    registrations = load_registrations(settings.smart, demonstration=settings.demonstration)
    insecure = [client.issuer for client in clients if (client.jku or "https").lower().startswith("http:")]
    if insecure and not settings.demonstration:
        raise SiteProfileError(f"client {insecure[0]}: jku must be https")
    try:
        servers = Servers(
            clients,
            open_servers=settings.open_fhir_servers,
            demonstration=settings.demonstration,
            resolver=resolver,
            inside=registrations.ehrs,
            refused=refused,
        )
    except RefusedUrlError as error:
        raise SiteProfileError(f"TRIAL_HOOKS_OPEN_FHIR_SERVERS: {error}") from error
    missing = _missing(settings, clients)
    _say(settings, clients, missing)
    return Trust(settings, clients, servers, registrations, missing)


def _missing(settings: Settings, clients: tuple[Client, ...]) -> tuple[str, ...]:
    if clients or not settings.authenticates:
        return ()
    return ("No CDS client is registered, so every call is refused: name their file in TRIAL_HOOKS_CLIENTS.",)


def _say(settings: Settings, clients: tuple[Client, ...], missing: tuple[str, ...]) -> None:
    """At start, in the log: who may call."""
    if not settings.authenticates:
        log.warning("authentication-off", demonstration=settings.demonstration)
        return
    log.info("authentication-required", clients=len(clients), public_url=settings.public_url)
    for text in missing:
        log.warning("authentication-unready", because=text)
    if not settings.public_url.startswith("https://") and not settings.demonstration:
        log.warning("public-url-not-https", remedy="TRIAL_HOOKS_PUBLIC_URL is the aud that clients must state")
    for client in clients:
        if client.allow_public_test_key:
            log.warning("public-test-key-allowed", issuer=client.issuer)


def _fetch_with(client: FhirClient) -> Fetch:
    async def fetch(address: str) -> bytes:
        try:
            async with asyncio.timeout(KEY_SET_SECONDS):
                until = asyncio.get_running_loop().time() + KEY_SET_SECONDS
                return await client.send(Request(address, accept=KEY_SET_TYPES), None, until=until)
        except (FetchError, TimeoutError) as error:
            log.warning("key-set-unavailable", because=str(error) or "no answer in time")
            raise KeySetUnavailableError("the key set could not be fetched") from error

    return fetch
