"""FHIR dates and times as spans in the site's zone: a partial or zoneless one is as wide as it is vague."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

ZONELESS = timedelta(hours=14)
_LAST = timedelta(microseconds=1)
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_TIME = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})T\s*(\d{2})\s*:\s*(\d{2})(?:\s*:\s*(\d{2})(?:\.(\d+))?)?\s*(Z|[+-]\d{2}:?\d{2})?"
)


# How much of an ISO date is shown of one that is only known so far.
_SHOWN = {"year": 4, "month": 7, "day": 10}
# A chart repeats its dates: a morning's laboratory results share one.
REMEMBERED = 4096


class Moment(msgspec.Struct, frozen=True, gc=False):
    """From `earliest` to `latest`, both naive, in the site's zone. `approximate` says that a zone was missing.

    It is read far more often than it is parsed: its days, and the `words` in which it is shown, are made once.
    """

    earliest: datetime
    latest: datetime
    first_day: date
    last_day: date
    words: str
    approximate: bool = False

    def is_after(self, other: Moment) -> bool:
        """Certainly later than all of `other`."""
        return self.earliest > other.latest

    def shown(self) -> str:
        """As precise as it is known: 2026-05-20, 2026-05 or 2026."""
        return self.words


def _moment(earliest: datetime, latest: datetime, *, approximate: bool = False, precision: str = "day") -> Moment:
    first, last = earliest.date(), latest.date()
    middle = first if first == last else (earliest + (latest - earliest) / 2).date()
    return Moment(earliest, latest, first, last, middle.isoformat()[: _SHOWN[precision]], approximate)


@lru_cache(maxsize=REMEMBERED)
def parse_moment(text: str | None, zone: ZoneInfo) -> Moment | None:
    """A FHIR date, dateTime or instant; None when no sound reading exists. Never raises."""
    words = (text or "").strip()
    try:
        return _date_only(words) or _date_time(words, zone)
    except (ValueError, OverflowError):
        return None


def _date_only(words: str) -> Moment | None:
    found = _DATE.fullmatch(words)
    if found is None:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    if year is None or not 1800 <= year <= 2200:
        return None
    first = date(year, month or 1, day or 1)
    last = first if day else date(year, month or 12, monthrange(year, month or 12)[1])
    precision = "day" if day else "month" if month else "year"
    start = datetime(first.year, first.month, first.day)  # noqa: DTZ001 - naive, in the site's zone
    end = datetime(last.year, last.month, last.day) + timedelta(days=1) - _LAST  # noqa: DTZ001
    return _moment(start, end, precision=precision)


def _date_time(words: str, zone: ZoneInfo) -> Moment | None:
    found = _TIME.fullmatch(words)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part) if part else 0 for part in found.groups()[:6])
    if not 1800 <= year <= 2200 or hour > 24 or minute > 59 or second > 60:
        return None
    fraction = int(((found.group(7) or "0") + "000000")[:6])
    stated = datetime(year, month, day) + timedelta(  # noqa: DTZ001
        hours=hour, minutes=minute, seconds=second, microseconds=fraction
    )
    offset = found.group(8)
    if offset is None:
        return _moment(stated - ZONELESS, stated + ZONELESS, approximate=True)
    local = stated.replace(tzinfo=_zone(offset)).astimezone(zone).replace(tzinfo=None)
    return _moment(local, local)


def _zone(offset: str) -> timezone:
    if offset == "Z":
        return UTC
    sign = -1 if offset[0] == "-" else 1
    digits = offset[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def add_months(day: date, months: int) -> date:
    """Calendar months later; a day that the month lacks becomes its last day (units, section 4)."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, day.day if day.day <= 28 else min(day.day, monthrange(year, month)[1]))


def completed_years(birth: date, on: date) -> int:
    """Completed years of age. A birthday on 29 February counts on 1 March in common years (T2-I1)."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
