"""POST /cds-services/{id}/feedback: what became of cards (CDS Hooks 2.0 §"Feedback"). Stored, idempotent, 200."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Literal
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from cds.record.rows import Feedback
from hooks.body import read_body
from hooks.discovery import IDS
from hooks.problems import Problem
from hooks.service import Service, log

MOST_ENTRIES = 1000
LONGEST_TEXT = 512
# RFC 3339 §5.6, which RFC 3339 lets us read with any letter case; seconds may have a fraction.
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")
IDENTIFIER = re.compile(r"[A-Za-z0-9\-._]{1,64}")


class Coding(msgspec.Struct):
    """A reason; the sandbox sends it without its display."""

    code: str
    system: str | None = None


class OverrideReason(msgspec.Struct):
    reason: Coding | None = None
    userComment: str | None = None


class Suggestion(msgspec.Struct):
    id: str


class Entry(msgspec.Struct):
    """What became of one card."""

    card: str
    outcome: Literal["accepted", "overridden"]
    outcomeTimestamp: str
    acceptedSuggestions: list[Suggestion] | None = None
    overrideReason: OverrideReason | None = None


class Envelope(msgspec.Struct):
    feedback: list[Entry]


_decoder = msgspec.json.Decoder(Envelope)


async def feedback(request: Request, service: Service, service_id: str) -> Response:
    """200 without a body once everything is on the disk; all entries or none. 503 when it cannot be kept."""
    if service_id not in IDS:
        raise Problem(404, "There is no such service.")
    body = await read_body(request, service.settings.body_limit, "application/json")
    received = service.clock().astimezone(UTC)
    rows = [_row(entry, service, service_id, received) for entry in _entries(body)]
    if rows and not (service.recorder.keep(*rows) and await service.settle()):
        raise Problem(503, "Feedback cannot be kept now; send it again later.")
    for row in rows:
        service.metrics.feedback.labels(service_id, row.outcome).inc()
    log.info("feedback", service=service_id, entries=len(rows), comments_dropped=sum(r.comment_dropped for r in rows))
    return Response(status_code=200)


def _entries(body: bytes) -> list[Entry]:
    try:
        entries = _decoder.decode(body).feedback
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Problem(
            400, 'Send {"feedback": [...]}, each with card, outcome (accepted or overridden) and outcomeTimestamp.'
        ) from error
    if len(entries) > MOST_ENTRIES:
        raise Problem(413, f"More than {MOST_ENTRIES} entries.")
    for entry in entries:
        _check(entry)
    return entries


def _check(entry: Entry) -> None:
    ids = [suggestion.id for suggestion in entry.acceptedSuggestions or ()]
    if not all(IDENTIFIER.fullmatch(name) for name in (entry.card, *ids)):
        raise Problem(400, "card and acceptedSuggestions[].id must be uuids.")
    if entry.outcome == "accepted" and entry.acceptedSuggestions is None:
        raise Problem(400, "An accepted card needs acceptedSuggestions.")
    why = entry.overrideReason
    if why is not None and why.reason is None and why.userComment is None:
        raise Problem(400, "overrideReason needs a reason or a userComment.")
    coding = why.reason if why else None
    if coding is not None and not (_is_code(coding.code) and _is_code(coding.system or "-")):
        raise Problem(400, "overrideReason.reason must be a Coding.")


def _is_code(text: str) -> bool:
    return 0 < len(text) <= LONGEST_TEXT and text.isprintable()


def _row(entry: Entry, service: Service, service_id: str, received: datetime) -> Feedback:
    why = entry.overrideReason
    coding = why.reason if why and why.reason else None
    comment = why.userComment if why else None
    keeps = service.settings.keep_comments
    accepted = tuple(_plain(suggestion.id) for suggestion in entry.acceptedSuggestions or ())
    card, happened = _plain(entry.card), _instant(entry.outcomeTimestamp)
    reason = (coding.system or "", coding.code) if coding else ("", "")
    name = "/".join((service_id, card, entry.outcome, happened.isoformat(), *reason, *sorted(accepted)))
    return Feedback(
        id=str(uuid5(NAMESPACE_URL, name)),
        received_at=received.isoformat(),
        service=service_id,
        card=card,
        outcome=entry.outcome,
        outcome_at=happened.isoformat(),
        accepted=accepted,
        reason_system=coding.system if coding else None,
        reason_code=coding.code if coding else None,
        comment=comment if keeps else None,
        comment_dropped=comment is not None and not keeps,
    )


def _plain(identifier: str) -> str:
    """A uuid as we wrote it, in lower case; anything else as it came."""
    try:
        return str(UUID(identifier))
    except ValueError:
        return identifier


def _instant(text: str) -> datetime:
    try:
        if TIMESTAMP.fullmatch(text):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Problem(400, "outcomeTimestamp is not a time.") from error
    raise Problem(400, "outcomeTimestamp must be like 2026-06-01T08:30:00Z (RFC 3339).")
