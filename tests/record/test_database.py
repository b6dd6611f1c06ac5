"""SQLite and a real PostgreSQL: the tables' history, rows that come twice, and processes that write at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from cds.clock import now
from cds.record.migrate import migrate, revisions
from cds.record.models import NEWEST, metadata
from cds.record.rows import Evidence, UsedToken
from cds.record.store import RefusedRowError, Store, StoreDownError
from cds.record.tokens import TokenMemory
from tests.record.making import NOON, a_call, a_feedback, a_recorder, named
from tests.record.postgres import Cluster

WRITER = """
import sys
from pathlib import Path
from cds.record.rows import UsedToken
from tests.record.making import a_call, a_recorder
state, database, name, number = sys.argv[1:]
recorder = a_recorder(Path(state), database)
recorder.start()
for one in range(int(number)):
    recorder.keep(a_call(f"{name} {one}"), a_call("both write this"))
recorder.stop()
assert recorder.database_is_up, recorder.status()
print(sum(recorder.store.first_use(UsedToken(f"{one:064d}", 9e9)) for one in range(200)))
"""


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    opened = Store(database)
    yield opened
    opened.close()


@pytest.fixture
def ready(store: Store, tmp_path: Path) -> Store:
    migrate(store, lock=tmp_path / "lock")
    return store


def count(store: Store, table: str) -> int:
    with store.begin() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608 - our own names


@pytest.mark.parametrize("start", [None, *revisions()])
def test_every_revision_can_be_brought_to_the_tables_of_today(store: Store, tmp_path: Path, start: str | None) -> None:
    if start:
        migrate(store, lock=tmp_path / "lock", to=start)

    before, after = migrate(store, lock=tmp_path / "lock")

    with store.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert (before, after) == (start, revisions()[-1])
    assert store.revision() == NEWEST == after


def test_rows_outlive_a_migration(store: Store, tmp_path: Path) -> None:
    migrate(store, lock=tmp_path / "lock", to="r0001")
    store.insert([a_call()])

    migrate(store, lock=tmp_path / "lock")

    assert store.call(named("one")) is not None


def test_a_database_of_a_newer_product_is_left_as_it_is(ready: Store, tmp_path: Path) -> None:
    with ready.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'r9999'"))

    assert migrate(ready, lock=tmp_path / "lock") == ("r9999", "r9999")


def test_what_was_kept_is_read_back(ready: Store) -> None:
    ready.insert([a_call(instance="i"), a_feedback(named("one/card")), Evidence(named("one"), "bundle", b"\x00x")])

    [listed] = ready.calls(limit=5, patient="Patient/1")
    found = ready.call(named("one"))
    assert found is not None
    assert (listed["id"], listed["at"], found["instance"]) == (named("one"), NOON, "i")
    assert found["answers"][0]["outcomes"] == {"I1": "pass"}
    assert [card["uuid"] for card in ready.shown_cards()] == [named("one/card")]
    assert [entry["outcome_at"] for entry in ready.feedback()] == [NOON]
    assert ready.evidence(named("one")) == ("bundle", b"\x00x")
    assert (ready.call("nobody"), ready.evidence("nobody"), ready.calls(limit=5, patient="Patient/2")) == (
        None,
        None,
        [],
    )


def test_the_same_rows_twice_are_there_once(ready: Store) -> None:
    rows = [a_call(), a_feedback(named("one/card")), UsedToken("k" * 64, 1.0)]

    for _ in range(2):
        ready.insert([*rows, *rows])

    tables = ("audit_call", "audit_answer", "shown_card", "feedback", "used_token")
    assert [count(ready, table) for table in tables] == [1, 1, 1, 1, 1]


def test_a_token_is_new_once_until_it_is_forgotten(ready: Store) -> None:
    token = UsedToken("k" * 64, 100.0)

    uses = [ready.first_use(token), ready.first_use(token)]
    ready.forget_tokens(before=101.0)

    assert [*uses, ready.first_use(token)] == [True, False, True]


def test_what_is_older_than_the_retention_is_deleted_with_all_that_belongs_to_it(ready: Store) -> None:
    early = (NOON - timedelta(days=1)).isoformat()
    for name, at in (("old", early), ("new", NOON.isoformat())):
        ready.insert([a_call(name, at=at), Evidence(named(name), "bundle", b"x")])
        ready.insert([a_feedback(named(f"{name}/card"), received_at=at)])

    assert ready.prune(NOON) == {"evidence": 1, "calls": 1, "feedback": 1}

    tables = ("audit_call", "audit_answer", "shown_card", "feedback", "evidence")
    assert [count(ready, table) for table in tables] == [1, 1, 1, 1, 1]
    assert ready.call(named("new")) is not None


def test_two_processes_start_migrate_and_write_at_once(database: str, tmp_path: Path) -> None:
    """One state folder for SQLite (two workers); two for PostgreSQL (two machines)."""
    states = [tmp_path / ("here" if database.startswith("sqlite") else name) for name in ("a", "b")]
    children = [
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", WRITER, str(state), database, name, "150"], stdout=subprocess.PIPE
        )
        for state, name in zip(states, ("first", "second"), strict=True)
    ]
    firsts = [int(child.communicate(timeout=120)[0].splitlines()[-1]) for child in children]
    for state in states:
        recorder = a_recorder(state, database)
        assert recorder.writer.cycle()
        recorder.store.close()

    store = Store(database)
    assert [child.returncode for child in children] == [0, 0]
    assert sum(firsts) == 200
    assert count(store, "audit_call") == 301
    store.close()


def test_a_row_that_postgresql_will_never_take_is_put_aside_and_stops_nobody(cluster: Cluster, tmp_path: Path) -> None:
    recorder = a_recorder(tmp_path, cluster.database())
    recorder.keep(a_call(1))
    recorder.keep(a_call(2, patient="Patient/\x00"))
    recorder.keep(a_call(3))

    assert recorder.writer.cycle()

    assert sorted(call["id"] for call in recorder.store.calls(limit=9)) == sorted([named(1), named(3)])
    assert recorder.status()["refused"] == {"call": 1}
    assert recorder.degraded
    assert named(2) in (tmp_path / "refused.jsonl").read_text()
    recorder.store.close()


def test_no_error_of_a_driver_comes_out(ready: Store) -> None:
    with pytest.raises((RefusedRowError, StoreDownError)) as caught:
        ready.insert([a_call(patient={"secret": "Zebedee"})])

    assert "Zebedee" not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://x/y", "oracle://x"])
def test_another_database_is_refused_by_name_of_the_setting(url: str) -> None:
    with pytest.raises(ValueError, match="TRIAL_HOOKS_DATABASE"):
        Store(url)


def test_two_workers_share_their_replay_memory(database: str, tmp_path: Path) -> None:
    recorders = [a_recorder(tmp_path / name, database) for name in ("a", "b")]
    recorders[0].writer.cycle()
    here, there = (TokenMemory(recorder, now) for recorder in recorders)
    expires = now().timestamp() + 300

    assert not here.seen_before("https://ehr.example", "1", expires)
    assert there.seen_before("https://ehr.example", "1", expires)
    assert here.seen_before("https://ehr.example", "1", expires)
    assert not there.seen_before("https://other.example", "1", expires)
    for recorder in recorders:
        recorder.store.close()


def test_a_role_that_may_not_create_tables_keeps_and_reads_once_another_has_migrated(
    cluster: Cluster, tmp_path: Path
) -> None:
    url = cluster.database()
    owner, role = Store(url), f"keeper_{url.rsplit('/', 1)[1]}"
    with owner.begin() as connection:
        for statement in (
            f"CREATE ROLE {role} LOGIN",
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
            f"ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, DELETE ON TABLES TO {role}",
        ):
            connection.execute(text(statement))
    recorder = a_recorder(tmp_path, url.replace("tester@", f"{role}@"))
    recorder.keep(a_call(), a_feedback(named("one/card")))

    before = recorder.writer.cycle()
    migrate(owner, lock=tmp_path / "lock")
    after = recorder.writer.cycle()

    assert (before, after) == (False, True)
    assert recorder.store.call(named("one")) is not None
    assert recorder.store.first_use(UsedToken("k" * 64, 1.0))
    recorder.store.forget_tokens(before=2.0)
    for store in (owner, recorder.store):
        store.close()
