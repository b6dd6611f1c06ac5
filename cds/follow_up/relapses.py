"""Relapse after day 0 (NCT07441291 Q2): the reading of I4, with the day on which it was seen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from cds.chart import CONDITION, OBSERVATION
from cds.facts.inquiry import Inquiry
from cds.facts.mrd import PERCENT
from cds.facts.relapse import BLOOD, CNS, CSF, EXTRAMEDULLARY, MARROW, RELAPSE, SPECIMEN_NEEDED, any_blast
from cds.facts.series import day_of
from cds.follow_up.events import Event, Found, Placed, doubt_of, of_diagnosis, placed, sorted_events
from cds.records import UNREAD, Diagnosis, Result
from cds.values import Problem, Value, value_of
from rules.facts import Evidence
from rules.messages import say

Read = tuple[Result, Value | Problem]
NO_BLASTS = Decimal(0)


def relapses(inquiry: Inquiry, day0: date) -> Found:
    """Blasts at the relapse level, proven disease outside the marrow, or a relapse diagnosis, after day 0.

    Blasts in the blood are never confirmed as leukaemic by a count alone: they leave the answer open.
    """
    chart = inquiry.chart
    limit = inquiry.number("relapse_marrow_blast_pct")
    marrow: list[Read] = [(result, value_of(result.body, PERCENT)) for result in _marrow(inquiry)]
    fluid: list[Read] = [(result, any_blast(result)) for result in chart.results_of(CSF)]
    diagnoses = _diagnoses(inquiry)
    events = [_event(read, day0, limit, say("marrow blasts"), inclusive=True) for read in marrow]
    events += [_event(read, day0, NO_BLASTS, say("blasts in the CSF"), inclusive=False) for read in fluid]
    events += [of_diagnosis(d) for d in diagnoses if d.confirmed and placed(d.began, day0) is Placed.LATER]
    gap = chart.gap((MARROW, CSF, EXTRAMEDULLARY, CNS, RELAPSE), (CONDITION, OBSERVATION), say("Relapse"))
    doubts = [gap.shown if gap else None, doubt_of(diagnoses, day0)]
    doubts += [_doubt(read, day0, limit, say("marrow blasts"), inclusive=True) for read in marrow]
    doubts += [_doubt(read, day0, NO_BLASTS, say("blasts in the CSF"), inclusive=False) for read in fluid]
    doubts += [_in_blood(result, day0) for result in chart.results_of(BLOOD)]
    return Found(sorted_events(events), next(filter(None, doubts), None))


def _marrow(inquiry: Inquiry) -> list[Result]:
    perhaps = inquiry.chart.results_of(SPECIMEN_NEEDED)
    return [*inquiry.chart.results_of(MARROW), *(r for r in perhaps if r.specimen in ("marrow", UNREAD))]


def _diagnoses(inquiry: Inquiry) -> list[Diagnosis]:
    found = inquiry.chart.diagnoses_of(EXTRAMEDULLARY, CNS, RELAPSE)
    return found + [d for d in inquiry.chart.diagnoses if d.outside_marrow and d not in found]


def _is_proof(result: Result) -> bool:
    return not result.preliminary and (result.specimen != UNREAD or MARROW in result.sets)


def _event(read: Read, day0: date, limit: Decimal, what: str, *, inclusive: bool) -> Event | None:
    result, value = read
    if isinstance(value, Problem) or result.moment is None or placed(result.moment, day0) is not Placed.LATER:
        return None
    if not _is_proof(result) or not _reaches(value, limit, inclusive=inclusive):
        return None
    shown = say("{label} {value}", label=what, value=value.shown)
    evidence = (Evidence(result.reference, shown, day_of(result)),)
    return Event(result.moment.first_day, shown, evidence, result.moment.last_day)


def _doubt(read: Read, day0: date, limit: Decimal, what: str, *, inclusive: bool) -> str | None:
    """A result after day 0 that may be a relapse and does not prove one."""
    result, value = read
    where = placed(result.moment, day0)
    if where is Placed.BY_THEN:
        return None
    if isinstance(value, Problem):
        return say("{label}: the result of {day} {why}", label=what, day=day_of(result), why=value.shown)
    if not _may_reach(value, limit, inclusive=inclusive):
        return None
    if where is Placed.LATER and _is_proof(result) and _reaches(value, limit, inclusive=inclusive):
        return None
    return say("{what} {value} ({day}) may be a relapse", what=what, value=value.shown, day=day_of(result))


def _in_blood(result: Result, day0: date) -> str | None:
    value = any_blast(result)
    if placed(result.moment, day0) is Placed.BY_THEN or isinstance(value, Problem) or value.interval.hi == 0:
        return None
    return say(
        "blasts in the blood, {value} ({day}), not confirmed as leukaemic", value=value.shown, day=day_of(result)
    )


def _reaches(value: Value, limit: Decimal, *, inclusive: bool) -> bool:
    lo = value.interval.lo
    if lo is None:
        return False
    return lo > limit or (lo == limit and (inclusive or value.interval.lo_open))


def _may_reach(value: Value, limit: Decimal, *, inclusive: bool) -> bool:
    hi = value.interval.hi
    if hi is None:
        return True
    return hi > limit or (hi == limit and inclusive and not value.interval.hi_open)
