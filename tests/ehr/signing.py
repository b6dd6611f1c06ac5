"""An EHR's keys and tokens for tests: ES384 and RS384 key pairs, their JWKs, and JWTs with anything changed."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

ISSUER = "https://ehr.example"
AUDIENCE = "https://cds.example/cds-services/trial-eligibility"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def b64(data: bytes) -> str:
    """base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _number(value: int, size: int | None = None) -> str:
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


@dataclass(frozen=True)
class SigningKey:
    """A private key with its id. `algorithm` is ES384 or RS384."""

    kid: str
    algorithm: str
    private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

    def jwk(self, **members: Any) -> dict[str, Any]:
        """The public JWK; None takes a member away."""
        found = {"kid": self.kid, "alg": self.algorithm, "use": "sig"} | self._numbers() | members
        return {name: value for name, value in found.items() if value is not None}

    def _numbers(self) -> dict[str, str]:
        if isinstance(self.private, rsa.RSAPrivateKey):
            public = self.private.public_key().public_numbers()
            return {"kty": "RSA", "n": _number(public.n), "e": _number(public.e)}
        point = self.private.public_key().public_numbers()
        size = (self.private.curve.key_size + 7) // 8
        curve = {256: "P-256", 384: "P-384"}[self.private.curve.key_size]
        return {"kty": "EC", "crv": curve, "x": _number(point.x, size), "y": _number(point.y, size)}

    def signature(self, signed: bytes) -> bytes:
        """Of these bytes, as JWS wants it (RFC 7518 §3.3, §3.4)."""
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(signed, padding.PKCS1v15(), hashes.SHA384())
        r, s = decode_dss_signature(self.private.sign(signed, ec.ECDSA(hashes.SHA384())))
        size = (self.private.curve.key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def new_key(kid: str = "key-1", algorithm: str = "ES384", bits: int = 2048) -> SigningKey:
    """A fresh key pair."""
    if algorithm.startswith("RS"):
        return SigningKey(kid, algorithm, rsa.generate_private_key(65537, bits))
    return SigningKey(kid, algorithm, ec.generate_private_key(ec.SECP256R1() if bits == 256 else ec.SECP384R1()))


@cache
def key(kid: str = "key-1", algorithm: str = "ES384") -> SigningKey:
    """The same key pair for the same name, for the whole test run."""
    return new_key(kid, algorithm)


def claims(now: datetime = NOW, **changes: Any) -> dict[str, Any]:
    """A good client's claims, five minutes long, with a new jti; None takes a claim away."""
    seconds = int(now.timestamp())
    found = {"iss": ISSUER, "aud": AUDIENCE, "iat": seconds, "exp": seconds + 300, "jti": str(uuid4())} | changes
    return {name: value for name, value in found.items() if value is not None}


def token(
    signing: SigningKey | None = None,
    *,
    header: Mapping[str, Any] | None = None,
    now: datetime = NOW,
    **changes: Any,
) -> str:
    """A signed JWT; `header` changes or (None) takes away header members, keywords do so with claims."""
    chosen = signing or key()
    head = {"alg": chosen.algorithm, "typ": "JWT", "kid": chosen.kid} | dict(header or {})
    body = claims(now, **changes)
    signed = encoded({name: value for name, value in head.items() if value is not None}, body)
    return f"{signed}.{b64(chosen.signature(signed.encode()))}"


def encoded(head: object, body: object) -> str:
    """The part of a JWT that is signed."""
    return f"{b64(json.dumps(head).encode())}.{b64(json.dumps(body).encode())}"


def key_set(*keys: SigningKey) -> dict[str, Any]:
    """A JWK Set (RFC 7517 §5)."""
    return {"keys": [one.jwk() for one in keys]}
