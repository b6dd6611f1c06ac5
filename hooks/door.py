"""The route of a door that reads its request itself and gives a Response."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import request_response

Endpoint = Callable[[Request], Awaitable[Response]]


class Door(APIRoute):
    """FastAPI's route as others see it (OpenAPI, errors), Starlette's in how it is called.

    FastAPI would look for parameters to parse and values to serialise, at each call; a door has none.
    """

    def __init__(self, path: str, endpoint: Endpoint, **entry: Any) -> None:
        super().__init__(path, endpoint, **entry)
        self.app = request_response(endpoint)


def door(app: FastAPI, path: str, entry: dict[str, Any]) -> Callable[[Endpoint], Endpoint]:
    """Decorator: this answers POST at this path; `entry` is its part of the OpenAPI description."""

    def add(endpoint: Endpoint) -> Endpoint:
        app.router.add_api_route(path, endpoint, methods=["POST"], route_class_override=Door, **entry)
        return endpoint

    return add
