"""Draft orders: a ServiceRequest for one test, with the reason and the days on which its result would count."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from cds.outgoing import checked, may_refer_to, plain
from cds.suggestions.catalogue import LOINC, Order
from cds.suggestions.held import order_uri
from cds.suggestions.proposal import Draft
from cds.suggestions.scene import Scene
from cds.terminology import value_sets
from rules.facts import Evidence
from rules.messages import say

_may_be_reason = may_refer_to("ServiceRequest", "reasonReference")


def order_draft(
    scene: Scene, order: Order, *, days: tuple[str, str | None], why: Iterable[str], evidence: Iterable[Evidence] = ()
) -> Draft:
    """A draft proposal to order one test between two days, or from one on. Raises ValueError for what R4 refuses."""
    text = say(order.text)
    references = dict.fromkeys(item.reference for item in evidence if _may_be_reason(item.reference))
    resource: dict[str, Any] = {
        "resourceType": "ServiceRequest",
        "instantiatesUri": [order_uri(order)],
        "status": "draft",
        "intent": "proposal",
        "code": {"coding": [_coding(order.loinc)], "text": text} if order.loinc else {"text": text},
        "subject": {"reference": scene.patient},
        "occurrencePeriod": {"start": days[0], "end": days[1]} if days[1] else {"start": days[0]},
        "authoredOn": scene.today.isoformat(),
        "reasonCode": [{"text": plain(reason)} for reason in why],
    }
    if scene.asker.user:
        resource["requester"] = {"reference": scene.asker.user}
    if references:
        resource["reasonReference"] = [{"reference": reference} for reference in references]
    return Draft(text, checked(resource))


@cache
def _display(code: str) -> str:
    """What the verified value sets call a LOINC code."""
    return next(
        str(entry["display"])
        for definition in value_sets().values()
        for entry in definition["codes"]
        if entry["system"] == "loinc" and entry["code"] == code
    )


def _coding(code: str) -> dict[str, str]:
    return {"system": LOINC, "code": code, "display": _display(code)}
