"""Performance status. One scale is never converted into another."""

from __future__ import annotations

import re
from decimal import Decimal

from cds.facts.inquiry import Inquiry
from cds.facts.series import day_of, newest_quantity
from cds.records import Result
from cds.values import Problem, Scale, Value, value_of
from rules.facts import Fact, Interval, Reason, Unknown

ECOG = Scale("ecog", "{score}", bare=True)
_ORDINAL = re.compile(r"(?:ECOG\s*(?:PS|performance status)?\s*)?([0-5])", re.IGNORECASE)


def ecog(inquiry: Inquiry) -> Fact:
    """ECOG 0-5 (NCT07441291 I2). Karnofsky or Lansky on record are shown, not used."""
    found = newest_quantity(inquiry, inquiry.chart.results_of("ecog"), _grade, "ECOG performance status", ("ecog",))
    others = inquiry.chart.results_of("karnofsky", "lansky")
    if isinstance(found, Unknown) and others:
        latest = max(others, key=lambda result: result.moment.latest.isoformat() if result.moment else "")
        scale = "Lansky" if "lansky" in latest.sets else "Karnofsky"
        note = f"{scale} of {day_of(latest)} is on record; it is not converted to ECOG."
        return Unknown(found.reason, found.shown, found.evidence, (note,))
    return found


def _grade(result: Result) -> Value | Problem:
    body = result.body
    if body.valueCodeableConcept is not None:
        words = body.valueCodeableConcept.text or next((c.display for c in body.valueCodeableConcept.coding), None)
        match = _ORDINAL.fullmatch((words or "").strip())
        if match is None:
            return Problem(Reason.UNMAPPED, "is an answer that we cannot read as a grade")
        return Value(Interval.exactly(int(match.group(1))), match.group(1))
    value = value_of(body, ECOG)
    if isinstance(value, Value) and not _is_grade(value.interval):
        return Problem(Reason.IMPLAUSIBLE, f"is not a grade from 0 to 5: {value.shown}")
    return value


def _is_grade(interval: Interval) -> bool:
    ends = (interval.lo, interval.hi)
    return all(end is not None and end == end.to_integral_value() and Decimal(0) <= end <= 5 for end in ends)
