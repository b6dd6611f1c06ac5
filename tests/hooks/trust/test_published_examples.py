"""The example token of the CDS Hooks specification, and the public sandbox's issuer: verified or refused, as due.

Token and key: CDS Hooks 2.0, example of a JSON Web Token (https://cds-hooks.hl7.org/2.0/), also in
github.com/HL7/cds-hooks-hl7-site, docs/2.0/index.md. Sandbox key: github.com/cds-hooks/sandbox,
build/.well-known/jwks.json.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cds.errors import SiteProfileError
from hooks.trust.causes import RefusedTokenError
from hooks.trust.clients import Client, load_clients
from hooks.trust.key_sets import KeySets
from hooks.trust.replay import MemoryJtiStore
from hooks.trust.verify import Caller, Terms, Verifier
from tests.ehr.signing import NOW, token
from tests.hooks.trust.site import cause_of, client_entry, clients_file, site

EXAMPLE = (
    "eyJhbGciOiJFUzM4NCIsInR5cCI6IkpXVCIsImtpZCI6ImV4YW1wbGUta2lkIiwiamt1IjoiaHR0cHM6Ly9maGlyLWVoci5leGFtcGxlLmNvbS9qd2tf"
    "dXJpIn0.eyJpc3MiOiJodHRwczovL2ZoaXItZWhyLmV4YW1wbGUuY29tLyIsImF1ZCI6Imh0dHBzOi8vY2RzLmV4YW1wbGUub3JnL2Nkcy1zZXJ2aWNl"
    "cy9zb21lLXNlcnZpY2UiLCJleHAiOjE0MjI1Njg4NjAsImlhdCI6MTMxMTI4MDk3MCwianRpIjoiZWUyMmIwMjEtZTFiNy00NjExLWJhNWItOGVlYzZh"
    "MzNhYzFlIiwidGVuYW50IjoiMmRkZDZjM2EtOGU5YS00NGM2LWEzMDUtNTIxMTFhZDMwMmEyIn0.d1WfLjGRKlcWB94l9do4cM8REXeYJLL6SGUBO8VH"
    "ZhfM8mwKYP70EMxJ67War4TQblEpaQrp11wx5p7oPFm2ETYgCicS84vXWEIYTdjooZdooCSDf2L8-i4awdoUwiEb"
)  # fmt: skip
EXAMPLE_KEY = {
    "kty": "EC",
    "use": "sig",
    "crv": "P-384",
    "kid": "example-kid",
    "x": "46SDH7Znh821wblCBglA61sNE9ZrHYKKt3qRtRTmSXyOI_FIGBLWrWa0GPUkDCEk",
    "y": "XMcRuuoGW7CXjQdy-F5i3FeBE0x9hPLdeFdSoDd3ELmx404tLX0VRRcqzAsPhXcI",
    "alg": "ES384",
}
SANDBOX = "https://sandbox.cds-hooks.org"
SANDBOX_KEY = {
    "kty": "EC",
    "use": "sig",
    "crv": "P-384",
    "kid": "44823f3d-0b01-4a6c-a80e-b9d3e8a7226f",
    "x": "dw_JGR8nB2I6XveNxUOl2qk699ZPLM2nYI5STSdiEl9avAkrm3CkfYMbrrjr8laB",
    "y": "Sm3mLE-n1zYNla_aiE3cb3nZsL51RbC7ysw3q8aJLxGm-hx79RPMYpITDjp7kgzy",
    "alg": "ES384",
}
CALLED = frozenset({"https://cds.example.org/cds-services/some-service"})
ISSUED = datetime(2011, 7, 21, 20, 42, 50, tzinfo=UTC)
# The example lives for three and a half years.
LONG = 4 * 366 * 86_400


def example_client(**members: Any) -> Client:
    return Client.model_validate(
        {
            "issuer": "https://fhir-ehr.example.com/",
            "jku": "https://fhir-ehr.example.com/jwk_uri",
            "keys": {"keys": [EXAMPLE_KEY]},
            "tenants": ["2ddd6c3a-8e9a-44c6-a305-52111ad302a2"],
            "allow_public_test_key": True,
        }
        | members
    )


async def no_fetch(_address: str) -> bytes:
    raise AssertionError("nothing may be fetched")


async def verified(
    clients: Iterable[Client],
    now: datetime,
    lifetime: int = LONG,
    token: str = EXAMPLE,
    called: frozenset[str] = CALLED,
) -> Caller:
    verifier = Verifier(
        clients, KeySets(no_fetch, lambda: 0.0), MemoryJtiStore(lambda: now), lambda: now, Terms(60, lifetime)
    )
    return await verifier.verify(f"Bearer {token}", called)


async def test_the_specifications_example_verifies_on_the_day_it_was_issued() -> None:
    caller = await verified([example_client()], ISSUED)

    assert caller.issuer == "https://fhir-ehr.example.com/"
    assert caller.tenant == "2ddd6c3a-8e9a-44c6-a305-52111ad302a2"


async def test_today_the_example_fails_because_it_has_expired_and_for_nothing_else() -> None:
    with pytest.raises(RefusedTokenError) as refused:
        await verified([example_client()], NOW)

    assert refused.value.cause == "expired"


BREAKS = [
    ("another tenant", {"tenants": ["other"]}, EXAMPLE, "tenant"),
    ("a jku that is not registered", {"jku": "https://fhir-ehr.example.com/other"}, EXAMPLE, "key_set_address"),
    ("one character of the signature", {}, EXAMPLE.replace("d1WfLj", "d1WfLk"), "signature"),
    ("another algorithm only", {"algorithms": ["RS384"]}, EXAMPLE, "algorithm"),
    ("the key not allowed though it is public", {"allow_public_test_key": False}, EXAMPLE, "published_key"),
]


@pytest.mark.parametrize(("members", "made", "cause"), [pytest.param(m, t, c, id=name) for name, m, t, c in BREAKS])
async def test_the_example_fails_when_one_thing_is_changed(members: dict[str, Any], made: str, cause: str) -> None:
    with pytest.raises(RefusedTokenError) as refused:
        await verified([example_client(**members)], ISSUED, token=made)

    assert refused.value.cause == cause


async def test_with_the_usual_lifetime_the_example_lives_too_long() -> None:
    with pytest.raises(RefusedTokenError) as refused:
        await verified([example_client()], ISSUED, lifetime=3600)

    assert refused.value.cause == "lifetime"


async def test_the_public_sandbox_is_refused_where_it_is_not_registered(tmp_path: Path) -> None:
    app = site(clients_file(tmp_path, client_entry()))

    assert await cause_of(app, token(iss=SANDBOX)) == "public_sandbox"


def test_registering_the_public_sandbox_needs_a_word_about_its_key(tmp_path: Path) -> None:
    entry = client_entry(issuer=SANDBOX, keys={"keys": [SANDBOX_KEY]})

    with pytest.raises(SiteProfileError, match="allow_public_test_key"):
        load_clients(clients_file(tmp_path, entry))
    assert load_clients(clients_file(tmp_path, entry | {"allow_public_test_key": True}))[0].issuer == SANDBOX


def test_a_key_that_everybody_has_is_refused_under_any_name(tmp_path: Path) -> None:
    entry = client_entry(keys={"keys": [SANDBOX_KEY | {"kid": "harmless"}]})

    with pytest.raises(SiteProfileError, match="published"):
        load_clients(clients_file(tmp_path, entry))


def test_the_sandboxs_key_set_address_needs_the_same_word(tmp_path: Path) -> None:
    entry = client_entry(keys=None, jku=f"{SANDBOX}/.well-known/jwks.json")

    with pytest.raises(SiteProfileError, match="private key is published"):
        load_clients(clients_file(tmp_path, entry))
