"""One draft order beside one sentence of one trial."""

from __future__ import annotations

from dataclasses import dataclass

from cds.assessment import TrialAssessment
from cds.orders.drafts import Draft


@dataclass(frozen=True, slots=True)
class Concern:
    """One draft order beside one sentence of one trial.

    `certain` is False when a person must first say what the order is, or whether it counts. `effect` follows the
    order's name in one line, `because` is whole sentences; both say until when where a trial is closed only for a time.
    """

    trial: TrialAssessment
    draft: Draft
    criterion: str
    quote: str
    certain: bool
    effect: str
    because: str
