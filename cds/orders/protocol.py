"""Orders that would break the protocol for a subject on study (NCT07441291 A1 to A4)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from cds.assessment import TrialAssessment
from cds.chart import Chart
from cds.doses import StatedDose
from cds.follow_up.arms import Allocation, allocation_of
from cds.follow_up.deviation import State
from cds.follow_up.dosing import compared, protocol_dose
from cds.follow_up.products import CELLS, LYMPHODEPLETION, PRODUCT, infusions_of
from cds.orders.concern import Concern
from cds.orders.drafts import Draft
from cds.shapes import Quantity
from cds.values import is_sane
from rules.trial import Dose
from rules.verdict import Standing

STEROID, ANTI_LEUKAEMIC = "systemic_glucocorticoid", "anti_leukemic_systemic"
GENE_THERAPY = (PRODUCT, *CELLS)


def breaking(chart: Chart, assessed: TrialAssessment, draft: Draft) -> Iterator[Concern]:
    """What the arms of a trial ask of its subjects."""
    trial = assessed.trial
    allocation = allocation_of(chart, trial, trial.settings) if trial.arms else None
    if trial.arms and allocation is None and "ResearchSubject" in chart.incomplete:
        yield from _membership_unknown(assessed, draft)
    if allocation is None or not allocation.on_study:
        return
    if allocation.in_force == "car_t":
        yield from _bridging(chart, assessed, draft, allocation)
        yield from _cells(chart, assessed, draft, allocation)
        if not infusions_of(chart, allocation):
            for name in LYMPHODEPLETION:
                yield from _lymphodepletion(chart, assessed, draft, name)
    elif allocation.in_force == "control":
        yield from _other_arm(assessed, draft, allocation)


def _membership_unknown(assessed: TrialAssessment, draft: Draft) -> Iterator[Concern]:
    """Nobody could look whether the patient is a subject: said for the orders that an arm could forbid."""
    verdict = assessed.verdict("enrol")
    harmful = (ANTI_LEUKAEMIC, *GENE_THERAPY)
    if verdict is None or verdict.standing is Standing.NOT_APPLICABLE or draft.sets.isdisjoint(harmful):
        return
    because = "Whether the patient is a subject of this trial is not known: ResearchSubject could not be fetched."
    effect = f"may be against the protocol of {assessed.trial.id}, if the patient is on study"
    yield Concern(assessed, draft, "A1", assessed.trial.arms[0].quote, False, effect, because)


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
    if dose is None:
        return
    if draft.sets.isdisjoint(GENE_THERAPY):
        if not draft.sets and not draft.hints.isdisjoint(GENE_THERAPY):
            yield _not_compared(assessed, draft, "A2", dose)
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
    if dose is None or draft.route in ("local", "intrathecal"):
        return
    if name not in draft.sets:
        if not draft.sets and name in draft.hints:
            yield _not_compared(assessed, draft, "A3", dose)
        return
    for stated in draft.doses:
        yield from _dose(chart, assessed, draft, dose, "A3", [_daily(stated)])


def _daily(stated: StatedDose) -> Quantity:
    """What is given in a day; a number that no laboratory reports is left as it is, to be refused."""
    single = stated.quantity
    if single.value is None or stated.times_a_day is None or not is_sane(single.value):
        return single
    total = single.value * stated.times_a_day
    return Quantity(total, single.comparator, single.unit, single.system, single.code)


def _not_compared(assessed: TrialAssessment, draft: Draft, criterion: str, dose: Dose) -> Concern:
    """A draft that says only in words that it is one of the protocol's drugs."""
    what = dose.of.replace("car_t_cells", "CAR-T cells")
    because = f"It looks like {what}, but its code is not mapped ({draft.code}): the dose was not compared."
    effect = f"not compared with the dose of {assessed.trial.id}"
    return Concern(assessed, draft, criterion, dose.quote, False, effect, because)


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
