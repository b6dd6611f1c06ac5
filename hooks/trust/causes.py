"""Why a token was refused: a coded word each, for the log and a counter, never for the caller."""

from __future__ import annotations

from enum import StrEnum


class Cause(StrEnum):
    """In the order in which they are looked at; the first one found is the one that is told."""

    ABSENT = "absent"
    SCHEME = "scheme"
    TOO_LONG = "too_long"
    MALFORMED = "malformed"
    CRITICAL = "critical"
    ALGORITHM = "algorithm"
    TYPE = "type"
    NO_KEY_ID = "no_key_id"
    NO_CLIENTS = "no_clients"
    PUBLIC_SANDBOX = "public_sandbox"
    ISSUER = "issuer"
    KEY_SET_ADDRESS = "key_set_address"
    KEYS_UNAVAILABLE = "keys_unavailable"
    UNKNOWN_KEY = "unknown_key"
    PUBLISHED_KEY = "published_key"
    SIGNATURE = "signature"
    AUDIENCE = "audience"
    SUBJECT = "subject"
    NO_EXPIRY = "no_expiry"
    EXPIRED = "expired"
    NO_ISSUE_TIME = "no_issue_time"
    NOT_YET = "not_yet"
    LIFETIME = "lifetime"
    TENANT = "tenant"
    NO_ID = "no_id"
    REPLAYED = "replayed"


class RefusedTokenError(Exception):
    """A call that is not authenticated. `issuer` is told only where it is a registered one."""

    def __init__(self, cause: Cause, issuer: str | None = None) -> None:
        super().__init__(cause.value)
        self.cause, self.issuer = cause, issuer
