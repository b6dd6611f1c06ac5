"""Visits on a line of days: boxes as wide as their windows, a symbol and a word for each state, levels below."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from cds.follow_up.visits import Visit
from hooks.workbench.plots.course_shown import Shown
from hooks.workbench.plots.frames import Frame
from hooks.workbench.plots.labels import Box, Room, in_rows
from hooks.workbench.plots.scales import TimeScale
from hooks.workbench.plots.states import state_words, symbol_of
from hooks.workbench.plots.svg import breadth, line, rectangle, words
from rules.messages import say

BOX, BELOW = 30.0, 64.0


@dataclass(frozen=True, slots=True)
class Flag:
    """Words above the line, with a stroke down through the boxes; `row` counts from above."""

    said: str
    class_: str
    x: float
    row: int


def across(shown: Shown, frame: Frame, hatching: str) -> tuple[list[str], float]:
    """The elements from ground to top, and the height in user units."""
    pad = timedelta(days=6)
    days = TimeScale(shown.first_day() - pad, shown.last_day() + pad, 24.0, frame.width - 12.0)
    flags = _flags(shown, days, frame)
    top = 18.0 * (max(flag.row for flag in flags) + 1) + 26
    bottom = top + BOX + BELOW
    room = Room(Box(0.0, top + BOX, float(frame.width), bottom))
    drawn = [
        *_crossing(shown, days, (top, bottom), hatching),
        line(days.left, top + BOX / 2, days.right, top + BOX / 2, "axis"),
        *(_box(visit, days, top) for visit, _ in shown.visits),
        *_strokes(flags, top, bottom),
        *_axis(days, bottom, frame),
        *_crossing_words(shown, days, top, frame),
        *_flag_words(flags, frame),
    ]
    for visit, measured in shown.visits:
        drawn += _visit_words(visit, measured, days, top, frame, room)
    return drawn, bottom + 26


def _flags(shown: Shown, days: TimeScale, frame: Frame) -> list[Flag]:
    said = [
        (shown.day0, say("day 0: {day}", day=shown.day0), "event transplant"),
        (shown.as_of, say("as of {day}", day=shown.as_of), "today"),
        *((day, text, "event relapse") for day, text in shown.marks),
    ]
    spans = []
    for day, text, _ in said:
        x, width = days.x(day), breadth(text, frame.small) + 8
        spans.append((x, x + width) if x + width <= frame.width else (max(x - width, 0.0), x))
    rows = in_rows(spans)
    return [Flag(text, class_, days.x(day), row) for (day, text, class_), row in zip(said, rows, strict=True)]


def _crossing(shown: Shown, days: TimeScale, ends: tuple[float, float], hatching: str) -> Iterator[str]:
    if shown.crossing is not None:
        top, bottom = ends[0] - 8, ends[1]
        left, right = days.x(shown.crossing.opens), days.x(shown.crossing.closes)
        yield rectangle(left, top, right - left, bottom - top, "band crossover", fill=f"url(#{hatching})")
        for x in (left, right):
            yield line(x, top, x, bottom, "edge crossover", "5 2")


def _crossing_words(shown: Shown, days: TimeScale, top: float, frame: Frame) -> Iterator[str]:
    if shown.crossing is not None:
        said = say("crossover window")
        half = breadth(said, frame.small) / 2
        middle = (days.x(shown.crossing.opens) + days.x(shown.crossing.closes)) / 2
        middle = min(max(middle, half), frame.width - half)
        yield words(middle, top - 13, said, "over", "middle", frame.small)


def _box(visit: Visit, days: TimeScale, top: float) -> str:
    left, right = days.x(visit.window.opens), days.x(visit.window.closes)
    return rectangle(left, top, right - left, BOX, f"ribbon {visit.state.value}", rx=4)


def _strokes(flags: list[Flag], top: float, bottom: float) -> Iterator[str]:
    """Through the boxes, and again at the axis; what stands between them stays readable."""
    for flag in flags:
        yield line(flag.x, 18.0 * (flag.row + 1) - 14, flag.x, top + BOX, flag.class_)
        yield line(flag.x, bottom - 5, flag.x, bottom + 5, flag.class_)


def _flag_words(flags: list[Flag], frame: Frame) -> Iterator[str]:
    for flag in flags:
        is_left = flag.x + breadth(flag.said, frame.small) + 8 > frame.width
        x, anchor = (flag.x - 4, "end") if is_left else (flag.x + 4, "start")
        yield words(x, 18.0 * (flag.row + 1) - 4, flag.said, f"flag {flag.class_}", anchor, frame.small)


def _axis(days: TimeScale, bottom: float, frame: Frame) -> Iterator[str]:
    yield line(days.left, bottom, days.right, bottom, "axis")
    for day, said in days.ticks(66):
        x, half = days.x(day), breadth(said, frame.small) / 2
        yield line(x, bottom, x, bottom + 5, "axis")
        yield words(min(max(x, half), frame.width - half), bottom + 19, said, "soft", "middle", frame.small)


def _visit_words(visit: Visit, measured: str, days: TimeScale, top: float, frame: Frame, room: Room) -> Iterator[str]:
    """Month and symbol in the box; below it the word and the level, each in the first of two rows that is free."""
    middle, size, state = days.x(visit.window.target), frame.small, visit.state.value
    yield words(middle, top + 14, str(visit.window.month), "over strong", "middle", size)
    yield words(middle, top + 27, symbol_of(state), "over", "middle", size)
    for said, class_, first in ((state_words(state), "over soft", 3), (measured, "over strong", 31)):
        width = breadth(said, size)
        places = (
            Box(middle - width / 2, top + BOX + y, middle + width / 2, top + BOX + y + 14) for y in (first, first + 14)
        )
        box = room.first_free(places) if said else None
        if box is not None:
            yield words(middle, box.top + 11, said, class_, "middle", size)
