"""The database: SQLite or PostgreSQL through SQLAlchemy. Every insert may be repeated; the first one wins."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import singledispatch
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Insert,
    Table,
    create_engine,
    delete,
    event,
    exc,
    inspect,
    make_url,
    select,
    text,
)

from cds.errors import CdsError
from cds.record import models
from cds.record.rows import Call, Evidence, Feedback, Row, UsedToken

CONNECT_SECONDS = 3
STATEMENT_MS = 10_000
Record = dict[str, Any]


class StoreDownError(CdsError):
    """The database cannot be had now; the same may work later. Names the kind of failure, never a row or a URL."""


class RefusedRowError(CdsError):
    """The database will never take this row."""


class Store:
    """One database. Connects on first use; safe to share between threads."""

    def __init__(self, url: str) -> None:
        """Raises ValueError when `url` is not a database URL that we can use."""
        self.engine = _engine(url)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction. Raises StoreDownError or RefusedRowError instead of the driver's errors, which hold values."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except (exc.DataError, exc.IntegrityError) as error:
            raise RefusedRowError(_name_of(error)) from None
        except (exc.SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise StoreDownError(_name_of(error)) from None

    def revision(self) -> str | None:
        """The revision of the tables, None for a database without them. Raises StoreDownError."""
        with self.begin() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            return found

    def ping(self) -> None:
        """Raises StoreDownError when the database does not answer."""
        with self.begin() as connection:
            connection.execute(text("SELECT 1"))

    def insert(self, rows: Sequence[Row]) -> None:
        """All rows in one transaction; rows that are there already are left as they are."""
        batches: dict[Table, list[Record]] = {}
        for row in rows:
            for table, record in records_of(row):
                batches.setdefault(table, []).append(record)
        with self.begin() as connection:
            for table, records in batches.items():
                connection.execute(self._insertion(table), records)

    def _insertion(self, table: Table) -> Insert:
        # The dialect of the other database is heavy, and never used by the same process.
        if self.is_sqlite:
            from sqlalchemy.dialects import sqlite

            return sqlite.insert(table).on_conflict_do_nothing()
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table).on_conflict_do_nothing()

    def first_use(self, token: UsedToken) -> bool:
        """Remember a token; False when it was there, also when another machine wrote it a moment ago."""
        with self.begin() as connection:
            # The row comes back only when it was written; drivers do not agree on counts.
            insertion = self._insertion(models.tokens).returning(models.tokens.c.key)
            return connection.execute(insertion, {"key": token.key, "expires": token.expires}).first() is not None

    def forget_tokens(self, before: float) -> None:
        """Delete tokens that expired before this instant (seconds since 1970)."""
        with self.begin() as connection:
            connection.execute(delete(models.tokens).where(models.tokens.c.expires < before))

    def prune(self, before: datetime) -> dict[str, int]:
        """Delete calls (with answers, cards and evidence) and feedback that came before this instant; how many."""
        old = select(models.calls.c.id).where(models.calls.c.at < before)
        with self.begin() as connection:
            doomed = [
                ("evidence", delete(models.evidence).where(models.evidence.c.call_id.in_(old))),
                ("calls", delete(models.calls).where(models.calls.c.at < before)),
                ("feedback", delete(models.feedback).where(models.feedback.c.received_at < before)),
            ]
            return {name: connection.execute(statement).rowcount for name, statement in doomed}

    def calls(self, *, limit: int, patient: str | None = None) -> list[Record]:
        """Audited calls, latest first, without their answers."""
        wanted = select(models.calls).order_by(models.calls.c.at.desc(), models.calls.c.id).limit(limit)
        if patient is not None:
            wanted = wanted.where(models.calls.c.patient == patient)
        return self._records(wanted)

    def call(self, call_id: str) -> Record | None:
        """One call with `answers` and `cards`."""
        found = self._records(select(models.calls).where(models.calls.c.id == call_id))
        if not found:
            return None
        answers = self._records(select(models.answers).where(models.answers.c.call_id == call_id))
        cards = self._records(select(models.cards).where(models.cards.c.call_id == call_id))
        return {**found[0], "answers": answers, "cards": cards}

    def evidence(self, call_id: str) -> tuple[str, bytes] | None:
        """Kind and compressed content, or None when this call was not archived."""
        found = self._records(select(models.evidence).where(models.evidence.c.call_id == call_id))
        return (found[0]["kind"], found[0]["content"]) if found else None

    def shown_cards(self) -> list[Record]:
        """Every card that was sent: `uuid`, `trial`, `suggestions` and `at`, the earliest call first."""
        cards, calls = models.cards.c, models.calls.c
        wanted = select(cards.uuid, cards.trial, cards.suggestions, calls.at).join(models.calls).order_by(calls.at)
        return self._records(wanted)

    def feedback(self) -> list[Record]:
        """Every feedback, in the order of its outcomes."""
        return self._records(select(models.feedback).order_by(models.feedback.c.outcome_at, models.feedback.c.id))

    def _records(self, wanted: Any) -> list[Record]:
        with self.begin() as connection:
            rows = connection.execute(wanted).mappings().all()
        return [{str(name): _utc(value) for name, value in row.items()} for row in rows]

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


@singledispatch
def records_of(row: object) -> Iterable[tuple[Table, Record]]:
    """The table records that a row is kept in, parents first."""
    raise TypeError(type(row).__name__)


@records_of.register
def _(row: Call) -> Iterable[tuple[Table, Record]]:
    columns = {name: getattr(row, name) for name in row.__struct_fields__ if name not in ("answers", "cards")}
    yield models.calls, {**columns, "at": _instant(row.at)}
    for answer in row.answers:
        fields = {name: getattr(answer, name) for name in answer.__struct_fields__}
        yield models.answers, {"call_id": row.id, **fields}
    for card in row.cards:
        shown = {"uuid": card.uuid, "trial": card.trial, "suggestions": list(card.suggestions)}
        yield models.cards, {"call_id": row.id, **shown}


@records_of.register
def _(row: Evidence) -> Iterable[tuple[Table, Record]]:
    yield models.evidence, {"call_id": row.call, "kind": row.kind, "content": row.content}


@records_of.register
def _(row: Feedback) -> Iterable[tuple[Table, Record]]:
    columns = {name: getattr(row, name) for name in row.__struct_fields__}
    times = {name: _instant(columns[name]) for name in ("received_at", "outcome_at")}
    yield models.feedback, {**columns, **times, "accepted": list(row.accepted)}


@records_of.register
def _(row: UsedToken) -> Iterable[tuple[Table, Record]]:
    yield models.tokens, {"key": row.key, "expires": row.expires}


def _name_of(error: Exception) -> str:
    """The kind of a failure and PostgreSQL's code for it; never its message."""
    code = getattr(getattr(error, "orig", None), "sqlstate", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__


def _instant(written: str) -> datetime:
    return datetime.fromisoformat(written).astimezone(UTC)


def _utc(value: Any) -> Any:
    """SQLite gives times back without their zone; all of ours are UTC."""
    if not isinstance(value, datetime):
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _engine(url: str) -> Engine:
    try:
        chosen = make_url(url)
    except exc.ArgumentError as error:
        raise ValueError("TRIAL_HOOKS_DATABASE must be a URL such as postgresql://user@host/database") from error
    kind = chosen.drivername.split("+")[0]
    if kind == "sqlite":
        engine = create_engine(chosen, hide_parameters=True, connect_args={"timeout": 5})
        event.listen(engine, "do_connect", _create_for_owner)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if kind not in ("postgresql", "postgres"):
        raise ValueError(f"TRIAL_HOOKS_DATABASE must be sqlite or postgresql, not {kind}")
    return create_engine(
        chosen.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        pool_size=2,
        max_overflow=2,
        pool_pre_ping=True,
        pool_timeout=CONNECT_SECONDS,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "options": f"-c statement_timeout={STATEMENT_MS} -c timezone=UTC",
            "tcp_user_timeout": STATEMENT_MS,
        },
    )


def _create_for_owner(_dialect: object, _record: object, arguments: list[Any], _options: object) -> None:
    """A new file is for its owner only. One that exists is not opened here: closing it would drop SQLite's locks."""
    with contextlib.suppress(FileExistsError):
        if arguments[0] != ":memory:":
            os.close(os.open(arguments[0], os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own transactions leave out DDL; ours begin where SQLAlchemy says so.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
