"""What ours is measured against: as little as can be done, as little as reading JSON takes, and the obvious way.

`unparsed` reads the body and answers a fixed card: no server that looks at a body can be faster. `floor` also parses it
with orjson. `naive` validates every resource of the prefetch with fhir.resources in a FastAPI route, and evaluates
nothing.
"""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import FastAPI, Request, Response

ANSWER = orjson.dumps({"cards": [{"summary": "fixed", "indicator": "info", "source": {"label": "reference"}}]})
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(ANSWER)).encode())]


async def unparsed(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The ceiling."""
    if scope["type"] == "http":
        await _read(receive)
        await _answer(send)


async def floor(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The floor."""
    if scope["type"] == "http":
        body = await _read(receive)
        if body:
            orjson.loads(body)
        await _answer(send)


def naive() -> FastAPI:
    """The obvious way."""
    from fhir.resources.R4B.bundle import Bundle
    from fhir.resources.R4B.patient import Patient

    app = FastAPI()

    @app.get("/healthz")
    async def healthz() -> Response:
        return Response(b"{}")

    @app.post("/{path:path}")
    async def cards(request: Request) -> Response:
        for value in (await request.json())["prefetch"].values():
            (Patient if value["resourceType"] == "Patient" else Bundle).model_validate(value)
        return Response(ANSWER, media_type="application/json")

    return app


async def _read(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def _answer(send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": ANSWER})
