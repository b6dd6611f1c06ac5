"""POST /cds-services/trial-eligibility."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from cds.assessment import Assessment
from cds.intake import Material
from cds.suggestions import Asker, proposals_of
from hooks.audit import answered, asks, digest_of
from hooks.body import read_body
from hooks.cards import cards_of
from hooks.discovery import ELIGIBILITY
from hooks.fhir_access import issuer_of
from hooks.service import Service, log
from hooks.smart.links import with_launch
from hooks.wire import HookRequest, prefetch_of, read_request

AS_OF = "org.trialhooks.as_of"


async def patient_view(request: Request, service: Service) -> Response:
    """Cards for the patient whose chart was opened; `{"cards": []}` means that we looked."""
    body = await read_body(request, service.settings.body_limit, "application/json")

    def read() -> tuple[HookRequest, Material]:
        call = read_request(body, "patient-view")
        asks(request, ELIGIBILITY, call)
        return call, prefetch_of(call, body)

    call, prefetched = await service.run(read, len(body), hook=True, step="read")
    material = await service.complete(call, prefetched, issuer_of(request))
    digest = digest_of(material)

    def assess() -> tuple[Assessment, list[dict[str, Any]]]:
        as_of = demonstration_day(call, service) or service.now()
        chart, assessment = service.assessor.read_material(
            material, patient_id=call.context.patientId, as_of=as_of, meanwhile=digest
        )
        closed_world = frozenset(service.assessor.site.closed_world)
        proposals = proposals_of("enrol", chart, assessment, asker_of(call, service), closed_world)
        shown = service.settings.show_ineligible
        cards = cards_of(assessment, call.hookInstance, show_ineligible=shown, proposals=proposals)
        return assessment, with_launch(cards, service.settings)

    assessment, cards = await service.run(assess, material.size, hook=True)
    count(service, assessment)
    # Most calls find nothing to say: they are counted and audited, and need no line of their own.
    if cards:
        log.info("patient-view", instance=call.hookInstance, cards=len(cards), warnings=len(assessment.warnings))
    await answered(request, service, material, assessment, cards, digest)
    return Response(orjson.dumps({"cards": cards}), media_type="application/json")


def asker_of(call: HookRequest, service: Service) -> Asker:
    """Who drafts are requested by, and where this service's own pages are."""
    return Asker(call.context.userId, service.settings.public_url)


def count(service: Service, assessment: Assessment) -> None:
    """One count for each question answered."""
    for trial in assessment.trials:
        for verdict in trial.verdicts:
            service.metrics.standing(trial.trial.id, verdict.standing.value)


def demonstration_day(call: HookRequest, service: Service) -> str | None:
    """Synthetic patients have a fixed day; only a demonstration may be told which."""
    if not service.settings.demonstration or not call.extension:
        return None
    day = call.extension.get(AS_OF)
    return day if isinstance(day, str) else None
