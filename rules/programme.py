"""What one question needs at run time, without words: the shapes that cross to the process in which the engine runs.

Kept free of pydantic and of everything that reads packs, so that such a process starts in a few hundredths of a second.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import msgspec

Truth = Literal["T", "F", "U"]
OutcomeWord = Literal["pass", "fail", "unknown"]
Weight = Literal["gate", "fail", "open"]
Standing = Literal["not_applicable", "ineligible", "indeterminate", "potentially_eligible"]


class Part(msgspec.Struct, frozen=True, array_like=True):
    """A leaf ("leaf", index) or a group ("group", index)."""

    kind: Literal["leaf", "group"]
    index: int


class Group(msgspec.Struct, frozen=True, array_like=True):
    """all / any / none of parts, at a level above all of its parts."""

    how: Literal["all", "any", "none"]
    parts: tuple[Part, ...]
    level: int


class Rule(msgspec.Struct, frozen=True, array_like=True):
    """One criterion: its root (None: no condition), its sense, and what failing or being open does to the standing."""

    root: Part | None
    excludes: bool
    if_failed: Weight
    if_open: Weight | None


class Programme(msgspec.Struct, frozen=True, array_like=True):
    """One question, ready to run: durable-rules definitions as JSON, and how their stages hang together."""

    name: str
    ruleset: str
    stages: tuple[str, ...]
    tests: int
    groups: tuple[Group, ...]
    rules: tuple[Rule, ...]


class Posed(msgspec.Struct, frozen=True, array_like=True):
    """One patient's known facts for one programme, as the engine reads them, and a clinician's answer for each
    criterion (T, F or -)."""

    programme: int
    leaves: tuple[str, ...]
    answers: str


class Conclusion(msgspec.Struct, frozen=True, array_like=True, tag="conclusion"):
    """What the engine concluded: the truth of every test and group, each criterion's outcome, and the standing."""

    tests: tuple[Truth, ...]
    groups: tuple[Truth, ...]
    outcomes: tuple[OutcomeWord, ...]
    standing: Standing


class Failed(msgspec.Struct, frozen=True, array_like=True, tag="failed"):
    """The engine's result cannot be trusted; `cause` is words of ours, never of the patient."""

    cause: str


class EngineState(msgspec.Struct, frozen=True):
    """For those who run the service. `backing_off`: the next process is held back; `down`: and there is none left.

    `lost` counts processes that crashed, hung or were killed since the start.
    """

    state: Literal["up", "backing_off", "down"]
    processes: int
    lost: int


# Something else to do while an engine elsewhere is at work.
Meanwhile = Callable[[], object]


class Runner(Protocol):
    """Where programmes run: in this process, or in one that may crash without taking this one along."""

    def add(self, programme: Programme) -> int:
        """Take a programme; its number is what `Posed.programme` names."""

    def solve(self, posed: Sequence[Posed], meanwhile: Meanwhile | None = None) -> Sequence[Conclusion | Failed]:
        """One answer for each question, in order. Never raises for what the engine does.

        `meanwhile` is called once at most, at the best time for it; what it raises goes on to the caller.
        """

    def state(self) -> EngineState:
        """How the engine is."""


def dominating(how: str) -> Truth:
    """The truth of a part that decides its group alone."""
    return "F" if how == "all" else "T"


def truth_of(part: Part, tests: Sequence[Truth], groups: Sequence[Truth]) -> Truth:
    """A leaf's or a group's."""
    return tests[part.index] if part.kind == "leaf" else groups[part.index]
