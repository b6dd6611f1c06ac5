"""GET / and POST /: pick or paste a patient, see how the trials stand and why. Works without any script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from cds.assessment import Assessment
from cds.forecast import forecast
from hooks import openapi
from hooks.audit import answered, asks, refused
from hooks.body import read_form
from hooks.problems import Problem
from hooks.service import Service
from hooks.workbench.fixtures import Fixture, fixtures_in
from hooks.workbench.rendering import page
from hooks.workbench.shown_cards import shown_cards
from hooks.workbench.view import PatientView, view_of
from hooks.workbench.whatif import Supposed, choices, supposed
from rules.messages import say


@dataclass(frozen=True, slots=True)
class Asked:
    """A patient to show: a Bundle's bytes and the day; `fixture` or the text that was pasted says whose.

    `fact` and `value` are what is supposed in the what-if panel.
    """

    body: bytes
    as_of: str
    fixture: Fixture | None = None
    pasted: str = ""
    fact: str = ""
    value: str = ""


def pages(app: FastAPI, service: Service) -> None:
    """Add the page's routes."""
    known = fixtures_in(service.settings.fixtures)

    @app.get("/", **openapi.PICK)
    async def pick(request: Request, patient: str = "", fact: str = "", value: str = "") -> Response:
        fixture = known.get(patient)
        if fixture is None:
            wrong = {"problem": say("There is no synthetic patient of this name.")} if patient else {}
            return _page(request, service, known, 404 if wrong else 200, **wrong)
        asked = Asked(fixture.path.read_bytes(), fixture.as_of, fixture, fact=fact, value=value)
        return await _assessed(request, service, known, asked)

    @app.post("/", **openapi.PASTE)
    async def paste(request: Request) -> Response:
        form = await read_form(request, service, service.settings.body_limit * 3)
        text, as_of, fact, value = (form.get(name, "") for name in ("bundle", "as_of", "fact", "value"))
        asked = Asked(text.encode(), as_of or service.now(), pasted=text, fact=fact, value=value)
        return await _assessed(request, service, known, asked)


async def _assessed(request: Request, service: Service, known: dict[str, Fixture], asked: Asked) -> Response:
    asks(request, "/")

    def work() -> tuple[Assessment, PatientView, Supposed, list[dict[str, Any]]]:
        chart, assessment = service.assessor.read_bundle(asked.body, as_of=asked.as_of)
        whole = forecast(service.assessor, chart, assessment)
        suppose = supposed(service.assessor, chart, assessment, asked.fact, asked.value)
        return assessment, view_of(asked.body, chart, whole), suppose, shown_cards(service, chart, assessment)

    try:
        assessment, view, suppose, cards = await service.run(work, len(asked.body), hook=False)
    except Problem as problem:
        await refused(request, service, problem.status)
        return _page(request, service, known, problem.status, asked=asked, problem=problem.text)
    await answered(request, service, asked.body, assessment)
    more: dict[str, Any] = {"cards": cards, "base": service.settings.public_url}
    facts = choices(service.assessor.trials)
    return _page(request, service, known, asked=asked, view=view, facts=facts, supposed=suppose, **more)


def _page(request: Request, service: Service, known: dict[str, Fixture], status: int = 200, **values: Any) -> Response:
    demonstration = service.settings.demonstration
    return page(request, "patient.html", status, demonstration=demonstration, fixtures=known.values(), **values)
