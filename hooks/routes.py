"""Which address is answered by which door."""

from __future__ import annotations

import orjson
from fastapi import FastAPI
from prometheus_client import generate_latest
from starlette.requests import Request
from starlette.responses import Response

from hooks import api, openapi
from hooks.course_view import course_view
from hooks.discovery import CROSSOVER, ELIGIBILITY, ORDER_CHECK, ORDER_SELECT, ORDER_SERVICES, services
from hooks.door import door
from hooks.feedback import feedback
from hooks.fhir_doors import ASSESS, METADATA, fhir_doors
from hooks.orders import orders
from hooks.patient_view import patient_view
from hooks.questionnaire import form_door, questionnaires
from hooks.service import Service
from hooks.smart.doors import smart_pages
from hooks.trust.wiring import Trust
from hooks.workbench.ehr import ehr_pages
from hooks.workbench.integrator import integrator_pages
from hooks.workbench.page import pages
from rules.evaluation import faults

HOOKS = (ELIGIBILITY, CROSSOVER, *ORDER_SERVICES)
APIS = ("/api/assess", "/api/trials", "/api/facts")
DOORS = frozenset({"/cds-services", *(f"/cds-services/{name}" for name in HOOKS), *APIS, "/"})
FHIR_DOORS = frozenset({ASSESS, METADATA})


def door_of(path: str) -> str:
    """The door of a path, as counted and traced; never an id."""
    if path.endswith("/feedback") and path.removesuffix("/feedback") in DOORS:
        return "feedback"
    return path if path in DOORS or path in FHIR_DOORS else form_door(path) or "other"


def routes(app: FastAPI, service: Service, trust: Trust) -> None:
    """Add every route to the app."""

    @app.get("/cds-services", **openapi.DISCOVERY)
    async def discovery() -> Response:
        return _json({"services": services()})

    @door(app, f"/cds-services/{ELIGIBILITY}", openapi.PATIENT_VIEW)
    async def eligibility(request: Request) -> Response:
        return await patient_view(request, service)

    @door(app, f"/cds-services/{CROSSOVER}", openapi.PATIENT_VIEW)
    async def crossover(request: Request) -> Response:
        return await course_view(request, service)

    @door(app, "/api/assess", openapi.ASSESS)
    async def assess(request: Request) -> Response:
        return await api.assess(request, service)

    @app.get("/api/trials", **openapi.TRIALS)
    async def trials() -> Response:
        return _json(api.trials_page(service))

    @app.get("/api/facts", **openapi.FACTS)
    async def facts() -> Response:
        return _json(api.facts_page(service))

    @app.get("/api/trials/{trial_id}", **openapi.TRIAL)
    async def trial(trial_id: str) -> Response:
        return _json(api.trial_page(service, trial_id))

    @app.post("/cds-services/{service_id}/feedback", **openapi.FEEDBACK)
    async def feedback_on(request: Request, service_id: str) -> Response:
        return await feedback(request, service, service_id)

    _order_routes(app, service)
    _operating_routes(app, service, trust)
    questionnaires(app, service)
    fhir_doors(app, service)
    pages(app, service)
    integrator_pages(app, service)
    ehr_pages(app, service)
    smart_pages(app, service, trust.registrations)


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
    @door(app, f"/cds-services/{ORDER_SELECT}", openapi.ORDER_SELECT)
    async def order_select(request: Request) -> Response:
        return await orders(request, service, ORDER_SERVICES[ORDER_SELECT])

    @door(app, f"/cds-services/{ORDER_CHECK}", openapi.ORDER_SIGN)
    async def order_check(request: Request) -> Response:
        return await orders(request, service, ORDER_SERVICES[ORDER_CHECK])


def _readiness(service: Service, trust: Trust) -> Response:
    """503 with the reason while nobody could get an answer; `degraded` when the memory is not as it should be."""
    status, engine = service.recorder.status(), service.assessor.runner.state()
    state = {
        "degraded": service.recorder.degraded or engine.state != "up",
        "trials": [trial.id for trial in service.assessor.trials],
        "engine": {"state": engine.state, "processes": engine.processes, "lost": engine.lost},
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
