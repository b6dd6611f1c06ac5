"""Request bodies: media type and size are checked before anything is read into memory."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request

from hooks.fields import field_of
from hooks.problems import Problem
from hooks.service import Service

FORM = "application/x-www-form-urlencoded"
# None of our forms has as many.
MOST_FIELDS = 20


async def read_body(request: Request, limit: int, *media_types: str) -> bytes:
    """The whole body. Raises Problem 415 for another media type, 413 beyond the limit (also when chunked)."""
    if media_type_of(request) not in media_types:
        raise Problem(415, f"Send {' or '.join(media_types)}.")
    stated = field_of(request.scope, b"content-length")
    if stated.isdecimal() and int(stated) > limit:
        raise Problem(413, f"The body is larger than {limit} bytes.")
    pieces, size = [], 0
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece, more = message.get("body", b""), message.get("more_body", False)
        size += len(piece)
        if size > limit:
            raise Problem(413, f"The body is larger than {limit} bytes.")
        pieces.append(piece)
    return b"".join(pieces)


async def read_form(request: Request, service: Service, limit: int) -> dict[str, str]:
    """A form's fields, the first value of each. Raises Problem as `read_body`, and 400 for too many fields."""
    body = await read_body(request, limit, FORM)
    return await service.run(lambda: form_of(body), len(body), hook=False, step="read")


def form_of(body: bytes) -> dict[str, str]:
    """The fields of a form's bytes. Raises Problem 400 for too many."""
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Problem(400, f"A form has at most {MOST_FIELDS} fields.") from error
    return {name: values[0] for name, values in fields.items()}


def media_type_of(request: Request) -> str:
    """The media type without its parameters, in lower case."""
    return field_of(request.scope, b"content-type").split(";")[0].strip().lower()
