"""From when to when an order's doses are planned, read out of generic JSON (FHIR R4 Timing)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from cds.reader import Reader

DAYS = {"d": 1, "day": 1, "days": 1, "wk": 7, "week": 7, "weeks": 7}


def planned_days(timings: Sequence[Any], reader: Reader) -> tuple[date | None, date | None]:
    """First and last day of the planned doses, where timing.event or timing.repeat.bounds[x] state them."""
    days = [day for timing in timings if isinstance(timing, dict) for day in _days(timing, reader)]
    ends = [_end(timing, reader) for timing in timings if isinstance(timing, dict)]
    # One instruction without an end leaves the end of the whole order open.
    known = [end for end in ends if end is not None]
    return min(days, default=None), max(known) if known and len(known) == len(timings) else None


def _days(timing: dict[str, Any], reader: Reader) -> Iterator[date]:
    events = timing.get("event")
    for text in events if isinstance(events, list) else []:
        moment = reader.moment(text) if isinstance(text, str) else None
        if moment is not None:
            yield moment.last_day
    start = reader.moment(_bound(timing, "start"))
    if start is not None:
        yield start.first_day


def _end(timing: dict[str, Any], reader: Reader) -> date | None:
    stated = reader.moment(_bound(timing, "end"))
    if stated is not None:
        return stated.last_day
    days = list(_days(timing, reader))
    start = min(days, default=reader.chart.as_of.last_day)
    duration = _bounds(timing, "boundsDuration")
    length, unit = duration.get("value"), str(duration.get("code") or duration.get("unit"))
    if isinstance(length, int | float) and 0 < length <= 1000 and unit in DAYS:
        return start + timedelta(days=int(Decimal(repr(length)) * DAYS[unit]) - 1)
    return max(days) if timing.get("event") and days else None


def _bounds(timing: dict[str, Any], name: str) -> dict[str, Any]:
    repeat = timing.get("repeat")
    bounds = repeat.get(name) if isinstance(repeat, dict) else None
    return bounds if isinstance(bounds, dict) else {}


def _bound(timing: dict[str, Any], end: str) -> str | None:
    text = _bounds(timing, "boundsPeriod").get(end)
    return text if isinstance(text, str) else None
