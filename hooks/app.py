"""create_app: wires everything. Nothing below builds its own collaborators."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response

from cds.assess import Assessor, build_assessor
from cds.clock import now
from cds.logs import configure_logs
from cds.record.fingerprint import fingerprint_of
from cds.record.recorder import build_recorder
from cds.record.tokens import TokenMemory
from cds.settings import Settings
from hooks.audit import refused
from hooks.engine_metrics import EngineCollector
from hooks.fhir_access import IsAllowed, build_access
from hooks.language import Speaking
from hooks.limits import Deadlines, Slots
from hooks.origins import Origins
from hooks.problems import Problem, outcome
from hooks.record_metrics import RecordCollector
from hooks.routes import routes
from hooks.service import Metrics, Service
from hooks.tracing import Tracing, build_tracing
from hooks.trust.addresses import Resolver, resolve
from hooks.trust.gate import SMART_VIEW, Gate, is_free
from hooks.trust.replay import JtiStore
from hooks.trust.wiring import Trust, build_trust
from hooks.watch import Watch
from hooks.workbench.rendering import Assets
from rules.sidecars import Sidecars

STATIC = Path(__file__).parent / "workbench" / "static"
# The framework's own spans would hold addresses with ids, and it looks for a collector at each request.
NOT_TRACED: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}


def create_app(
    settings: Settings | None = None,
    assessor: Assessor | None = None,
    clock: Callable[[], datetime] = now,
    is_allowed_server: IsAllowed | None = None,
    used_tokens: JtiStore | None = None,
    resolver: Resolver = resolve,
    tracing: Tracing | None = None,
    *,
    isolated: bool | None = None,
) -> FastAPI:
    """The service. Raises RulesError, SiteProfileError or SpoolError when its files cannot be used.

    `is_allowed_server(issuer, url)` says whether the FHIR server that a client names may be called; by default the
    clients file does. `used_tokens` remembers tokens; by default the record does, for all processes together.
    Without settings this is a process of its own: they come from the environment, the logs are set up, and, unless
    `isolated` says otherwise, the rule engine runs in processes that it may lose.
    """
    if settings is None:
        configure_logs()
    engine = Sidecars() if (settings is None if isolated is None else isolated) and assessor is None else None
    chosen, metrics = settings or Settings.from_environment(), Metrics()
    trust = build_trust(chosen, resolver, lambda cause: metrics.refused_servers.labels(cause).inc())
    fhir = build_access(chosen, clock, is_allowed_server or trust.servers.is_allowed_server, trust.servers.addresses_of)
    traced, recorder = tracing or build_tracing(chosen.otlp_endpoint), build_recorder(chosen, clock)
    ready = assessor or build_assessor(chosen, engine)
    service = Service(chosen, ready, clock, metrics, fhir, recorder, fingerprint_of(ready, chosen), traced)
    metrics.registry.register(RecordCollector(recorder))
    metrics.registry.register(EngineCollector(lambda: ready.runner.state()))
    app = FastAPI(title="trial-hooks", version="0.1.0", docs_url=None, redoc_url=None, telemetry=NOT_TRACED)
    app.router.add_event_handler("shutdown", fhir.client.close)
    if engine is not None:
        engine.start()
        app.router.add_event_handler("shutdown", engine.stop)
    app.router.add_event_handler("startup", recorder.start)
    app.router.add_event_handler("shutdown", recorder.stop)
    app.router.add_event_handler("shutdown", traced.close)
    routes(app, service, trust)
    _limits(app, service, trust, used_tokens or TokenMemory(recorder, clock))
    _problems(app, service)
    app.add_middleware(Speaking, default=chosen.language)
    _cors(app, chosen)
    app.mount("/static", GZipMiddleware(Assets(directory=STATIC), minimum_size=500), name="static")
    logging.getLogger("trial_hooks").setLevel(logging.INFO)
    gc.collect()
    gc.freeze()
    return app


def _limits(app: FastAPI, service: Service, trust: Trust, used_tokens: JtiStore) -> None:
    """From inside out: the gate, then slots, so that a call turned away has not used up its token; then deadlines."""
    settings, metrics = service.settings, service.metrics
    if settings.authenticates:
        app.add_middleware(
            Gate,
            verifier=trust.verifier(service.fhir.client, used_tokens, service.clock),
            public_url=settings.public_url,
            refused=lambda cause: metrics.refused_tokens.labels(cause.value).inc(),
        )
    # Open to everybody, so that it must not take the places of those who are known.
    app.add_middleware(
        Slots,
        most=max(1, settings.most_in_flight // 4),
        is_free=lambda scope: scope["path"] != SMART_VIEW,
        shed=metrics.shed.inc,
    )
    app.add_middleware(Slots, most=settings.most_in_flight, is_free=is_free, shed=metrics.shed.inc)
    # What is fetched has its own, shorter deadline: what came until then is used.
    answer_seconds = settings.answer_seconds and settings.answer_seconds + settings.fetch_seconds
    app.add_middleware(
        Deadlines,
        body_seconds=settings.body_seconds,
        answer_seconds=answer_seconds,
        given_up=lambda scope, status: refused(Request(scope), service, status),
    )


def _problems(app: FastAPI, service: Service) -> None:
    """Every error is an OperationOutcome, inside the CORS layer, and counted."""

    @app.exception_handler(Problem)
    async def problem(request: Request, error: Problem) -> Response:
        await refused(request, service, error.status)
        return outcome(error.status, error.text)

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException) -> Response:
        texts = {404: "There is nothing at this address.", 405: "This address does not take this method."}
        answer = outcome(error.status_code, texts.get(error.status_code, "The request was refused."))
        answer.headers.update(error.headers or {})
        return answer

    app.add_middleware(Watch, service=service)


def _cors(app: FastAPI, settings: Settings) -> None:
    """Added last, so outermost: error answers carry the headers too. Never with credentials."""
    origins = ["*"] if settings.demonstration else list(settings.cors_origins)
    if origins:
        app.add_middleware(
            Origins,
            allow_origins=origins,
            allow_methods=["GET", "POST", "OPTIONS"],
            allow_headers=["authorization", "content-type", "accept"],
            allow_credentials=False,
            expose_headers=["www-authenticate", "retry-after"],
        )
