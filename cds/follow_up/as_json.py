"""The contract's `follow_up` (B3): absent parts are omitted, never null."""

from __future__ import annotations

from typing import Any

from cds.follow_up.course import Course
from cds.follow_up.endpoints import Endpoint
from cds.follow_up.visits import Visit
from rules.facts import Evidence


def follow_up_as_json(course: Course) -> dict[str, Any]:
    """Day 0, arms, visits, endpoints with times for survival analysis, deviations."""
    allocation = course.allocation
    received = allocation.actual or allocation.assigned
    arm = _kept(
        assigned=allocation.assigned.name if allocation.assigned else None,
        actual=received.name if received else None,
    )
    window = course.crossover_window
    return _kept(
        day0=str(course.day0.day) if course.day0 else None,
        ends=str(course.ends) if course.ends else None,
        because=course.because,
        arm=arm,
        crossover_window=_kept(opens=str(window.opens), target=str(window.target), closes=str(window.closes))
        if window
        else None,
        visits=[_visit(visit) for visit in course.visits],
        endpoints=[_endpoint(endpoint) for endpoint in course.endpoints],
        deviations=[
            _kept(id=d.id, state=d.state.value, because=d.because, evidence=_evidence(d.evidence))
            for d in course.deviations
        ],
    )


def _visit(visit: Visit) -> dict[str, Any]:
    window = visit.window
    return {
        "month": window.month,
        "target": str(window.target),
        "opens": str(window.opens),
        "closes": str(window.closes),
        "state": visit.state.value,
        "evidence": _evidence(visit.evidence),
    }


def _endpoint(endpoint: Endpoint) -> dict[str, Any]:
    return _kept(
        id=endpoint.id,
        state=endpoint.state,
        because=endpoint.because,
        date=str(endpoint.day) if endpoint.day else None,
        days=endpoint.time,
        evidence=_evidence(endpoint.evidence),
    )


def _evidence(items: tuple[Evidence, ...]) -> list[dict[str, str]]:
    return [_kept(reference=e.reference, value=e.value, date=e.date) for e in items]


def _kept(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, "", [], {})}
