"""POST /cds-services/trial-order-select and trial-order-check: draft orders, chosen or about to be signed."""

from __future__ import annotations

import orjson
from starlette.requests import Request
from starlette.responses import Response

from cds.intake import from_prefetch
from cds.orders.drafts import OrderCall
from hooks.body import read_body
from hooks.order_cards import order_cards
from hooks.patient_view import count, demonstration_day
from hooks.service import Service, log
from hooks.wire import HookRequest, read_request


async def orders(request: Request, service: Service, hook: str) -> Response:
    """Cards for drafts that would close a trial or break its protocol; `{"cards": []}` means that we looked."""
    body = await read_body(request, service.settings.body_limit, "application/json")

    def work() -> tuple[HookRequest, list[dict[str, object]]]:
        call = read_request(body, hook)
        context = call.context
        asked = OrderCall(
            patient_id=context.patientId,
            as_of=demonstration_day(call, service) or service.now(),
            draft_orders=context.draftOrders,
            selections=tuple(context.selections) if hook == "order-select" else None,
        )
        assessment, concerns = service.assessor.check_orders(from_prefetch(call.prefetch or {}), asked)
        count(service, assessment)
        return call, order_cards(concerns, call.hookInstance)

    call, cards = await service.run(work, len(body), hook=True)
    log.info(hook, instance=call.hookInstance, cards=len(cards))
    return Response(orjson.dumps({"cards": cards}), media_type="application/json")
