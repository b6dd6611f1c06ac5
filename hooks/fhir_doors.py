"""The FHIR doors: POST /fhir/$assess, and what everybody may read (studies, criteria, codes, our own capabilities)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from cds.assessment import Assessment
from cds.code_map import load_code_map
from cds.fhir_out.addresses import Addresses
from cds.fhir_out.call import AssessCall, read_call
from cds.fhir_out.capability import READABLE, capability_statement, newest, operation_definition, security_of
from cds.fhir_out.group import group
from cds.fhir_out.guidance import answer_of
from cds.fhir_out.study import research_study
from cds.fhir_out.value_sets import value_set
from cds.r4 import validated
from cds.terminology import value_sets
from hooks import openapi
from hooks.audit import answered, asks
from hooks.body import read_body
from hooks.door import door
from hooks.patient_view import count
from hooks.problems import FHIR_JSON, Problem
from hooks.service import Service
from rules.trial import Trial

BASE = "/fhir"
ASSESS, METADATA = f"{BASE}/$assess", f"{BASE}/metadata"
OURS = frozenset({"json", "application/json", FHIR_JSON, "application/fhir json", "application/*", "*/*", ""})
Json = dict[str, Any]


def fhir_doors(app: FastAPI, service: Service) -> None:
    """Add the FHIR routes. Raises ValueError when something we say of ourselves is not FHIR R4."""
    definitions = Definitions(service, lambda: _readable(app))
    definitions.check()

    @door(app, ASSESS, openapi.FHIR_ASSESS)
    async def assess(request: Request) -> Response:
        return await _assess(request, service, definitions.at)

    @app.get(METADATA, **openapi.FHIR_METADATA)
    async def metadata(request: Request) -> Response:
        return _answer(request, definitions.capabilities())

    @app.get(f"{BASE}/OperationDefinition/{{operation_id}}", **openapi.FHIR_READ)
    async def operation(request: Request, operation_id: str) -> Response:
        return _answer(request, definitions.operation() if operation_id == "assess" else None)

    @app.get(f"{BASE}/ResearchStudy/{{trial_id}}", **openapi.FHIR_READ)
    async def study(request: Request, trial_id: str) -> Response:
        return _answer(request, definitions.study(trial_id))

    @app.get(f"{BASE}/Group/{{trial_id}}", **openapi.FHIR_READ)
    async def criteria(request: Request, trial_id: str) -> Response:
        return _answer(request, definitions.group(trial_id))

    @app.get(f"{BASE}/ValueSet/{{set_id}}", **openapi.FHIR_READ)
    async def codes(request: Request, set_id: str) -> Response:
        return _answer(request, definitions.value_set(set_id))


class Definitions:
    """What is the same for everybody; None for what is not there."""

    def __init__(self, service: Service, readable: Callable[[], list[str]]) -> None:
        self.at = Addresses.of(service.settings.public_url)
        self._service, self._readable = service, readable
        self._version, self._day = service.fingerprint.product, newest(service.assessor.trials)
        site = load_code_map(service.settings.code_map, frozenset(value_sets()), service.assessor.site.codes)
        self._site = {key: mapping.value_set for key, mapping in site.items()}
        self._value_sets: dict[str, Json] = {}

    def check(self) -> None:
        """Value sets are checked when they are first read; there are many."""
        for trial in self._service.assessor.trials:
            validated(group(trial))
            validated(self._study(trial))
        validated(self.operation())
        validated(self.capabilities())

    def capabilities(self) -> Json:
        settings = self._service.settings
        security = security_of(
            authenticates=settings.authenticates, cors=settings.demonstration or bool(settings.cors_origins)
        )
        return capability_statement(self.at, self._version, self._day, self._readable(), security)

    def operation(self) -> Json:
        return operation_definition(self.at, self._version, self._day)

    def study(self, trial_id: str) -> Json | None:
        trial = self._trial(trial_id)
        return self._study(trial) if trial else None

    def group(self, trial_id: str) -> Json | None:
        trial = self._trial(trial_id)
        return group(trial) if trial else None

    def value_set(self, set_id: str) -> Json | None:
        if set_id not in self._value_sets:
            found = value_set(set_id, self._version, self._day, self.at, self._site)
            if found is None:
                return None
            self._value_sets[set_id] = validated(found)
        return self._value_sets[set_id]

    def _study(self, trial: Trial) -> Json:
        today = self._service.clock().astimezone(self._service.settings.timezone).date()
        return research_study(trial, self._service.assessor.site, today)

    def _trial(self, trial_id: str) -> Trial | None:
        return next((trial for trial in self._service.assessor.trials if trial.id == trial_id), None)


async def _assess(request: Request, service: Service, at: Addresses) -> Response:
    """An assessment like that of /api/assess: the same limits, counts and audit."""
    _speaks_json(request)
    body = await read_body(request, service.settings.body_limit, FHIR_JSON)
    query = request.query_params
    as_of, trials = (*query.getlist("asOf"), *query.getlist("as_of")), tuple(query.getlist("trial"))
    asks(request, ASSESS)

    def work() -> tuple[AssessCall, Assessment, bytes]:
        call = read_call(body, as_of, trials)
        assessment = service.assessor.assess_bundle(call.bundle, as_of=call.as_of or service.now(), trials=call.trials)
        count(service, assessment)
        return call, assessment, orjson.dumps(answer_of(assessment, at))

    call, assessment, answer = await service.run(work, len(body), hook=False)
    await answered(request, service, call.bundle, assessment)
    return Response(answer, media_type=FHIR_JSON)


def _readable(app: FastAPI) -> list[str]:
    """The resource types that have an address here, whichever module added it."""
    paths = {getattr(route, "path", "") for route in app.routes}
    return [name for name in READABLE if any(path.startswith(f"{BASE}/{name}/{{") for path in paths)]


def _answer(request: Request, resource: Json | None) -> Response:
    _speaks_json(request)
    if resource is None:
        raise Problem(404, f"There is nothing at this address; GET {METADATA} tells what can be read.")
    return Response(orjson.dumps(resource), media_type=FHIR_JSON)


def _speaks_json(request: Request) -> None:
    """406 for whoever wants another format only. `_format` weighs more than Accept (FHIR R4, "Content Types")."""
    stated = request.query_params.get("_format")
    wanted = [stated] if stated is not None else request.headers.get("accept", "").split(",")
    if not any(_media_type(item) in OURS for item in wanted):
        raise Problem(406, f"Answers are {FHIR_JSON} only.")


def _media_type(item: str) -> str:
    """Without its parameters; what is refused with q=0 is "refused"."""
    name, *parameters = (part.strip().lower() for part in item.split(";"))
    refused = any(part.replace(" ", "") in ("q=0", "q=0.0", "q=0.00", "q=0.000") for part in parameters)
    return "refused" if refused else name
