"""What a crossover must leave alone: the assigned arm (X2), and the visit of the primary endpoint (P1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from cds.facts.inquiry import Inquiry
from cds.follow_up.arms import Allocation, conflicting_records
from cds.follow_up.day_zero import DayZero, day_zero
from cds.follow_up.deviation import Deviation, State
from cds.follow_up.visits import Window
from rules.facts import Unknown
from rules.messages import say
from rules.treatment import Arm


def crossing_deviations(
    inquiry: Inquiry, allocation: Allocation, start: DayZero | Unknown, window: Window | None
) -> tuple[Deviation, ...]:
    """A crossover before the window of the primary endpoint, and signs that the assigned arm was overwritten."""
    found = [_two_arms(inquiry), _other_arm_first(inquiry, allocation, start)]
    if isinstance(start, DayZero) and window is not None:
        found.append(_too_early(inquiry, allocation, start.day, window))
    return tuple(deviation for deviation in found if deviation is not None)


def _too_early(inquiry: Inquiry, allocation: Allocation, day0: date, window: Window) -> Deviation | None:
    """P1: the other arm's treatment began after day 0 (not its lymphodepletion) and before the window."""
    if not allocation.crossed or allocation.actual is None:
        return None
    began = _began(inquiry, allocation, allocation.actual, day0 + timedelta(days=1))
    if began is None or began.day >= window.opens:
        return None
    text = say("Crossed over on {day}, before the 3-month window opened on {opens}", day=began.day, opens=window.opens)
    return Deviation("X1", State.VIOLATION, text, began.evidence)


def _two_arms(inquiry: Inquiry) -> Deviation | None:
    """X2: several records of one subject, assigned to different arms."""
    evidence = conflicting_records(inquiry.chart, inquiry.trial, inquiry.settings)
    text = say("Two records on study name different assigned arms")
    return Deviation("X2", State.VIOLATION, text, evidence) if evidence else None


def _other_arm_first(inquiry: Inquiry, allocation: Allocation, start: DayZero | Unknown) -> Deviation | None:
    """X2: the other arm's own product came before any treatment of the assigned arm, and no crossover is recorded."""
    if allocation.assigned is None or allocation.start is None or allocation.crossed:
        return None
    assigned = allocation.assigned
    other = next((arm for arm in inquiry.trial.arms if arm.id != assigned.id), None)
    began = _began(inquiry, allocation, other, allocation.start) if other else None
    if began is None or (isinstance(start, DayZero) and start.day <= began.day):
        return None
    text = say(
        "{what} on {day}, before any treatment of the assigned arm {assigned}: "
        "an assigned arm that was overwritten after a crossover?",
        what=began.what,
        day=began.day,
        assigned=say(assigned.name),
    )
    return Deviation("X2", State.REVIEW, text, began.evidence)


def _began(inquiry: Inquiry, allocation: Allocation, arm: Arm, since: date) -> DayZero | None:
    """When treatment of an arm began; of the control arm only its own product where nothing says that it was given."""
    as_assigned = replace(allocation, assigned=arm, actual=None, start=since)
    own_product = {"control_day_zero": "dli"} if not allocation.crossed else {}
    found = day_zero(inquiry.chart, as_assigned, {**inquiry.settings, **own_product})
    return found if isinstance(found, DayZero) else None
