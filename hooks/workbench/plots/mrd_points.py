"""The results: a glyph for each, a line through each series, and labels where there is room."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from cds.story.points import Kind, Measurement, Method
from cds.story.story import MrdStory, Point
from hooks.workbench.plots.labels import Box, Room
from hooks.workbench.plots.mrd_layout import Layout
from hooks.workbench.plots.svg import breadth, escaped, line, tag, words, wrapped
from hooks.workbench.plots.wording import heading_of, method_words, short_label, use_words

DASHES = {Method.FLOW_CD19: None, Method.FLOW_CD19_NEGATIVE: "2 4", Method.FLOW_UNSTATED: "7 3 2 3", Method.NGS: "9 4"}
RADIUS = 6.0
# Glyphs of one day that would hide each other stand side by side.
ASIDE = 14.0
# How far apart a line is looked at for words that would hide it.
STEP = 6.0
# With more results only those that decide something, and the newest of each series, bear their level.
MOST_LABELS = 16


@dataclass(frozen=True, slots=True)
class Placed:
    """A dated result on the picture. `row` is its number in the table."""

    point: Point
    row: int
    x: float
    y: float

    @property
    def measured(self) -> Measurement:
        return self.point.measured

    def box(self) -> Box:
        return Box(self.x - RADIUS - 2, self.y - RADIUS - 2, self.x + RADIUS + 2, self.y + RADIUS + 2)


def placed(layout: Layout, story: MrdStory) -> list[Placed]:
    """Every dated result once, in the order of the table."""
    found: list[Placed] = []
    for row, point in enumerate(story.points):
        measured = point.measured
        if measured.first is not None and measured.last is not None:
            middle = measured.first + timedelta(days=(measured.last - measured.first).days // 2)
            x, y = layout.days.x(middle), _height(layout, measured)
            found.append(Placed(point, row, _aside(layout, found, x, y), y))
    return found


def _height(layout: Layout, measured: Measurement) -> float:
    level = measured.level
    if level.kind is Kind.UNPLACED or level.percent is None:
        return layout.strip if layout.strip is not None else layout.axis
    if level.kind is Kind.BETWEEN and level.high is not None:
        return (layout.levels.y(level.percent) + layout.levels.y(level.high)) / 2
    return layout.levels.y(level.percent)


def _aside(layout: Layout, others: Sequence[Placed], x: float, y: float) -> float:
    """x, or as near to it as there is room."""
    hidden = [other.x for other in others if abs(other.y - y) < ASIDE]
    for step in range(2 * len(hidden) + 1):
        moved = x + ASIDE * ((step + 1) // 2) * (1 if step % 2 else -1)
        if layout.left <= moved <= layout.right and all(abs(moved - other) >= 2 for other in hidden):
            return moved
    return x


def series(points: Sequence[Placed]) -> Iterator[str]:
    """A line through the marrow results of each method. What is preliminary or not on the scale is left out."""
    for method in Method:
        joined = _joined(points, method)
        if len(joined) > 1:
            path = " ".join(f"{each.x:.1f},{each.y:.1f}" for each in joined)
            yield tag(
                "polyline",
                points=path,
                class_=f"series {method.value}",
                fill="none",
                stroke="currentColor",
                stroke_dasharray=DASHES[method],
            )


def under_series(points: Sequence[Placed]) -> Iterator[Box]:
    """Small boxes along those lines, where no word should stand."""
    for method in Method:
        for one, other in pairwise(_joined(points, method)):
            steps = max(1, math.ceil(max(other.x - one.x, abs(other.y - one.y)) / STEP))
            for step in range(steps + 1):
                x, y = (a + (b - a) * step / steps for a, b in ((one.x, other.x), (one.y, other.y)))
                yield Box(x - 1, y - 1, x + 1, y + 1)


def _joined(points: Sequence[Placed], method: Method) -> list[Placed]:
    return sorted((p for p in points if p.measured.method is method and _is_joined(p.measured)), key=lambda p: p.x)


def _is_joined(measured: Measurement) -> bool:
    placed = measured.level.kind is not Kind.UNPLACED
    return placed and not measured.preliminary and measured.specimen in ("marrow", None)


def glyphs(layout: Layout, points: Sequence[Placed], prefix: str, readout: float) -> Iterator[str]:
    """Each result as a link to its row: reached by Tab, named for screen readers, read out below the plot."""
    for each in points:
        measured, point = each.measured, each.point
        said = f"{heading_of(measured)}. {use_words(point)}"
        parts = [
            tag("title", escaped(said)),
            tag("circle", cx=each.x, cy=each.y, r=11, class_="target", fill="none", pointer_events="all"),
            *_spread(layout, each),
            *glyph(measured.method, measured.level.kind, each.x, each.y, counts=point.decides),
            *_readout(layout, point, readout),
        ]
        yield tag("a", *parts, href=f"#{prefix}-row-{each.row}", class_=f"point {measured.method.value}")


def _spread(layout: Layout, each: Placed) -> Iterator[str]:
    """How far a coarse date or a range reaches."""
    measured = each.measured
    if measured.first is not None and measured.last is not None and measured.first != measured.last:
        first, last = layout.days.x(measured.first), layout.days.x(measured.last)
        yield line(first, each.y, last, each.y, "spread")
        for x in (first, last):
            yield line(x, each.y - 4, x, each.y + 4, "spread")
    level = measured.level
    if level.kind is Kind.BETWEEN and level.low is not None and level.high is not None:
        yield line(each.x, layout.levels.y(level.low), each.x, layout.levels.y(level.high), "spread")


def glyph(method: Method, kind: Kind, x: float, y: float, *, counts: bool) -> list[str]:
    """Flow is a circle, NGS a square, other flow a diamond; below a limit a bar with an open triangle under it.

    A result that decided nothing has a hollow shape with a dotted edge.
    """
    look = "counts" if counts else "idle"
    dots = None if counts else "2 2"
    if kind is Kind.UNPLACED:
        mark = words(x, y + 5, "?", "mark", "middle", 14)
        return [_circle(x, y, f"shape open {look}", None), mark]
    if kind in (Kind.BELOW, Kind.ABOVE):
        return _limit(method, x, y, dots, up=kind is Kind.ABOVE)
    if method is Method.NGS:
        return [_path(f"M{x - 5:.1f} {y - 5:.1f}h10v10h-10z", f"shape {look}", dots)]
    if method is Method.FLOW_CD19:
        return [_circle(x, y, f"shape {look}", dots)]
    return [_path(f"M{x:.1f} {y - 7:.1f}l7 7l-7 7l-7 -7z", f"shape {look}", dots)]


def _limit(method: Method, x: float, y: float, dots: str | None, *, up: bool) -> list[str]:
    """A bar at the limit (for NGS a double one) and an open triangle that points to where the level lies."""
    way = -1 if up else 1
    bars = [line(x - 8, y, x + 8, y, "bar", dots)]
    if method is Method.NGS:
        bars.append(line(x - 8, y - 3 * way, x + 8, y - 3 * way, "bar", dots))
    return [*bars, _path(f"M{x - 6:.1f} {y + 3 * way:.1f}h12l-6 {9 * way}z", "shape open", None)]


def _circle(x: float, y: float, class_: str, dots: str | None) -> str:
    return tag("circle", cx=x, cy=y, r=RADIUS, class_=class_, stroke="currentColor", stroke_dasharray=dots)


def _path(d: str, class_: str, dots: str | None) -> str:
    return tag("path", d=d, class_=class_, stroke="currentColor", stroke_dasharray=dots)


def _readout(layout: Layout, point: Point, y: float) -> Iterator[str]:
    """What the point says, shown below the plot while it is pointed at or has the focus."""
    frame = layout.frame
    room = frame.width - 8.0
    lines = wrapped(heading_of(point.measured), frame.size, room, 2 if frame.is_narrow else 1)
    lines += wrapped(use_words(point), frame.size, room, 2 if frame.is_narrow else 1)
    shown = [words(4, y + 18 * number, each, None, "start", frame.size) for number, each in enumerate(lines)]
    yield tag("g", *shown, class_="readout", visibility="hidden", aria_hidden="true")


def labels(layout: Layout, points: Sequence[Placed], room: Room) -> Iterator[str]:
    """Levels beside their points, the newest first, and the name of each series at its end; where nothing is hidden."""
    named: set[Method] = set()
    for each in sorted(points, key=lambda p: p.x, reverse=True):
        method = each.measured.method
        said = [short_label(each.measured)] if each.measured.level.kind is not Kind.UNPLACED else []
        if len(points) > MOST_LABELS and method in named and not each.point.decides:
            continue
        if method not in named and said and not layout.frame.is_narrow:
            said.append(method_words(method))
        box = _free(layout, each, said, room) if said else None
        if box is None:
            continue
        named.add(method)
        for number, text in enumerate(said):
            class_ = f"label {method.value}" if number else "label"
            before = box.right <= each.x
            x, anchor = (box.right, "end") if before else (box.left, "start")
            yield words(x, box.top + 14 * number + 11, text, class_, anchor, layout.frame.small)


def _free(layout: Layout, each: Placed, said: Sequence[str], room: Room) -> Box | None:
    width, height = max(breadth(text, layout.frame.small) for text in said), 14.0 * len(said)
    x, y = each.x, each.y
    below = 15 if each.measured.level.kind is Kind.BELOW else 9
    corners = (
        (x + 11, y - height / 2 - 4),
        (x - width / 2, y - height - 9),
        (x - width - 11, y - height / 2 - 4),
        (x - width / 2, y + below),
        (x + 11, y - height - 6),
        (x - width - 11, y - height - 6),
        (x + 11, y + 6),
        (x - width - 11, y + 6),
    )
    return room.first_free(Box(left, top, left + width, top + height) for left, top in corners)
