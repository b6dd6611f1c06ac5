"""Request bodies: media type and size are checked before anything is read into memory."""

from __future__ import annotations

from starlette.requests import Request

from hooks.problems import Problem


async def read_body(request: Request, limit: int, *media_types: str) -> bytes:
    """The whole body. Raises Problem 415 for another media type, 413 beyond the limit (also when chunked)."""
    if media_type_of(request) not in media_types:
        raise Problem(415, f"Send {' or '.join(media_types)}.")
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > limit:
        raise Problem(413, f"The body is larger than {limit} bytes.")
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > limit:
            raise Problem(413, f"The body is larger than {limit} bytes.")
        pieces.append(piece)
    return b"".join(pieces)


def media_type_of(request: Request) -> str:
    """The media type without its parameters, in lower case."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower()
