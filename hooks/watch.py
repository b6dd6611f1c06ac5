"""Around every request: counted and timed by door, one span, and a last fence that lets nothing of a bug out."""

from __future__ import annotations

import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cds.logs import fault_of
from hooks.audit import refused
from hooks.fields import field_of, set_field
from hooks.problems import outcome
from hooks.routes import door_of
from hooks.service import Service, log


class Watch:
    """ASGI middleware. `request.state.began` is the performance counter's seconds when the request came."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        state: dict[str, Any] = scope.setdefault("state", {})
        state["began"] = began
        door, metrics, status, begun = door_of(scope["path"]), self._service.metrics, 500, False

        async def noted_send(message: Message) -> None:
            nonlocal status, begun
            begun = True
            if message["type"] == "http.response.start":
                status = message["status"]
                set_field(message, b"x-content-type-options", b"nosniff")
                if self._service.settings.demonstration:
                    # Elsewhere it would tell whoever tries tokens how long each check took.
                    taken = (time.perf_counter() - began) * 1000
                    set_field(message, b"server-timing", f"app;dur={taken:.1f}".encode())
            await send(message)

        with self._service.tracing.call(door, field_of(scope, b"traceparent")) as span:
            try:
                await self._app(scope, receive, noted_send)
            except Exception as error:  # the last fence: nothing of a bug may reach the caller
                answer = await self._faulty(scope, error)
                if begun:
                    raise
                await answer(scope, receive, noted_send)
            span.set_attribute("http.response.status_code", status)
        metrics.request(door, status, time.perf_counter() - began)

    async def _faulty(self, scope: Scope, error: Exception) -> Response:
        """A bug becomes a bare 500; one in its audit as well is logged, and changes nothing of the answer."""
        log.error("bug", **fault_of(error))
        try:
            await refused(Request(scope), self._service, 500)
        except Exception as second:  # noqa: BLE001 - the last fence again
            log.error("bug", **fault_of(second))
        return outcome(500, "The service failed; the fault is in its log.")
