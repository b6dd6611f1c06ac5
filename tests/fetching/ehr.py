"""A FHIR server that answers searches from a chart, and misbehaves where a test says so. Used through respx."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
import respx

from cds.fetching.breaker import Breaker
from cds.fetching.client import FhirClient
from cds.fetching.gather import fetch_missing
from cds.intake import Material
from cds.prefetch import from_prefetch
from cds.vendors import VendorProfile, load_vendor
from tests.fhir import Chart, base_chart

BASE = "https://ehr.example/fhir"
TOKEN = "token-that-must-not-leak"  # noqa: S105 - a planted word
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
Answer = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]


def fhir(body: object, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(
        status, content=orjson.dumps(body), headers={"Content-Type": "application/fhir+json"} | headers
    )


def searchset(entries: list[dict[str, Any]], next_url: str | None = None, **members: Any) -> dict[str, Any]:
    link = [{"relation": "next", "url": next_url}] if next_url else []
    wrapped = [{"fullUrl": f"{BASE}/{r['resourceType']}/{r['id']}", "resource": r} for r in entries]
    return {"resourceType": "Bundle", "type": "searchset", "link": link, "entry": wrapped, **members}


@dataclass
class Ehr:
    """Serves one chart. `instead` maps the first path segment after the base to another way of answering."""

    chart: Chart = field(default_factory=base_chart)
    instead: dict[str, Answer] = field(default_factory=dict)
    page_size: int = 1_000
    asked: list[httpx.Request] = field(default_factory=list)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        kind = urlsplit(str(request.url)).path.removeprefix("/fhir").strip("/").split("/")[0]
        answer = self.instead.get(kind, self.answer)(request)
        return answer if isinstance(answer, httpx.Response) else await answer

    def answer(self, request: httpx.Request) -> httpx.Response:
        """A read of Type/id, or one page of a search."""
        segments = urlsplit(str(request.url)).path.removeprefix("/fhir").strip("/").split("/")
        found = [r for r in self.chart.resources if r["resourceType"] == segments[0]]
        if len(segments) > 1 and segments[1] != "_search":
            [*one] = [r for r in found if r["id"] == segments[1]]
            return fhir(one[0]) if one else fhir({"resourceType": "OperationOutcome"}, 404)
        start = int(parse_qs(urlsplit(str(request.url)).query).get("start", ["0"])[0])
        end = start + self.page_size
        onward = f"{BASE}/{segments[0]}?patient=1&start={end}" if end < len(found) else None
        return fhir(searchset(found[start:end], onward, total=len(found)))

    def paths(self) -> list[str]:
        """What was asked for, below the base, in order."""
        return [str(request.url).removeprefix(BASE) for request in self.asked]


@dataclass
class Caller:
    """The service's side: one client with a clock that only the test moves."""

    seconds: float = 0.0
    vendor: VendorProfile = field(default_factory=lambda: load_vendor("generic"))

    def __post_init__(self) -> None:
        self.breaker = Breaker(lambda: self.seconds)
        self.client = FhirClient(self.breaker, lambda: NOW)

    async def fetch(
        self,
        ehr: Ehr,
        prefetch: dict[str, bytes] | None = None,
        *,
        scopes: str | None = None,
        deadline: float = 5.0,
        server: str = BASE,
    ) -> Material:
        """What is known of patient 1 after asking the server for everything that the prefetch lacks."""
        with respx.mock(assert_all_called=False) as router:
            router.route().mock(side_effect=ehr)
            return await fetch_missing(
                from_prefetch(prefetch or {}),
                client=self.client,
                server=server,
                token=TOKEN,
                scopes=scopes,
                patient_id="1",
                deadline=deadline,
                vendor=self.vendor,
            )


def ids(material: Material, kind: str) -> list[str]:
    return [orjson.loads(bytes(item.raw))["id"] for item in material.of(kind)]
