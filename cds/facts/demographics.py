"""Age and sex."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from math import ceil, floor

from cds.facts.inquiry import Inquiry
from cds.moments import add_months, completed_years
from rules.facts import Evidence, Fact, Interval, Known, Reason, Turn, Unknown
from rules.messages import say

MONTHS_SHOWN_AS_YEARS = 24
OLDEST = 2000  # in months or years: no calendar goes wrong up to here
REACHED = (">=", "<")


def age_years(inquiry: Inquiry) -> Fact:
    """Completed years on the day of assessment. A partial birth date gives an interval.

    A birthday on 29 February falls on 1 March in common years (NCT07441291 I1, boundaries).
    """
    person = inquiry.chart.person
    if person.birth is None:
        return Unknown(Reason.MISSING, say("Age: no birth date on record"))
    earliest, latest = person.birth
    years = years_of_age(inquiry)
    if years is None:
        text = say("Age: the birth date is in the future")
        return Unknown(Reason.IMPLAUSIBLE, text, valid_until=_eve(earliest))
    youngest, oldest = years
    if youngest == oldest:
        shown = say("{number} years", number=oldest)
    else:
        born = say("between {earliest} and {latest}", earliest=earliest, latest=latest)
        shown = say("{youngest} to {oldest} years (born {born})", youngest=youngest, oldest=oldest, born=born)
    return Known(
        value=Interval(Decimal(youngest), Decimal(oldest)),
        shown=shown,
        evidence=(Evidence(person.reference, shown),),
        valid_until=_eve(birthday(earliest, oldest + 1)),
        turns=_turns(inquiry, _years_turn),
    )


def years_of_age(inquiry: Inquiry) -> tuple[int, int] | None:
    """The fewest and the most completed years that the birth date allows; None without one, or before it."""
    birth, today = inquiry.chart.person.birth, inquiry.chart.as_of.last_day
    if birth is None or birth[0] > today:
        return None
    oldest = completed_years(birth[0], today)
    return oldest if birth[0] == birth[1] else completed_years(min(birth[1], today), today), oldest


def age_months(inquiry: Inquiry) -> Fact:
    """Age in calendar months: exact on a monthly anniversary, else between two (NCT05262673 I1).

    An anniversary that the month lacks falls on its last day.
    """
    person, today = inquiry.chart.person, inquiry.chart.as_of.last_day
    if person.birth is None:
        return Unknown(Reason.MISSING, say("Age: no birth date on record"))
    earliest, latest = person.birth
    if earliest > today:
        text = say("Age: the birth date is in the future")
        return Unknown(Reason.IMPLAUSIBLE, text, valid_until=_eve(earliest))
    oldest, youngest = _months(earliest, today), _months(min(latest, today), today)
    months = sorted({int(span.lo) for span in (youngest, oldest) if span.lo is not None})
    shown = say("{number} months", number=say(" to ").join(map(str, months)))
    if oldest.lo is not None and oldest.lo >= MONTHS_SHOWN_AS_YEARS and len(months) == 1:
        shown = say("{number} years", number=completed_years(earliest, today))
    if earliest != latest:
        shown = say("{age} (born between {earliest} and {latest})", age=shown, earliest=earliest, latest=latest)
    value = Interval(youngest.lo, oldest.hi, youngest.lo_open, oldest.hi_open)
    return Known(value, shown, (Evidence(person.reference, shown),), turns=_turns(inquiry, _months_turn))


def _eve(day: date) -> date:
    return day - timedelta(days=1)


def _months(birth: date, today: date) -> Interval:
    """Completed months as a point on an anniversary, else the open span up to the next one."""
    months = (today.year - birth.year) * 12 + today.month - birth.month
    if add_months(birth, months) > today:
        months -= 1
    number = Decimal(months)
    if add_months(birth, months) == today:
        return Interval(number, number)
    return Interval(number, number + 1, lo_open=True, hi_open=True)


def birthday(birth: date, years: int) -> date:
    """The day on which so many years are completed."""
    day = add_months(birth, 12 * years)
    leapling = (birth.month, birth.day) == (2, 29) and day.day == 28
    return day + timedelta(days=1) if leapling else day


def _turns(inquiry: Inquiry, days: Callable[[date, str, Decimal], Iterable[date]]) -> tuple[Turn, ...]:
    """For each comparison that the trial makes, the last day before the next one on which it may turn."""
    today, births = inquiry.chart.as_of.last_day, set(inquiry.chart.person.birth or ())
    found = []
    for op, limit in inquiry.comparisons:
        if 0 <= limit <= OLDEST:
            coming = [day for birth in births for day in days(birth, op, limit) if day > today]
            if coming:
                found.append(Turn(op, limit, _eve(min(coming))))
    return tuple(found)


def _years_turn(birth: date, op: str, limit: Decimal) -> Iterable[date]:
    """At or above 80 begins with the eightieth birthday, above 55 with the fifty-sixth."""
    return (birthday(birth, ceil(limit) if op in REACHED else floor(limit) + 1),)


def _months_turn(birth: date, op: str, limit: Decimal) -> Iterable[date]:
    """At or above begins with the anniversary, above on the day after it; a broken number is unsure in between."""
    first, last = add_months(birth, floor(limit)), add_months(birth, ceil(limit))
    after = first + timedelta(days=1)
    if first != last:
        return (after, last)
    return (first,) if op in REACHED else (after,)


def sex(inquiry: Inquiry) -> Fact:
    """Sex as it matters for a pregnancy: recorded birth sex first, then administrative gender."""
    person = inquiry.chart.person
    if person.sex is None:
        return Unknown(Reason.MISSING, say("Sex: not recorded as female or male"))
    shown = say("female") if person.sex == "female" else say("male")
    return Known(person.sex, say("Sex: {sex}", sex=shown), (Evidence(person.reference, shown),))
