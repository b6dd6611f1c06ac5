"""GET /cds-services: what this service offers (CDS Hooks 2.0 §"Discovery")."""

from __future__ import annotations

from typing import Any

from cds.assess import PREFETCH

ELIGIBILITY = "trial-eligibility"
CROSSOVER = "trial-crossover"
ORDER_SELECT, ORDER_CHECK = "trial-order-select", "trial-order-check"
# Service id -> hook.
ORDER_SERVICES = {ORDER_SELECT: "order-select", ORDER_CHECK: "order-sign"}

_AT = {"order-select": "At the choice of an order", "order-sign": "Before orders are signed"}


def _of_orders(service: str, hook: str) -> dict[str, Any]:
    return {
        "hook": hook,
        "title": f"Leukaemia trials and orders ({hook})",
        "description": (
            f"{_AT[hook]}: an order that would close a leukaemia trial for this patient, and until when, "
            "or that would break the protocol of the trial that the patient is in."
        ),
        "id": service,
        "prefetch": PREFETCH,
        "usageRequirements": "Draft orders may be incomplete. Suggests nothing and changes nothing.",
    }


SERVICES: list[dict[str, Any]] = [
    {
        "hook": "patient-view",
        "title": "Leukaemia trial eligibility",
        "description": (
            "For a patient with acute lymphoblastic leukaemia: which trial may fit, what stands in the way, "
            "and exactly which fact is still missing."
        ),
        "id": ELIGIBILITY,
        "prefetch": PREFETCH,
        "usageRequirements": (
            "Works from prefetch; what is missing is fetched with the given token, if this server is agreed on. "
            "What cannot be had leaves its criteria open. Suggests drafts only; the keys serviceRequests and tasks "
            "are optional and keep away what is ordered already."
        ),
    },
    {
        "hook": "patient-view",
        "title": "Leukaemia trial follow-up and crossover",
        "description": (
            "For a subject of a leukaemia trial: which visit is due, whether crossing over can be decided, "
            "and what the MRD says of the response."
        ),
        "id": CROSSOVER,
        "prefetch": PREFETCH,
        "usageRequirements": "Needs the ResearchSubject. Proposes drafts only; it never orders treatment.",
    },
]
SERVICES += [_of_orders(service, hook) for service, hook in ORDER_SERVICES.items()]
