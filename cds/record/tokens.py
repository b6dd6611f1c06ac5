"""Replay protection: whether a client's token was used before, by any worker on any machine of the same database.

While the database is down, the memory of this process answers alone; what it saw is written when the database is back.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from cds.record.recorder import Recorder
from cds.record.rows import UsedToken
from cds.record.store import RefusedRowError, StoreDownError

# Tokens live for minutes; this many at once is a flood. Then the database alone is believed.
MOST = 100_000
Here = Literal["new", "seen", "full"]


class TokenMemory:
    """Safe to use from any thread. Asks the database: call it from a thread, not from the event loop."""

    def __init__(self, recorder: Recorder, clock: Callable[[], datetime], most: int = MOST) -> None:
        self._recorder, self._clock, self._most, self._lock = recorder, clock, most, threading.Lock()
        self._mine: dict[str, float] = {}

    def seen_before(self, issuer: str, jti: str, expires: datetime | float) -> bool:
        """Remember this token and say whether it was there. `expires` is the token's exp plus any leeway."""
        until = expires.timestamp() if isinstance(expires, datetime) else float(expires)
        token = UsedToken(
            hashlib.sha256(f"{len(issuer)}:{issuer}{jti}".encode(errors="surrogatepass")).hexdigest(), until
        )
        here = self._remember(token)
        if here == "seen":
            return True
        if self._recorder.writer.progress.database != "down":
            try:
                return not self._recorder.store.first_use(token)
            except (StoreDownError, RefusedRowError):
                return self._alone(token, here)
        return self._alone(token, here)

    def _alone(self, token: UsedToken, here: Here) -> bool:
        """Without the database: what this process knows, and "seen" when it cannot know."""
        self._recorder.keep(token)
        return here == "full"

    def _remember(self, token: UsedToken) -> Here:
        now = self._clock().timestamp()
        with self._lock:
            if self._mine.get(token.key, 0) >= now:
                return "seen"
            if len(self._mine) >= self._most:
                self._mine = {key: until for key, until in self._mine.items() if until >= now}
            if len(self._mine) >= self._most:
                return "full"
            self._mine[token.key] = token.expires
            return "new"
