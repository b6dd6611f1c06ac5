"""Endpoints of one subject, as event, censored or open, with date and evidence (NCT07441291 P1, Q1 to Q8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cds.facts.inquiry import Inquiry
from cds.follow_up.events import Event, Found, death, sorted_events
from cds.follow_up.graft_disease import acute_gvhd, chronic_gvhd, treated_chronic_gvhd
from cds.follow_up.mrd_course import MrdCourse
from cds.follow_up.relapses import relapses
from cds.follow_up.toxicity import toxicity
from rules.facts import Evidence
from rules.messages import say, say_many, to_say

# An event on the first day counts half a day, so that it is not lost in survival analysis (Q9).
ON_THE_FIRST_DAY = 0.5
_GRFS = {"classic": to_say("classic"), "modified": to_say("modified")}


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
    """All endpoints, in the protocol's order. Survival counts from randomisation, the others from day 0.

    Relapse and GVHD are followed up to the end of the window of the last visit (Q2, Q5, Q6: "day 0 to 12 months").
    """
    relapse, died = relapses(inquiry, span.day0), death(inquiry)
    either = _joined(relapse, died)
    severe = acute_gvhd(inquiry, span.day0, 3)
    chronic, treated = chronic_gvhd(inquiry, span.day0), treated_chronic_gvhd(inquiry, span.day0)
    horizon = course.final_window.closes
    last = min(_until(span, died), horizon)
    grade_two = acute_gvhd(inquiry, span.day0, 2)
    return (
        _primary(course, relapse, died),
        _at_final(course, relapse, died),
        _by_final(course, span, relapse, died),
        _timed("Q2", say("relapse"), relapse.up_to(horizon), span.day0, last),
        _timed("Q3", say("death"), died, span.randomised, span.last_contact),
        _timed("Q4", say("relapse or death"), either, span.randomised, span.last_contact),
        _timed("Q5", say("acute GVHD grade II-IV"), grade_two.up_to(horizon), span.day0, last),
        _timed("Q6", say("NIH moderate or severe chronic GVHD"), chronic.up_to(horizon), span.day0, last),
        *_grfs(inquiry, span, either, severe, treated, chronic),
        _toxicity(inquiry, span),
    )


def _primary(course: MrdCourse, relapse: Found, died: Found) -> Endpoint:
    """P1 in three classes; intention to treat counts what is missing as not negative."""
    state, because, evidence = course.primary()
    if state == "missing":
        for found in (relapse, died):
            if found.first is not None and found.first.surely_by < course.primary_window.closes:
                because = say(
                    "{what} on {day}, before the window closed", what=found.first.what, day=_shown(found.first)
                )
    return Endpoint("P1", state, because, evidence=evidence)


def _at_final(course: MrdCourse, relapse: Found, died: Found) -> Endpoint:
    """Q1 read as point prevalence."""
    state, because, evidence = course.at_final()
    if died.first is not None and died.first.surely_by < course.final_window.opens:
        return Endpoint(
            "Q1a", "not_evaluable", say("died on {day}, before the visit at 12 months", day=_shown(died.first))
        )
    if state == "missing" and (event := _counted(course, relapse)):
        return Endpoint(
            "Q1a",
            "positive",
            say("{what} on {day} counts as positive", what=event.what, day=_shown(event)),
            evidence=event.evidence,
        )
    return Endpoint("Q1a", state, because, evidence=evidence)


def _by_final(course: MrdCourse, span: Span, relapse: Found, died: Found) -> Endpoint:
    """Q1 read as cumulative: ever positive by 12 months. Negative only once the last visit's sample says so."""
    events = sorted_events([course.first_positive(), _counted(course, relapse)])
    if events:
        first = events[0]
        day = first.day if first.is_exact else None
        return Endpoint(
            "Q1b",
            "positive",
            say("{what} on {day}", what=first.what, day=_shown(first)),
            day,
            evidence=first.evidence,
        )
    if course.doubt or course.unclear():
        return Endpoint("Q1b", "missing", course.doubt or course.unclear() or "")
    if died.first is not None and died.first.surely_by < course.final_window.opens:
        return Endpoint(
            "Q1b", "not_evaluable", say("died on {day}, never at or above the limit before", day=_shown(died.first))
        )
    last = course.last_sample()
    if last is None:
        return Endpoint("Q1b", "missing", say("no flow MRD after day 0"))
    never = say_many(
        "never at or above the limit in {count} result, of {last}",
        "never at or above the limit in {count} results, the last of {last}",
        len(course.results),
        last=last,
    )
    state = "negative" if last >= course.final_window.opens else "censored"
    return Endpoint("Q1b", state, never, last, float((last - span.day0).days))


def _counted(course: MrdCourse, relapse: Found) -> Event | None:
    """A relapse by the end of the last visit's window, where the site lets it count as MRD positivity."""
    if not course.inquiry.flag("relapse_counts_as_mrd_positive"):
        return None
    return relapse.up_to(course.final_window.closes).first


def _shown(event: Event) -> str:
    return (
        str(event.day) if event.is_exact else say("an unknown day from {day} to {last}", day=event.day, last=event.last)
    )


def _joined(*found: Found) -> Found:
    events = sorted_events(event for each in found for event in each.events)
    return Found(events, next((each.doubt for each in found if each.doubt), None))


def _until(span: Span, died: Found) -> date:
    """Death ends observation for what is not death."""
    return min(span.last_contact, died.first.day) if died.first is not None else span.last_contact


def _timed(name: str, what: str, found: Found, origin: date, last: date) -> Endpoint:
    """An event with its day, or open, or censored at the last contact. An event without a certain day is open."""
    first = found.first
    if first is not None and not first.is_exact:
        return Endpoint(
            name, "unknown", say("{what} on {day}", what=first.what, day=_shown(first)), evidence=first.evidence
        )
    if first is not None:
        return Endpoint(
            name,
            "event",
            say("{what} on {day}", what=first.what, day=first.day),
            first.day,
            _days(origin, first.day),
            first.evidence,
        )
    if found.doubt is not None:
        return Endpoint(name, "unknown", found.doubt)
    return Endpoint(
        name, "censored", say("no {what} up to {last}", what=what, last=last), last, float((last - origin).days)
    )


def _days(origin: date, day: date) -> float:
    return (day - origin).days or ON_THE_FIRST_DAY


def _grfs(
    inquiry: Inquiry, span: Span, either: Found, severe: Found, treated: Found, chronic: Found
) -> tuple[Endpoint, Endpoint]:
    """Q7: both published readings; the one that the site chose stands under Q7."""
    variants = {"classic": _joined(either, severe, treated), "modified": _joined(either, severe, chronic)}
    chosen = str(inquiry.settings["grfs_variant"])
    other = "modified" if chosen == "classic" else "classic"
    what = say("grade III-IV acute GVHD, chronic GVHD, relapse or death")
    return (
        _timed(
            "Q7",
            say("{value} ({where})", value=what, where=say(_GRFS[chosen])),
            variants[chosen],
            span.day0,
            span.last_contact,
        ),
        _timed(
            f"Q7-{other}",
            say("{value} ({where})", value=what, where=say(_GRFS[other])),
            variants[other],
            span.day0,
            span.last_contact,
        ),
    )


def _toxicity(inquiry: Inquiry, span: Span) -> Endpoint:
    found = toxicity(inquiry, span.day0, span.last_contact)
    if found.days is None:
        return Endpoint("Q8", "unknown", found.because)
    return Endpoint("Q8", "measured", found.because, time=float(found.days), evidence=found.evidence)


__all__ = ["Endpoint", "Event", "Span", "endpoints_of"]
