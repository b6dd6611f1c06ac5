"""POST /cds-services/trial-eligibility."""

from __future__ import annotations

import orjson
from starlette.requests import Request
from starlette.responses import Response

from cds.assessment import Assessment
from cds.intake import Material, from_prefetch
from hooks.audit import answered, asks
from hooks.body import read_body
from hooks.cards import cards_of
from hooks.discovery import ELIGIBILITY
from hooks.fhir_access import issuer_of
from hooks.service import Service, log
from hooks.wire import HookRequest, read_request

AS_OF = "org.trialhooks.as_of"


async def patient_view(request: Request, service: Service) -> Response:
    """Cards for the patient whose chart was opened; `{"cards": []}` means that we looked."""
    body = await read_body(request, service.settings.body_limit, "application/json")

    def read() -> tuple[HookRequest, Material]:
        call = read_request(body, "patient-view")
        asks(request, ELIGIBILITY, call)
        return call, from_prefetch(call.prefetch or {})

    call, prefetched = await service.run(read, len(body), hook=True, step="read")
    material = await service.complete(call, prefetched, issuer_of(request))

    def assess() -> Assessment:
        as_of = demonstration_day(call, service) or service.now()
        return service.assessor.assess_material(material, patient_id=call.context.patientId, as_of=as_of)

    assessment = await service.run(assess, material.size, hook=True)
    cards = cards_of(assessment, call.hookInstance, show_ineligible=service.settings.show_ineligible)
    count(service, assessment)
    log.info("patient-view", instance=call.hookInstance, cards=len(cards), warnings=len(assessment.warnings))
    await answered(request, service, material, assessment, cards)
    return Response(orjson.dumps({"cards": cards}), media_type="application/json")


def count(service: Service, assessment: Assessment) -> None:
    """One count for each question answered."""
    for trial in assessment.trials:
        for verdict in trial.verdicts:
            service.metrics.standings.labels(trial.trial.id, verdict.standing.value).inc()


def demonstration_day(call: HookRequest, service: Service) -> str | None:
    """Synthetic patients have a fixed day; only a demonstration may be told which."""
    if not service.settings.demonstration or not call.extension:
        return None
    day = call.extension.get(AS_OF)
    return day if isinstance(day, str) else None
