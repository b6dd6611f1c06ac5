"""Endpoints of one subject, as event, censored or open, with date and evidence (NCT07441291 P1, Q1 to Q8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cds.facts.inquiry import Inquiry
from cds.follow_up.events import Event, Found, acute_gvhd, chronic_gvhd, death, relapses, treated_chronic_gvhd
from cds.follow_up.mrd_course import MrdCourse
from cds.follow_up.toxicity import toxicity
from rules.facts import Evidence

# An event on the first day counts half a day, so that it is not lost in survival analysis (Q9).
ON_THE_FIRST_DAY = 0.5


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`state` is a word of the endpoint; `time` are days from the origin to the event or to the last contact."""

    id: str
    state: str
    because: str
    day: date | None = None
    time: float | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """What every time to an event needs: day 0, randomisation, and the last day on which the patient was seen."""

    day0: date
    randomised: date
    last_contact: date


def endpoints_of(inquiry: Inquiry, span: Span, course: MrdCourse) -> tuple[Endpoint, ...]:
    """All endpoints, in the protocol's order. Overall survival counts from randomisation, the others from day 0."""
    relapse, died = relapses(inquiry, span.day0), death(inquiry)
    either = _joined(relapse, died)
    severe = acute_gvhd(inquiry, span.day0, 3)
    chronic, treated = chronic_gvhd(inquiry, span.day0), treated_chronic_gvhd(inquiry, span.day0)
    return (
        _primary(course, relapse, died),
        _at_final(course, died),
        _by_final(course, relapse),
        _timed("Q2", "relapse", relapse, span.day0, _until(span, died)),
        _timed("Q3", "death", died, span.randomised, span.last_contact),
        _timed("Q4", "relapse or death", either, span.randomised, span.last_contact),
        _timed("Q5", "acute GVHD grade II-IV", acute_gvhd(inquiry, span.day0, 2), span.day0, _until(span, died)),
        _timed("Q6", "NIH moderate or severe chronic GVHD", chronic, span.day0, _until(span, died)),
        *_grfs(inquiry, span, either, severe, treated, chronic),
        _toxicity(inquiry, span),
    )


def _primary(course: MrdCourse, relapse: Found, died: Found) -> Endpoint:
    """P1 in three classes; intention to treat counts what is missing as not negative."""
    state, because, evidence = course.primary()
    if state == "missing":
        for found in (relapse, died):
            if found.first is not None and found.first.day < course.primary_window.closes:
                because = f"{found.first.what} on {found.first.day}, before the window closed"
    return Endpoint("P1", state, because, evidence=evidence)


def _at_final(course: MrdCourse, died: Found) -> Endpoint:
    """Q1 read as point prevalence."""
    state, because, evidence = course.at_final()
    if died.first is not None and died.first.day < course.final_window.opens:
        return Endpoint("Q1a", "not_evaluable", f"died on {died.first.day}, before the visit at 12 months")
    return Endpoint("Q1a", state, because, evidence=evidence)


def _by_final(course: MrdCourse, relapse: Found) -> Endpoint:
    """Q1 read as cumulative: ever positive by 12 months; a relapse counts as positive."""
    first = course.first_positive()
    if relapse.first is not None and relapse.first.day <= course.final_window.closes:
        events = [event for event in (first, relapse.first) if event is not None]
        first = min(events, key=lambda event: event.day)
    if first is not None:
        return Endpoint("Q1b", "positive", f"{first.what} on {first.day}", first.day, evidence=first.evidence)
    if course.doubt or not course.results:
        return Endpoint("Q1b", "missing", course.doubt or "no flow MRD after day 0")
    return Endpoint("Q1b", "negative", f"never at or above 0.1 % in {len(course.results)} results")


def _joined(*found: Found) -> Found:
    events = sorted((event for each in found for event in each.events), key=lambda event: event.day)
    return Found(tuple(events), next((each.doubt for each in found if each.doubt), None))


def _until(span: Span, died: Found) -> date:
    """Death ends observation for what is not death."""
    return min(span.last_contact, died.first.day) if died.first is not None else span.last_contact


def _timed(name: str, what: str, found: Found, origin: date, last: date) -> Endpoint:
    first = found.first
    if first is not None:
        return Endpoint(
            name, "event", f"{first.what} on {first.day}", first.day, _days(origin, first.day), first.evidence
        )
    if found.doubt is not None:
        return Endpoint(name, "unknown", found.doubt)
    return Endpoint(name, "censored", f"no {what} up to {last}", last, float((last - origin).days))


def _days(origin: date, day: date) -> float:
    return (day - origin).days or ON_THE_FIRST_DAY


def _grfs(
    inquiry: Inquiry, span: Span, either: Found, severe: Found, treated: Found, chronic: Found
) -> tuple[Endpoint, Endpoint]:
    """Q7: both published readings; the one that the site chose stands under Q7."""
    variants = {"classic": _joined(either, severe, treated), "modified": _joined(either, severe, chronic)}
    chosen = str(inquiry.settings["grfs_variant"])
    other = "modified" if chosen == "classic" else "classic"
    what = "grade III-IV acute GVHD, chronic GVHD, relapse or death"
    return (
        _timed("Q7", f"{what} ({chosen})", variants[chosen], span.day0, span.last_contact),
        _timed(f"Q7-{other}", f"{what} ({other})", variants[other], span.day0, span.last_contact),
    )


def _toxicity(inquiry: Inquiry, span: Span) -> Endpoint:
    found = toxicity(inquiry, span.day0, span.last_contact)
    if found.days is None:
        return Endpoint("Q8", "unknown", found.because)
    return Endpoint("Q8", "measured", found.because, time=float(found.days), evidence=found.evidence)


__all__ = ["Endpoint", "Event", "Span", "endpoints_of"]
