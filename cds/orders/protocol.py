"""Orders that would break the protocol for a subject on study (NCT07441291 A1 to A4)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from cds.assessment import TrialAssessment
from cds.chart import Chart
from cds.doses import StatedDose
from cds.follow_up.arms import Allocation, allocation_of
from cds.follow_up.deviation import State
from cds.follow_up.dosing import called, compared, protocol_dose
from cds.follow_up.products import CELLS, LYMPHODEPLETION, PRODUCT, infusions_of
from cds.orders.concern import Concern
from cds.orders.drafts import Draft
from cds.shapes import Quantity
from cds.values import is_sane
from rules.messages import say, sentence
from rules.treatment import Dose
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
    because = say("Whether the patient is a subject of this trial is not known: ResearchSubject could not be fetched.")
    effect = say("may be against the protocol of {trial}, if the patient is on study", trial=assessed.trial.id)
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
        (not coded, say("It looks like chemotherapy, but its code is not mapped ({code}).", code=draft.code)),
        (draft.route == "intrathecal", say("Intrathecal treatment before the CAR-T infusion is for review.")),
        (steroid, say("A glucocorticoid before the CAR-T infusion is for review.")),
        (True, say("The subject is in the CAR-T arm and has no CAR-T infusion on record.")),
    )
    because = next(words for applies, words in reasons if applies)
    certain = coded and not steroid and draft.route != "intrathecal"
    effect = (
        say("would be bridging chemotherapy in the CAR-T arm of {trial}", trial=assessed.trial.id)
        if certain
        else say("may be bridging chemotherapy in the CAR-T arm of {trial}", trial=assessed.trial.id)
    )
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
        effect = say("would be a second CAR-T infusion in {trial}", trial=assessed.trial.id)
        yield Concern(
            assessed, draft, "A2", dose.quote, True, effect, say("CAR-T cells were given on {day}.", day=given[0].day)
        )
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
    what = called(dose.of)
    because = say(
        "It looks like {what}, but its code is not mapped ({code}): the dose was not compared.",
        what=what,
        code=draft.code,
    )
    effect = say("not compared with the dose of {trial}", trial=assessed.trial.id)
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
    effect = _effect(found.numbers, dose.amount, assessed.trial.id) if certain else None
    effect = effect or say(
        "ordered at a dose that cannot be compared with the dose of {trial}", trial=assessed.trial.id
    )
    because = say("{sentence}.", sentence=sentence(found.because))
    yield Concern(assessed, draft, criterion, dose.quote, certain, effect, because)


def _effect(numbers: tuple[tuple[str, Decimal], ...], amount: Decimal, trial: str) -> str:
    per_unit = dict(numbers).get("per_unit")
    if per_unit is None:
        return say("ordered at another dose than the dose of {trial}", trial=trial)
    return say("ordered at {share} % of the dose of {trial}", share=f"{per_unit / amount * 100:.0f}", trial=trial)


def _other_arm(assessed: TrialAssessment, draft: Draft, allocation: Allocation) -> Iterator[Concern]:
    """A1: cells belong to the other arm; a crossover is recorded before they are ordered."""
    arm = allocation.actual or allocation.assigned
    if arm is None or draft.sets.isdisjoint(GENE_THERAPY):
        return
    effect = say("ordered for a subject of the other arm of {trial}", trial=assessed.trial.id)
    because = say("The subject is in the arm {arm}; no crossover is on record.", arm=say(arm.name))
    yield Concern(assessed, draft, "A1", arm.quote, True, effect, because)
