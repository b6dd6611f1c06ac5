"""POST /api/assess and GET /api/trials."""

from __future__ import annotations

from typing import Any

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response

from cds.assessment import Assessment
from cds.fact_list import fact_list
from cds.forecast import forecast
from cds.what_if import assumptions_of, what_if
from hooks.audit import answered, asks
from hooks.body import media_type_of, read_body
from hooks.patient_view import count
from hooks.problems import FHIR_JSON, Problem
from hooks.service import Service
from rules.trial import Trial

JSON = "application/json"


class AssessRequest(msgspec.Struct):
    """The body of POST /api/assess as application/json."""

    bundle: msgspec.Raw
    as_of: str | None = None
    trials: tuple[str, ...] | None = None
    forecast: bool = True
    what_if: dict[str, int | float | str | None] | None = None


_decoder = msgspec.json.Decoder(AssessRequest)


async def assess(request: Request, service: Service) -> Response:
    """The whole assessment of one patient's Bundle. What is audited is the record's, never what was assumed."""
    body = await read_body(request, service.settings.body_limit, JSON, FHIR_JSON)
    call = _call(request, body)
    asks(request, "/api/assess")

    def work() -> tuple[Assessment, bytes]:
        assumed = assumptions_of(call.what_if) if call.what_if is not None else None
        chart, assessment = service.assessor.read_bundle(
            bytes(call.bundle), as_of=call.as_of or service.now(), trials=call.trials
        )
        count(service, assessment)
        whole = forecast(service.assessor, chart, assessment) if call.forecast else assessment
        answer = whole.as_json()
        if assumed is not None:
            answer["what_if"] = what_if(service.assessor, chart, assessment, assumed).as_json()
        return assessment, orjson.dumps(answer)

    assessment, answer = await service.run(work, len(body), hook=False)
    await answered(request, service, bytes(call.bundle), assessment)
    return Response(answer, media_type=JSON)


def _call(request: Request, body: bytes) -> AssessRequest:
    if media_type_of(request) == FHIR_JSON:
        wanted = tuple(request.query_params.getlist("trial"))
        wants_forecast = request.query_params.get("forecast", "true") != "false"
        return AssessRequest(msgspec.Raw(body), request.query_params.get("as_of"), wanted or None, wants_forecast)
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Problem(400, 'The body must be JSON like {"bundle": <Bundle>, "as_of": "2026-06-01"}.') from error


def trials_page(service: Service) -> list[dict[str, Any]]:
    """Every trial, short."""
    return [
        {"id": t.id, "title": t.title, "version": t.version, "source": t.source.model_dump(mode="json")}
        for t in service.assessor.trials
    ]


def facts_page(service: Service) -> list[dict[str, Any]]:
    """Every fact that criteria may mention, with its kind, unit or codes."""
    return fact_list(service.assessor.trials)


def trial_page(service: Service, trial_id: str) -> dict[str, Any]:
    """One trial's whole definition, with quotes, readings and conditions as data."""
    trial: Trial | None = next((t for t in service.assessor.trials if t.id == trial_id), None)
    if trial is None:
        raise Problem(404, "No such trial; GET /api/trials lists them.")
    return trial.model_dump(mode="json", exclude_none=True)
