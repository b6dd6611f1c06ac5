"""Questions that were being asked when the engine's process was lost."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from time import monotonic

from rules.programme import Posed

MOST, SECONDS, LOSSES = 256, 600.0, 2


class Suspects:
    """Remembers hashes, not facts: a patient whose questions killed the engine twice is not put to it for a while."""

    def __init__(self, losses: int = LOSSES, seconds: float = SECONDS) -> None:
        self._losses, self._seconds = losses, seconds
        self._seen: OrderedDict[int, tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, posed: Sequence[Posed]) -> None:
        """The process was lost while these were asked."""
        key = hash(tuple(posed))
        with self._lock:
            times, _ = self._seen.pop(key, (0, 0.0))
            self._seen[key] = (times + 1, monotonic())
            if len(self._seen) > MOST:
                self._seen.popitem(last=False)

    def hold(self, posed: Sequence[Posed]) -> bool:
        """Whether these must not be asked now."""
        if not self._seen:
            return False
        with self._lock:
            times, last = self._seen.get(hash(tuple(posed)), (0, 0.0))
        return times >= self._losses and monotonic() - last < self._seconds
