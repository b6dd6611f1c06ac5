"""Performance status. One scale is never converted into another."""

from __future__ import annotations

import re
from datetime import date, timedelta

from msgspec.structs import replace

from cds.facts.demographics import birthday
from cds.facts.inquiry import Inquiry
from cds.facts.series import day_of, end_of, newest_quantity
from cds.moments import completed_years
from cds.records import Result
from cds.shapes import CodeableConcept
from cds.terminology import value_sets
from cds.values import Problem, Scale, Value, value_of
from rules.facts import Fact, Interval, Known, Reason, Unknown
from rules.messages import say, to_say
from rules.vocabulary import ECOG_GRADES, KARNOFSKY_SCORES

ECOG = Scale("ecog", "{score}", bare=True)
KARNOFSKY = Scale("karnofsky", "{score}", bare=True)
KPS_LABEL = to_say("Karnofsky performance status")
_LANSKY_DISPLAY = re.compile(r"Lansky Performance Status ([0-9]{1,3})")
_ORDINAL = re.compile(r"(?:ECOG\s*(?:PS|performance status)?\s*)?([0-5])", re.IGNORECASE)


def ecog(inquiry: Inquiry) -> Fact:
    """ECOG 0-5 (NCT07441291 I2). Karnofsky or Lansky on record are shown, not used."""
    found = newest_quantity(
        inquiry, inquiry.chart.results_of("ecog"), _grade, say("ECOG performance status"), ("ecog",)
    )
    if isinstance(found, Known):
        return found
    others = inquiry.chart.results_of("karnofsky", "lansky")
    if others:
        latest = max(others, key=end_of)
        scale = "Lansky" if "lansky" in latest.sets else "Karnofsky"
        note = say("{scale} of {day} is on record; it is not converted to ECOG.", scale=scale, day=day_of(latest))
        return Unknown(found.reason, found.shown, found.evidence, (note,))
    return found


def _grade(result: Result) -> Value | Problem:
    body = result.body
    if body.valueCodeableConcept is not None:
        words = body.valueCodeableConcept.text or next((c.display for c in body.valueCodeableConcept.coding), None)
        match = _ORDINAL.fullmatch((words or "").strip())
        if match is None:
            return Problem(Reason.UNMAPPED, say("is an answer that we cannot read as a grade"))
        return Value(Interval.exactly(int(match.group(1))), match.group(1))
    value = value_of(body, ECOG)
    if isinstance(value, Value) and not _is_grade(value.interval):
        return Problem(Reason.IMPLAUSIBLE, say("is not a grade from 0 to 5: {value}", value=value.shown))
    return value


def _is_grade(interval: Interval) -> bool:
    return interval.lo in ECOG_GRADES and interval.hi in ECOG_GRADES


def karnofsky(inquiry: Inquiry) -> Fact:
    """Karnofsky 0-100 in steps of ten (NCT05262673 I4a). Lansky only where the site allows it, below its age."""
    sets: tuple[str, ...] = ("karnofsky",)
    substituted = _lansky_counts(inquiry) and not inquiry.chart.results_of("karnofsky")
    if substituted:
        sets = ("lansky",)
    label = say("Lansky play-performance") if substituted else say(KPS_LABEL)
    found = newest_quantity(inquiry, inquiry.chart.results_of(*sets), _score, label, sets)
    if isinstance(found, Known):
        if not substituted:
            return found
        note = say("Lansky in the place of Karnofsky, as the site allows.")
        until = min(filter(None, (found.valid_until, _last_lansky_day(inquiry))), default=None)
        return replace(found, shown=f"Lansky {found.shown}", review=(*found.review, note), valid_until=until)
    return replace(found, review=(*found.review, *_other_scales(inquiry, substituted=substituted)))


def _lansky_counts(inquiry: Inquiry) -> bool:
    birth = inquiry.chart.person.birth
    if birth is None or not inquiry.flag("lansky_substitution"):
        return False
    return completed_years(birth[0], inquiry.chart.as_of.last_day) < inquiry.number("lansky_below_age")


def _last_lansky_day(inquiry: Inquiry) -> date | None:
    birth = inquiry.chart.person.birth
    return birthday(birth[0], inquiry.days("lansky_below_age")) - timedelta(days=1) if birth else None


def _other_scales(inquiry: Inquiry, *, substituted: bool) -> tuple[str, ...]:
    notes = []
    for name, scale in (("ecog", "ECOG"), ("lansky", "Lansky")):
        results = inquiry.chart.results_of(name)
        if results and not (substituted and name == "lansky"):
            latest = max(results, key=end_of)
            notes.append(
                say("{scale} of {day} is on record; it is not converted to Karnofsky.", scale=scale, day=day_of(latest))
            )
    return tuple(notes)


def _score(result: Result) -> Value | Problem:
    body = result.body
    if body.valueCodeableConcept is not None:
        named = [_LANSKY_DISPLAY.fullmatch(text) for text in _displays(body.valueCodeableConcept)]
        scores = {match.group(1) for match in named if match}
        if len(scores) != 1:
            return Problem(Reason.UNMAPPED, say("is an answer that we cannot read as a score"))
        score = scores.pop()
        return Value(Interval.exactly(int(score)), score)
    value = value_of(body, KARNOFSKY)
    if isinstance(value, Value) and not _is_score(value.interval):
        return Problem(
            Reason.IMPLAUSIBLE, say("is not a score from 0 to 100 in steps of ten: {value}", value=value.shown)
        )
    return value


def _displays(concept: CodeableConcept) -> list[str]:
    """What the verified set calls these codes; the sender's own words are not read."""
    known = {code["code"]: code["display"] for code in value_sets()["lansky"]["codes"]}
    return [known[coding.code] for coding in concept.coding if coding.code in known]


def _is_score(interval: Interval) -> bool:
    ends = [end for end in (interval.lo, interval.hi) if end is not None]
    return bool(ends) and all(end in KARNOFSKY_SCORES for end in ends)
