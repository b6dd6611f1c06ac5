"""The allow-list of FHIR servers, by issuer, and of the addresses that their names may lead to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Protocol

from cds.fetching.guarded import RefusedAddressError
from hooks.trust.addresses import Address, Reach, Resolver, reach_of, resolve
from hooks.trust.clients import Client
from hooks.trust.urls import RefusedUrlError, Url, read_url


class Refusal(StrEnum):
    """Why a server is not called, beside what is wrong with its address as written (`urls.BadUrl`)."""

    NOT_HTTPS = "not_https"
    NOT_LISTED = "not_listed"
    ADDRESS = "address"
    NO_ADDRESS = "no_address"


class RefusedServerError(Exception):
    """A server that is not called. Carries the code only, since addresses may hold ids."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Inside(Protocol):
    """Whoever has servers in private networks that the site names."""

    @property
    def hosts(self) -> frozenset[str]: ...

    @property
    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]: ...


def _not_told(_why: str) -> None:
    """Nobody listens."""


class Servers:
    """`open_servers` are for calls without a verified token, which only a demonstration or one's own machine allows.
    `inside` may have servers in private networks, as clients may.

    In a demonstration http and private addresses are allowed too; link-local and metadata addresses never are.
    """

    def __init__(
        self,
        clients: Iterable[Client],
        *,
        open_servers: Iterable[str] = (),
        demonstration: bool = False,
        resolver: Resolver = resolve,
        inside: Iterable[Inside] = (),
        refused: Callable[[str], None] = _not_told,
    ) -> None:
        self._clients = {client.issuer: client for client in clients}
        self._inside: tuple[Inside, ...] = (*self._clients.values(), *inside)
        self._open = frozenset(map(read_url, open_servers))
        self._demonstration, self._resolver, self.refused = demonstration, resolver, refused

    def is_allowed_server(self, issuer: str | None, url: str) -> bool:
        """Whether this client may make us call this server. Looks at the address as written only; no look-up."""
        try:
            self._listed(issuer, url)
        except RefusedServerError as error:
            self.refused(error.why)
            return False
        return True

    async def check_server(self, issuer: str | None, url: str) -> None:
        """The same, and every network address of the server too. Raises RefusedServerError."""
        server = self._listed(issuer, url)
        try:
            await self.addresses_of(server.host, server.port)
        except RefusedAddressError as error:
            raise RefusedServerError(str(error)) from error

    async def addresses_of(self, host: str, port: int) -> tuple[str, ...]:
        """Resolve once, look at every address, and give them to connect to, so that the name cannot change its mind.

        Raises RefusedAddressError when any of them may not be called: a name that also points inside is not trusted.
        """
        found = await self._resolved(host, port)
        if not all(self._may_call(host, ip_address(address)) for address in found):
            self.refused(Refusal.ADDRESS)
            raise RefusedAddressError(Refusal.ADDRESS)
        return found

    def _listed(self, issuer: str | None, url: str) -> Url:
        try:
            server = read_url(url)
        except RefusedUrlError as error:
            raise RefusedServerError(error.why) from error
        if server.scheme != "https" and not self._demonstration:
            raise RefusedServerError(Refusal.NOT_HTTPS)
        if server not in self._servers_of(issuer):
            raise RefusedServerError(Refusal.NOT_LISTED)
        if server.literal is not None and not self._may_call(server.host, server.literal):
            raise RefusedServerError(Refusal.ADDRESS)
        return server

    def _servers_of(self, issuer: str | None) -> frozenset[Url]:
        if issuer is None:
            return self._open
        client = self._clients.get(issuer)
        return frozenset(map(read_url, client.fhir_servers)) if client is not None else frozenset()

    async def _resolved(self, host: str, port: int) -> tuple[str, ...]:
        try:
            found = await self._resolver(host, port)
        except OSError as error:
            raise RefusedAddressError(Refusal.NO_ADDRESS) from error
        if not found:
            raise RefusedAddressError(Refusal.NO_ADDRESS)
        return found

    def _may_call(self, host: str, address: Address) -> bool:
        reach = reach_of(address)
        if reach is Reach.PRIVATE:
            networks = [network for one in self._inside if host in one.hosts for network in one.networks]
            return self._demonstration or any(address in network for network in networks)
        return reach is Reach.PUBLIC
