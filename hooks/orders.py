"""POST /cds-services/trial-order-select and trial-order-check: draft orders, chosen or about to be signed."""

from __future__ import annotations

import orjson
from starlette.requests import Request
from starlette.responses import Response

from cds.assessment import Assessment
from cds.intake import Material
from cds.orders.drafts import OrderCall
from hooks.audit import answered, asks, digest_of
from hooks.body import read_body
from hooks.discovery import ORDER_SERVICES
from hooks.fhir_access import issuer_of
from hooks.order_cards import order_cards
from hooks.patient_view import count, demonstration_day
from hooks.service import Service, log
from hooks.smart.links import with_launch
from hooks.wire import HookRequest, prefetch_of, read_request


async def orders(request: Request, service: Service, hook: str) -> Response:
    """Cards for drafts that would close a trial or break its protocol; `{"cards": []}` means that we looked."""
    body = await read_body(request, service.settings.body_limit, "application/json")

    def read() -> tuple[HookRequest, Material]:
        call = read_request(body, hook)
        asks(request, next(door for door, name in ORDER_SERVICES.items() if name == hook), call)
        return call, prefetch_of(call, body)

    call, prefetched = await service.run(read, len(body), hook=True, step="read")
    material = await service.complete(call, prefetched, issuer_of(request))
    digest = digest_of(material)

    def work() -> tuple[Assessment, list[dict[str, object]]]:
        context = call.context
        asked = OrderCall(
            patient_id=context.patientId,
            as_of=demonstration_day(call, service) or service.now(),
            draft_orders=context.draftOrders,
            selections=tuple(context.selections) if hook == "order-select" else None,
        )
        assessment, concerns = service.assessor.check_orders(material, asked, meanwhile=digest)
        count(service, assessment)
        return assessment, with_launch(order_cards(concerns, call.hookInstance), service.settings)

    assessment, cards = await service.run(work, max(len(body), material.size), hook=True)
    log.info(hook, instance=call.hookInstance, cards=len(cards))
    await answered(request, service, material, assessment, cards, digest)
    return Response(orjson.dumps({"cards": cards}), media_type="application/json")
