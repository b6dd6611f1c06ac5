"""One draft order beside one sentence of one trial."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cds.assessment import TrialAssessment
from cds.orders.drafts import Draft


@dataclass(frozen=True, slots=True)
class Concern:
    """One draft order beside one sentence of one trial.

    `certain` is False when a person must first say what the order is, or whether it counts. `effect` completes "This
    order …"; `until` is the last day of which the trial stays closed, counted from the last dose that is planned.
    """

    trial: TrialAssessment
    draft: Draft
    criterion: str
    quote: str
    certain: bool
    effect: str
    because: str
    until: date | None = None
