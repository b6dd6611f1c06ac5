"""Header fields of requests and answers, on ASGI's raw lists: every request passes here several times.

A name is lower-case bytes in ASGI (HTTP & WebSocket specification, "Connection Scope").
"""

from __future__ import annotations

from starlette.types import Message, Scope


def field_of(scope: Scope, name: bytes, default: str = "") -> str:
    """The first field of this name in a request; `default` when there is none."""
    for known, value in scope["headers"]:
        if known == name:
            text: str = value.decode("latin-1")
            return text
    return default


def has_field(scope: Scope, name: bytes) -> bool:
    """Whether a request has a field of this name, be it empty."""
    for known, _ in scope["headers"]:  # noqa: SIM110 - a third of the time of any()
        if known == name:
            return True
    return False


def set_field(message: Message, name: bytes, value: bytes) -> None:
    """Give the beginning of an answer this field, in place of any that it has."""
    message["headers"] = fields = [field for field in message.get("headers", ()) if field[0] != name]
    fields.append((name, value))


def add_vary(message: Message, name: bytes) -> None:
    """Note that the answer depends on a field of the request (RFC 9110 §12.5.5)."""
    stated = [value for known, value in message.get("headers", ()) if known == b"vary"]
    set_field(message, b"vary", b", ".join([*stated, name]))
