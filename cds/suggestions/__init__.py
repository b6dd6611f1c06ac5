"""What may be suggested: drafts of orders and tasks that would complete the screen of one chart."""

from __future__ import annotations

from collections.abc import Mapping

from cds.assessment import Assessment
from cds.chart import Chart
from cds.outgoing import is_reference
from cds.suggestions.crossover import crossover_proposals
from cds.suggestions.enrolment import enrolment_proposals
from cds.suggestions.proposal import Proposal
from cds.suggestions.scene import Asker, Scene

__all__ = ["Asker", "Proposal", "proposals_of"]

Proposals = Mapping[str, tuple[Proposal, ...]]
MAKERS = {"enrol": enrolment_proposals, "cross_over": crossover_proposals}


def proposals_of(
    question: str, chart: Chart, assessment: Assessment, asker: Asker, closed_world: frozenset[str] = frozenset()
) -> Proposals:
    """Trial id -> what may be suggested about this question ("enrol", "cross_over"); nothing for other trials."""
    found = {}
    for assessed in assessment.trials:
        verdict = assessed.verdict(question)
        # A patient who came in a Bundle may have no address that a draft could name.
        if verdict is not None and is_reference(chart.person.reference):
            found[assessed.trial.id] = MAKERS[question](Scene(chart, assessed, verdict, asker, closed_world))
    return found
