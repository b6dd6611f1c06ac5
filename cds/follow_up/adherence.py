"""How the treatment of one subject kept to the protocol: arms, doses, bridging, control arm, order of products."""

from __future__ import annotations

from collections.abc import Mapping

from cds.chart import Chart
from cds.facts.inquiry import Inquiry, Setting
from cds.follow_up.arms import Allocation, allocation_of, arm_deviation
from cds.follow_up.chemotherapy import bridging, control_arm
from cds.follow_up.deviation import Deviation, State
from cds.follow_up.experimental_arm import car_t_dose, lymphodepletion
from cds.membership import enrolled_on, membership
from cds.sequence import course_of, out_of_order, sequence_of
from rules.facts import Ask
from rules.trial import Trial

SEQUENCE_STATES = {
    "conformant": State.CONFORMANT,
    "deviation": State.VIOLATION,
    "review": State.REVIEW,
    "incomplete": State.UNKNOWN,
}


def deviations_of(chart: Chart, trial: Trial, settings: Mapping[str, Setting]) -> tuple[Deviation, ...]:
    """Every part that can be judged, conformant ones too; empty when the patient is no subject of this trial."""
    return (*_of_arms(chart, trial, settings), *_of_sequence(chart, trial, settings))


def _of_arms(chart: Chart, trial: Trial, settings: Mapping[str, Setting]) -> tuple[Deviation, ...]:
    allocation = allocation_of(chart, trial, settings) if trial.arms else None
    if allocation is None:
        return ()
    found: list[Deviation | None] = [arm_deviation(allocation, trial)]
    if allocation.was_enrolled:
        found += _of_treatment(chart, trial, allocation, settings)
    return tuple(deviation for deviation in found if deviation is not None)


def _of_treatment(
    chart: Chart, trial: Trial, allocation: Allocation, settings: Mapping[str, Setting]
) -> list[Deviation | None]:
    found: list[Deviation | None] = []
    if allocation.ever_in("car_t"):
        found.append(car_t_dose(chart, trial, allocation, settings))
        found.append(lymphodepletion(chart, trial, allocation, settings))
        if any(arm.id == "car_t" and arm.no_bridging for arm in trial.arms):
            found.append(bridging(chart, allocation, settings))
    if allocation.ever_in("control"):
        found.append(control_arm(chart, allocation))
    return found


def _of_sequence(chart: Chart, trial: Trial, settings: Mapping[str, Setting]) -> tuple[Deviation, ...]:
    """N1 is the order of the products, N2 what a person should look at: targets and the specimen."""
    subject = membership(chart, trial.id)
    if trial.sequence is None or subject is None:
        return ()
    course = course_of(chart, trial.sequence, enrolled_on(chart, subject))
    if course.first_product is None:
        return ()
    found = sequence_of(Inquiry(chart, Ask("mrd"), settings, trial), course)
    state = SEQUENCE_STATES[found.state]
    if state is State.REVIEW and found.review and not any(out_of_order(course)):
        # Only N2 asks for a review; the order itself was kept.
        state = State.CONFORMANT
    notes = tuple(Deviation("N2", State.REVIEW, note, found.evidence) for note in found.review)
    return (Deviation("N1", state, found.because, found.evidence), *notes)
