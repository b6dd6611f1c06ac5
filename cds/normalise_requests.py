"""What has been asked for already: open ServiceRequests and Tasks. They keep suggestions away and decide nothing.

So a request that cannot be read, or that was never sent, makes no criterion unknown: at worst something is suggested
that somebody has ordered.
"""

from __future__ import annotations

from datetime import date
from typing import TypeVar

import msgspec

from cds.moments import Moment
from cds.reader import Reader, reference_of
from cds.records import OpenRequest
from cds.request_shapes import ServiceRequest, Task
from cds.shapes import CodeableConcept, Reference
from cds.subjects import Owner
from rules.messages import say

ORDER_OPEN = frozenset({"draft", "active", "on-hold"})
TASK_OPEN = frozenset({"draft", "requested", "received", "accepted", "ready", "in-progress", "on-hold"})

_order = msgspec.json.Decoder(ServiceRequest)
_task = msgspec.json.Decoder(Task)
R = TypeVar("R", ServiceRequest, Task)


def read_requests(reader: Reader) -> None:
    """Fill `chart.requests` with the patient's open orders and tasks."""
    for reference, order in _readable(reader, "ServiceRequest", _order):
        if (order.status or "").strip() in ORDER_OPEN and not order.doNotPerform and _is_ours(reader, order.subject):
            _take_order(reader, reference, order)
    for reference, task in _readable(reader, "Task", _task):
        if (task.status or "").strip() in TASK_OPEN and _is_ours(reader, task.for_):
            words = f"{_words(task.code)} {task.description or ''}".strip().lower()
            focus = (task.focus.reference if task.focus else None) or ""
            uris = frozenset(filter(None, (task.instantiatesUri,)))
            reader.chart.requests.append(OpenRequest(reference, reader.sets_of(task.code), words, uris, focus))


def _readable(reader: Reader, resource_type: str, decoder: msgspec.json.Decoder[R]) -> list[tuple[str, R]]:
    found = []
    for item in reader.material.of(resource_type):
        try:
            request = decoder.decode(item.raw)
        except (msgspec.DecodeError, RecursionError):
            reader.warn(
                "unreadable",
                say("One {type} {why}.", type=resource_type, why=say("has the wrong shape and was not used")),
            )
            continue
        if request.implicitRules or request.modifierExtension:
            reader.warn("modifier", say("One {type} carries a modifier that we do not know.", type=resource_type))
            continue
        found.append((reference_of(resource_type, request, item), request))
    return found


def _is_ours(reader: Reader, subject: Reference | None) -> bool:
    return reader.subjects.owner(subject) is Owner.OURS


def _take_order(reader: Reader, reference: str, order: ServiceRequest) -> None:
    """An order whose time has passed is not waited for any more."""
    planned = reader.moment(order.occurrenceDateTime) or reader.span(order.occurrencePeriod)
    endless = order.occurrencePeriod is not None and order.occurrencePeriod.end is None
    if planned is not None and not endless and planned.last_day < reader.chart.as_of.first_day:
        return
    authored = _day(reader.moment(order.authoredOn)) if planned is None else None
    reader.chart.requests.append(
        OpenRequest(
            reference,
            reader.sets_of(order.code),
            _words(order.code).lower(),
            frozenset(order.instantiatesUri),
            authored=authored,
        )
    )


def _day(moment: Moment | None) -> date | None:
    return moment.last_day if moment else None


def _words(concept: CodeableConcept | None) -> str:
    """All that people read of a concept."""
    if concept is None:
        return ""
    return " ".join(filter(None, (concept.text, *(coding.display for coding in concept.coding))))
