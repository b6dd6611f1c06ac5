"""The visits of a subject on a line of days (for a page) or down a column (for a phone): windows, states, today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

from cds.follow_up.visits import Visit, Window
from hooks.workbench.plots.frames import Frame
from hooks.workbench.plots.labels import Box, Room, in_rows
from hooks.workbench.plots.mrd_back import pattern
from hooks.workbench.plots.scales import TimeScale
from hooks.workbench.plots.states import state_words, symbol_of
from hooks.workbench.plots.svg import breadth, clipped, line, number, rectangle, tag, words
from rules.messages import say

BOX, PER_MONTH = 30.0, 42
SIDE, COLUMN = 104.0, 44.0


@dataclass(frozen=True, slots=True)
class Shown:
    """What is drawn: every visit with what was measured at it, the crossover window, day 0, today.

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


def course_svg(shown: Shown, frame: Frame, prefix: str, title: str, description: str) -> str:
    """One image: nothing in it needs to be reached, the table beside it holds the same."""
    name = f"{prefix}-{frame.name}"
    drawn, height = _down(shown, frame, name) if frame.is_narrow else _across(shown, frame, name)
    return tag(
        "svg",
        tag("title", escape(title, quote=False), id=f"{name}-title"),
        tag("desc", escape(description, quote=False), id=f"{name}-desc"),
        pattern(f"{name}-hatch"),
        *drawn,
        xmlns="http://www.w3.org/2000/svg",
        class_=f"plot course {frame.name}",
        viewBox=f"0 0 {frame.width} {number(height)}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        font_family="system-ui, sans-serif",
        fill="currentColor",
    )


def _across(shown: Shown, frame: Frame, name: str) -> tuple[list[str], float]:
    pad = timedelta(days=6)
    days = TimeScale(shown.first_day() - pad, shown.last_day() + pad, 24.0, frame.width - 12.0)
    flags = _flags(shown, days, frame)
    top = 18.0 * (max(row for *_, row in flags) + 1) + 26
    bottom = top + BOX + 64
    texts: list[str] = []
    parts = [_hatched(shown, days, top, bottom, f"{name}-hatch")]
    parts.append(line(days.left, top + BOX / 2, days.right, top + BOX / 2, "axis"))
    for day, said, class_, x, row in flags:
        y = 18.0 * (row + 1) - 4
        left = x + breadth(said, frame.small) + 8 > frame.width
        parts.append(line(days.x(day), y - 10, days.x(day), bottom, class_))
        texts.append(
            words(x - 4 if left else x + 4, y, said, f"flag {class_}", "end" if left else "start", frame.small)
        )
    parts += texts
    parts += _crossing_across(shown, days, top, frame)
    room = Room(Box(0.0, top + BOX, float(frame.width), bottom))
    for visit, measured in shown.visits:
        parts += _visit_across(visit, measured, days, top, frame, room)
    parts.append(line(days.left, bottom, days.right, bottom, "axis"))
    for day, said in days.ticks(66):
        x = days.x(day)
        half = breadth(said, frame.small) / 2
        parts.append(line(x, bottom, x, bottom + 5, "axis"))
        parts.append(words(min(max(x, half), frame.width - half), bottom + 19, said, "soft", "middle", frame.small))
    return parts, bottom + 26


def _flags(shown: Shown, days: TimeScale, frame: Frame) -> list[tuple[date, str, str, float, int]]:
    """Day, words, class, x and row of what stands above the line."""
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
    return [(day, text, class_, days.x(day), row) for (day, text, class_), row in zip(said, rows, strict=True)]


def _hatched(shown: Shown, days: TimeScale, top: float, bottom: float, hatching: str) -> str:
    if shown.crossing is None:
        return ""
    left, right = days.x(shown.crossing.opens), days.x(shown.crossing.closes)
    return rectangle(left, top - 8, right - left, bottom - top + 8, "band crossover", fill=f"url(#{hatching})")


def _crossing_across(shown: Shown, days: TimeScale, top: float, frame: Frame) -> Iterator[str]:
    if shown.crossing is None:
        return
    left, right = days.x(shown.crossing.opens), days.x(shown.crossing.closes)
    for x in (left, right):
        yield line(x, top - 9, x, top + BOX + 64, "edge crossover", "5 2")
    said = say("crossover window")
    half = breadth(said, frame.small) / 2
    middle = min(max((left + right) / 2, half), frame.width - half)
    yield words(middle, top - 13, said, "over", "middle", frame.small)


def _visit_across(visit: Visit, measured: str, days: TimeScale, top: float, frame: Frame, room: Room) -> Iterator[str]:
    window, state = visit.window, visit.state.value
    left, right = days.x(window.opens), days.x(window.closes)
    middle, size = days.x(window.target), frame.small
    yield rectangle(left, top, right - left, BOX, f"ribbon {state}", rx=4)
    yield words(middle, top + 14, str(window.month), "on strong", "middle", size)
    yield words(middle, top + 27, symbol_of(state), "on", "middle", size)
    for number_, said in enumerate(text for text in (state_words(state), measured) if text):
        width = breadth(said, size)
        places = (Box(middle - width / 2, y, middle + width / 2, y + 14) for y in _below(top, number_))
        box = room.first_free(places)
        if box is not None:
            yield words(middle, box.top + 11, said, "over strong" if number_ else "over soft", "middle", size)


def _below(top: float, number_: int) -> tuple[float, ...]:
    """Rows below the boxes: the word of the state, then the level."""
    return (top + BOX + 3, top + BOX + 17) if number_ == 0 else (top + BOX + 31, top + BOX + 45)


def _down(shown: Shown, frame: Frame, name: str) -> tuple[list[str], float]:
    """Time runs down: dates to the left, boxes in the middle, words to the right."""
    months = max((shown.last_day() - shown.first_day()).days / 30.4, 1)
    top, bottom = 20.0, 20.0 + PER_MONTH * min(months, 24)
    days, size = TimeScale(shown.first_day(), shown.last_day(), top, bottom), frame.small
    parts = [line(SIDE + COLUMN / 2, top, SIDE + COLUMN / 2, bottom, "axis")]
    if shown.crossing is not None:
        y, end = days.x(shown.crossing.opens), days.x(shown.crossing.closes)
        parts.append(rectangle(SIDE, y, frame.width - SIDE, end - y, "band crossover", fill=f"url(#{name}-hatch)"))
        parts += [line(SIDE, at, float(frame.width), at, "edge crossover", "5 2") for at in (y, end)]
    taken = [days.x(shown.as_of)]
    for visit, measured in shown.visits:
        parts += _visit_down(shown, visit, measured, days, frame)
    marks = [(shown.as_of, say("as of {day}", day=shown.as_of), "today"), (shown.day0, str(shown.day0), "start")]
    marks += [(day, f"{day}", "event relapse") for day, _ in shown.marks]
    marks += [(visit.window.target, str(visit.window.target), "soft") for visit, _ in shown.visits]
    for number_, (day, said, class_) in enumerate(marks):
        y = days.x(day)
        if number_ and any(abs(y - other) < 15 for other in taken):
            continue
        taken.append(y)
        parts.append(words(SIDE - 8, y + 4, clipped(said, size, SIDE - 8), f"flag {class_}", "end", size))
    y = days.x(shown.as_of)
    parts.append(line(SIDE - 6, y, SIDE + COLUMN + 6, y, "today"))
    parts.append(words(SIDE + COLUMN + 10, days.x(shown.day0) + 4, say("day 0"), None, "start", size))
    for day, said in shown.marks:
        parts.append(line(SIDE - 6, days.x(day), SIDE + COLUMN + 6, days.x(day), "event relapse"))
        parts.append(words(float(frame.width) - 4, days.x(day) - 4, said, "flag relapse", "end", size))
    return parts, bottom + 20


def _visit_down(shown: Shown, visit: Visit, measured: str, days: TimeScale, frame: Frame) -> Iterator[str]:
    window, state = visit.window, visit.state.value
    y, end = days.x(window.opens), days.x(window.closes)
    middle, size = days.x(window.target), frame.small
    yield rectangle(SIDE, y, COLUMN, max(end - y, 16.0), f"ribbon {state}", rx=4)
    yield words(SIDE + COLUMN / 2, middle + 4, f"{window.month} {symbol_of(state)}", "on strong", "middle", size)
    said = [state_words(state), measured]
    if shown.crossing is not None and shown.crossing.month == window.month:
        said.append(say("crossover window"))
    text = clipped(" · ".join(part for part in said if part), size, frame.width - SIDE - COLUMN - 14)
    yield words(SIDE + COLUMN + 10, middle + 4, text, "over", "start", size)


__all__ = ["Shown", "course_svg"]
