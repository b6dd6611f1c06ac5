"""GET / and POST /: pick or paste a patient, see how the trials stand and why. Works without any script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from cds.assessment import Assessment
from hooks import openapi
from hooks.audit import answered, asks
from hooks.body import read_body
from hooks.cards import cards_of
from hooks.problems import Problem
from hooks.service import Service
from hooks.workbench.fixtures import Fixture, fixtures_in
from hooks.workbench.rendering import markdown, page
from hooks.workbench.view import PatientView, view_of
from rules.messages import say

FORM = "application/x-www-form-urlencoded"
INSTANCE = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Asked:
    """A patient to show: a Bundle's bytes and the day; `fixture` or the text that was pasted says whose."""

    body: bytes
    as_of: str
    fixture: Fixture | None = None
    pasted: str = ""


def pages(app: FastAPI, service: Service) -> None:
    """Add the page's routes."""
    known = fixtures_in(service.settings.fixtures)

    @app.get("/", **openapi.PICK)
    async def pick(request: Request, patient: str = "") -> Response:
        fixture = known.get(patient)
        if fixture is None:
            wrong = {"problem": say("There is no synthetic patient of this name.")} if patient else {}
            return _page(request, service, known, 404 if wrong else 200, **wrong)
        return await _assessed(request, service, known, Asked(fixture.path.read_bytes(), fixture.as_of, fixture))

    @app.post("/", **openapi.PASTE)
    async def paste(request: Request) -> Response:
        form = parse_qs((await read_body(request, service.settings.body_limit * 3, FORM)).decode("utf-8", "replace"))
        text = form.get("bundle", [""])[0]
        as_of = form.get("as_of", [""])[0] or service.now()
        return await _assessed(request, service, known, Asked(text.encode(), as_of, pasted=text))


async def _assessed(request: Request, service: Service, known: dict[str, Fixture], asked: Asked) -> Response:
    asks(request, "/")

    def work() -> tuple[Assessment, PatientView]:
        chart, assessment = service.assessor.read_bundle(asked.body, as_of=asked.as_of)
        return assessment, view_of(asked.body, chart, assessment)

    try:
        assessment, view = await service.run(work, len(asked.body), hook=False)
    except Problem as problem:
        return _page(request, service, known, problem.status, asked=asked, problem=problem.text)
    await answered(request, service, asked.body, assessment)
    cards = cards_of(assessment, INSTANCE, show_ineligible=service.settings.show_ineligible)
    shown = [{**card, "html": markdown(card["detail"])} for card in cards]
    return _page(request, service, known, asked=asked, view=view, cards=shown, base=service.settings.public_url)


def _page(request: Request, service: Service, known: dict[str, Fixture], status: int = 200, **values: Any) -> Response:
    demonstration = service.settings.demonstration
    return page(request, "patient.html", status, demonstration=demonstration, fixtures=known.values(), **values)
