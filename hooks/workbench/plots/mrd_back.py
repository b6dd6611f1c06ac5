"""Behind the points: bands of windows, decades, thresholds, events, the day of assessment."""

from __future__ import annotations

from collections.abc import Iterator

from cds.story.events import Happening
from cds.story.marks import Band, Window
from cds.story.story import MrdStory
from hooks.workbench.plots.labels import Box, Room
from hooks.workbench.plots.mrd_layout import RIBBON, ROW, Flag, Layout
from hooks.workbench.plots.scales import as_power, in_percent
from hooks.workbench.plots.states import symbol_of
from hooks.workbench.plots.svg import breadth, clipped, line, rectangle, tag, words
from hooks.workbench.plots.wording import plain
from rules.messages import say

LIMIT = "10 4"
# Lines of events are told apart by their dashes and, above all, by their words.
DASHES: dict[Happening, str | None] = {
    Happening.TRANSPLANT: None,
    Happening.CELLS: "8 3",
    Happening.CHEMOTHERAPY: "2 3",
    Happening.ENROLMENT: "1 4",
    Happening.RELAPSE: None,
    Happening.DEATH: None,
}


def pattern(name: str) -> str:
    """Hatching for the crossover window: it is told from a visit in print as well."""
    stroke = tag("path", d="M-2 2L2 -2M0 8L8 0M6 10L10 6", class_="hatch", stroke="currentColor")
    return tag("defs", tag("pattern", stroke, id=name, width=8, height=8, patternUnits="userSpaceOnUse"))


def bands(layout: Layout, hatching: str) -> Iterator[str]:
    """Each window as a band through the plot."""
    top, height = layout.levels.top, layout.axis - layout.levels.top
    for window in (*layout.visits, *layout.spans):
        left, right = _ends(layout, window)
        fill = f"url(#{hatching})" if window.band is Band.CROSSOVER else None
        yield rectangle(left, top, right - left, height, f"band {window.band.value}", fill=fill)


def ribbons(layout: Layout) -> Iterator[str]:
    """The names of the windows in rows above the plot: visits in one, every other window in one of its own."""
    if layout.visits:
        yield _gutter(layout, 0, say("visit") if layout.frame.is_narrow else say("visit, month"))
        for window in layout.visits:
            yield from _visit(layout, window)
    for row, window in enumerate(layout.spans, start=bool(layout.visits)):
        yield from _span(layout, window, row)


def _ends(layout: Layout, window: Window) -> tuple[float, float]:
    """A window of one day is still seen."""
    left, right = layout.days.x(window.opens), layout.days.x(window.closes)
    return left, max(right, min(left + 2, layout.right))


def _gutter(layout: Layout, row: int, said: str) -> str:
    y, size = layout.ribbons + RIBBON * row + 15, layout.frame.small
    shown = clipped(said, size, layout.left - 8)
    return words(layout.left - 6, y, shown, "soft", "end", size)


def _visit(layout: Layout, window: Window) -> Iterator[str]:
    left, right = _ends(layout, window)
    y, size = layout.ribbons, layout.frame.small
    yield rectangle(left, y, right - left, RIBBON - 4, f"ribbon {window.state}", rx=3)
    symbol = symbol_of(window.state or "")
    shown = f"{window.short} {symbol}" if breadth(f"{window.short} {symbol}", size) <= right - left else window.short
    if breadth(shown, size) <= max(right - left, 18):
        yield words((left + right) / 2, y + 14, shown, "on", "middle", size)


def _span(layout: Layout, window: Window, row: int) -> Iterator[str]:
    left, right = _ends(layout, window)
    y, size = layout.ribbons + RIBBON * row, layout.frame.small
    dashes = "5 2" if window.band is Band.CROSSOVER else "3 3"
    for x in (left, right):
        yield line(x, y, x, layout.axis, f"edge {window.band.value}", dashes)
    yield line(left, y + RIBBON / 2, right, y + RIBBON / 2, f"edge {window.band.value}")
    yield from _beside(layout, window.words, (left, right), y + 15, size)


def _beside(layout: Layout, said: str, ends: tuple[float, float], y: float, size: int) -> Iterator[str]:
    """Left of the bracket where there is room, else right of it, else clipped to the larger side."""
    before, after = ends[0] - 6, layout.frame.width - ends[1] - 6
    if breadth(said, size) <= before or before >= after:
        yield words(ends[0] - 6, y, clipped(said, size, before), None, "end", size)
    else:
        yield words(ends[1] + 6, y, clipped(said, size, after), None, "start", size)


def decades(layout: Layout) -> Iterator[str]:
    frame, powers = layout.frame, not layout.frame.is_narrow
    for exponent in layout.levels.decades(26):
        y = layout.levels.bottom - (exponent - layout.levels.lowest) * _decade(layout)
        yield line(layout.left, y, layout.right, y, "grid")
        edge = layout.left - (48 if powers else 6)
        yield words(edge, y + (5 if powers else 1), in_percent(exponent), None, "end", frame.small + powers)
        yield words(layout.left - 6, y + (5 if powers else 14), as_power(exponent), "soft", "end", frame.small)


def _decade(layout: Layout) -> float:
    return (layout.levels.bottom - layout.levels.top) / (layout.levels.highest - layout.levels.lowest)


def days(layout: Layout) -> Iterator[str]:
    y, size = layout.axis, layout.frame.small
    yield line(layout.left, y, layout.right, y, "axis")
    yield line(layout.left, layout.levels.top, layout.left, y, "axis")
    for day, said in layout.days.ticks(60):
        x = layout.days.x(day)
        yield line(x, y, x, y + 5, "axis")
        half = breadth(said, size) / 2
        yield words(min(max(x, half), layout.frame.width - half), y + 19, said, None, "middle", size)


def thresholds(layout: Layout, story: MrdStory) -> Iterator[str]:
    """A dashed line for each limit."""
    for threshold in story.thresholds:
        y = layout.levels.y(threshold.percent)
        yield line(layout.left, y, layout.right, y, "threshold", LIMIT)


def meanings(layout: Layout, story: MrdStory, room: Room) -> tuple[list[str], list[str]]:
    """What each limit means, on its line where there is room; and the sentences for which there was none."""
    drawn: list[str] = []
    left_over: list[str] = []
    for threshold in story.thresholds:
        number, *more = (f"{plain(threshold.percent)} %: {threshold.meanings[0]}", *threshold.meanings[1:])
        box = _place(layout, [number, *more], layout.levels.y(threshold.percent), room)
        if box is None:
            left_over += [f"{plain(threshold.percent)} %: {meaning}" for meaning in threshold.meanings]
            continue
        for row, said in enumerate([number, *more]):
            drawn.append(words(box.left, box.top + 14 * row + 11, said, "meaning", "start", layout.frame.small))
    return drawn, left_over


def _place(layout: Layout, lines: list[str], y: float, room: Room) -> Box | None:
    size = layout.frame.small
    width, height = max(breadth(each, size) for each in lines), 14.0 * len(lines)
    free = max(layout.right - layout.left - width - 8, 0.0)
    lefts = [layout.left + 4 + free * part / 16 for part in (0, 16, 8, 4, 12, 2, 6, 10, 14, 1, 3, 5, 7, 9, 11, 13, 15)]
    return room.first_free(Box(x, top, x + width, top + height) for top in (y - height - 3, y + 3) for x in lefts)


def events(layout: Layout) -> Iterator[str]:
    """Lines first: words of a lower row lie over the lines of a higher one."""
    for flag in layout.flags:
        if not flag.is_earlier:
            yield from _line(layout, flag)
    for flag in layout.flags:
        anchor, x = ("end", flag.x - 4) if flag.is_left_of_line else ("start", flag.x + 4)
        x = min(max(x, 0.0), float(layout.frame.width))
        kind = flag.event.kind.value if flag.event else "today"
        yield words(x, layout.flag_y(flag), flag.said, f"flag {kind}", anchor, layout.frame.small)


def _line(layout: Layout, flag: Flag) -> Iterator[str]:
    top = layout.flag_y(flag) - ROW + 8
    if flag.event is None:
        yield line(flag.x, top, flag.x, layout.axis, "today")
        return
    event = flag.event
    first, last = layout.days.x(event.first), layout.days.x(event.last)
    if event.first != event.last:
        yield rectangle(first, layout.levels.top, last - first, layout.axis - layout.levels.top, "coarse")
    yield line(flag.x, top, flag.x, layout.axis, f"event {event.kind.value}", DASHES[event.kind])


__all__ = ["bands", "days", "decades", "events", "meanings", "pattern", "ribbons", "thresholds"]
