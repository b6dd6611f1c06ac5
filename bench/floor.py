"""The floor: raw ASGI that reads the body, parses it with orjson and answers a fixed card."""

from __future__ import annotations

from typing import Any

import orjson

ANSWER = orjson.dumps({"cards": [{"summary": "fixed", "indicator": "info", "source": {"label": "floor"}}]})


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """One answer for every request."""
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    if body:
        orjson.loads(body)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": ANSWER})
