"""The service as it is, with one address more: how long its event loop was held up, while somebody watches.

The watcher is a task that sleeps a millisecond at a time. What it sleeps longer, the loop was not free.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import orjson

from hooks.app import create_app

TICK = 0.001


def create() -> Any:
    """`hooks.app.create_app`, wrapped; a factory for uvicorn."""
    return Watched(create_app())


class Watched:
    """ASGI: `POST /bench/watch` begins to watch, `POST /bench/blocks` ends and tells the longest block in ms."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._longest = 0.0
        self._watcher: asyncio.Task[None] | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        if not path.startswith("/bench/"):
            await self._app(scope, receive, send)
            return
        if path == "/bench/watch":
            self._longest, self._watcher = 0.0, asyncio.create_task(self._watch())
        elif self._watcher is not None:
            self._watcher.cancel()
        body = orjson.dumps({"longest_ms": self._longest * 1000})
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _watch(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(TICK)
            self._longest = max(self._longest, time.perf_counter() - began - TICK)
