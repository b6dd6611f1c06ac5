"""Killing the database, the FHIR server or the worker in the middle of a load run loses no row."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from cds.clock import now
from cds.record.recorder import build_recorder
from cds.record.store import Store, StoreDownError
from cds.record.tokens import TokenMemory
from cds.settings import Settings
from tests.ehr.fake_ehr import FakeEhr
from tests.record.making import NOON, a_call, a_recorder
from tests.record.postgres import Cluster
from tests.record.serving import FITS, Load, serving, wait_until


def in_database(url: str) -> tuple[set[str], set[str]]:
    """hookInstances of answered calls, and cards with feedback."""
    store = Store(url)
    calls = {call["instance"] for call in store.calls(limit=100_000) if call["status"] == 200}
    cards = {entry["card"] for entry in store.feedback()}
    store.close()
    return calls, cards


def readiness(base: str) -> dict[str, object]:
    answer = httpx.get(f"{base}/readyz", timeout=5)
    assert answer.status_code == 200
    found: dict[str, object] = answer.json()
    return found


def test_killing_postgresql_stops_no_card_and_loses_no_row(cluster: Cluster, tmp_path: Path) -> None:
    database = cluster.database()
    with serving(tmp_path, database) as (_, base), Load(base).running() as load:
        wait_until(lambda: len(load.calls) > 20)
        cluster.crash()
        try:
            so_far = len(load.calls)
            wait_until(lambda: readiness(base)["degraded"])
            wait_until(lambda: len(load.calls) > so_far + 50)
            during = readiness(base)
        finally:
            cluster.start()
        wait_until(lambda: not readiness(base)["degraded"])
        wait_until(lambda: len(load.calls) > so_far + 100)
        load.stop()
        time.sleep(0.5)
        wait_until(lambda: readiness(base)["record"]["backlog_bytes"] == 0)  # type: ignore[index]
        after = readiness(base)

    calls, cards = in_database(database)
    assert load.failures == []
    assert during["status"] == "ready"
    assert during["record"]["database"] == "down"  # type: ignore[index]
    assert during["record"]["backlog_bytes"] > 0  # type: ignore[index]
    assert (after["degraded"], after["record"]["database"]) == (False, "up")  # type: ignore[index]
    assert set(load.calls) <= calls
    assert set(load.feedback) <= cards
    assert len(load.feedback) > 50


def test_killing_the_fhir_server_stops_no_card_and_loses_no_row(tmp_path: Path) -> None:
    """The observations are not prefetched; when their server dies, the cards go on without them."""
    ehr = FakeEhr(access_token=None)
    up = ExitStack()
    up.enter_context(ehr.running())
    prefetch = {key: value for key, value in FITS["prefetch"].items() if key != "observations"}
    asking = FITS | {"fhirServer": ehr.fhir, "prefetch": prefetch}
    with serving(tmp_path, TRIAL_HOOKS_OPEN_FHIR_SERVERS=ehr.fhir) as (_, base):
        load = Load(base, asking)
        with load.running():
            wait_until(lambda: len(load.calls) > 20)
            asked = ehr.asked.total()
            up.close()
            so_far = len(load.calls)
            wait_until(lambda: len(load.calls) > so_far + 20)
        wait_until(lambda: readiness(base)["record"]["backlog_bytes"] == 0)  # type: ignore[index]

    calls, cards = in_database(f"sqlite:///{tmp_path}/record.sqlite3")
    assert asked > 20
    assert load.failures == []
    assert set(load.calls) <= calls
    assert set(load.feedback) <= cards


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_killing_the_worker_loses_no_answered_call(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    database = request.getfixturevalue("cluster").database() if kind == "postgresql" else ""
    with serving(tmp_path, database) as (worker, base), Load(base).running() as load:
        wait_until(lambda: len(load.calls) > 60)
        worker.kill()
        worker.wait()
    recorder = a_recorder(tmp_path, database)
    assert recorder.writer.cycle()
    recorder.store.close()

    calls, cards = in_database(database or f"sqlite:///{tmp_path}/record.sqlite3")
    assert set(load.calls) <= calls
    assert set(load.feedback) <= cards
    assert load.failures != []


def test_a_worker_stores_what_another_left_behind(tmp_path: Path) -> None:
    with serving(tmp_path) as (worker, base), Load(base).running() as load:
        wait_until(lambda: len(load.calls) > 10)
        worker.kill()
        worker.wait()

    def has_all() -> bool:
        try:
            return set(load.calls) <= in_database(f"sqlite:///{tmp_path}/record.sqlite3")[0]
        except StoreDownError:  # the tables are made behind the answers
            return False

    with serving(tmp_path):
        wait_until(has_all)


def test_a_database_that_stops_while_nobody_calls_is_noticed_within_seconds(cluster: Cluster, tmp_path: Path) -> None:
    """By a question every five seconds; a second cycle within them asks nothing."""
    moment = [NOON]
    recorder = build_recorder(Settings(state=tmp_path, database=cluster.database()), lambda: moment[0])
    assert recorder.writer.cycle()
    moment[0] += timedelta(minutes=1)
    recorder.keep(a_call())
    assert recorder.writer.cycle()
    cluster.crash()
    try:
        seen = []
        for _ in range(3):
            moment[0] += timedelta(seconds=3)
            seen.append((recorder.writer.cycle(), recorder.database_is_up))
    finally:
        cluster.start()

    assert seen == [(True, True), (False, False), (False, False)]
    assert recorder.writer.cycle()
    assert recorder.database_is_up
    recorder.store.close()


def test_a_database_that_was_never_there_stops_no_card(tmp_path: Path) -> None:
    with serving(tmp_path, "postgresql://nobody@127.0.0.1:9/none") as (_, base), Load(base).running(1) as load:
        wait_until(lambda: len(load.calls) > 20)
        wait_until(lambda: readiness(base)["degraded"])

    assert load.failures == []


def test_a_stopped_worker_has_stored_everything(tmp_path: Path) -> None:
    with serving(tmp_path) as (worker, base):
        with Load(base).running(2) as load:
            wait_until(lambda: len(load.calls) > 20)
        worker.terminate()
        assert worker.wait(20) is not None

    assert list((tmp_path / "spool").glob("*.jsonl")) == []
    assert set(load.calls) <= in_database(f"sqlite:///{tmp_path}/record.sqlite3")[0]


def test_used_tokens_are_remembered_through_an_outage(cluster: Cluster, tmp_path: Path) -> None:
    database = cluster.database()
    recorder = a_recorder(tmp_path / "a", database)
    recorder.writer.cycle()
    memory, expires = TokenMemory(recorder, now), now().timestamp() + 300
    cluster.crash()
    try:
        assert not memory.seen_before("https://ehr.example", "during", expires)
        assert memory.seen_before("https://ehr.example", "during", expires)
        flooded = TokenMemory(recorder, now, most=1)
        assert [flooded.seen_before("https://ehr.example", name, expires) for name in ("f1", "f2")] == [False, True]
        recorder.writer.cycle()
    finally:
        cluster.start()
    wait_until(recorder.writer.cycle)

    other = a_recorder(tmp_path / "b", database)
    assert TokenMemory(other, now).seen_before("https://ehr.example", "during", expires)
    for one in (recorder, other):
        one.store.close()
