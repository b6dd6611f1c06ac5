"""Two shapes of one picture: for a page or paper, and for a phone. Sizes in user units of the viewBox."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """`left` and `right` bound the plot; `decade` is the height of one; `rows` are the most rows of event words."""

    name: str
    width: int
    left: float
    right: float
    decade: int
    rows: int
    size: int = 14
    small: int = 12

    @property
    def is_narrow(self) -> bool:
        return self.name == "narrow"


WIDE = Frame("wide", 880, 132.0, 866.0, 46, 5)
NARROW = Frame("narrow", 400, 82.0, 386.0, 46, 0)
FRAMES = (WIDE, NARROW)
