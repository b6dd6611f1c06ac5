"""The door to Alembic: brings the tables to the newest revision, once, whoever starts first."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from cds.record.store import Store
from cds.record.turns import one_at_a_time

# Any number, the same in every process that migrates.
ADVISORY_LOCK = 741_491_526


def migrate(store: Store, *, lock: Path, to: str = "head") -> tuple[str | None, str | None]:
    """The revision before and after. A database that is newer than this product is left as it is.

    Only one process migrates at a time: SQLite by a lock file, PostgreSQL by an advisory lock of the transaction.
    Raises StoreDownError when the database cannot be had or the role may not create tables.
    """
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    with one_at_a_time(store, lock), store.begin() as connection:
        if not store.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
        before = MigrationContext.configure(connection).get_current_revision()
        if before == scripts.get_current_head() or (before is not None and before not in known):
            return before, before
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        return before, MigrationContext.configure(connection).get_current_revision()


def revisions() -> tuple[str, ...]:
    """Every revision, oldest first."""
    scripts = ScriptDirectory.from_config(_config())
    return tuple(reversed([script.revision for script in scripts.walk_revisions()]))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "cds.record:migrations")
    config.set_main_option("path_separator", "os")
    return config
