"""A whole EHR on a port: its FHIR server with the synthetic patients, its key set, and its misbehaviour on request.

    ehr = FakeEhr()
    with ehr.running() as base:
        ...  # FHIR at f"{base}/fhir", keys at f"{base}/jwks.json", ehr.token() for a signed call

Set the members while it runs: `page_size`, `throttle`, `stall`, `lies_with`, `keys`, `access_token`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.ehr.serving import serving
from tests.ehr.signing import ISSUER, SigningKey, key, key_set, token
from tests.test_fixtures import PATIENTS, resources_of

Resource = dict[str, Any]
REFERENCES = ("subject", "patient", "individual")


@dataclass
class FakeEhr:
    """`throttle`: so many requests are first answered 429. `stall`: seconds before each answer for a type.

    `lies_with`: a patient whose resources are given, whoever is asked for. `access_token`: what FHIR calls must carry;
    None for an open server. `asked` counts requests by path, `authorizations` holds what they carried.
    """

    issuer: str = ISSUER
    keys: list[SigningKey] = field(default_factory=lambda: [key()])
    access_token: str | None = "fake-ehr-token"  # noqa: S105 - of a server that is none
    page_size: int = 50
    throttle: int = 0
    stall: dict[str, float] = field(default_factory=dict)
    lies_with: str | None = None
    asked: Counter[str] = field(default_factory=Counter)
    authorizations: set[str | None] = field(default_factory=set)
    base: str = ""

    def __post_init__(self) -> None:
        self._charts = {name: resources_of(name) for name in PATIENTS}

    @contextmanager
    def running(self) -> Iterator[str]:
        """The base address, while it is up."""
        with serving(self.app()) as base:
            self.base = base
            yield base

    @property
    def fhir(self) -> str:
        return f"{self.base}/fhir"

    def token(self, audience: str, **claims: Any) -> str:
        """A call's JWT, signed with the newest key and naming the key set."""
        return token(self.keys[-1], header={"jku": f"{self.base}/jwks.json"}, iss=self.issuer, aud=audience, **claims)

    def grant(self, patient: str, scope: str = "patient/*.rs") -> Resource:
        """fhirAuthorization for one patient."""
        return {
            "access_token": self.access_token,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": scope,
            "subject": "trial-hooks",
            "patient": patient,
        }

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/jwks.json", self._jwks),
                Route("/fhir/{kind}", self._search),
                Route("/fhir/{kind}/_search", self._search, methods=["POST"]),
                Route("/fhir/{kind}/{name}", self._read),
            ]
        )

    async def _jwks(self, request: Request) -> Response:
        self.asked[request.url.path] += 1
        await asyncio.sleep(self.stall.get("jwks", 0))
        return Response(orjson.dumps(key_set(*self.keys)), media_type="application/json")

    async def _read(self, request: Request) -> Response:
        refusal = await self._refusal(request)
        if refusal is not None:
            return refusal
        kind, name = request.path_params["kind"], request.path_params["name"]
        if self.lies_with and kind == "Patient":
            name = self.lies_with
        found = [r for chart in self._charts.values() for r in chart if (r["resourceType"], r["id"]) == (kind, name)]
        return _fhir(found[0]) if found else _outcome(404)

    async def _search(self, request: Request) -> Response:
        refusal = await self._refusal(request)
        if refusal is not None:
            return refusal
        asked = dict(request.query_params) | dict(parse_qsl((await request.body()).decode()))
        kind, patient = request.path_params["kind"], self.lies_with or asked.get("patient", "")
        found = [r for r in self._charts.get(patient.removeprefix("Patient/"), ()) if _is_of(r, kind, patient)]
        start = int(asked.pop("_start", "0"))
        onward = start + self.page_size
        links = [{"relation": "self", "url": str(request.url)}]
        if onward < len(found):
            links.append(
                {"relation": "next", "url": f"{self.fhir}/{kind}?{urlencode(asked | {'_start': str(onward)})}"}
            )
        entries = [
            {"fullUrl": f"{self.fhir}/{kind}/{r['id']}", "resource": r, "search": {"mode": "match"}}
            for r in found[start:onward]
        ]
        bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": links}
        return _fhir(bundle | ({"entry": entries} if entries else {}))

    async def _refusal(self, request: Request) -> Response | None:
        """What keeps this request from its answer: 429, a stall, a missing token."""
        self.asked[request.url.path.removeprefix("/fhir/")] += 1
        stated = request.headers.get("authorization")
        self.authorizations.add(stated)
        await asyncio.sleep(self.stall.get(request.path_params["kind"], 0))
        if self.throttle > 0:
            self.throttle -= 1
            return _outcome(429, {"Retry-After": "0"})
        if self.access_token is not None and stated != f"Bearer {self.access_token}":
            return _outcome(401)
        return None


def _is_of(resource: Resource, kind: str, patient: str) -> bool:
    """Of this type, and about this patient where it says about whom it is."""
    about = {resource[name]["reference"] for name in REFERENCES if "reference" in (resource.get(name) or {})}
    return resource["resourceType"] == kind and about <= {f"Patient/{patient.removeprefix('Patient/')}"}


def _fhir(body: Resource, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, headers, "application/fhir+json")


def _outcome(status: int, headers: dict[str, str] | None = None) -> Response:
    issue = {"severity": "error", "code": "processing"}
    return _fhir({"resourceType": "OperationOutcome", "issue": [issue]}, status, headers)
