"""Words that must not lie upon each other: rows above a plot, and free places inside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

GAP = 6.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in user units."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def within(self, outer: Box) -> bool:
        across = outer.left <= self.left and self.right <= outer.right
        return across and outer.top <= self.top and self.bottom <= outer.bottom


def in_rows(spans: Sequence[tuple[float, float]]) -> list[int]:
    """A row for each span (left, right), so that no two of one row touch; as few rows as first fit gives."""
    ends: list[float] = []
    rows = [0] * len(spans)
    for number in sorted(range(len(spans)), key=lambda n: spans[n]):
        left, right = spans[number]
        row = next((row for row, end in enumerate(ends) if end + GAP <= left), len(ends))
        if row == len(ends):
            ends.append(right)
        ends[row] = right
        rows[number] = row
    return rows


@dataclass(slots=True)
class Room:
    """The inside of a plot and what already stands there."""

    inside: Box
    taken: list[Box] = field(default_factory=list)
    avoided: list[Box] = field(default_factory=list)

    def take(self, box: Box) -> None:
        """Nothing else may stand here."""
        self.taken.append(box)

    def avoid(self, box: Box) -> None:
        """Nothing should stand here as long as there is another place: a thin line, for example."""
        self.avoided.append(box)

    def first_free(self, boxes: Iterable[Box]) -> Box | None:
        """The first of these places inside that is free and hides least; it is taken then. None when there is none."""
        inside = [box for box in boxes if box.within(self.inside)]
        free = [box for box in inside if not any(box.meets(other) for other in self.taken)]
        chosen = min(free, key=lambda box: sum(box.meets(other) for other in self.avoided), default=None)
        if chosen is not None:
            self.take(chosen)
        return chosen
