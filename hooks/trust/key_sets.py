"""Key sets (JWKS) of trusted clients: fetched from the client's registered address only, cached, and rotated.

The address never comes from a token. A key that is not known is looked for once more, at most every RETRY seconds, so
that a flood of invented key ids is no flood of requests.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from hooks.trust.causes import Cause, RefusedTokenError
from hooks.trust.clients import Client, members_of
from hooks.trust.jwt import Key, UnusableKeyError, read_key

# Seconds. A withdrawn key is trusted for FRESH at most, or for KEPT while the key set cannot be had.
FRESH, RETRY, KEPT = 900.0, 30.0, 6 * 3600.0
MOST_BYTES, MOST_KEYS = 200_000, 100
# The body at this address. Raises KeySetUnavailableError.
Fetch = Callable[[str], Awaitable[bytes]]


class KeySetUnavailableError(Exception):
    """The key set could not be had, or it is none."""


@dataclass(slots=True)
class _Cached:
    keys: dict[tuple[str, str], Key] = field(default_factory=dict)
    fetched: float | None = None
    tried: float | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def younger_than(self, age: float, now: float) -> bool:
        return self.fetched is not None and now - self.fetched < age

    def may_ask(self, now: float) -> bool:
        return self.tried is None or now - self.tried >= RETRY


class KeySets:
    """All key sets of one process. `clock` gives seconds on a clock that never goes back."""

    def __init__(self, fetch: Fetch, clock: Callable[[], float]) -> None:
        self._fetch, self._clock = fetch, clock
        self._cache: dict[str, _Cached] = {}

    async def find(self, client: Client, kid: str, algorithm: str) -> Key:
        """The client's key of this id. Raises RefusedTokenError: UNKNOWN_KEY or KEYS_UNAVAILABLE."""
        if client.static_keys is not None:
            known = {(key.kid, key.algorithm): key for key in client.static_keys}
        else:
            known = await self._fetched(client, (kid, algorithm))
        key = known.get((kid, algorithm))
        if key is None:
            raise RefusedTokenError(Cause.UNKNOWN_KEY if known else Cause.KEYS_UNAVAILABLE, client.issuer)
        return key

    async def _fetched(self, client: Client, wanted: tuple[str, str]) -> dict[tuple[str, str], Key]:
        """What is known of the client's key set now, asked for anew where that may help."""
        address = client.jku or ""
        cached = self._cache.setdefault(address, _Cached())
        if not self._serves(cached, wanted):
            async with cached.lock:
                # Whoever waited here may find that the one before has fetched it.
                if not self._serves(cached, wanted) and cached.may_ask(self._clock()):
                    await self._ask(address, cached)
        return cached.keys if cached.younger_than(KEPT, self._clock()) else {}

    def _serves(self, cached: _Cached, wanted: tuple[str, str]) -> bool:
        return wanted in cached.keys and cached.younger_than(FRESH, self._clock())

    async def _ask(self, address: str, cached: _Cached) -> None:
        """Fetch and keep; a failure is remembered too. Not when cancelled, so that the next caller may ask."""
        try:
            found = read_key_set(await self._fetch(address))
        except KeySetUnavailableError:
            cached.tried = self._clock()
            return
        cached.keys, cached.fetched, cached.tried = found, self._clock(), self._clock()


def read_key_set(body: bytes) -> dict[tuple[str, str], Key]:
    """The usable keys by id and algorithm; others are passed over (RFC 7517 §5). Raises KeySetUnavailableError."""
    if len(body) > MOST_BYTES:
        raise KeySetUnavailableError("the key set is too large")
    try:
        members = members_of(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise KeySetUnavailableError("the answer is not a key set") from error
    found = {}
    for jwk in members[:MOST_KEYS]:
        try:
            key = read_key(jwk)
        except UnusableKeyError:
            continue
        found[(key.kid, key.algorithm)] = key
    return found
