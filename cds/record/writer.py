"""Carries the spool into the database: in order, repeatably, for ever. A database that is down costs only time."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec
import structlog

from cds.errors import CdsError
from cds.record.models import NEWEST
from cds.record.rows import Row, kind_of, line_of, row_of
from cds.record.spool import Spool
from cds.record.store import RefusedRowError, Store, StoreDownError
from cds.record.turns import one_at_a_time

BATCH = 200
PING_EVERY = timedelta(seconds=5)
FORGET_EVERY = timedelta(minutes=10)
log = structlog.get_logger("trial_hooks.record")


@dataclass(slots=True)
class Progress:
    """How the writing goes: the database as last seen, and rows by kind since the process started."""

    database: Literal["starting", "up", "down"] = "starting"
    failure: str | None = None
    stored: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


class Writer:
    """Used by one thread at a time. `refused` is where rows go that the database will never take: kept, not lost."""

    def __init__(self, spool: Spool, store: Store, refused: Path, clock: Callable[[], datetime]) -> None:
        self.progress = Progress()
        self._spool, self._store, self._refused, self._clock = spool, store, refused, clock
        self._prepared = False
        self._heard = self._forgot = clock() - FORGET_EVERY

    def cycle(self) -> bool:
        """Store everything that waits; False when it must be tried again. Never raises."""
        try:
            self._spool.seal()
            self._spool.sync()
            self._prepare()
            for path, content in self._spool.waiting():
                for rows in _batches(list(self._rows(content))):
                    self._insert(rows)
                path.unlink()
            self._tidy()
        except StoreDownError as error:
            return self._is_down(str(error))
        except (CdsError, OSError) as error:
            return self._is_down(type(error).__name__)
        except Exception as error:  # noqa: BLE001 - a bug here must not end the thread; the rows wait
            return self._is_down(f"bug: {type(error).__name__}")
        self._is_up()
        return True

    def _prepare(self) -> None:
        if self._prepared:
            return
        lock = self._refused.with_name("migrate.lock")
        with one_at_a_time(self._store, lock):
            # Two processes that open a new SQLite file at once would find it locked.
            revision = self._store.revision()
        if revision != NEWEST:
            # Alembic is heavy, and needed once in the life of a database.
            from cds.record.migrate import migrate

            before, after = migrate(self._store, lock=lock)
            if before != after:
                log.info("migrated", before=before, after=after)
        self._prepared = True

    def _rows(self, content: bytes) -> Iterator[Row]:
        # A last line without its newline was cut by a kill, before its answer left: it promised nothing.
        for line in content.split(b"\n")[:-1]:
            try:
                yield row_of(line)
            except msgspec.DecodeError:
                self._refuse("unreadable", line + b"\n")

    def _insert(self, rows: Sequence[Row]) -> None:
        try:
            self._store.insert(rows)
            self._heard = self._clock()
            self.progress.stored.update(map(kind_of, rows))
        except RefusedRowError:
            if len(rows) == 1:
                self._refuse(kind_of(rows[0]), line_of(rows[0]))
                return
            for row in rows:
                self._insert([row])

    def _refuse(self, kind: str, line: bytes) -> None:
        fd = os.open(self._refused, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(fd, "ab") as file:
            file.write(line)
        self.progress.refused[kind] += 1
        log.error("row refused", kind=kind)

    def _tidy(self) -> None:
        now = self._clock()
        if now - self._forgot > FORGET_EVERY:
            self._forgot = now
            self._store.forget_tokens(now.timestamp())
        elif now - self._heard >= PING_EVERY:
            self._store.ping()
        else:
            return
        self._heard = now

    def _is_down(self, failure: str) -> bool:
        if self.progress.failure != failure:
            log.error("record database down", failure=failure)
        self.progress.database, self.progress.failure = "down", failure
        return False

    def _is_up(self) -> None:
        if self.progress.database == "down":
            log.info("record database up")
        self.progress.database, self.progress.failure = "up", None


def _batches(rows: list[Row]) -> Iterator[list[Row]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]
