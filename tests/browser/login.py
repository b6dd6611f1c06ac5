"""A little SMART authorization server in front of the fake EHR: PKCE, state, one-time codes, choice of patient."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from tests.ehr.fake_ehr import FakeEhr
from tests.ehr.serving import serving

CLIENT = "trial-hooks-test"
LAUNCH = "launch-7f3a"


@dataclass
class Login:
    """`launched` is the patient whose chart is open. `denies`: the user says no. `app_context` comes with the token.

    `trouble` collects what a strict server would refuse; `granted` counts the tokens.
    """

    launched: str = "fits"
    denies: bool = False
    app_context: str | None = None
    trouble: list[str] = field(default_factory=list)
    granted: int = 0
    ehr: FakeEhr = field(default_factory=lambda: FakeEhr(access_token=f"smart-{secrets.token_hex(12)}"))
    base: str = ""
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def fhir(self) -> str:
        return f"{self.base}/fhir"

    @contextmanager
    def running(self) -> Iterator[str]:
        routes = [
            Route("/fhir/.well-known/smart-configuration", self._configuration),
            Route("/authorize", self._authorize),
            Route("/token", self._token, methods=["POST"]),
            Mount("/", self.ehr.app()),
        ]
        cors = Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])
        with serving(Starlette(routes=routes, middleware=[cors])) as base:
            self.base = self.ehr.base = base
            yield base

    async def _configuration(self, _request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.base,
                "authorization_endpoint": f"{self.base}/authorize",
                "token_endpoint": f"{self.base}/token",
                "grant_types_supported": ["authorization_code"],
                "code_challenge_methods_supported": ["S256"],
                "capabilities": ["launch-ehr", "launch-standalone", "client-public", "context-ehr-patient"],
            }
        )

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self._expect(asked.get("response_type") == "code", "response_type")
        self._expect(asked.get("client_id") == CLIENT, "client_id")
        self._expect(asked.get("aud") == self.fhir, "aud")
        self._expect(asked.get("code_challenge_method") == "S256" and bool(asked.get("code_challenge")), "PKCE")
        self._expect(len(asked.get("state", "")) >= 8, "state")
        self._expect("patient/Observation.rs" in asked.get("scope", "").split(), "scope")
        if self.denies:
            return self._back(asked, error="access_denied", error_description="The user said no")
        if "launch" in asked:
            self._expect(asked["launch"] == LAUNCH and "launch" in asked["scope"].split(), "launch")
            return self._back(asked, code=self._code(asked, self.launched))
        self._expect("launch/patient" in asked["scope"].split(), "launch/patient")
        chosen = asked.pop("chosen", None)
        if chosen is None:
            links = [f'<li><a href="/authorize?{urlencode(asked | {"chosen": name})}">{name}</a></li>'
                     for name in ("fits", "outside")]  # fmt: skip
            return HTMLResponse(f"<!doctype html><title>EHR</title><h1>Which patient?</h1><ul>{''.join(links)}</ul>")
        return self._back(asked, code=self._code(asked, chosen))

    def _code(self, asked: dict[str, str], patient: str) -> str:
        code = secrets.token_urlsafe(12)
        self._codes[code] = {**asked, "patient": patient}
        return code

    def _back(self, asked: dict[str, str], **values: str) -> Response:
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({**values, 'state': asked['state']})}", 302)

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        begun = self._codes.pop(form.get("code", ""), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=")
        if begun is None or proof.decode() != begun["code_challenge"] or form["redirect_uri"] != begun["redirect_uri"]:
            self.trouble.append("token")
            return JSONResponse({"error": "invalid_grant"}, 400)
        self.granted += 1
        answer = {
            "access_token": self.ehr.access_token,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": begun["scope"],
            "patient": begun["patient"],
        }
        context = {"appContext": self.app_context} if self.app_context else {}
        return Response(orjson.dumps(answer | context), media_type="application/json")

    def _expect(self, holds: object, what: str) -> None:
        if not holds:
            self.trouble.append(what)
