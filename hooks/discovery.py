"""GET /cds-services: what this service offers (CDS Hooks 2.0 §"Discovery")."""

from __future__ import annotations

from typing import Any

from cds.assess import PREFETCH
from rules.messages import say

ELIGIBILITY = "trial-eligibility"
CROSSOVER = "trial-crossover"
ORDER_SELECT, ORDER_CHECK = "trial-order-select", "trial-order-check"
# Service id -> hook.
ORDER_SERVICES = {ORDER_SELECT: "order-select", ORDER_CHECK: "order-sign"}
HOOKS = ("patient-view", *ORDER_SERVICES.values())
IDS = frozenset({ELIGIBILITY, CROSSOVER, *ORDER_SERVICES})


def services() -> list[dict[str, Any]]:
    """The services in the reader's language; clients that name none get the site's."""
    eligibility = {
        "hook": "patient-view",
        "title": say("Leukaemia trial eligibility"),
        "description": say(
            "For a patient with acute lymphoblastic leukaemia: which trial may fit, what stands in the way, "
            "and exactly which fact is still missing."
        ),
        "id": ELIGIBILITY,
        "prefetch": PREFETCH,
        "usageRequirements": say(
            "Works from prefetch; what is missing is fetched with the given token, if this server is agreed on. "
            "What cannot be had leaves its criteria open. Suggests drafts only; the keys serviceRequests and tasks "
            "are optional and keep away what is ordered already."
        ),
    }
    crossover = {
        "hook": "patient-view",
        "title": say("Leukaemia trial follow-up and crossover"),
        "description": say(
            "For a subject of a leukaemia trial: which visit is due, whether crossing over can be decided, "
            "and what the MRD says of the response."
        ),
        "id": CROSSOVER,
        "prefetch": PREFETCH,
        "usageRequirements": say("Needs the ResearchSubject. Proposes drafts only; it never orders treatment."),
    }
    return [eligibility, crossover, *(_of_orders(service, hook) for service, hook in ORDER_SERVICES.items())]


def _of_orders(service: str, hook: str) -> dict[str, Any]:
    at = say("At the choice of an order") if hook == "order-select" else say("Before orders are signed")
    return {
        "hook": hook,
        "title": say("Leukaemia trials and orders ({hook})", hook=hook),
        "description": say(
            "{at}: an order that would close a leukaemia trial for this patient, and until when, "
            "or that would break the protocol of the trial that the patient is in.",
            at=at,
        ),
        "id": service,
        "prefetch": PREFETCH,
        "usageRequirements": say("Draft orders may be incomplete. Suggests nothing and changes nothing."),
    }
