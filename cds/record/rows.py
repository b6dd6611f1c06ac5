"""What is remembered, as it lies in the spool: one JSON line for each row. No clinical values outside `Evidence`."""

from __future__ import annotations

import msgspec


class Answer(msgspec.Struct, frozen=True):
    """One question of one trial as it was answered: the standing and each criterion's outcome, without reasons."""

    trial: str
    question: str
    pack_version: str
    pack_sha256: str
    standing: str
    outcomes: dict[str, str]


class ShownCard(msgspec.Struct, frozen=True):
    """A card that was sent: its uuid, its trial, and the uuids of its suggestions."""

    uuid: str
    trial: str
    suggestions: tuple[str, ...] = ()


class Call(msgspec.Struct, frozen=True, tag="call"):
    """One call, answered (`status` 200) or refused. Times are ISO 8601 in UTC, `duration_ms` milliseconds.

    `user` and `patient` are references (`Practitioner/1`, `Patient/1`), never names. Digests are SHA-256 in hex.
    """

    id: str
    at: str
    door: str
    status: int
    duration_ms: float
    product: str
    hook: str | None = None
    instance: str | None = None
    issuer: str | None = None
    tenant: str | None = None
    user: str | None = None
    patient: str | None = None
    as_of: str | None = None
    input_sha256: str | None = None
    answer_sha256: str | None = None
    setup_sha256: str | None = None
    answers: tuple[Answer, ...] = ()
    cards: tuple[ShownCard, ...] = ()


class Evidence(msgspec.Struct, frozen=True, tag="evidence"):
    """What a call was answered from, compressed. Written only where the site enables the archive."""

    call: str
    kind: str
    content: bytes


class Feedback(msgspec.Struct, frozen=True, tag="feedback"):
    """What became of one card. The id is made from the content, so that the same feedback twice is one row."""

    id: str
    received_at: str
    service: str
    card: str
    outcome: str
    outcome_at: str
    accepted: tuple[str, ...] = ()
    reason_system: str | None = None
    reason_code: str | None = None
    comment: str | None = None
    comment_dropped: bool = False


class UsedToken(msgspec.Struct, frozen=True, tag="token"):
    """A client's token that was used: SHA-256 of issuer and jti, and when it expires (seconds since 1970)."""

    key: str
    expires: float


Row = Call | Evidence | Feedback | UsedToken
_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Row] = msgspec.json.Decoder(Row)


def line_of(row: Row) -> bytes:
    """One line, with its newline; JSON never holds a raw newline itself."""
    return _encoder.encode(row) + b"\n"


def row_of(line: bytes) -> Row:
    """Raises msgspec.DecodeError (also for a wrong shape) for a line that is not one of our rows."""
    return _decoder.decode(line)


def kind_of(row: Row) -> str:
    """The kind in a row's line: call, evidence, feedback or token."""
    return str(row.__struct_config__.tag)
