"""A subject treated in a study read by NGS MRD: the test is suggested while none was done since the products."""

from __future__ import annotations

from cds.chart import OBSERVATION
from cds.membership import enrolled_on, membership
from cds.response import Stratum
from cds.sequence import course_of
from cds.suggestions.catalogue import NGS_MRD
from cds.suggestions.held import is_ordered
from cds.suggestions.orders import order_draft
from cds.suggestions.proposal import Proposal
from cds.suggestions.scene import Scene
from cds.suggestions.wishes import Action, Wish
from rules.messages import say

SETS = ("mrd_ngs",)
# Words tell an MRD, not its method.
MAY_BE = ("mrd_ngs", "mrd_flow")


def response_proposals(scene: Scene) -> tuple[Proposal, ...]:
    """NGS MRD, without a day, since the protocol states none; nothing beside a result that only cannot be used."""
    response = scene.assessed.response
    if response is None or response.stratum is not Stratum.UNCLASSIFIED or not _never_done(scene):
        return ()
    if is_ordered(scene.chart, NGS_MRD, Wish(Action.ORDER, NGS_MRD.key)):
        return ()
    why = f"{scene.trial_id}: {response.because}"
    draft = order_draft(scene, NGS_MRD, days=(scene.today.isoformat(), None), why=(why,), evidence=response.evidence)
    return (Proposal("response-mrd", say("Order: {what}", what=say(NGS_MRD.name)), (draft,), recommended=True),)


def _never_done(scene: Scene) -> bool:
    """No NGS result since the first product, and nothing on record that might be one."""
    chart, trial = scene.chart, scene.assessed.trial
    subject = membership(chart, trial.id)
    if trial.sequence is None or subject is None or chart.gap(SETS, (OBSERVATION,), "") or chart.unmapped_of(MAY_BE):
        return False
    first = course_of(chart, trial.sequence, enrolled_on(chart, subject)).first_product
    results = chart.results_of(*SETS)
    return first is not None and all(r.moment is not None and r.moment.last_day < first for r in results)
