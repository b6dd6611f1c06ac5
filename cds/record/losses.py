"""Counts of rows that could not be accepted, kept in a file until an operator deletes it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec


class _Entry(msgspec.Struct):
    kind: str
    count: int


_decoder = msgspec.json.Decoder(_Entry)


class Losses:
    """Shared by all processes of this machine: each adds lines, all read the sum."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        self._path, self._clock, self._lock = path, clock, threading.Lock()
        self._new: Counter[str] = Counter()
        self._known = self._read()

    def add(self, kind: str) -> None:
        with self._lock:
            self._new[kind] += 1

    def total(self) -> Counter[str]:
        """Rows lost, by kind."""
        with self._lock:
            return self._known + self._new

    def save(self) -> None:
        """Write what is new, read what others wrote. Raises OSError; nothing is forgotten then."""
        with self._lock:
            new = Counter(self._new)
        if new:
            at = self._clock().isoformat(timespec="seconds")
            lines = [msgspec.json.encode({"at": at, "kind": kind, "count": new[kind]}) for kind in sorted(new)]
            with self._path.open("ab") as file:
                file.write(b"\n".join(lines) + b"\n")
        with self._lock:
            self._new -= new
            self._known = self._read()

    def _read(self) -> Counter[str]:
        found: Counter[str] = Counter()
        if self._path.is_file():
            for line in self._path.read_bytes().splitlines():
                try:
                    entry = _decoder.decode(line)
                except msgspec.DecodeError:
                    # Cut by a power failure: at least one row.
                    entry = _Entry("unreadable", 1)
                found[entry.kind] += entry.count
        return found
