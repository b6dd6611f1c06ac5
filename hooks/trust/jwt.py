"""The only door to PyJWT: keys from JWKs, tokens taken apart, signatures checked.

PyJWT checks times against its own reading of the clock, so what the claims mean is left to hooks/trust/verify.py.
It is imported with the first key or token: with its cryptography it is heavy, and a demonstration has neither.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# CDS Hooks 2.0 §"Trusting CDS Clients" recommends these two; nothing else is taken, least of all `none` or HS*.
ALGORITHMS = ("ES384", "RS384")
SMALLEST_RSA = 2048
# RFC 7638 §3.2: the members that make a thumbprint.
_THUMBPRINT = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_SIGNATURE_ONLY: Any = {
    f"verify_{claim}": False for claim in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")
}  # fmt: skip


class UnusableKeyError(ValueError):
    """A JWK that cannot verify a client's token. The message names members, never values."""


class UnreadableTokenError(ValueError):
    """Not a signed JWT in compact form with JSON objects inside."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, bound to the one algorithm that its type allows."""

    kid: str
    algorithm: str
    thumbprint: str
    public: Any


@dataclass(frozen=True, slots=True)
class Opened:
    """A token taken apart. Nothing in it is believed yet."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]


def read_key(jwk: object) -> Key:
    """A JWK (RFC 7517) as a key. Raises UnusableKeyError."""
    import jwt

    if not isinstance(jwk, Mapping):
        raise UnusableKeyError("a key must be a JSON object")
    kid, algorithm = jwk.get("kid"), _algorithm_of(jwk)
    if not isinstance(kid, str) or not kid:
        raise UnusableKeyError("a key needs a kid")
    if _PRIVATE & jwk.keys():
        raise UnusableKeyError("a private key does not belong here")
    if jwk.get("use", "sig") != "sig" or "verify" not in jwk.get("key_ops", ["verify"]):
        raise UnusableKeyError("the key is not meant for signatures")
    try:
        public = jwt.PyJWK(dict(jwk), algorithm)
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise UnusableKeyError("the key cannot be read") from error
    if algorithm == "RS384" and public.key.key_size < SMALLEST_RSA:
        raise UnusableKeyError(f"an RSA key needs {SMALLEST_RSA} bits")
    return Key(kid, algorithm, thumbprint(jwk), public)


def _algorithm_of(jwk: Mapping[str, Any]) -> str:
    """By type and curve; a JWK that states another algorithm is not used."""
    found = {("EC", "P-384"): "ES384", ("RSA", None): "RS384"}.get((str(jwk.get("kty")), jwk.get("crv")))
    if found is None or jwk.get("alg", found) != found:
        raise UnusableKeyError(f"only keys for {' and '.join(ALGORITHMS)} are used")
    return found


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """SHA-256 thumbprint (RFC 7638), base64url without padding."""
    members = {name: jwk.get(name) for name in _THUMBPRINT[str(jwk.get("kty"))]}
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()


def opened(token: str) -> Opened:
    """Header and claims, unverified. Raises UnreadableTokenError."""
    import jwt

    try:
        parts = jwt.decode_complete(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise UnreadableTokenError("not a JWT") from error
    return Opened(parts["header"], parts["payload"])


def is_signed_by(key: Key, token: str) -> bool:
    """Whether the key's owner signed this token, with the key's own algorithm and no other."""
    import jwt

    try:
        jwt.decode_complete(token, key.public, algorithms=[key.algorithm], options=_SIGNATURE_ONLY)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return False
    return True
