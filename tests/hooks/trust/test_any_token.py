"""Whatever stands in a header, even correctly signed: the token is taken or refused with a cause, never a fault."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hooks.trust.causes import RefusedTokenError
from hooks.trust.clients import Client
from hooks.trust.key_sets import KeySets, KeySetUnavailableError
from hooks.trust.replay import MemoryJtiStore
from hooks.trust.urls import RefusedUrlError, read_url
from hooks.trust.verify import Terms, Verifier
from tests.ehr.signing import AUDIENCE, ISSUER, NOW, key, key_set, token

CLIENT = Client(issuer=ISSUER, keys=key_set(key()))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
CLAIMS = st.dictionaries(
    st.sampled_from(["iss", "aud", "exp", "iat", "nbf", "jti", "sub", "tenant"]), VALUES, max_size=3
)
HEADERS = st.dictionaries(
    st.sampled_from(["alg", "kid", "typ", "jku", "crit", "b64", "jwk", "x5c"]), VALUES, max_size=2
)


async def nothing(_address: str) -> bytes:
    raise KeySetUnavailableError


async def taken(authorization: str | None) -> bool:
    verifier = Verifier(
        [CLIENT], KeySets(nothing, lambda: 0.0), MemoryJtiStore(lambda: NOW), lambda: NOW, Terms(60, 3600)
    )
    try:
        caller = await verifier.verify(authorization, frozenset({AUDIENCE}))
    except RefusedTokenError as refused:
        return not refused.cause
    return caller.issuer == ISSUER


@settings(max_examples=150, deadline=None)
@given(CLAIMS, HEADERS)
async def test_any_claims_and_headers_under_a_good_signature(claims: dict[str, Any], headers: dict[str, Any]) -> None:
    changed = {name for name in (*claims, *headers) if name not in ("jwk", "x5c", "b64", "sub", "tenant", "nbf")}

    was_taken = await taken(f"Bearer {token(header=headers, **claims)}")

    assert not was_taken or not changed or plausible(claims, headers)


def plausible(claims: dict[str, Any], headers: dict[str, Any]) -> bool:
    """Changed, but still as it should be: another jti, or a member taken away that may be absent."""
    needed = {name for name, value in (claims | headers).items() if value is not None and name != "jti"}
    return needed <= {"sub", "tenant", "nbf", "jwk", "x5c", "b64"}


@settings(max_examples=200, deadline=None)
@given(st.none() | st.text(max_size=60) | st.text(max_size=60).map(lambda text: f"Bearer {text}"))
async def test_any_authorization_header_is_refused(authorization: str | None) -> None:
    assert not await taken(authorization)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40) | st.text(max_size=40).map(lambda text: f"https://{text}"))
def test_any_address_is_read_or_refused(url: str) -> None:
    try:
        host = read_url(url).host
    except RefusedUrlError as refused:
        host = refused.why.value

    assert host.isascii()
