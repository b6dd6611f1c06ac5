"""Templates to answers: language, theme, links that keep both, compression, and the policy that lets no script in.

Third-party code, inline scripts and inline styles are refused by the policy; everything is served from here.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from hooks.workbench import words
from hooks.workbench.sources import anchor_of
from rules.messages import LANGUAGES, language, say, say_many

if TYPE_CHECKING:
    from jinja2 import Environment
    from markdown_it import MarkdownIt


def policy(connect: tuple[str, ...] = ()) -> str:
    """The Content-Security-Policy of a page whose scripts may call these origins beside ours."""
    called = " ".join(("'self'", *connect))
    return (
        f"default-src 'none'; script-src 'self'; connect-src {called}; style-src 'self'; "
        "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    )


THEMES = ("light", "dark")
SMALLEST = 1000


@cache
def _markdown() -> MarkdownIt:
    """Imported with the first text: a service whose pages nobody opens does without."""
    from markdown_it import MarkdownIt

    # No pictures: their addresses would be called.
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


@cache
def _templates() -> Environment:
    """Imported with the first page, as `_markdown`."""
    from jinja2 import Environment, FileSystemLoader

    loader = FileSystemLoader(Path(__file__).parent / "templates")
    found = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    found.globals |= {"say": say, "say_many": say_many, "words": words, "anchor_of": anchor_of}
    return found


@dataclass(frozen=True, slots=True)
class Reader:
    """How the reader wants the page: `asked` holds the language and theme that the address itself names."""

    path: str
    query: dict[str, str]
    asked: dict[str, str]
    demonstration: bool

    @property
    def language(self) -> str:
        return language()

    @property
    def theme(self) -> str | None:
        return self.asked.get("theme")

    def link(self, path: str, **query: str) -> str:
        """An address of ours in the reader's language and theme."""
        return _address(path, {**query, **self.asked})

    def again(self, **change: str) -> str:
        """This page, with a change in language or theme."""
        return _address(self.path, {**self.query, **self.asked, **change})

    @property
    def other_languages(self) -> list[str]:
        return [name for name in LANGUAGES if name != language()]


def _address(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def reader_of(request: Request, *, demonstration: bool, refused: bool = False) -> Reader:
    """Only a language and a theme that we have are kept. A page that refuses repeats nothing of its address."""
    query = dict(request.query_params)
    asked = {
        name: query.pop(name, "")
        for name, known in (("lang", LANGUAGES), ("theme", THEMES))
        if query.get(name) in known
    }
    return Reader(request.url.path, {} if refused else query, asked, demonstration)


class Assets(StaticFiles):
    """Files beside the pages: kept by browsers, but asked for by ETag each time, so that an upgrade is seen."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        answer = super().file_response(*args, **kwargs)
        answer.headers["Cache-Control"] = "no-cache"
        return answer


def page(
    request: Request,
    template: str,
    status: int = 200,
    *,
    demonstration: bool,
    connect: tuple[str, ...] = (),
    **values: Any,
) -> Response:
    """A page as it leaves: nothing of a patient is kept by caches, and no address of ours is told to others."""
    reader = reader_of(request, demonstration=demonstration, refused=status >= 400)
    html = _templates().get_template(template).render(reader=reader, **values).encode()
    headers = {
        "Content-Security-Policy": policy(connect),
        "Cache-Control": "no-store",
        "Vary": "Accept-Encoding",
        "Referrer-Policy": "no-referrer",
    }
    if "gzip" in request.headers.get("accept-encoding", "") and len(html) > SMALLEST:
        html = gzip.compress(html, 6)
        headers["Content-Encoding"] = "gzip"
    return Response(html, status, headers, "text/html")


def markdown(text: str) -> str:
    """Markdown to HTML; HTML inside it is shown as text, and addresses are http(s) or none."""
    return str(_markdown().render(text))
