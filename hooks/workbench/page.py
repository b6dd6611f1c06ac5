"""GET / and POST /: pick or paste a patient, see the cards and the criteria. Works without any script."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from fastapi import FastAPI
from jinja2 import Environment, FileSystemLoader
from markdown_it import MarkdownIt
from starlette.requests import Request
from starlette.responses import Response

from cds.assessment import Assessment
from hooks import openapi
from hooks.audit import answered, asks
from hooks.body import read_body
from hooks.cards import cards_of
from hooks.problems import Problem
from hooks.service import Service
from hooks.workbench.course_plot import CourseFigure, course_figure
from hooks.workbench.fixtures import Fixture, fixtures_in
from hooks.workbench.mrd_plot import MrdFigure, mrd_figure
from rules.verdict import Standing

FORM = "application/x-www-form-urlencoded"
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"
INSTANCE = "00000000-0000-4000-8000-000000000000"
_templates = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
STANDING_WORDS = {
    Standing.POTENTIALLY_ELIGIBLE: "Nothing on record stands in the way",
    Standing.INDETERMINATE: "Cannot tell yet",
    Standing.INELIGIBLE: "Does not fit",
    Standing.NOT_APPLICABLE: "Not a patient of this trial",
}


def pages(app: FastAPI, service: Service) -> None:
    """Add the page's routes."""
    known = fixtures_in(service.settings.fixtures)

    @app.get("/", **openapi.PICK)
    async def pick(request: Request, patient: str = "") -> Response:
        fixture = known.get(patient)
        if fixture is None:
            return _page(known, None, None, {})
        return await _assessed(request, service, known, fixture.path.read_bytes(), fixture.as_of, fixture)

    @app.post("/", **openapi.PASTE)
    async def paste(request: Request) -> Response:
        form = parse_qs((await read_body(request, service.settings.body_limit * 3, FORM)).decode("utf-8", "replace"))
        text = form.get("bundle", [""])[0]
        as_of = form.get("as_of", [""])[0] or service.now()
        return await _assessed(request, service, known, text.encode(), as_of, None)


async def _assessed(
    request: Request,
    service: Service,
    known: dict[str, Fixture],
    body: bytes,
    as_of: str,
    fixture: Fixture | None,
) -> Response:
    asks(request, "/")

    def work() -> tuple[Assessment, MrdFigure, CourseFigure]:
        chart, assessment = service.assessor.read_bundle(body, as_of=as_of)
        return assessment, mrd_figure(chart, assessment), course_figure(chart, assessment)

    try:
        assessment, mrd, course = await service.run(work, len(body), hook=False)
    except Problem as problem:
        return _page(known, fixture, None, {"problem": problem.text}, problem.status)
    await answered(request, service, body, assessment)
    cards = cards_of(assessment, INSTANCE, show_ineligible=service.settings.show_ineligible)
    shown = [{**card, "html": _markdown.render(card["detail"])} for card in cards]
    return _page(
        known, fixture, assessment, {"cards": shown, "base": service.settings.public_url, "mrd": mrd, "course": course}
    )


def _page(
    known: dict[str, Fixture],
    chosen: Fixture | None,
    assessment: Assessment | None,
    more: dict[str, Any],
    status: int = 200,
) -> Response:
    html = _templates.get_template("page.html").render(
        fixtures=known.values(), chosen=chosen, assessment=assessment, standing_words=STANDING_WORDS, **more
    )
    return Response(html, status, {"Content-Security-Policy": POLICY}, "text/html")
