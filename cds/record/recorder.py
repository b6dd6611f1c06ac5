"""What the doors talk to: keep these rows. They are in the spool when `keep` returns; the rest happens behind it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog

from cds.record.losses import Losses
from cds.record.rows import Row, kind_of, line_of
from cds.record.spool import Spool, SpoolFullError
from cds.record.store import Store
from cds.record.writer import Writer
from cds.settings import Settings

# Rows of this long are put on the disk together (seconds), and carried into the database together. Each time these
# threads wake they take the interpreter's lock from the one that answers (docs/adr/0003).
SYNC_LINGER = 0.05
STORE_LINGER = 1.0
# How often to look for segments of processes that died, and at a silent database.
IDLE = 2.0
LONGEST_PAUSE = 10.0
log = structlog.get_logger("trial_hooks.record")


class Recorder:
    """The memory of one process. Safe to use from any thread; `start` and `stop` once."""

    def __init__(self, spool: Spool, store: Store, losses: Losses, writer: Writer, *, limit: int) -> None:
        self.spool, self.store, self.losses, self.writer = spool, store, losses, writer
        self._limit = limit
        self._fresh, self._wake, self._stopping = threading.Event(), threading.Event(), threading.Event()
        self._disk_failure: str | None = None
        self._threads: list[threading.Thread] = []

    def keep(self, *rows: Row) -> bool:
        """Accept rows, all or none; False when the spool is full or broken, which is counted. Never raises for that."""
        try:
            self.spool.append(b"".join(map(line_of, rows)))
        except SpoolFullError:
            for row in rows:
                self.losses.add(kind_of(row))
            self._announce()
            return False
        self._announce()
        return True

    def keep_if_roomy(self, row: Row) -> bool:
        """As `keep`, for bulky rows: in an outage they leave half of the spool to the others."""
        if self.spool.backlog > self._limit // 2:
            self.losses.add(kind_of(row))
            self._announce()
            return False
        return self.keep(row)

    def _announce(self) -> None:
        """Something is new. Where that is known already, the loop has yet to look: nobody needs to be woken."""
        if not self._fresh.is_set():
            self._fresh.set()

    def keep_durably(self, *rows: Row) -> bool:
        """As `keep`, and on the disk when it returns. Waits for the disk: not for the event loop."""
        return self.keep(*rows) and self.settle()

    def settle(self) -> bool:
        """Everything kept before is on the disk when this returns, even if the machine fails; False when it cannot be.

        Waits for the disk, once for all who wait: not for the event loop.
        """
        try:
            self.spool.sync()
        except OSError as error:
            self._disk_failed(error)
            return False
        return True

    @property
    def database_is_up(self) -> bool:
        return self.writer.progress.database == "up"

    def status(self) -> dict[str, Any]:
        """For /readyz: the database, what waits, what was lost, and whether anything of it needs a person."""
        lost, refused = self.losses.total(), self.writer.progress.refused
        found = {
            "database": self.writer.progress.database,
            "failure": self.writer.progress.failure,
            "disk": self._disk_failure,
            "spooled": self.spool.rows,
            "backlog_bytes": self.spool.backlog,
            "backlog_limit_bytes": self._limit,
            "lost": dict(sorted(lost.items())) or None,
            "refused": dict(sorted(refused.items())) or None,
        }
        return {name: value for name, value in found.items() if value is not None}

    @property
    def degraded(self) -> bool:
        """True when answers go out but their memory is not as it should be."""
        troubled = self.writer.progress.database == "down" or self._disk_failure is not None
        filling = self.spool.backlog > self._limit // 2
        return troubled or filling or bool(self.losses.total()) or bool(self.writer.progress.refused)

    def start(self) -> None:
        """Begin to write behind the answers."""
        for name, work in (("sync", self._sync_loop), ("store", self._store_loop)):
            thread = threading.Thread(target=work, name=f"trial-hooks-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Store what can be stored now and end; the rest waits in the spool for the next process."""
        self._stopping.set()
        self._fresh.set()
        self._wake.set()
        for thread in self._threads:
            thread.join(LONGEST_PAUSE)
        if self.database_is_up:
            self.writer.cycle()
        else:
            self.spool.seal()
        self._sync()
        self.store.close()

    def _sync_loop(self) -> None:
        while not self._stopping.is_set():
            self._fresh.wait()
            time.sleep(SYNC_LINGER)
            self._fresh.clear()
            self._sync()
            self._wake.set()

    def _sync(self) -> None:
        try:
            self.spool.sync()
            self.losses.save()
            self._disk_failure = None
        except OSError as error:
            self._disk_failed(error)

    def _disk_failed(self, error: OSError) -> None:
        if self._disk_failure is None:
            log.error("state folder failed", failure=type(error).__name__, number=error.errno)
        self._disk_failure = f"{type(error).__name__} {error.errno}"

    def _store_loop(self) -> None:
        pause = IDLE
        while not self._stopping.is_set():
            stored = self.writer.cycle()
            pause = IDLE if stored else min(max(pause, 0.5) * 1.5, LONGEST_PAUSE)
            if stored:
                if self._wake.wait(pause):
                    self._wake.clear()
                    self._stopping.wait(STORE_LINGER)
            else:
                self._stopping.wait(pause)


def build_recorder(settings: Settings, clock: Callable[[], datetime]) -> Recorder:
    """The recorder of this installation, not started. Raises SpoolError or ValueError, which name what to set."""
    spool = Spool(settings.state / "spool", settings.spool_limit, clock)
    store = Store(settings.database_url)
    writer = Writer(spool, store, settings.state / "refused.jsonl", clock)
    return Recorder(spool, store, Losses(settings.state / "lost.jsonl", clock), writer, limit=settings.spool_limit)
