"""A token is used once: by whom, until when, and what happens when there are too many."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI

from cds.settings import Settings
from hooks.app import create_app
from hooks.trust.replay import JtiStore, MemoryJtiStore
from tests.ehr.signing import NOW, claims, key, token
from tests.hooks.trust.site import PUBLIC, cause_of, client_entry, clients_file, post, site
from tests.test_fixtures import assessor

OTHER = "https://other.example"


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return site(clients_file(tmp_path, client_entry(), client_entry(issuer=OTHER)))


async def test_the_same_token_is_refused_the_second_time(app: FastAPI) -> None:
    made = token()

    assert [await cause_of(app, made), await cause_of(app, made)] == [None, "replayed"]


async def test_another_token_with_the_same_id_is_refused_too(app: FastAPI) -> None:
    assert await cause_of(app, token(jti="one")) is None
    assert await cause_of(app, token(key("key-rsa", "RS384"), jti="one")) == "replayed"


async def test_two_issuers_may_use_the_same_id(app: FastAPI) -> None:
    assert await cause_of(app, token(jti="one")) is None
    assert await cause_of(app, token(jti="one", iss=OTHER)) is None


async def test_of_many_at_once_only_one_is_let_in(app: FastAPI) -> None:
    made = token()

    answers = await asyncio.gather(*(post(app, made) for _ in range(10)))

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 9


@pytest.mark.parametrize("change", [{"aud": "https://elsewhere.example"}, {"tenant": 7}, {"exp": 1}])
async def test_a_token_that_is_refused_for_something_else_is_not_used_up(
    app: FastAPI, change: dict[str, object]
) -> None:
    await cause_of(app, token(jti="one", **change))

    assert await cause_of(app, token(jti="one")) is None


async def test_a_token_is_used_up_by_a_bad_request_too(app: FastAPI) -> None:
    made = token()
    answer = await post(app, made, **{"Content-Type": "text/plain"})

    assert (answer.status_code, await cause_of(app, made)) == (415, "replayed")


def test_a_token_is_remembered_until_it_could_no_longer_be_used() -> None:
    now = NOW
    store = MemoryJtiStore(lambda: now)
    until = NOW.timestamp() + 360

    assert not store.seen_before("a", "1", until)
    now = NOW + timedelta(seconds=360)
    assert store.seen_before("a", "1", until)
    now = NOW + timedelta(seconds=361)
    assert not store.seen_before("a", "1", until)


def test_issuer_and_id_are_not_run_together() -> None:
    store = MemoryJtiStore(lambda: NOW)

    assert not store.seen_before("ab", "c", NOW.timestamp() + 1)
    assert not store.seen_before("a", "bc", NOW.timestamp() + 1)


def test_a_full_memory_lets_nothing_new_in_and_recovers() -> None:
    now = NOW
    store = MemoryJtiStore(lambda: now, most=2)
    for jti in ("1", "2"):
        assert not store.seen_before("a", jti, NOW.timestamp() + 10)

    assert store.seen_before("a", "3", NOW.timestamp() + 10)
    now = NOW + timedelta(seconds=11)
    assert not store.seen_before("a", "3", NOW.timestamp() + 20)


class Shared:
    """A store for several processes, as a database would be."""

    def __init__(self) -> None:
        self.seen: dict[tuple[str, str], float] = {}

    def seen_before(self, issuer: str, jti: str, expires: float) -> bool:
        known = (issuer, jti) in self.seen
        self.seen.setdefault((issuer, jti), expires)
        return known


async def test_two_processes_with_one_store_share_what_they_saw(tmp_path: Path) -> None:
    store: JtiStore = Shared()
    settings = Settings(public_url=PUBLIC, clients=clients_file(tmp_path, client_entry()))
    first, second = (create_app(settings, assessor=assessor(), clock=lambda: NOW, used_tokens=store) for _ in range(2))
    made = token()

    assert [await cause_of(first, made), await cause_of(second, made)] == [None, "replayed"]


async def test_the_store_is_told_until_when_leeway_included(tmp_path: Path) -> None:
    store = Shared()
    settings = Settings(public_url=PUBLIC, clients=clients_file(tmp_path, client_entry()))
    app = create_app(settings, assessor=assessor(), clock=lambda: NOW, used_tokens=store)
    await post(app, token(jti="one"))

    assert list(store.seen.values()) == [claims()["exp"] + 60]
