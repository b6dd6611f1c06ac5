"""A small client that acts as an EHR, for demonstrations only: it calls this service from the browser, as an EHR would.

Its data are the synthetic requests and patients; its Markdown is rendered here, so that the page never makes HTML of
what a card says.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from hooks import openapi
from hooks.body import read_body
from hooks.problems import Problem
from hooks.service import INLINE_BYTES, Service
from hooks.workbench.fixtures import Fixture, fixtures_in, requests_in
from hooks.workbench.rendering import markdown, page

JSON = "application/json"
# A card has a few thousand characters; Markdown of a hundred times that takes seconds.
MOST_TEXTS, LONGEST_BODY = 50, 200_000


class Texts(msgspec.Struct):
    """Markdown texts to be rendered."""

    texts: list[str]


_decoder = msgspec.json.Decoder(Texts)


def ehr_pages(app: FastAPI, service: Service) -> None:
    """Add the sandbox's routes; nothing outside a demonstration."""
    if not service.settings.demonstration:
        return
    requests, patients = requests_in(service.settings.fixtures), fixtures_in(service.settings.fixtures)

    @app.get("/workbench/ehr", **openapi.EHR_PAGE)
    async def ehr(request: Request) -> Response:
        hooks: dict[str, list[str]] = {}
        for name in requests:
            patient, hook = name.rsplit(".", 1)
            hooks.setdefault(patient, []).append(hook)
        charts = [(patients[name], hooks[name]) for name in patients if name in hooks]
        return page(request, "ehr.html", demonstration=True, charts=charts)

    _samples(app, requests, patients)
    _rendering(app, service)


def _samples(app: FastAPI, requests: dict[str, Path], patients: dict[str, Fixture]) -> None:
    @app.get("/workbench/requests/{name}", **openapi.SAMPLE)
    async def sample_request(name: str) -> Response:
        if name not in requests:
            raise Problem(404, "There is no such request among the fixtures.")
        return Response(requests[name].read_bytes(), media_type=JSON)

    @app.get("/workbench/patients/{name}", **openapi.SAMPLE)
    async def sample_patient(name: str) -> Response:
        if name not in patients:
            raise Problem(404, "There is no such patient among the fixtures.")
        return Response(patients[name].path.read_bytes(), media_type=JSON)


def _rendering(app: FastAPI, service: Service) -> None:
    @app.post("/workbench/markdown", **openapi.MARKDOWN)
    async def rendered(request: Request) -> Response:
        body = await read_body(request, LONGEST_BODY, JSON)
        try:
            texts = _decoder.decode(body).texts
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise Problem(400, 'Send {"texts": ["..."]}.') from error
        if len(texts) > MOST_TEXTS:
            raise Problem(413, f"More than {MOST_TEXTS} texts.")
        # Always in a thread: what is made to be slow is slow at any length.
        html = await service.run(
            lambda: [markdown(text) for text in texts], INLINE_BYTES + 1, hook=False, step="render"
        )
        return Response(orjson.dumps({"html": html}), media_type=JSON)
