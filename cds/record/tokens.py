"""Replay protection: whether a client's token was used before, by any worker on any machine of the same database.

While the database is down, the memory of this process answers alone; what it saw is written when the database is back.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from datetime import datetime

from cds.record.recorder import Recorder
from cds.record.rows import UsedToken
from cds.record.store import RefusedRowError, StoreDownError

# Tokens live for minutes; this many within their lifetime is a flood, and the oldest are then forgotten here.
MOST = 100_000


class TokenMemory:
    """Safe to use from any thread. Asks the database: call it from a thread, not from the event loop."""

    def __init__(self, recorder: Recorder, clock: Callable[[], datetime]) -> None:
        self._recorder, self._clock, self._lock = recorder, clock, threading.Lock()
        self._mine: dict[str, float] = {}

    def seen_before(self, issuer: str, jti: str, expires: datetime | float) -> bool:
        """Remember this token and say whether it was there. `expires` is the token's exp plus any leeway."""
        until = expires.timestamp() if isinstance(expires, datetime) else float(expires)
        token = UsedToken(hashlib.sha256(f"{len(issuer)}:{issuer}{jti}".encode()).hexdigest(), until)
        if not self._first_here(token):
            return True
        if self._recorder.writer.progress.database != "down":
            try:
                return not self._recorder.store.first_use(token)
            except (StoreDownError, RefusedRowError):
                self._recorder.keep(token)
                return False
        self._recorder.keep(token)
        return False

    def _first_here(self, token: UsedToken) -> bool:
        now = self._clock().timestamp()
        with self._lock:
            if self._mine.get(token.key, 0) >= now:
                return False
            if len(self._mine) >= MOST:
                self._mine = {key: until for key, until in self._mine.items() if until >= now}
                for key in list(self._mine)[: len(self._mine) - MOST + 1]:
                    del self._mine[key]
            self._mine[token.key] = token.expires
            return True
