"""Where a level and a day stand: a logarithmic axis of decades, a linear axis of days. Everything stays inside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cds.moments import add_months

STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400)
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class LogScale:
    """Per cent on a logarithmic axis from 10**lowest % (at `bottom`) to 10**highest % (at `top`)."""

    lowest: int
    highest: int
    top: float
    bottom: float

    def y(self, percent: Decimal) -> float:
        share = (float(percent.log10()) - self.lowest) / (self.highest - self.lowest)
        return self.bottom - min(max(share, 0.0), 1.0) * (self.bottom - self.top)

    def decades(self, apart: float) -> list[int]:
        """The exponents that are labelled: so many that labels are at least `apart` user units from each other."""
        every = 1
        while every * (self.bottom - self.top) / (self.highest - self.lowest) < apart:
            every += 1
        return list(range(self.lowest, self.highest + 1, every))


def in_percent(exponent: int) -> str:
    """10**exponent per cent: "0.01 %"."""
    return f"{Decimal(1).scaleb(exponent):f} %"


def as_power(exponent: int) -> str:
    """The same as a share of one: 0.01 % is 10⁻⁴."""
    return f"10{str(exponent - 2).translate(SUPERSCRIPT)}"


def decades_around(percents: list[Decimal], lowest: int, highest: int) -> tuple[int, int]:
    """Whole decades that hold these levels (all above 0) with room below, and at least the given ones."""
    exponents = [percent.adjusted() for percent in percents]
    above = [e + 1 if Decimal(1).scaleb(e) < percent else e for e, percent in zip(exponents, percents, strict=True)]
    return min([lowest, *(e - 1 for e in exponents)]), max([highest, *above])


@dataclass(frozen=True, slots=True)
class TimeScale:
    """Days on a linear axis; a day outside stands at the edge."""

    first: date
    last: date
    left: float
    right: float

    def x(self, day: date) -> float:
        share = (day - self.first).days / max((self.last - self.first).days, 1)
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last

    def ticks(self, apart: float) -> list[tuple[date, str]]:
        """First days of months or years at least `apart` user units from each other: "2026-05", or "2026"."""
        months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
        room = max(int((self.right - self.left) / apart), 1)
        step = next((step for step in STEPS if months / step <= room), STEPS[-1])
        begin = self.first.year * 12 + self.first.month - 1
        begin += -begin % step
        start = date(begin // 12, begin % 12 + 1, 1)
        days = [add_months(start, step * count) for count in range(months // step + 2)]
        form = "%Y" if step % 12 == 0 else "%Y-%m"
        return [(day, f"{day:{form}}") for day in days if self.holds(day)]
