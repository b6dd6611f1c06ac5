"""Limits that hold for every request: how long a body may take, how long an answer, and how many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hooks.fields import field_of, has_field
from hooks.problems import outcome
from hooks.service import log

RETRY_AFTER = "1"
TELLING = 1.0
# Told of a request that gets no answer of its own, with the status that it gets instead.
GivenUp = Callable[[Scope, int], Awaitable[None]]


async def no_account(_scope: Scope, _status: int) -> None:
    """Keeps none."""


class Deadlines:
    """ASGI middleware: 408 for a body that does not arrive, 503 for an answer that does not come. 0: no limit."""

    def __init__(self, app: ASGIApp, body_seconds: int, answer_seconds: int, given_up: GivenUp = no_account) -> None:
        self._app, self._given_up = app, given_up
        self._body, self._answer = body_seconds or None, answer_seconds or None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        arrived, waiting, begun = not _has_body(scope), False, False

        async def timed_receive() -> Message:
            nonlocal arrived, waiting
            waiting = not arrived
            message = await receive()
            waiting = False
            if not arrived and message["type"] == "http.request" and not message.get("more_body", False):
                arrived = True
                limit.reschedule(None if self._answer is None else asyncio.get_running_loop().time() + self._answer)
            return message

        async def noted_send(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            async with asyncio.timeout(self._answer if arrived else self._body) as limit:
                await self._app(scope, timed_receive, noted_send)
        except TimeoutError:
            if begun or not limit.expired():
                raise
            answer = _slow_caller() if waiting else _slow_service()
            await self._tell(scope, answer.status_code)
            await answer(scope, receive, send)

    async def _tell(self, scope: Scope, status: int) -> None:
        """Whatever made the answer late must not hold it up once more."""
        try:
            async with asyncio.timeout(TELLING):
                await self._given_up(scope, status)
        except TimeoutError:
            log.warning("given-up-call-not-kept", status=status)


def _slow_caller() -> Response:
    answer = outcome(408, "The body did not arrive in time.")
    answer.headers["Connection"] = "close"
    return answer


def _slow_service() -> Response:
    return outcome(503, "There was no answer in time.")


def _has_body(scope: Scope) -> bool:
    return field_of(scope, b"content-length", "0") != "0" or has_field(scope, b"transfer-encoding")


class Slots:
    """ASGI middleware: at most `most` requests are worked on at once; further ones are told at once to come again."""

    def __init__(self, app: ASGIApp, most: int, is_free: Callable[[Scope], bool], shed: Callable[[], None]) -> None:
        self._app, self._most, self._is_free, self._shed = app, most, is_free, shed
        self._taken = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Requests for which `is_free` holds take no slot: health must answer under load."""
        if scope["type"] != "http" or self._is_free(scope):
            await self._app(scope, receive, send)
            return
        if self._taken >= self._most:
            self._shed()
            answer = outcome(503, "Too many requests at once; try again.")
            answer.headers["Retry-After"] = RETRY_AFTER
            await answer(scope, receive, send)
            return
        self._taken += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._taken -= 1
