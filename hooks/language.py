"""Every answer in the language of its reader: `?lang=`, else Accept-Language, else the site's."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rules.messages import LANGUAGES, language_for, speaking


class Speaking:
    """ASGI middleware: sets the language for the request and names it in the answer (RFC 9110 §8.5, §12.5.5)."""

    def __init__(self, app: ASGIApp, default: str) -> None:
        self._app, self._default = app, default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        chosen = self._chosen(scope)

        async def named_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Language"] = chosen
                headers.add_vary_header("Accept-Language")
            await send(message)

        with speaking(chosen):
            await self._app(scope, receive, named_send)

    def _chosen(self, scope: Scope) -> str:
        asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang", [""])[0]
        return (
            asked
            if asked in LANGUAGES
            else language_for(Headers(scope=scope).get("accept-language", ""), self._default)
        )
