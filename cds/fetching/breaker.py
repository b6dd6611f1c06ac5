"""A circuit breaker for each server: after repeated failures it is left alone for a while, then tried once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MOST_SERVERS = 1_000


@dataclass(slots=True)
class _State:
    failures: int = 0
    opened: float | None = None
    trying: bool = False


class Breaker:
    """Counts consecutive failures by server. `clock` gives seconds on a clock that never goes back."""

    def __init__(self, clock: Callable[[], float], *, failures: int = 5, rest: float = 30.0) -> None:
        self._clock, self._limit, self._rest = clock, failures, rest
        self._states: OrderedDict[str, _State] = OrderedDict()

    def allows(self, server: str) -> bool:
        """Whether a request may be sent now. After the rest only one request is, until its outcome is known."""
        state = self._states.get(server)
        if state is None or state.opened is None:
            return True
        if state.trying or self._clock() - state.opened < self._rest:
            return False
        state.trying = True
        return True

    def worked(self, server: str) -> None:
        """The server answered: whatever was held against it is forgotten."""
        self._states.pop(server, None)

    def failed(self, server: str) -> None:
        """The server did not answer, or only with a fault of its own."""
        state = self._states.setdefault(server, _State())
        self._states.move_to_end(server)
        state.failures += 1
        if state.trying or state.failures >= self._limit:
            state.opened, state.trying = self._clock(), False
        while len(self._states) > MOST_SERVERS:
            self._states.popitem(last=False)

    def unknown(self, server: str) -> None:
        """The request was given up before its outcome was known: another may try."""
        state = self._states.get(server)
        if state is not None:
            state.trying = False
