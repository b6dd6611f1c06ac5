"""create_app: wires everything. Nothing below builds its own collaborators."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import orjson
from fastapi import FastAPI
from prometheus_client import generate_latest
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from cds.assess import Assessor, build_assessor
from cds.clock import now
from cds.logs import configure_logs, fault_of
from cds.record.fingerprint import fingerprint_of
from cds.record.recorder import build_recorder
from cds.record.tokens import TokenMemory
from cds.settings import Settings
from hooks import api, openapi
from hooks.audit import refused
from hooks.course_view import course_view
from hooks.discovery import CROSSOVER, ELIGIBILITY, ORDER_CHECK, ORDER_SELECT, ORDER_SERVICES, SERVICES
from hooks.feedback import feedback
from hooks.fhir_access import IsAllowed, build_access
from hooks.limits import Deadlines, Slots
from hooks.orders import orders
from hooks.patient_view import patient_view
from hooks.problems import Problem, outcome
from hooks.record_metrics import RecordCollector
from hooks.service import Metrics, Service, log
from hooks.tracing import Tracing, build_tracing
from hooks.trust.addresses import Resolver, resolve
from hooks.trust.gate import Gate, is_free
from hooks.trust.replay import JtiStore
from hooks.trust.wiring import Trust, build_trust
from hooks.workbench.page import pages
from rules.engine import faults

STATIC = Path(__file__).parent / "workbench" / "static"
Next = Callable[[Request], Awaitable[Response]]


def create_app(
    settings: Settings | None = None,
    assessor: Assessor | None = None,
    clock: Callable[[], datetime] = now,
    is_allowed_server: IsAllowed | None = None,
    used_tokens: JtiStore | None = None,
    resolver: Resolver = resolve,
    tracing: Tracing | None = None,
) -> FastAPI:
    """The service. Raises RulesError, SiteProfileError or SpoolError when its files cannot be used.

    `is_allowed_server(issuer, url)` says whether the FHIR server that a client names may be called; by default the
    clients file does. `used_tokens` remembers tokens; by default the record does, for all processes together.
    Without settings this is a process of its own: they come from the environment, and the logs are set up.
    """
    if settings is None:
        configure_logs()
    chosen, metrics = settings or Settings.from_environment(), Metrics()
    trust = build_trust(chosen, resolver, lambda cause: metrics.refused_servers.labels(cause).inc())
    fhir = build_access(chosen, clock, is_allowed_server or trust.servers.is_allowed_server, trust.servers.addresses_of)
    traced, recorder = tracing or build_tracing(chosen.otlp_endpoint), build_recorder(chosen, clock)
    ready = assessor or build_assessor(chosen)
    service = Service(chosen, ready, clock, metrics, fhir, recorder, fingerprint_of(ready, chosen), traced)
    metrics.registry.register(RecordCollector(recorder))
    app = FastAPI(title="trial-hooks", version="0.1.0", docs_url=None, redoc_url=None)
    app.router.add_event_handler("shutdown", fhir.client.close)
    app.router.add_event_handler("startup", recorder.start)
    app.router.add_event_handler("shutdown", recorder.stop)
    app.router.add_event_handler("shutdown", traced.close)
    _routes(app, service, trust)
    _limits(app, service, trust, used_tokens or TokenMemory(recorder, clock))
    _problems(app, service)
    _cors(app, chosen)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    logging.getLogger("trial_hooks").setLevel(logging.INFO)
    gc.collect()
    gc.freeze()
    return app


def _routes(app: FastAPI, service: Service, trust: Trust) -> None:
    @app.get("/cds-services", **openapi.DISCOVERY)
    async def discovery() -> Response:
        return _json({"services": SERVICES})

    @app.post(f"/cds-services/{ELIGIBILITY}", **openapi.PATIENT_VIEW)
    async def eligibility(request: Request) -> Response:
        return await patient_view(request, service)

    @app.post(f"/cds-services/{CROSSOVER}", **openapi.PATIENT_VIEW)
    async def crossover(request: Request) -> Response:
        return await course_view(request, service)

    @app.post("/api/assess", **openapi.ASSESS)
    async def assess(request: Request) -> Response:
        return await api.assess(request, service)

    @app.get("/api/trials", **openapi.TRIALS)
    async def trials() -> Response:
        return _json(api.trials_page(service))

    @app.get("/api/trials/{trial_id}", **openapi.TRIAL)
    async def trial(trial_id: str) -> Response:
        return _json(api.trial_page(service, trial_id))

    @app.post("/cds-services/{service_id}/feedback", **openapi.FEEDBACK)
    async def feedback_on(request: Request, service_id: str) -> Response:
        return await feedback(request, service, service_id)

    _order_routes(app, service)
    _operating_routes(app, service, trust)
    pages(app, service)


def _operating_routes(app: FastAPI, service: Service, trust: Trust) -> None:
    """What those who run the service look at."""

    @app.get("/healthz", **openapi.HEALTH)
    async def healthz() -> Response:
        return _json({"status": "alive"})

    @app.get("/readyz", **openapi.READINESS)
    async def readyz() -> Response:
        return _readiness(service, trust)

    @app.get("/metrics", **openapi.METRICS)
    async def metrics() -> Response:
        return Response(generate_latest(service.metrics.registry), media_type="text/plain; version=0.0.4")


def _order_routes(app: FastAPI, service: Service) -> None:
    @app.post(f"/cds-services/{ORDER_SELECT}", **openapi.ORDER_SELECT)
    async def order_select(request: Request) -> Response:
        return await orders(request, service, ORDER_SERVICES[ORDER_SELECT])

    @app.post(f"/cds-services/{ORDER_CHECK}", **openapi.ORDER_SIGN)
    async def order_check(request: Request) -> Response:
        return await orders(request, service, ORDER_SERVICES[ORDER_CHECK])


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

    @app.middleware("http")
    async def watched(request: Request, call_next: Next) -> Response:
        started = request.state.began = time.perf_counter()
        door = _door(request.url.path)
        with service.tracing.call(door, request.headers.get("traceparent")) as span:
            try:
                answer = await call_next(request)
            except Exception as error:  # noqa: BLE001 - the last fence: nothing of a bug may reach the caller
                answer = await _faulty(request, service, error)
            span.set_attribute("http.response.status_code", answer.status_code)
        service.metrics.requests.labels(door, str(answer.status_code)).inc()
        service.metrics.seconds.labels(door).observe(time.perf_counter() - started)
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer


async def _faulty(request: Request, service: Service, error: Exception) -> Response:
    """A bug becomes a bare 500; one in its audit as well is logged, and changes nothing of the answer."""
    log.error("bug", **fault_of(error))
    try:
        await refused(request, service, 500)
    except Exception as second:  # noqa: BLE001 - the last fence again
        log.error("bug", **fault_of(second))
    return outcome(500, "The service failed; the fault is in its log.")


HOOKS = (ELIGIBILITY, CROSSOVER, *ORDER_SERVICES)
DOORS = frozenset({"/cds-services", *(f"/cds-services/{name}" for name in HOOKS), "/api/assess", "/api/trials", "/"})


def _door(path: str) -> str:
    if path.endswith("/feedback") and path.removesuffix("/feedback") in DOORS:
        return "feedback"
    return path if path in DOORS else "other"


def _cors(app: FastAPI, settings: Settings) -> None:
    """Added last, so outermost: error answers carry the headers too. Never with credentials."""
    origins = ["*"] if settings.demonstration else list(settings.cors_origins)
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "OPTIONS"],
            allow_headers=["authorization", "content-type", "accept"],
            allow_credentials=False,
            expose_headers=["www-authenticate", "retry-after"],
        )


def _readiness(service: Service, trust: Trust) -> Response:
    """503 with the reason while nobody could get an answer; `degraded` when the memory is not as it should be."""
    status = service.recorder.status()
    state = {
        "degraded": service.recorder.degraded,
        "trials": [trial.id for trial in service.assessor.trials],
        "engine_faults": faults(),
        "database": status["database"],
        "spooled": status["spooled"],
        "record": status,
    }
    if trust.missing:
        return _json({"status": "not ready", "because": trust.missing, **state}, 503)
    return _json({"status": "ready", **state})


def _json(body: object, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
