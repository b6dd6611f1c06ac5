"""What draft orders would do to the trials of one patient. It never judges the treatment itself.

Closing enrolment is asked of trials that are open for this patient and that the patient has not entered; keeping to the
protocol is asked of subjects on study.
"""

from __future__ import annotations

from collections.abc import Sequence

from cds.assessment import Assessment
from cds.chart import Chart
from cds.membership import on_study
from cds.orders.closing import closing
from cds.orders.concern import Concern
from cds.orders.drafts import Draft
from cds.orders.protocol import breaking


def concerns_of(chart: Chart, assessment: Assessment, drafts: Sequence[Draft]) -> tuple[Concern, ...]:
    """Everything to say about these drafts, by trial and draft; empty when they harm no trial of this patient."""
    if chart.person.deceased or chart.person.merged_away:
        return ()
    elsewhere = any(on_study(chart, trial.trial.id) for trial in assessment.trials)
    found: list[Concern] = []
    for assessed in assessment.trials:
        for draft in drafts:
            found += closing(chart, assessed, draft, elsewhere=elsewhere)
            found += breaking(chart, assessed, draft)
    return tuple(found)
