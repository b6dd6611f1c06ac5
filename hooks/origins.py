"""Cross-origin calls: Starlette's middleware, and a short way for the many calls that no browser sends."""

from __future__ import annotations

from starlette.middleware.cors import CORSMiddleware
from starlette.types import Message, Receive, Scope, Send

from hooks.fields import add_vary, has_field


class Origins(CORSMiddleware):
    """As its base. A call without an Origin only learns that the answer to one with an Origin may differ."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or has_field(scope, b"origin"):
            await super().__call__(scope, receive, send)
            return

        async def varied_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_vary(message, b"Origin")
            await send(message)

        await self.app(scope, receive, varied_send)
