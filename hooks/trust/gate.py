"""The gate before every door: no answer about a patient without a verified client. Closed unless listed as open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from hooks.problems import outcome
from hooks.service import log
from hooks.trust.causes import Cause, RefusedTokenError
from hooks.trust.verify import Caller, Verifier

OPEN = frozenset(
    {"/", "/cds-services", "/healthz", "/readyz", "/metrics", "/api/trials", "/openapi.json", "/fhir/metadata"}
)
# Opened by a browser on its way to an EHR's login and back; what shows a patient proves itself with the EHR's token.
SMART = frozenset({"/smart/launch", "/smart/app"})
SMART_VIEW = "/smart/view"
OPEN_BELOW = ("/api/trials/", "/static/")
OPEN_FHIR = tuple(
    f"/fhir/{kind}/" for kind in ("Group", "OperationDefinition", "Questionnaire", "ResearchStudy", "ValueSet")
)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
TEXT = "A call needs the token of a registered CDS client."


def is_open(scope: Scope) -> bool:
    """Discovery, health and what is the same for everybody. OPTIONS carries no token (CORS preflight)."""
    path: str = scope["path"]
    if path == SMART_VIEW:
        return bool(scope["method"] == "POST")
    if scope["method"] not in SAFE:
        return False
    return scope["method"] == "OPTIONS" or path in OPEN or path in SMART or path.startswith(OPEN_BELOW + OPEN_FHIR)


def is_free(scope: Scope) -> bool:
    """What must answer under load; the page is open, but it works."""
    return is_open(scope) and scope["path"] not in ("/", SMART_VIEW)


class Gate:
    """ASGI middleware. `request.state` holds issuer, tenant and caller, once verified."""

    def __init__(self, app: ASGIApp, verifier: Verifier, public_url: str, refused: Callable[[Cause], None]) -> None:
        self._app, self._verifier, self._public_url, self._refused = app, verifier, public_url, refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not is_open(scope):
            try:
                caller = await self._caller(scope)
            except RefusedTokenError as error:
                self._refused(error.cause)
                log.warning("token-refused", cause=error.cause.value, issuer=error.issuer)
                # The same bytes for every cause: whoever tries tokens learns nothing (best practice, row SE-15).
                answer = outcome(401, TEXT)
                answer.headers["WWW-Authenticate"] = "Bearer"
                await answer(scope, receive, send)
                return
            state: dict[str, Any] = scope.setdefault("state", {})
            state["issuer"], state["tenant"], state["caller"] = caller.issuer, caller.tenant, caller
        await self._app(scope, receive, send)

    async def _caller(self, scope: Scope) -> Caller:
        stated = Headers(scope=scope).getlist("authorization")
        if len(stated) > 1:
            raise RefusedTokenError(Cause.SCHEME)
        return await self._verifier.verify(stated[0] if stated else None, audiences(self._public_url, scope["path"]))


def audiences(public_url: str, path: str) -> frozenset[str]:
    """The endpoint's public address, never taken from the Host header. For feedback the service's own address too."""
    called = f"{public_url}{path}"
    return frozenset({called, called.removesuffix("/feedback")})
