"""What the picture of a subject's visits shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cds.follow_up.visits import Visit, Window


@dataclass(frozen=True, slots=True)
class Shown:
    """Every visit with what was measured at it, the crossover window, day 0, today.

    `marks` are other days to see, with their words: a relapse, a death.
    """

    day0: date
    as_of: date
    visits: tuple[tuple[Visit, str], ...]
    crossing: Window | None
    marks: tuple[tuple[date, str], ...] = ()

    def first_day(self) -> date:
        return min([self.day0, self.as_of, *(day for day, _ in self.marks)])

    def last_day(self) -> date:
        ends = [visit.window.closes for visit, _ in self.visits]
        return max([self.day0, self.as_of, *ends, *(day for day, _ in self.marks)])
