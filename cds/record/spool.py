"""The local spool: rows are appended to a file here before an answer leaves, and wait until the database has them.

One process writes one segment at a time, under an exclusive lock (flock) for as long as it lives. A sealed segment, or
one whose writer died, belongs to whoever locks it first, and is deleted when all its rows are stored. A row that was
accepted is never dropped: when the folder is full, new rows are refused and counted.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count
from pathlib import Path

from cds.errors import CdsError

SEGMENT_BYTES = 1_000_000
SUFFIX = ".jsonl"


class SpoolError(CdsError):
    """The state folder cannot be used."""


class SpoolFullError(CdsError):
    """The row was not accepted: the folder is full, or cannot be written."""


class Spool:
    """Segments in one folder, shared by all processes of this machine. `limit` is bytes of the whole folder."""

    def __init__(self, folder: Path, limit: int, clock: Callable[[], datetime]) -> None:
        """Raises SpoolError when the folder cannot be made or written."""
        self.folder, self._limit, self._clock = folder, limit, clock
        self._lock, self._syncing, self._numbers = threading.Lock(), threading.Lock(), count()
        self._fd: int | None = None
        self._retired: list[int] = []
        self._size, self._lines, self._unsynced, self._unnamed = 0, 0, False, False
        self._elsewhere, self._lines_elsewhere = 0, 0
        self._read: dict[str, tuple[int, int]] = {}
        try:
            folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.mkdir(exist_ok=True, mode=0o700)
            probe = folder / f".probe-{os.getpid()}"
            probe.touch(mode=0o600)
            probe.unlink()
        except OSError as error:
            raise SpoolError(f"{folder}: cannot be written ({error.strerror}); set TRIAL_HOOKS_STATE") from error
        self.measure()

    @property
    def backlog(self) -> int:
        """Bytes that wait here; of other processes as last measured."""
        return self._elsewhere + self._size

    @property
    def rows(self) -> int:
        """Rows that wait here; of other processes as last measured."""
        return self._lines_elsewhere + self._lines

    def append(self, lines: bytes) -> None:
        """Add whole lines, all or none; when this returns they outlive this process. Raises SpoolFullError."""
        with self._lock:
            if self.backlog + len(lines) > self._limit:
                raise SpoolFullError("the spool is full")
            try:
                self._write(lines)
            except OSError as error:
                raise SpoolFullError(f"the spool cannot be written ({error.strerror})") from error
            if self._size >= SEGMENT_BYTES:
                self._seal()

    def _write(self, lines: bytes) -> None:
        if self._fd is None:
            self._fd = self._new_segment()
        written = os.write(self._fd, lines)
        if written < len(lines):
            # A full disk takes a part: take it back, so that no half line stands before the next one.
            os.ftruncate(self._fd, self._size)
            raise OSError(28, "no space left")
        self._size, self._unsynced = self._size + written, True
        self._lines += lines.count(b"\n")

    def _new_segment(self) -> int:
        stamp = self._clock().strftime("%Y%m%dT%H%M%S%f")
        name = f"{stamp}-{os.getpid()}-{next(self._numbers):06d}{SUFFIX}"
        hidden = self.folder / f".{name}"
        fd = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        fcntl.flock(fd, fcntl.LOCK_EX)
        # Only a locked file gets a name that others look for.
        hidden.rename(self.folder / name)
        self._size, self._lines, self._unnamed = 0, 0, True
        return fd

    def sync(self) -> None:
        """Everything accepted before this call is on the disk when it returns. Raises OSError when it is not."""
        with self._syncing:
            with self._lock:
                retired, self._retired = self._retired, []
                current = [os.dup(self._fd)] if self._fd is not None and self._unsynced else []
                self._unsynced, named, self._unnamed = False, not self._unnamed, False
            try:
                _sync_all([*retired, *current])
                if not named:
                    _sync_folder(self.folder)
            except OSError:
                with self._lock:
                    self._unsynced = self._unnamed = True
                raise

    def seal(self) -> None:
        """Give the current segment up, so that it can be stored after the next `sync`; the next row opens another."""
        with self._lock:
            self._seal()

    def _seal(self) -> None:
        if self._fd is not None:
            # Its lock is held until it is on the disk; that is not for the thread that answers a call.
            self._retired.append(self._fd)
            self._fd, self._unsynced = None, False
            self._elsewhere, self._size = self._elsewhere + self._size, 0
            self._lines_elsewhere, self._lines = self._lines_elsewhere + self._lines, 0

    def waiting(self) -> Iterator[tuple[Path, bytes]]:
        """Sealed and orphaned segments, oldest first, locked while the caller has them; the caller deletes them."""
        for path in self._paths():
            with contextlib.ExitStack() as held:
                try:
                    file = held.enter_context(path.open("rb"))
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except (BlockingIOError, FileNotFoundError):
                    continue
                if os.fstat(file.fileno()).st_nlink:
                    yield path, file.read()
        self.measure()

    def measure(self) -> None:
        """Look again at what waits here beside our own segment."""
        found = {}
        for path in self._paths():
            with contextlib.suppress(FileNotFoundError):
                found[path.name] = _read_on(path, *self._read.get(path.name, (0, 0)))
        self._read = found
        with self._lock:
            self._elsewhere = max(0, sum(size for size, _ in found.values()) - self._size)
            self._lines_elsewhere = max(0, sum(lines for _, lines in found.values()) - self._lines)

    def _paths(self) -> list[Path]:
        return sorted(path for path in self.folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))


def _read_on(path: Path, size: int, lines: int) -> tuple[int, int]:
    """Bytes and lines of a segment, of which so many were counted before: segments only grow."""
    with path.open("rb") as file:
        file.seek(size)
        new = file.read()
    return size + len(new), lines + new.count(b"\n")


def _sync_all(fds: list[int]) -> None:
    """Put files on the disk and close them, also the rest when one fails: their rows can still be stored."""
    with contextlib.ExitStack() as closing:
        for fd in fds:
            closing.callback(os.close, fd)
        for fd in fds:
            os.fsync(fd)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
