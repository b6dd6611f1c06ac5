"""Replay protection: a token may be used once (`jti`, CDS Hooks 2.0 §"Trusting CDS Clients")."""

from __future__ import annotations

import hashlib
import heapq
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

MOST = 200_000


class JtiStore(Protocol):
    """Any memory of used tokens. It is asked from a thread, so it may wait for a database."""

    def seen_before(self, issuer: str, jti: str, expires: float) -> bool:
        """Remember this token until `expires` (seconds since 1970, leeway included); say whether it was there."""
        ...


class MemoryJtiStore:
    """One process's own memory, bounded. When it is full of live tokens, further ones count as seen."""

    def __init__(self, clock: Callable[[], datetime], most: int = MOST) -> None:
        self._clock, self._most, self._lock = clock, most, threading.Lock()
        self._seen: set[bytes] = set()
        self._by_expiry: list[tuple[float, bytes]] = []

    def seen_before(self, issuer: str, jti: str, expires: float) -> bool:
        key = hashlib.sha256(f"{len(issuer)}:{issuer}{jti}".encode(errors="surrogatepass")).digest()
        with self._lock:
            self._forget(self._clock().timestamp())
            if key in self._seen or len(self._seen) >= self._most:
                return True
            self._seen.add(key)
            heapq.heappush(self._by_expiry, (expires, key))
            return False

    def _forget(self, now: float) -> None:
        while self._by_expiry and self._by_expiry[0][0] < now:
            self._seen.discard(heapq.heappop(self._by_expiry)[1])
