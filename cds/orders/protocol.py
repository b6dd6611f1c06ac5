"""Orders that would break the protocol for a subject on study (NCT07441291 A1 to A4)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from cds.assessment import TrialAssessment
from cds.chart import Chart
from cds.follow_up.arms import Allocation, allocation_of
from cds.follow_up.deviation import State
from cds.follow_up.dosing import compared, protocol_dose
from cds.follow_up.products import CELLS, LYMPHODEPLETION, PRODUCT, infusions_of
from cds.orders.concern import Concern
from cds.orders.drafts import Draft
from cds.shapes import Quantity
from rules.trial import Dose

STEROID, ANTI_LEUKAEMIC = "systemic_glucocorticoid", "anti_leukemic_systemic"
GENE_THERAPY = (PRODUCT, *CELLS)


def breaking(chart: Chart, assessed: TrialAssessment, draft: Draft) -> Iterator[Concern]:
    """What the arms of a trial ask of its subjects."""
    trial = assessed.trial
    allocation = allocation_of(chart, trial, trial.settings) if trial.arms else None
    if allocation is None or not allocation.on_study:
        return
    if allocation.in_force == "car_t":
        yield from _bridging(chart, assessed, draft, allocation)
        yield from _cells(chart, assessed, draft, allocation)
        for name in LYMPHODEPLETION:
            yield from _lymphodepletion(chart, assessed, draft, name)
    elif allocation.in_force == "control":
        yield from _other_arm(assessed, draft, allocation)


def _bridging(chart: Chart, assessed: TrialAssessment, draft: Draft, allocation: Allocation) -> Iterator[Concern]:
    """A4, as long as the cells were not given. Cyclophosphamide and fludarabine are lymphodepletion, not a bridge."""
    coded = ANTI_LEUKAEMIC in draft.sets and draft.sets.isdisjoint(LYMPHODEPLETION)
    worded = ANTI_LEUKAEMIC in draft.hints and not draft.sets
    steroid = STEROID in draft.sets
    arm = allocation.actual or allocation.assigned
    forbidden = arm.no_bridging if arm else None
    if forbidden is None or not (coded or worded) or draft.route == "local" or infusions_of(chart, allocation):
        return
    reasons = (
        (not coded, f"It looks like chemotherapy, but its code is not mapped ({draft.code})."),
        (draft.route == "intrathecal", "Intrathecal treatment before the CAR-T infusion is for review."),
        (steroid, "A glucocorticoid before the CAR-T infusion is for review."),
        (True, "The subject is in the CAR-T arm and has no CAR-T infusion on record."),
    )
    because = next(words for applies, words in reasons if applies)
    certain = coded and not steroid and draft.route != "intrathecal"
    effect = f"{'would be' if certain else 'may be'} bridging chemotherapy in the CAR-T arm of {assessed.trial.id}"
    yield Concern(assessed, draft, "A4", forbidden, certain, effect, because)


def _cells(chart: Chart, assessed: TrialAssessment, draft: Draft, allocation: Allocation) -> Iterator[Concern]:
    """A2: one infusion, of the protocol's cells per kg."""
    dose = protocol_dose(assessed.trial, "car_t_cells")
    if dose is None or draft.sets.isdisjoint(GENE_THERAPY):
        return
    given = infusions_of(chart, allocation)
    if given:
        effect = f"would be a second CAR-T infusion in {assessed.trial.id}"
        yield Concern(assessed, draft, "A2", dose.quote, True, effect, f"CAR-T cells were given on {given[0].day}.")
        return
    yield from _dose(chart, assessed, draft, dose, "A2", [stated.quantity for stated in draft.doses])


def _lymphodepletion(chart: Chart, assessed: TrialAssessment, draft: Draft, name: str) -> Iterator[Concern]:
    """A3: the dose of a day, where the times a day are stated, else the single dose."""
    dose = protocol_dose(assessed.trial, name)
    if dose is None or name not in draft.sets or draft.route in ("local", "intrathecal"):
        return
    daily = [
        Quantity(s.quantity.value * (s.times_a_day or 1), s.quantity.comparator, s.quantity.unit, s.quantity.system,
                 s.quantity.code)
        for s in draft.doses
        if s.quantity.value is not None
    ]  # fmt: skip
    for quantity in daily:
        yield from _dose(chart, assessed, draft, dose, "A3", [quantity])


def _dose(
    chart: Chart, assessed: TrialAssessment, draft: Draft, dose: Dose, criterion: str, quantities: list[Quantity]
) -> Iterator[Concern]:
    """Outside the tolerance, or not to be compared; a draft without a dose has nothing to compare yet."""
    if not quantities:
        return
    day = draft.first_day or chart.as_of.last_day
    found = compared(chart, dose, quantities, min(day, chart.as_of.last_day), assessed.trial.settings)
    if found.state is State.CONFORMANT:
        return
    certain = found.state is State.VIOLATION
    share = _share(found.numbers, dose.amount) if certain else "a dose that cannot be compared with"
    effect = f"ordered at {share} the dose of {assessed.trial.id}"
    because = found.because[0].upper() + found.because[1:] + "."
    yield Concern(assessed, draft, criterion, dose.quote, certain, effect, because)


def _share(numbers: tuple[tuple[str, Decimal], ...], amount: Decimal) -> str:
    per_unit = dict(numbers).get("per_unit")
    return f"{per_unit / amount * 100:.0f} % of" if per_unit is not None else "another dose than"


def _other_arm(assessed: TrialAssessment, draft: Draft, allocation: Allocation) -> Iterator[Concern]:
    """A1: cells belong to the other arm; a crossover is recorded before they are ordered."""
    arm = allocation.actual or allocation.assigned
    if arm is None or draft.sets.isdisjoint(GENE_THERAPY):
        return
    effect = f"ordered for a subject of the other arm of {assessed.trial.id}"
    because = f"The subject is in the arm {arm.name}; no crossover is on record."
    yield Concern(assessed, draft, "A1", arm.quote, True, effect, because)
