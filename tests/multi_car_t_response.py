"""A subject on study in NCT05262673 who was given all three products, and what the service says of the response.

Day 0, the CAR-T infusion, is 2025-11-01; the CTL follow on day 45 and the DC vaccine on day 90.
"""

from __future__ import annotations

from typing import Any

from tests.criteria.rows import Answer, assess, trial_in
from tests.fhir import AS_OF, PATIENT, Chart, Resource, amount, local, measured, observation, procedure, specimen
from tests.multi_car_t import TRIAL, candidate

START, CART_ON, CTL_ON, DCVAC_ON = "2025-10-01", "2025-11-01", "2025-12-16", "2026-01-30"
NOT_DETECTED: Resource = {"valueString": "not detected"}
MARROW, BLOOD = "marrow", "blood"


def subject(status: str = "on-study", start: str | None = START, study: str = TRIAL) -> Resource:
    found: Resource = {
        "resourceType": "ResearchSubject",
        "id": "subject",
        "status": status,
        "study": {"identifier": {"value": study}},
        "individual": {"reference": PATIENT},
    }
    return found | ({"period": {"start": start}} if start else {})


def product(code: str, on: str | None, *targets: str, name: str | None = None, status: str = "completed") -> Resource:
    """One infusion or injection; `targets` are antigens such as "cd19"."""
    used = {"usedCode": [local(f"target-{target}") for target in targets]} if targets else {}
    return procedure(name or code, local(code), on, status, **used)


def cart(on: str | None = CART_ON, *targets: str, **elements: Any) -> Resource:
    return product("cart-infusion", on, *targets, **elements)


def ctl(on: str | None = CTL_ON, **elements: Any) -> Resource:
    return product("ctl-infusion", on, **elements)


def dcvac(on: str | None = DCVAC_ON, **elements: Any) -> Resource:
    return product("dcvac-injection", on, **elements)


def _assay(
    name: str,
    code: str,
    value: Resource,
    on: str | None,
    source: str,
    components: dict[str, Resource | None],
    elements: dict[str, Any],
) -> Resource:
    parts = [{"code": local(part), "valueQuantity": value} for part, value in components.items() if value is not None]
    stated = {**value, **({"component": parts} if parts else {}), "specimen": {"reference": f"Specimen/{source}"}}
    return observation(name, local(code), on, **{**stated, **elements})


def ngs(
    value: Resource,
    on: str | None = "2026-05-20",
    *,
    name: str = "ngs",
    source: str = MARROW,
    lod: Resource | None = None,
    cells: float | None = 3_200_000,
    **elements: Any,
) -> Resource:
    """A clonotype level; by default of 3.2 million evaluated marrow cells, without a stated detection limit."""
    evaluated = None if cells is None else amount(cells, "{cells}")
    return _assay(name, "mrd-ngs", value, on, source, {"lod": lod, "cells-evaluated": evaluated}, elements)


def flow(
    value: Resource = NOT_DETECTED,
    on: str | None = "2026-05-20",
    *,
    name: str = "flow",
    source: str = MARROW,
    lod: Resource | None = None,
    **elements: Any,
) -> Resource:
    """A flow result; by default not detected in the marrow."""
    return _assay(name, "mrd-flow-cd19", value, on, source, {"lod": lod}, elements)


def flow_negative(on: str = "2026-05-20", **elements: Any) -> Resource:
    """Not detected with the detection limit that a reliable flow assay has: 0.01 %."""
    return flow(NOT_DETECTED, on, lod=amount(0.01), **elements)


def per_million(value: float) -> Resource:
    return measured(value, "/10*6")


def enrolled() -> Chart:
    """On study, with nothing given yet."""
    return candidate().having(subject(), specimen(MARROW, "119359002"), specimen(BLOOD, "119297000"))


def treated(*more: Resource) -> Chart:
    """All three products in order, and `more`."""
    return enrolled().having(cart(CART_ON, "cd19"), ctl(), dcvac(), *more)


def response_of(chart: Chart, as_of: str = AS_OF) -> Answer | None:
    """What is said of the response to treatment; None when nothing is said."""
    found = trial_in(assess(chart, as_of), TRIAL).get("response")
    return None if found is None else dict(found)


def stratum(chart: Chart) -> str:
    found = response_of(chart)
    return "no response" if found is None else str(found["stratum"])


def sequence_of(chart: Chart, as_of: str = AS_OF) -> Answer | None:
    """What is said of the order of the products; None when nothing is said."""
    found = trial_in(assess(chart, as_of), TRIAL).get("sequence")
    return None if found is None else dict(found)
