"""What the chart already asks for: nothing is suggested that somebody has ordered, planned or begun."""

from __future__ import annotations

import re
from functools import cache

from cds.chart import Chart
from cds.membership import subjects_of
from cds.records import OpenRequest
from cds.suggestions.catalogue import Order
from cds.suggestions.scene import Scene
from cds.suggestions.wishes import Wish

OURS = "urn:trial-hooks"


def order_uri(order: Order) -> str:
    """What a draft order of ours follows (ServiceRequest.instantiatesUri), the same in every language."""
    return f"{OURS}:order:{order.key}"


def task_uri(name: str) -> str:
    """What a draft task of ours follows (Task.instantiatesUri)."""
    return f"{OURS}:task:{re.sub(r'[^A-Za-z0-9:/._-]+', '-', name)}"


def is_ordered(chart: Chart, order: Order, wish: Wish) -> bool:
    """Whether an open order is for the same test: ours, by its code, or by its words.

    An order that states no time counts as answered by a result that is younger than it.
    """
    return any(_is_for(request, order) and not _answered(request, wish) for request in chart.requests)


def _is_for(request: OpenRequest, order: Order) -> bool:
    if order_uri(order) in request.follows or not request.sets.isdisjoint(order.sets):
        return True
    return bool(order.words) and _pattern(order.words).search(request.words) is not None


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<!\w){re.escape(word)}" for word in words))


def _answered(request: OpenRequest, wish: Wish) -> bool:
    if request.authored is None:
        return False
    return any((evidence.date or "") > request.authored.isoformat() for evidence in wish.evidence)


def is_tasked(chart: Chart, uri: str, focus: str | None = None) -> bool:
    """Whether an open Task is ours for the same thing, or is about the same Questionnaire."""
    return any(uri in request.follows or (focus and _same(focus, request.focus)) for request in chart.requests)


def _same(ours: str, theirs: str) -> bool:
    return theirs.split("|")[0].rstrip("/").endswith("/".join(ours.split("/")[-2:]))


def is_subject(scene: Scene) -> bool:
    """Whether the patient has, or had, any record of being a subject of this trial."""
    return bool(subjects_of(scene.chart, scene.trial_id))
