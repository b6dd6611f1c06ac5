"""GET /cds-services: what this service offers (CDS Hooks 2.0 §"Discovery")."""

from __future__ import annotations

from typing import Any

from cds.assess import PREFETCH

ELIGIBILITY = "trial-eligibility"

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
            "What cannot be had leaves its criteria open."
        ),
    }
]
