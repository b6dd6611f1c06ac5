"""Visits down a column, for narrow screens: dates to the left, boxes in the middle, words to the right."""

from __future__ import annotations

from collections.abc import Iterator

from cds.follow_up.visits import Visit
from hooks.workbench.plots.course_shown import Shown
from hooks.workbench.plots.frames import Frame
from hooks.workbench.plots.labels import Box, Room
from hooks.workbench.plots.scales import TimeScale
from hooks.workbench.plots.states import state_words, symbol_of
from hooks.workbench.plots.svg import breadth, clipped, line, rectangle, words
from rules.messages import say

SIDE, COLUMN = 126.0, 44.0
BESIDE = SIDE + COLUMN + 10
PER_MONTH, MOST_MONTHS, TOP = 42, 24, 20.0


def down(shown: Shown, frame: Frame, hatching: str) -> tuple[list[str], float]:
    """The elements from ground to top, and the height in user units."""
    months = max((shown.last_day() - shown.first_day()).days / 30.4, 1)
    bottom = TOP + PER_MONTH * min(months, MOST_MONTHS)
    days = TimeScale(shown.first_day(), shown.last_day(), TOP, bottom)
    room = Room(Box(SIDE, 0.0, float(frame.width), bottom + 16))
    drawn = [
        line(SIDE + COLUMN / 2, TOP, SIDE + COLUMN / 2, bottom, "axis"),
        *_crossing(shown, days, frame, hatching),
        *(_box(visit, days) for visit, _ in shown.visits),
        *(_stroke(days.x(day), "event relapse") for day, _ in shown.marks),
        _stroke(days.x(shown.as_of), "today"),
        *_dates(shown, days, frame),
    ]
    for visit, measured in shown.visits:
        drawn += _visit_words(visit, measured, days, frame, room)
    return [*drawn, *_other_words(shown, days, frame, room)], bottom + 20


def _crossing(shown: Shown, days: TimeScale, frame: Frame, hatching: str) -> Iterator[str]:
    if shown.crossing is not None:
        y, end = days.x(shown.crossing.opens), days.x(shown.crossing.closes)
        yield rectangle(SIDE, y, frame.width - SIDE, end - y, "band crossover", fill=f"url(#{hatching})")
        for at in (y, end):
            yield line(SIDE, at, float(frame.width), at, "edge crossover", "5 2")


def _box(visit: Visit, days: TimeScale) -> str:
    y, end = days.x(visit.window.opens), days.x(visit.window.closes)
    return rectangle(SIDE, y, COLUMN, max(end - y, 16.0), f"ribbon {visit.state.value}", rx=4)


def _stroke(y: float, class_: str) -> str:
    return line(SIDE - 6, y, SIDE + COLUMN + 6, y, class_)


def _dates(shown: Shown, days: TimeScale, frame: Frame) -> Iterator[str]:
    """Today first; another date is left out where it would touch one that stands there."""
    said = [(shown.as_of, say("as of {day}", day=shown.as_of), "today"), (shown.day0, str(shown.day0), "start")]
    said += [(day, str(day), "event relapse") for day, _ in shown.marks]
    said += [(visit.window.target, str(visit.window.target), "soft") for visit, _ in shown.visits]
    taken: list[float] = []
    for day, text, class_ in said:
        y = days.x(day)
        if all(abs(y - other) >= 15 for other in taken):
            taken.append(y)
            shown_text = clipped(text, frame.small, SIDE - 8)
            yield words(SIDE - 8, y + 4, shown_text, f"flag {class_}", "end", frame.small)


def _visit_words(visit: Visit, measured: str, days: TimeScale, frame: Frame, room: Room) -> Iterator[str]:
    y, state = days.x(visit.window.target), visit.state.value
    mark = f"{visit.window.month} {symbol_of(state)}"
    yield words(SIDE + COLUMN / 2, y + 4, mark, "over strong", "middle", frame.small)
    said = " · ".join(part for part in (state_words(state), measured) if part)
    text = clipped(said, frame.small, frame.width - BESIDE - 4)
    room.take(Box(BESIDE, y - 7, BESIDE + breadth(text, frame.small), y + 7))
    yield words(BESIDE, y + 4, text, "over", "start", frame.small)


def _other_words(shown: Shown, days: TimeScale, frame: Frame, room: Room) -> Iterator[str]:
    """Day 0, the crossover window, relapse: beside their day, or as near to it as is free."""
    said = [(days.x(shown.day0), say("day 0"), "start")]
    if shown.crossing is not None:
        said.append((days.x(shown.crossing.opens) + 8, say("crossover window"), "soft"))
    said += [(days.x(day), text, "event relapse") for day, text in shown.marks]
    for y, words_, class_ in said:
        text = clipped(words_, frame.small, frame.width - BESIDE - 4)
        right = BESIDE + breadth(text, frame.small)
        # Beside it; then at the far edge of the line; then below and above.
        lefts = (BESIDE, frame.width - (right - BESIDE) - 2)
        places = (Box(x, y + off - 7, x + right - BESIDE, y + off + 7) for off in (0, 13, -13, 26, -26) for x in lefts)
        box = room.first_free(places)
        if box is not None:
            yield words(box.left, box.top + 11, text, f"flag {class_}", "start", frame.small)
