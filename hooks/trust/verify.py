"""Who is calling: the client's JWT, checked claim by claim (CDS Hooks 2.0 §"Trusting CDS Clients")."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import anyio.to_thread

from hooks.trust.causes import Cause, RefusedTokenError
from hooks.trust.clients import PUBLIC_SANDBOX, Client
from hooks.trust.jwt import ALGORITHMS, Opened, UnreadableTokenError, is_signed_by, opened
from hooks.trust.key_sets import KeySets
from hooks.trust.replay import JtiStore

LONGEST_TOKEN, LONGEST_TEXT = 8_000, 500
LATEST = 2**40  # seconds since 1970: beyond any calendar, within any number


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified client. These four may be kept in an audit; the token may not."""

    issuer: str
    tenant: str | None
    subject: str | None
    jti: str


@dataclass(frozen=True, slots=True)
class Terms:
    """Seconds: how far the client's clock may be off, and how long a token may live."""

    leeway: int = 60
    lifetime: int = 3600


class Verifier:
    """Each refusal is a RefusedTokenError with the first cause found; a token is used up last of all."""

    def __init__(
        self,
        clients: Iterable[Client],
        key_sets: KeySets,
        used: JtiStore,
        clock: Callable[[], datetime],
        terms: Terms,
    ) -> None:
        self._clients = {client.issuer: client for client in clients}
        self._key_sets, self._used, self._clock, self._terms = key_sets, used, clock, terms

    async def verify(self, authorization: str | None, audiences: frozenset[str]) -> Caller:
        """The caller behind an Authorization header; `audiences` are the public addresses of the called endpoint."""
        token = bearer(authorization)
        try:
            parts = opened(token)
        except UnreadableTokenError as error:
            raise RefusedTokenError(Cause.MALFORMED) from error
        algorithm, kid = _header(parts)
        client = self._client_of(parts.claims.get("iss"))
        try:
            return await self._of_client(client, token, parts, algorithm, kid, audiences)
        except RefusedTokenError as refused:
            raise RefusedTokenError(refused.cause, client.issuer) from refused

    def _client_of(self, issuer: object) -> Client:
        if not self._clients:
            raise RefusedTokenError(Cause.NO_CLIENTS)
        client = self._clients.get(issuer) if isinstance(issuer, str) else None
        if client is None:
            sandbox = isinstance(issuer, str) and PUBLIC_SANDBOX in issuer.lower()
            raise RefusedTokenError(Cause.PUBLIC_SANDBOX if sandbox else Cause.ISSUER)
        return client

    async def _of_client(
        self, client: Client, token: str, parts: Opened, algorithm: str, kid: str, audiences: frozenset[str]
    ) -> Caller:
        if algorithm not in client.algorithms:
            raise RefusedTokenError(Cause.ALGORITHM)
        if "jku" in parts.header and parts.header["jku"] != client.jku:
            raise RefusedTokenError(Cause.KEY_SET_ADDRESS)
        key = await self._key_sets.find(client, kid, algorithm)
        if not client.trusts(key):
            raise RefusedTokenError(Cause.PUBLISHED_KEY)
        if not is_signed_by(key, token):
            raise RefusedTokenError(Cause.SIGNATURE)
        _check_audience(parts.claims.get("aud"), audiences)
        expires = self._check_times(parts.claims)
        caller = _caller(client, parts.claims)
        # A store may wait for a database.
        if await anyio.to_thread.run_sync(self._used.seen_before, client.issuer, caller.jti, expires):
            raise RefusedTokenError(Cause.REPLAYED)
        return caller

    def _check_times(self, claims: Any) -> float:
        """Until when the token could be used, leeway included (seconds since 1970)."""
        now, leeway = self._clock().timestamp(), self._terms.leeway
        expires, issued = _seconds(claims, "exp", Cause.NO_EXPIRY), _seconds(claims, "iat", Cause.NO_ISSUE_TIME)
        if now >= expires + leeway:
            raise RefusedTokenError(Cause.EXPIRED)
        starts = max(issued, _seconds(claims, "nbf", Cause.NOT_YET)) if "nbf" in claims else issued
        if starts > now + leeway:
            raise RefusedTokenError(Cause.NOT_YET)
        if not 0 < expires - issued <= self._terms.lifetime:
            raise RefusedTokenError(Cause.LIFETIME)
        return expires + leeway


def bearer(authorization: str | None) -> str:
    """The token of an Authorization header (RFC 6750 §2.1)."""
    if authorization is None:
        raise RefusedTokenError(Cause.ABSENT)
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer":
        raise RefusedTokenError(Cause.SCHEME)
    if len(token) > LONGEST_TOKEN:
        raise RefusedTokenError(Cause.TOO_LONG)
    return token.strip()


def _header(parts: Opened) -> tuple[str, str]:
    """Algorithm and key id. CDS Hooks requires alg, kid and typ; an extension marked critical is unknown to us."""
    header = parts.header
    if "crit" in header:
        raise RefusedTokenError(Cause.CRITICAL)
    algorithm, kid, kind = header.get("alg"), header.get("kid"), header.get("typ")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise RefusedTokenError(Cause.ALGORITHM)
    if not isinstance(kind, str) or kind.upper() != "JWT":
        raise RefusedTokenError(Cause.TYPE)
    if not isinstance(kid, str) or not kid:
        raise RefusedTokenError(Cause.NO_KEY_ID)
    return algorithm, kid


def _check_audience(stated: object, audiences: frozenset[str]) -> None:
    """Exactly one, and this endpoint: a token meant for others too could be used by them here."""
    if isinstance(stated, list):
        stated = stated[0] if len(stated) == 1 else None
    if not isinstance(stated, str) or stated not in audiences:
        raise RefusedTokenError(Cause.AUDIENCE)


def _seconds(claims: Any, name: str, cause: Cause) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RefusedTokenError(cause)
    # The comparison first: a whole number may be too large to be a float at all.
    if not -LATEST < value < LATEST:
        raise RefusedTokenError(cause)
    return float(value)


def _caller(client: Client, claims: Any) -> Caller:
    tenant, subject, jti = claims.get("tenant"), claims.get("sub"), claims.get("jti")
    if subject is not None and not _is_plain(subject):
        raise RefusedTokenError(Cause.SUBJECT)
    if (tenant is not None and not _is_plain(tenant)) or (client.tenants and tenant not in client.tenants):
        raise RefusedTokenError(Cause.TENANT)
    if not _is_plain(jti):
        raise RefusedTokenError(Cause.NO_ID)
    return Caller(client.issuer, tenant, subject, jti)


def _is_plain(text: object) -> bool:
    """Text that can be kept and shown: not empty, not endless, no control characters or halves of characters."""
    return isinstance(text, str) and 0 < len(text) <= LONGEST_TEXT and text.isprintable()
