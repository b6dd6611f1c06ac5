"""What the crossover question asks: arm, day 0, MRD at three months and at entry (NCT07441291 X1, B6.5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from cds.attestations import answers_for
from cds.chart import OBSERVATION
from cds.facts.inquiry import Inquiry
from cds.facts.mrd import FLOW, flow_results, is_negative, level
from cds.facts.series import TOGETHER, day_of, evidence_of, hull, where_and_when
from cds.facts.transplant import latest_allogeneic
from cds.follow_up.arms import allocation_of, conflicting_records
from cds.follow_up.day_zero import DayZero, day_zero
from cds.follow_up.visits import Window, window_of
from cds.records import Result
from cds.values import Problem, Value
from rules.facts import Evidence, Fact, Known, Reason, Unknown
from rules.messages import say, to_say

ORGAN_FUNCTION = "I5"
LABEL = to_say("Flow MRD at 3 months")


def study_arm(inquiry: Inquiry) -> Fact:
    """The assigned arm, or "crossed" when the actual arm is the other one."""
    allocation = allocation_of(inquiry.chart, inquiry.trial, inquiry.settings)
    if allocation is None:
        return Unknown(Reason.MISSING, say("Arm: not a subject of this trial"))
    records = conflicting_records(inquiry.chart, inquiry.trial, inquiry.settings)
    if records:
        return Unknown(Reason.CONFLICT, say("Arm: two records on study name different assigned arms"), records)
    evidence = (Evidence(allocation.reference, allocation.assigned_text or say("no arm")),)
    if allocation.assigned is None:
        known = say("is none of the protocol's") if allocation.assigned_text else say("is not on record")
        return Unknown(Reason.MISSING, say("Arm: the assigned arm {why}", why=known), evidence)
    if allocation.actual_text and allocation.actual is None:
        return Unknown(Reason.UNMAPPED, say("Arm: the actual arm is none of the protocol's"), evidence)
    if allocation.crossed and allocation.actual:
        text = say(
            "Already crossed over, from {assigned} to {actual}",
            assigned=say(allocation.assigned.name),
            actual=say(allocation.actual.name),
        )
        return Known("crossed", text, evidence)
    return Known(allocation.assigned.id, say("Arm: {arm}", arm=say(allocation.assigned.name)), evidence)


def protocol_treatment(inquiry: Inquiry) -> Fact:
    """Received, with day 0."""
    found = _day_zero(inquiry)
    if isinstance(found, Unknown):
        return found
    return Known("received", say("Day 0: {day} ({what})", day=found.day, what=found.what), found.evidence)


def month3_mrd_flow_pct(inquiry: Inquiry) -> Fact:
    """The newest flow MRD in the window; results within 24 hours of it are read together."""
    start = _day_zero(inquiry)
    if isinstance(start, Unknown):
        return start
    window = primary_window(inquiry, start.day)
    gap = inquiry.chart.gap((FLOW,), (OBSERVATION,), say(LABEL))
    if gap is not None:
        return gap
    inside = [r for r in _dated(inquiry) if window.holds(_day(r)) and r.moment and window.holds(r.moment.first_day)]
    usable = [r for r in inside if not r.preliminary]
    if not usable:
        return _nothing_inside(inquiry, window, inside)
    newest = max(result.moment.latest for result in usable if result.moment)
    usable = [result for result in usable if result.moment and newest - result.moment.latest < TOGETHER]
    values = [(result, level(inquiry, result)) for result in usable]
    for result, value in values:
        if isinstance(value, Problem):
            return Unknown(
                value.reason,
                say("{label}: the result of {day} {why}", label=say(LABEL), day=day_of(result), why=value.shown),
                evidence_of(values),
            )
    readable = [(result, value) for result, value in values if isinstance(value, Value)]
    return Known(
        hull([value.interval for _, value in readable]),
        say(" and ").join(
            say("{value} ({where})", value=value.shown, where=where_and_when(result)) for result, value in readable
        ),
        evidence_of(values),
        if_undecided=Reason.CONFLICT if len(readable) > 1 else Reason.IMPRECISE,
    )


def _nothing_inside(inquiry: Inquiry, window: Window, early: Sequence[Result]) -> Unknown:
    span = say("the window is {opens} to {closes}", opens=window.opens, closes=window.closes)
    if early:
        return Unknown(
            Reason.PRELIMINARY,
            say("{label}: only a preliminary result; {span}", label=say(LABEL), span=span),
            _bare(early),
        )
    today = inquiry.chart.as_of.last_day
    outside = [r for r in _dated(inquiry) if _day(r) > window.closes]
    if outside:
        text = say(
            "{label}: none inside the window; the result of {day} is outside it ({span})",
            label=say(LABEL),
            day=day_of(outside[0]),
            span=span,
        )
        return Unknown(Reason.STALE, text, _bare(outside))
    when = say("not open yet") if today < window.opens else say("open") if today <= window.closes else say("closed")
    return Unknown(Reason.MISSING, say("{label}: none; {span}, {when}", label=say(LABEL), span=span, when=when))


def entry_mrd_flow_pct(inquiry: Inquiry) -> Fact:
    """The latest flow MRD by day 0, after the HSCT; a lower one before the window means recurrence, not persistence."""
    start = _day_zero(inquiry)
    if isinstance(start, Unknown):
        return start
    gap = inquiry.chart.gap((FLOW,), (OBSERVATION,), say("Flow MRD at entry"))
    if gap is not None:
        return gap
    before = [r for r in _dated(inquiry) if not r.preliminary and _day(r) <= start.day]
    if not before:
        return Unknown(Reason.MISSING, say("Flow MRD at entry: no result on or before day 0 ({day})", day=start.day))
    entry = max(before, key=lambda r: (_day(r), r.reference))
    value = level(inquiry, entry)
    evidence = evidence_of([(entry, value)])
    if isinstance(value, Problem):
        return Unknown(
            value.reason,
            say(
                "{label}: the result of {day} {why}", label=say("Flow MRD at entry"), day=day_of(entry), why=value.shown
            ),
            evidence,
        )
    early = _before_hsct(inquiry, entry, start.day)
    if early is not None:
        return Unknown(
            early,
            say("Flow MRD at entry: the sample of {day} is not surely after the HSCT", day=day_of(entry)),
            evidence,
        )
    lower = _lower_between(inquiry, start.day)
    if lower is not None:
        text = say("MRD was lower in between ({day}): recurrence, not persistence", day=day_of(lower))
        note = (say("MRD fell and came back: whether that is persistence is for a clinician."),)
        return Unknown(Reason.JUDGEMENT, text, (*evidence, *_bare([lower])), note)
    return Known(value.interval, say("{value} ({where})", value=value.shown, where=where_and_when(entry)), evidence)


def _before_hsct(inquiry: Inquiry, entry: Result, start: date) -> Reason | None:
    """Why an entry sample does not count: it was, or may have been, taken before the transplant (I3)."""
    hsct = latest_allogeneic(inquiry.chart, by=start)
    if hsct is None or hsct.moment is None or entry.moment is None:
        return None
    gap = timedelta(days=inquiry.days("mrd_min_days_post_hsct"))
    if entry.moment.last_day < hsct.moment.first_day + gap:
        return Reason.MISSING
    return Reason.IMPRECISE if entry.moment.first_day < hsct.moment.last_day + gap else None


def _lower_between(inquiry: Inquiry, start: date) -> Result | None:
    """A result after day 0 and before the window that is certainly below the limit, or reported as negative (B6.5)."""
    opens = primary_window(inquiry, start).opens
    limit: Decimal = inquiry.number("mrd_positive_pct")
    for result in _dated(inquiry):
        if result.preliminary or not start < _day(result) < opens:
            continue
        if _is_lower(result, level(inquiry, result), limit):
            return result
    return None


def _is_lower(result: Result, value: Value | Problem, limit: Decimal) -> bool:
    if isinstance(value, Problem):
        return value.reason is Reason.IMPRECISE and is_negative(result.body)
    hi = value.interval.hi
    below = hi is not None and (hi < limit or (hi == limit and value.interval.hi_open))
    return below or is_negative(result.body)


def organ_function_answer(inquiry: Inquiry) -> Fact:
    """A clinician's answer to the enrolment criterion on organ function, young enough for a new check."""
    answer = answers_for(inquiry.chart, inquiry.trial_id, inquiry.window).counted.get(ORGAN_FUNCTION)
    if answer is None:
        text = say("Organ function: no clinician's answer within {window} days", window=inquiry.window)
        return Unknown(Reason.ATTESTATION, text)
    code = "adequate" if answer.sentence_is_true else "not_adequate"
    day = answer.evidence.date
    shown = (
        say("A clinician called organ function adequate on {day}", day=day)
        if answer.sentence_is_true
        else say("A clinician called organ function not adequate on {day}", day=day)
    )
    return Known(code, shown, (answer.evidence,), valid_until=answer.valid_until)


def primary_window(inquiry: Inquiry, start: date) -> Window:
    """The window of the visit at which the primary endpoint is measured. Raises ValueError without follow-up."""
    plan = inquiry.trial.follow_up
    if plan is None:
        raise ValueError(f"{inquiry.trial_id} has no follow-up")
    planned = next(visit for visit in plan.visits if visit.month == plan.primary_month)
    return window_of(start, planned)


def _day_zero(inquiry: Inquiry) -> DayZero | Unknown:
    allocation = allocation_of(inquiry.chart, inquiry.trial, inquiry.settings)
    if allocation is None:
        return Unknown(Reason.MISSING, say("Day 0: not a subject of this trial"))
    return day_zero(inquiry.chart, allocation, inquiry.settings)


def _dated(inquiry: Inquiry) -> list[Result]:
    results = flow_results(inquiry, "cd19+") + flow_results(inquiry, "unstated")
    return sorted((r for r in results if r.moment), key=lambda r: (_day(r), r.reference))


def _day(result: Result) -> date:
    return result.moment.last_day if result.moment else date.min


def _bare(results: Sequence[Result]) -> tuple[Evidence, ...]:
    return tuple(Evidence(r.reference, r.text or say("flow MRD"), day_of(r)) for r in results)
