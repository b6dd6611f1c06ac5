"""Every answer in the language of its reader: `?lang=`, else Accept-Language, else the site's."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hooks.fields import add_vary, field_of, set_field
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
                set_field(message, b"content-language", chosen.encode())
                add_vary(message, b"Accept-Language")
            await send(message)

        with speaking(chosen):
            await self._app(scope, receive, named_send)

    def _chosen(self, scope: Scope) -> str:
        query = scope.get("query_string", b"")
        asked = parse_qs(query.decode("latin-1")).get("lang", [""])[0] if query else ""
        if asked in LANGUAGES:
            return asked
        accepted = field_of(scope, b"accept-language")
        return language_for(accepted, self._default) if accepted else self._default
