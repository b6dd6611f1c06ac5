"""GET /fhir/Questionnaire/{id}: a trial's form; POST …/$open: what of it is open for the patient of a Bundle."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from cds.assessment import Assessment
from cds.questionnaire import form, open_form
from hooks import openapi
from hooks.audit import answered, asks
from hooks.body import read_body
from hooks.patient_view import count
from hooks.problems import FHIR_JSON, Problem
from hooks.service import INLINE_BYTES, Service
from rules.messages import language
from rules.trial import Trial

FORM = "/fhir/Questionnaire"
OPEN = f"{FORM}/$open"


def questionnaires(app: FastAPI, service: Service) -> None:
    """Add the form's routes."""

    @cache
    def whole(trial_id: str, spoken: str) -> bytes:  # noqa: ARG001 - the language is part of the key
        return orjson.dumps(form(_trial(service, trial_id), service.settings.public_url))

    async def read(request: Request, trial_id: str) -> Response:
        return _tagged(request, whole(trial_id, language()))

    async def still_open(request: Request, trial_id: str) -> Response:
        return await _open_questions(request, service, _trial(service, trial_id))

    app.get(f"{FORM}/{{trial_id}}", **openapi.QUESTIONNAIRE)(read)
    app.head(f"{FORM}/{{trial_id}}", include_in_schema=False)(read)
    app.post(f"{FORM}/{{trial_id}}/$open", **openapi.OPEN_QUESTIONS)(still_open)


def form_door(path: str) -> str | None:
    """The door of one of these paths, without its id; None for any other path."""
    if not path.startswith(f"{FORM}/"):
        return None
    return OPEN if path.endswith("/$open") else FORM


async def _open_questions(request: Request, service: Service, trial: Trial) -> Response:
    """An assessment like that of /api/assess, of one trial: the same limits, counts and audit."""
    body = await read_body(request, service.settings.body_limit, FHIR_JSON)
    asks(request, OPEN)

    as_of = request.query_params.get("as_of") or service.now()

    def assess() -> Assessment:
        assessment = service.assessor.assess_bundle(body, as_of=as_of, trials=(trial.id,))
        count(service, assessment)
        return assessment

    assessment = await service.run(assess, len(body), hook=False)

    def shown() -> bytes:
        return orjson.dumps(open_form(assessment.trials[0], service.settings.public_url, as_of))

    # Validating the form takes longer than a small chart's assessment, so always in a thread.
    answer = await service.run(shown, INLINE_BYTES + 1, hook=False, step="form")
    await answered(request, service, body, assessment)
    return Response(answer, media_type=FHIR_JSON)


def _trial(service: Service, trial_id: str) -> Trial:
    for trial in service.assessor.trials:
        if trial.id == trial_id:
            return trial
    raise Problem(404, "No such trial; GET /api/trials lists them.")


def _tagged(request: Request, body: bytes) -> Response:
    """With an ETag of its bytes; 304 when the caller has them (RFC 9110 §13.1.2)."""
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers: dict[str, Any] = {"ETag": tag, "Cache-Control": "no-cache"}
    known = [name.strip() for name in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=FHIR_JSON)
