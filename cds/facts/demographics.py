"""Age and sex."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from cds.facts.inquiry import Inquiry
from cds.moments import add_months, completed_years
from rules.facts import Evidence, Fact, Interval, Known, Reason, Unknown

MONTHS_SHOWN_AS_YEARS = 24


def age_years(inquiry: Inquiry) -> Fact:
    """Completed years on the day of assessment. A partial birth date gives an interval.

    A birthday on 29 February falls on 1 March in common years (NCT07441291 I1, boundaries).
    """
    person, today = inquiry.chart.person, inquiry.chart.as_of.last_day
    if person.birth is None:
        return Unknown(Reason.MISSING, "Age: no birth date on record")
    earliest, latest = person.birth
    if earliest > today:
        return Unknown(Reason.IMPLAUSIBLE, "Age: the birth date is in the future")
    oldest, youngest = completed_years(earliest, today), completed_years(min(latest, today), today)
    born = earliest.isoformat() if earliest == latest else f"between {earliest} and {latest}"
    shown = f"{oldest} years" if oldest == youngest else f"{youngest} to {oldest} years (born {born})"
    return Known(
        value=Interval(Decimal(youngest), Decimal(oldest)),
        shown=shown,
        evidence=(Evidence(person.reference, shown),),
        valid_until=_day_before_birthday(earliest, oldest),
    )


def age_months(inquiry: Inquiry) -> Fact:
    """Age in calendar months: exact on a monthly anniversary, else between two (NCT05262673 I1).

    An anniversary that the month lacks falls on its last day.
    """
    person, today = inquiry.chart.person, inquiry.chart.as_of.last_day
    if person.birth is None:
        return Unknown(Reason.MISSING, "Age: no birth date on record")
    earliest, latest = person.birth
    if earliest > today:
        return Unknown(Reason.IMPLAUSIBLE, "Age: the birth date is in the future")
    oldest, youngest = _months(earliest, today), _months(min(latest, today), today)
    months = sorted({int(span.lo) for span in (youngest, oldest) if span.lo is not None})
    shown = f"{' to '.join(map(str, months))} months"
    if oldest.lo is not None and oldest.lo >= MONTHS_SHOWN_AS_YEARS and len(months) == 1:
        shown = f"{completed_years(earliest, today)} years"
    if earliest != latest:
        shown += f" (born between {earliest} and {latest})"
    value = Interval(youngest.lo, oldest.hi, youngest.lo_open, oldest.hi_open)
    return Known(value, shown, (Evidence(person.reference, shown),))


def _months(birth: date, today: date) -> Interval:
    """Completed months as a point on an anniversary, else the open span up to the next one."""
    months = (today.year - birth.year) * 12 + today.month - birth.month
    if add_months(birth, months) > today:
        months -= 1
    number = Decimal(months)
    if add_months(birth, months) == today:
        return Interval(number, number)
    return Interval(number, number + 1, lo_open=True, hi_open=True)


def _day_before_birthday(birth: date, years: int) -> date:
    """The last day at this age: the coming birthday may change the answer."""
    birthday = add_months(birth, 12 * (years + 1))
    if (birth.month, birth.day) == (2, 29) and birthday.day == 28:
        birthday += timedelta(days=1)
    return birthday - timedelta(days=1)


def sex(inquiry: Inquiry) -> Fact:
    """Sex as it matters for a pregnancy: recorded birth sex first, then administrative gender."""
    person = inquiry.chart.person
    if person.sex is None:
        return Unknown(Reason.MISSING, "Sex: not recorded as female or male")
    return Known(person.sex, f"Sex: {person.sex}", (Evidence(person.reference, person.sex),))
