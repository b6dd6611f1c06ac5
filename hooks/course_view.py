"""POST /cds-services/trial-crossover: for patients who are subjects, at the opening of the chart."""

from __future__ import annotations

import orjson
from starlette.requests import Request
from starlette.responses import Response

from cds.assessment import Assessment
from cds.intake import Material
from cds.suggestions import proposals_of
from hooks.audit import answered, asks, digest_of
from hooks.body import read_body
from hooks.course_cards import course_cards
from hooks.discovery import CROSSOVER
from hooks.fhir_access import issuer_of
from hooks.patient_view import asker_of, count, demonstration_day
from hooks.service import Service, log
from hooks.smart.links import with_launch
from hooks.wire import HookRequest, prefetch_of, read_request


async def course_view(request: Request, service: Service) -> Response:
    """Cards for subjects on study; `{"cards": []}` means that nothing is due and nothing can be decided."""
    body = await read_body(request, service.settings.body_limit, "application/json")

    def read() -> tuple[HookRequest, Material]:
        call = read_request(body, "patient-view")
        asks(request, CROSSOVER, call)
        return call, prefetch_of(call, body)

    call, prefetched = await service.run(read, len(body), hook=True, step="read")
    material = await service.complete(call, prefetched, issuer_of(request))
    digest = digest_of(material)
    as_of = demonstration_day(call, service) or service.now()

    def work() -> tuple[Assessment, list[dict[str, object]]]:
        chart, assessment = service.assessor.read_subject(
            material, patient_id=call.context.patientId, as_of=as_of, meanwhile=digest
        )
        count(service, assessment)
        asker, closed_world = asker_of(call, service), frozenset(service.assessor.site.closed_world)
        crossing = proposals_of("cross_over", chart, assessment, asker, closed_world)
        response = proposals_of("response", chart, assessment, asker, closed_world)
        cards = course_cards(assessment, call.hookInstance, as_of, crossing, response)
        return assessment, with_launch(cards, service.settings)

    assessment, cards = await service.run(work, material.size, hook=True)
    log.info("trial-crossover", instance=call.hookInstance, cards=len(cards))
    await answered(request, service, material, assessment, cards, digest)
    return Response(orjson.dumps({"cards": cards}), media_type="application/json")
