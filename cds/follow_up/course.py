"""One subject after enrolment: arm, day 0, visits, endpoints and deviations, as the contract's `follow_up`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cds.chart import OBSERVATION, Chart
from cds.facts.inquiry import Inquiry
from cds.facts.mrd import FLOW, NGS
from cds.facts.relapse import MARROW
from cds.facts.series import day_of
from cds.follow_up.adherence import deviations_of
from cds.follow_up.arms import Allocation, allocation_of
from cds.follow_up.crossed import crossing_deviations
from cds.follow_up.day_zero import DayZero, day_zero
from cds.follow_up.deviation import Deviation, State
from cds.follow_up.endpoints import Endpoint, Span, endpoints_of
from cds.follow_up.mrd_course import mrd_course
from cds.follow_up.visits import Assessment, Visit, Window, follow_up_ends, visits_on, window_of
from rules.facts import Evidence, Unknown
from rules.messages import say

ASSESSMENTS = (FLOW, NGS, MARROW)


@dataclass(frozen=True, slots=True)
class Course:
    """What is said of a subject after enrolment; `because` says why there is no more, without day 0 for example.

    `ends` is the last day of this subject's follow-up.
    """

    allocation: Allocation
    day0: DayZero | None
    visits: tuple[Visit, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    crossover_window: Window | None = None
    because: str | None = None
    ends: date | None = None

    def endpoint(self, name: str) -> Endpoint | None:
        return next((endpoint for endpoint in self.endpoints if endpoint.id == name), None)


def course_of_subject(inquiry: Inquiry) -> Course | None:
    """None for whoever was never enrolled in this trial, or when the trial has no follow-up."""
    plan, chart = inquiry.trial.follow_up, inquiry.chart
    allocation = allocation_of(chart, inquiry.trial, inquiry.settings) if plan else None
    if plan is None or allocation is None or not allocation.was_enrolled:
        return None
    kept = tuple(
        deviation
        for deviation in deviations_of(chart, inquiry.trial, inquiry.settings)
        if deviation.state in (State.VIOLATION, State.REVIEW)
    )
    start = day_zero(chart, allocation, inquiry.settings)
    if isinstance(start, Unknown) or allocation.start is None:
        why = start.shown if isinstance(start, Unknown) else say("The start on study is not on record")
        signs = crossing_deviations(inquiry, allocation, start, None)
        return Course(allocation, None, deviations=(*kept, *signs), because=why)
    windows = tuple(window_of(start.day, visit) for visit in plan.visits)
    by_month = {window.month: window for window in windows}
    primary, final = by_month[plan.primary_month], by_month[plan.final_month]
    course = mrd_course(inquiry, start.day, primary, final)
    span = Span(start.day, allocation.start, _last_contact(chart, start.day))
    gap = chart.gap(ASSESSMENTS, (OBSERVATION,), "Assessments")
    visits = (
        ()
        if gap
        else visits_on(chart.as_of.last_day, windows, _assessments(inquiry, windows), _stopped(inquiry, allocation))
    )
    return Course(
        allocation,
        start,
        visits,
        endpoints_of(inquiry, span, course),
        (*kept, *crossing_deviations(inquiry, allocation, start, primary)),
        primary,
        gap.shown if gap else None,
        follow_up_ends([start.day], plan.final_month),
    )


def _assessments(inquiry: Inquiry, windows: Sequence[Window]) -> list[Assessment]:
    """Days with an MRD or marrow result that certainly lies inside a window."""
    found = []
    for result in inquiry.chart.results_of(*ASSESSMENTS):
        if result.moment is None or result.preliminary:
            continue
        if any(window.spans(result.moment.first_day, result.moment.last_day) for window in windows):
            evidence = Evidence(result.reference, result.text or say("assessment"), day_of(result))
            found.append(Assessment(result.moment.last_day, evidence))
    return sorted(found, key=lambda a: (a.day, a.evidence.reference))


def _stopped(inquiry: Inquiry, allocation: Allocation) -> date | None:
    """Death, or leaving the study (today at the latest): what would come later is not due."""
    died = inquiry.chart.person.died
    left = None if allocation.on_study else allocation.left or inquiry.chart.as_of.last_day
    days = [day for day in (died.first_day if died else None, left) if day is not None]
    if inquiry.chart.person.deceased and not days:
        return inquiry.chart.as_of.last_day
    return min(days, default=None)


def _last_contact(chart: Chart, day0: date) -> date:
    """The latest day on which anything used here was certainly recorded: until then the patient was seen alive."""
    moments = [r.moment for r in chart.results if r.moment] + [t.moment for t in chart.treatments if t.moment]
    moments += [d.moment for d in chart.drugs if d.moment]
    return max([day0, *(moment.first_day for moment in moments)])
