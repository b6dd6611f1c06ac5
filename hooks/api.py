"""POST /api/assess and GET /api/trials."""

from __future__ import annotations

from typing import Any

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response

from cds.assessment import Assessment
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


_decoder = msgspec.json.Decoder(AssessRequest)


async def assess(request: Request, service: Service) -> Response:
    """The whole assessment of one patient's Bundle."""
    body = await read_body(request, service.settings.body_limit, JSON, FHIR_JSON)
    call = _call(request, body)
    asks(request, "/api/assess")

    def work() -> tuple[Assessment, bytes]:
        assessment = service.assessor.assess_bundle(
            bytes(call.bundle), as_of=call.as_of or service.now(), trials=call.trials
        )
        count(service, assessment)
        return assessment, orjson.dumps(assessment.as_json())

    assessment, answer = await service.run(work, len(body), hook=False)
    await answered(request, service, bytes(call.bundle), assessment)
    return Response(answer, media_type=JSON)


def _call(request: Request, body: bytes) -> AssessRequest:
    if media_type_of(request) == FHIR_JSON:
        wanted = tuple(request.query_params.getlist("trial"))
        return AssessRequest(msgspec.Raw(body), request.query_params.get("as_of"), wanted or None)
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


def trial_page(service: Service, trial_id: str) -> dict[str, Any]:
    """One trial's whole definition, with quotes, readings and conditions as data."""
    trial: Trial | None = next((t for t in service.assessor.trials if t.id == trial_id), None)
    if trial is None:
        raise Problem(404, "No such trial; GET /api/trials lists them.")
    return trial.model_dump(mode="json", exclude_none=True)
