"""The cards of a patient's page: those that an EHR would show, with what they suggest."""

from __future__ import annotations

from typing import Any

from cds.assessment import Assessment
from cds.chart import Chart
from cds.suggestions import Asker, proposals_of
from hooks.cards import cards_of
from hooks.service import Service
from hooks.workbench.rendering import markdown

# A page is no call of a hook: its cards are numbered as those of one that never was.
INSTANCE = "00000000-0000-4000-8000-000000000000"


def shown_cards(service: Service, chart: Chart, assessment: Assessment) -> list[dict[str, Any]]:
    """The enrolment cards; `html` is their detail as drawn. Nobody is named as asking: the page knows no user."""
    settings, closed_world = service.settings, frozenset(service.assessor.site.closed_world)
    proposals = proposals_of("enrol", chart, assessment, Asker(public_url=settings.public_url), closed_world)
    cards = cards_of(assessment, INSTANCE, show_ineligible=settings.show_ineligible, proposals=proposals)
    return [{**card, "html": markdown(card["detail"])} for card in cards]
