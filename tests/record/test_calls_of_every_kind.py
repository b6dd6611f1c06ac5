"""Calls whose chart was fetched, and calls about subjects on study: audited, replayed, and on the disk in time."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import respx

from cds.assess import build_assessor
from cds.record.fingerprint import fingerprint_of
from cds.record.replay import replay
from cds.settings import Settings
from hooks.app import create_app
from tests.fetching.ehr import BASE, TOKEN, Ehr
from tests.fhir import Chart
from tests.record.doors import SERVICE, call, ehr_of, site, store_of
from tests.record.making import NOON
from tests.test_fixtures import resources_of

CROSSOVER = "/cds-services/trial-crossover"
GRANT = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": "us"}


async def fetched(settings: Settings) -> httpx.Response:
    """The answer to a call without prefetch, whose server has the whole chart in pages."""
    app = create_app(settings, clock=lambda: NOON, is_allowed_server=lambda _issuer, url: url == BASE)
    request = call(fhirServer=BASE, fhirAuthorization=GRANT)
    del request["prefetch"]
    with respx.mock(assert_all_called=False, assert_all_mocked=False) as router:
        router.route(host="cds.example").pass_through()
        router.route().mock(side_effect=Ehr(Chart(tuple(resources_of("fits"))), page_size=3))
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://cds.example") as client:
                return await client.post(SERVICE, json=request)


async def test_a_call_whose_chart_was_fetched_gives_the_same_answer_again(tmp_path: Path) -> None:
    settings = site(tmp_path, archive_evidence=True)
    answer = await fetched(settings)

    assessor = build_assessor(settings)
    with store_of(settings) as store:
        [kept] = store.calls(limit=2)
        found = replay(store, assessor, fingerprint_of(assessor, settings), kept["id"])

    assert answer.json()["cards"]
    assert (found.same_input, found.same_answer, found.differences) == (True, True, ())


async def test_of_a_fetched_chart_neither_token_nor_server_is_kept(tmp_path: Path) -> None:
    await fetched(site(tmp_path))

    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"Patient/fits" in content
    assert TOKEN.encode() not in content
    assert BASE.encode() not in content


async def test_a_subject_on_study_is_audited_by_that_door(tmp_path: Path) -> None:
    settings = site(tmp_path)
    requests = sorted(Path("fhir_fixtures/requests").glob("*.patient-view.json"))
    shown: list[dict[str, Any]] = []
    async with ehr_of(settings) as ehr:
        for request in requests:
            answer = await ehr.post(
                CROSSOVER, content=request.read_bytes(), headers={"Content-Type": "application/json"}
            )
            shown += answer.json().get("cards", [])

    with store_of(settings) as store:
        calls = store.calls(limit=100)
        kept = {card["uuid"] for card in store.shown_cards()}
    assert {found["door"] for found in calls} == {"trial-crossover"}
    assert len(calls) == len(requests)
    assert kept == {card["uuid"] for card in shown}
    assert all(reason["code"] and reason["display"] for card in shown for reason in card["overrideReasons"])


@pytest.mark.parametrize("refused", [False, True])
async def test_a_site_may_have_each_call_on_the_disk_before_its_answer_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, refused: bool
) -> None:
    request, synced = call(), []
    if refused:
        del request["prefetch"]["patient"]

    def watched(fd: int) -> None:
        if not threading.current_thread().name.startswith("trial-hooks-"):
            synced.append(Path(os.readlink(f"/proc/self/fd/{fd}")))
        real(fd)

    async with ehr_of(site(tmp_path, sync_before_answer=True)) as ehr:
        real = os.fsync
        # The threads behind the answers are not waited for: without them, nothing else puts rows on the disk.
        monkeypatch.setattr("cds.record.recorder.SYNC_LINGER", 1)
        monkeypatch.setattr("cds.record.recorder.STORE_LINGER", 1)
        monkeypatch.setattr(os, "fsync", watched)
        answer = await ehr.post(SERVICE, json=request)
        on_disk = list(synced)

    assert answer.status_code == (412 if refused else 200)
    assert {path.suffix for path in on_disk if path.is_relative_to(tmp_path)} >= {".jsonl"}


async def test_a_call_is_written_before_its_answer_leaves_and_outlives_the_process(tmp_path: Path) -> None:
    settings = site(tmp_path, database="postgresql://nobody@127.0.0.1:9/none")
    async with ehr_of(settings) as ehr:
        await ehr.post(SERVICE, json=call())
        lines = [line for path in (tmp_path / "spool").glob("*.jsonl") for line in path.read_bytes().splitlines()]

    assert [orjson.loads(line)["status"] for line in lines] == [200]


async def test_a_disk_that_fails_stops_no_card_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_fd: int) -> None:
        raise OSError(5, "Input/output error")

    settings = site(tmp_path, sync_before_answer=True)
    async with ehr_of(settings) as ehr:
        with monkeypatch.context() as broken:
            broken.setattr(os, "fsync", fails)
            answer = await ehr.post(SERVICE, json=call())
            ready = (await ehr.get("/readyz")).json()

    with store_of(settings) as store:
        kept = store.calls(limit=2)
    assert answer.status_code == 200
    assert (ready["status"], ready["degraded"], ready["record"]["disk"]) == ("ready", True, "OSError 5")
    assert [found["status"] for found in kept] == [200]


async def test_readiness_says_how_many_rows_wait(tmp_path: Path) -> None:
    settings = site(tmp_path, database="postgresql://nobody@127.0.0.1:9/none")
    async with ehr_of(settings) as ehr:
        for _ in range(3):
            await ehr.post(SERVICE, json=call())
        ready = await ehr.get("/readyz")

    lines = [line for path in (tmp_path / "spool").glob("*.jsonl") for line in path.read_bytes().splitlines()]
    assert (ready.status_code, ready.json()["spooled"], len(lines)) == (200, 3, 3)
    assert orjson.loads(lines[0])["type"] == "call"
    async with ehr_of(settings) as other:
        assert (await other.get("/readyz")).json()["spooled"] == 3


async def test_the_database_file_is_for_its_owner_only(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    async with ehr_of(site(tmp_path)) as ehr:
        await ehr.post(SERVICE, json=call())

    assert [path.stat().st_mode & 0o77 for path in tmp_path.glob("record.sqlite3*")] == [0]
