"""How one part of a protocol was kept in one subject."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from rules.facts import Evidence


class State(StrEnum):
    """`unknown` also while a part is incomplete: what is still to come is no deviation."""

    CONFORMANT = "conformant"
    VIOLATION = "violation"
    REVIEW = "review"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Deviation:
    """One protocol part (A1 to A5, N1, N2) with its state; `numbers` are what was compared, by name."""

    id: str
    state: State
    because: str
    evidence: tuple[Evidence, ...] = ()
    numbers: tuple[tuple[str, Decimal], ...] = ()


def worst(found: list[Deviation]) -> Deviation:
    """The finding that matters most; of equal ones the first."""
    order = (State.VIOLATION, State.REVIEW, State.UNKNOWN, State.CONFORMANT)
    return min(found, key=lambda deviation: order.index(deviation.state))
