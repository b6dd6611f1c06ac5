"""One process at a time, where SQLite would otherwise refuse: making its file and its tables."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cds.record.store import Store


@contextmanager
def one_at_a_time(store: Store, lock: Path) -> Iterator[None]:
    """Waits for its turn at the lock file. PostgreSQL has locks of its own. Not to be nested."""
    if not store.is_sqlite:
        yield
        return
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
