"""What may be suggested: drafts of orders and tasks that would complete the screen of one chart."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from cds.assessment import Assessment
from cds.chart import Chart
from cds.outgoing import is_reference
from cds.suggestions.crossover import crossover_proposals
from cds.suggestions.enrolment import enrolment_proposals
from cds.suggestions.proposal import Proposal
from cds.suggestions.response import response_proposals
from cds.suggestions.scene import Asker, Scene

__all__ = ["Asker", "Proposal", "proposals_of"]

_log = logging.getLogger("trial_hooks.suggestions")
MAKERS = {"enrol": enrolment_proposals, "cross_over": crossover_proposals, "response": response_proposals}
Proposals = Mapping[str, tuple[Proposal, ...]]


def proposals_of(
    question: str, chart: Chart, assessment: Assessment, asker: Asker, closed_world: frozenset[str] = frozenset()
) -> Proposals:
    """Trial id -> what may be suggested about a question ("enrol", "cross_over", "response"), where it is asked.

    A draft that R4 would refuse takes its trial's suggestions with it, not the card; it is logged without its content.
    """
    # A patient who came in a Bundle may have no address that a draft could name.
    if not is_reference(chart.person.reference):
        return {}
    found = {}
    for assessed in assessment.trials:
        verdict = assessed.verdict("enrol" if question == "response" else question)
        if verdict is not None:
            found[assessed.trial.id] = _made(question, Scene(chart, assessed, verdict, asker, closed_world))
    return found


def _made(question: str, scene: Scene) -> tuple[Proposal, ...]:
    try:
        return MAKERS[question](scene)
    except ValueError as error:
        _log.error("no suggestions for %s %s: %s", scene.trial_id, question, type(error).__name__)
        return ()
