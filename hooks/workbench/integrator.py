"""For integrators: a hook request as sent, its prefetch coverage, and the check against the standard's rules.

GET /workbench/hooks shows a request of the fixtures; POST /workbench/check-request checks a pasted one: JSON in, JSON
out, or the page's form in and the page out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from hooks import openapi
from hooks.body import FORM, form_of, media_type_of, read_body
from hooks.discovery import services
from hooks.service import Service
from hooks.workbench.check_rows import Check
from hooks.workbench.coverage import Coverage
from hooks.workbench.fixtures import requests_in
from hooks.workbench.rendering import page
from hooks.workbench.request_check import check_request

JSON = "application/json"
Checked = tuple[tuple[Check, ...], tuple[Coverage, ...]]


def integrator_pages(app: FastAPI, service: Service) -> None:
    """Add the integrator's routes."""
    known = requests_in(service.settings.fixtures)

    @app.get("/workbench/hooks", **openapi.HOOK_PAGE)
    async def hooks_page(request: Request, sample: str = "") -> Response:
        path = known.get(sample)
        text = path.read_text(encoding="utf-8") if path else ""
        return _page(request, service, known, text, sample if path else "")

    @app.post("/workbench/check-request", **openapi.CHECK_REQUEST)
    async def check(request: Request) -> Response:
        body = await read_body(request, service.settings.body_limit * 3, FORM, JSON)
        if media_type_of(request) == JSON:
            rows, coverage = await _checked(service, body)
            found = {"checks": [row.as_json() for row in rows], "coverage": [one.as_json() for one in coverage]}
            return Response(orjson.dumps(found), media_type=JSON)
        form = await service.run(lambda: form_of(body), len(body), hook=False, step="read")
        text = form.get("request", "")
        return _page(request, service, known, text, "", await _checked(service, text.encode()))


async def _checked(service: Service, body: bytes) -> Checked:
    return await service.run(lambda: check_request(body), len(body), hook=False, step="check")


def _page(
    request: Request, service: Service, known: dict[str, Path], text: str, sample: str, checked: Checked | None = None
) -> Response:
    found = checked or (check_request(text.encode()) if text else None)
    values: dict[str, Any] = {
        "samples": list(known),
        "sample": sample,
        "text": text,
        "services": services(),
        "hook": _hook_of(text),
        "checks": found[0] if found else (),
        "coverage": found[1] if found else (),
        "base": service.settings.public_url,
    }
    return page(request, "hooks.html", demonstration=service.settings.demonstration, **values)


def _hook_of(text: str) -> str:
    try:
        request = orjson.loads(text)
    except orjson.JSONDecodeError:
        return ""
    hook = request.get("hook") if isinstance(request, dict) else None
    return hook if isinstance(hook, str) else ""
