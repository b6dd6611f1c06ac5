"""Key sets: fetched from the registered address only, cached, rotated, and asked for sparingly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from fastapi import FastAPI

from hooks.trust.causes import RefusedTokenError
from hooks.trust.clients import Client
from hooks.trust.jwt import UnusableKeyError, read_key
from hooks.trust.key_sets import FRESH, KEPT, MOST_BYTES, RETRY, KeySets, KeySetUnavailableError
from tests.ehr.signing import ISSUER, SigningKey, key, key_set, new_key, token
from tests.hooks.trust.site import JKU, cause_of, client_entry, clients_file, site

OLD, NEW = key("old"), key("new")
CLIENT = Client(issuer=ISSUER, jku=JKU)


class Ehr:
    """A key set that can be rotated, can fail, and counts how often it was asked for; and a clock."""

    def __init__(self, *keys: SigningKey) -> None:
        self.body = json.dumps(key_set(*keys)).encode()
        self.asked: list[str] = []
        self.fails = False
        self.now = 0.0
        self.key_sets = KeySets(self.fetch, lambda: self.now)

    async def fetch(self, address: str) -> bytes:
        self.asked.append(address)
        await asyncio.sleep(0)
        if self.fails:
            raise KeySetUnavailableError("down")
        return self.body

    def rotate(self, *keys: SigningKey) -> None:
        self.body = json.dumps(key_set(*keys)).encode()

    async def knows(self, kid: str, algorithm: str = "ES384") -> str:
        """ "yes", or why not."""
        try:
            found = await self.key_sets.find(CLIENT, kid, algorithm)
        except RefusedTokenError as refused:
            return refused.cause.value
        assert (found.kid, found.algorithm) == (kid, algorithm)
        return "yes"


async def test_a_key_set_is_fetched_once_while_it_is_fresh() -> None:
    ehr = Ehr(OLD)

    assert [await ehr.knows("old") for _ in range(5)] == ["yes"] * 5
    assert ehr.asked == [JKU]


async def test_many_calls_at_once_fetch_it_once() -> None:
    ehr = Ehr(OLD)

    assert set(await asyncio.gather(*(ehr.knows("old") for _ in range(50)))) == {"yes"}
    assert len(ehr.asked) == 1


async def test_a_new_key_is_found_without_a_restart() -> None:
    ehr = Ehr(OLD)
    await ehr.knows("old")
    ehr.now = RETRY
    ehr.rotate(OLD, NEW)

    assert await ehr.knows("new") == "yes"
    assert len(ehr.asked) == 2


async def test_a_withdrawn_key_is_refused_when_the_key_set_is_no_longer_fresh() -> None:
    ehr = Ehr(OLD)
    await ehr.knows("old")
    ehr.rotate(NEW)
    ehr.now = FRESH - 1
    assert await ehr.knows("old") == "yes"
    ehr.now = FRESH

    assert await ehr.knows("old") == "unknown_key"


async def test_a_withdrawn_key_is_refused_as_soon_as_its_successor_was_seen() -> None:
    ehr = Ehr(OLD)
    await ehr.knows("old")
    ehr.rotate(NEW)
    ehr.now = RETRY
    await ehr.knows("new")

    assert await ehr.knows("old") == "unknown_key"


async def test_invented_key_ids_are_no_flood_of_requests() -> None:
    ehr = Ehr(OLD)
    for second in range(120):
        ehr.now = float(second)
        await ehr.knows(f"invented-{second}")

    assert len(ehr.asked) <= 120 / RETRY


async def test_a_failure_is_remembered_for_a_while() -> None:
    ehr = Ehr(OLD)
    ehr.fails = True
    assert [await ehr.knows("old") for _ in range(10)] == ["keys_unavailable"] * 10
    ehr.fails, ehr.now = False, RETRY

    assert (await ehr.knows("old"), len(ehr.asked)) == ("yes", 2)


async def test_known_keys_hold_for_a_while_when_the_key_set_cannot_be_had() -> None:
    ehr = Ehr(OLD)
    await ehr.knows("old")
    ehr.fails = True
    ehr.now = KEPT - 1
    assert await ehr.knows("old") == "yes"
    ehr.now = KEPT

    assert await ehr.knows("old") == "keys_unavailable"


async def test_a_call_that_was_given_up_does_not_keep_others_from_asking() -> None:
    ehr = Ehr(OLD)
    given_up = asyncio.create_task(ehr.knows("old"))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)

    assert await ehr.knows("old") == "yes"


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"keys": {}}', b'{"keys": []}', b"[" * 100_000, b" " * (MOST_BYTES + 1)]
)
async def test_what_is_no_key_set_gives_no_key(body: bytes) -> None:
    ehr = Ehr(OLD)
    ehr.body = body

    assert await ehr.knows("old") == "keys_unavailable"


async def test_one_bad_key_does_not_spoil_the_others() -> None:
    ehr = Ehr(OLD)
    ehr.body = json.dumps({"keys": [{"kty": "oct", "kid": "x", "k": "c2VjcmV0"}, 7, OLD.jwk()]}).encode()

    assert await ehr.knows("old") == "yes"
    assert await ehr.knows("x") == "unknown_key"


BAD_KEYS = [
    ("no object", 7),
    ("no kid", key().jwk(kid=None)),
    ("a shared secret", {"kty": "oct", "kid": "a", "k": "c2VjcmV0", "alg": "HS256"}),
    ("an EC key stated to be a secret's", key().jwk(alg="HS384")),
    ("a private key", key().jwk(d="AAAA")),
    ("a key for encryption", key().jwk(use="enc")),
    ("a key for signing only", key().jwk(use=None, key_ops=["sign"])),
    ("another curve", new_key(bits=256).jwk(alg=None)),
    ("a short RSA key", new_key("short", "RS384", bits=1024).jwk()),
    ("RSA stated for RS256", new_key("rsa", "RS384").jwk(alg="RS256")),
    ("a point that is not on the curve", key().jwk(x=key("other").jwk()["x"])),
    ("no point", key().jwk(x=None)),
    ("a point that is no base64", key().jwk(x="!!")),
    ("an exponent that is a list", new_key("rsa", "RS384").jwk(e=["AQAB"])),
]


@pytest.mark.parametrize("jwk", [pytest.param(jwk, id=name) for name, jwk in BAD_KEYS])
def test_a_key_that_is_not_fit_is_not_used(jwk: Any) -> None:
    with pytest.raises(UnusableKeyError):
        read_key(jwk)


@pytest.mark.parametrize("members", [{"alg": None}, {"use": None}, {"use": None, "key_ops": ["verify"]}])
def test_a_key_may_leave_out_what_its_type_says(members: dict[str, Any]) -> None:
    assert read_key(key().jwk(**members)).algorithm == "ES384"


@pytest.fixture
def fetched(tmp_path: Path) -> FastAPI:
    """A site whose client publishes its keys."""
    return site(clients_file(tmp_path, client_entry(keys=None, jku=JKU)))


@pytest.fixture
async def network() -> AsyncIterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


@pytest.mark.parametrize("header", [{}, {"jku": JKU}])
async def test_over_http_keys_come_from_the_registered_address(
    fetched: FastAPI, network: respx.MockRouter, header: dict[str, str]
) -> None:
    route = network.get(JKU).respond(json=key_set(key()))

    assert [await cause_of(fetched, token(header=header)) for _ in range(3)] == [None] * 3
    [call] = route.calls
    assert "json" in call.request.headers["accept"]
    assert "authorization" not in call.request.headers


@pytest.mark.parametrize(
    "jku",
    ["https://evil.example/jwks.json", "http://169.254.169.254/latest/meta-data", "file:///etc/passwd",
     "https://ehr.example/other.json", "https://ehr.example@evil.example/jwks.json", f"{JKU}#x", "", 7],
)  # fmt: skip
async def test_a_jku_that_is_not_registered_is_never_fetched(
    fetched: FastAPI, network: respx.MockRouter, jku: object
) -> None:
    everything = network.route().respond(json=key_set(key()))

    assert await cause_of(fetched, token(header={"jku": jku})) == "key_set_address"
    assert not everything.called


async def test_nothing_is_fetched_for_an_unknown_issuer(fetched: FastAPI, network: respx.MockRouter) -> None:
    everything = network.route().respond(json=key_set(key()))

    assert await cause_of(fetched, token(iss="https://evil.example", header={"jku": JKU})) == "issuer"
    assert not everything.called


async def test_keys_in_the_file_are_used_without_any_fetching(tmp_path: Path, network: respx.MockRouter) -> None:
    app = site(clients_file(tmp_path, client_entry(jku=JKU)))
    everything = network.route().respond(500)

    assert await cause_of(app, token(header={"jku": JKU})) is None
    assert not everything.called


async def test_during_a_rotation_both_keys_are_known(fetched: FastAPI, network: respx.MockRouter) -> None:
    network.get(JKU).respond(json=key_set(OLD, NEW))

    assert await cause_of(fetched, token(OLD)) is None
    assert await cause_of(fetched, token(NEW)) is None
    assert await cause_of(fetched, token(key("third"))) == "unknown_key"


ANSWERS: list[tuple[str, httpx.Response | Exception]] = [
    ("not found", httpx.Response(404)),
    ("a failure", httpx.Response(500)),
    ("not JSON", httpx.Response(200, text="<html>")),
    ("a redirect to another host", httpx.Response(302, headers={"Location": "https://evil.example/jwks.json"})),
    ("no connection", httpx.ConnectError("refused")),
    ("no answer", httpx.ReadTimeout("slow")),
]


@pytest.mark.parametrize("answer", [pytest.param(answer, id=name) for name, answer in ANSWERS])
async def test_without_its_key_set_a_client_is_refused(
    fetched: FastAPI, network: respx.MockRouter, answer: httpx.Response | Exception
) -> None:
    evil = network.get("https://evil.example/jwks.json").respond(json=key_set(key()))
    network.get(JKU).mock(side_effect=[answer] * 9)

    assert await cause_of(fetched, token()) == "keys_unavailable"
    assert not evil.called


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries again at once."""
    monkeypatch.setattr("cds.fetching.client.FIRST_PAUSE", 0.0)
