"""Connections that go only where they may: a name is resolved once, all its addresses are looked at, and one is used.

A name checked first and resolved again on connecting could answer differently the second time (DNS rebinding). TLS
still verifies the certificate against the name.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable

import httpcore
import httpx

from cds.fetching.client import LIMITS

MOST_ADDRESSES = 4
# (host, port) -> the addresses to try. Raises RefusedAddressError when the host may not be called.
AddressesOf = Callable[[str, int], Awaitable[tuple[str, ...]]]


class RefusedAddressError(Exception):
    """The host must not be called. Carries a code only."""


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport, over a pool whose connections are made by `_Guard`."""

    def __init__(self, addresses_of: AddressesOf, context: ssl.SSLContext | None = None) -> None:
        context = context or httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=context, trust_env=False)
        # httpx does not hand on httpcore's `network_backend`; the versions of both are pinned, and a test connects.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=LIMITS.max_connections,
            max_keepalive_connections=LIMITS.max_keepalive_connections,
            keepalive_expiry=LIMITS.keepalive_expiry,
            http2=True,
            network_backend=_Guard(addresses_of),
        )


class _Guard(httpcore.AnyIOBackend):
    def __init__(self, addresses_of: AddressesOf) -> None:
        self._addresses_of = addresses_of

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address that answers. Raises httpcore.ConnectError for a refused host."""
        try:
            async with asyncio.timeout(timeout):
                addresses = (await self._addresses_of(host, port))[:MOST_ADDRESSES]
        except RefusedAddressError as error:
            raise httpcore.ConnectError(str(error)) from error
        except TimeoutError as error:
            raise httpcore.ConnectTimeout("no address in time") from error
        last: Exception = httpcore.ConnectError("no address")
        # A dead address, often IPv6's, must leave time for the next one.
        share = timeout and timeout / len(addresses)
        for address in addresses:
            try:
                return await super().connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last
