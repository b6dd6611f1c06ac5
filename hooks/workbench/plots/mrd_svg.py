"""The MRD picture as one SVG element, put together from its layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cds.story.points import Kind, Method
from cds.story.story import MrdStory
from hooks.workbench.plots import mrd_back, mrd_points
from hooks.workbench.plots.frames import Frame
from hooks.workbench.plots.labels import Box, Room
from hooks.workbench.plots.mrd_layout import Layout, layout_of
from hooks.workbench.plots.mrd_points import Placed
from hooks.workbench.plots.svg import breadth, drawing, escaped, line, tag, words
from hooks.workbench.plots.wording import method_words
from rules.messages import say

Shape = tuple[Method, Kind, bool]


def mrd_svg(story: MrdStory, frame: Frame, prefix: str, title: str, description: str) -> str:
    """The picture for a story with at least one dated result. `prefix` makes ids unique in the page.

    The static layers are one image with a name and a description; the results are links beside it, because what is
    inside an image cannot be reached.
    """
    layout = layout_of(story, frame)
    points = mrd_points.placed(layout, story)
    name = f"{prefix}-{frame.name}"
    room = Room(Box(layout.left + 1, layout.levels.top, float(frame.width), layout.axis))
    for each in points:
        room.take(each.box())
    for x in sorted({flag.x for flag in layout.flags if not flag.is_earlier}):
        room.avoid(Box(x - 1, layout.levels.top, x + 1, layout.axis))
    for box in mrd_points.under_series(points):
        room.avoid(box)
    meanings, left_over = mrd_back.meanings(layout, story, room)
    below = list(_legend(layout, [*_entries(points), *((None, said) for said in left_over)]))
    readout = layout.axis + 30 + 20 * (below[-1][0] + 1) + 14
    height = readout + (4 * 18 if frame.is_narrow else 2 * 18) - 8
    still = [
        tag("title", escaped(title), id=f"{name}-title"),
        tag("desc", escaped(description), id=f"{name}-desc"),
        mrd_back.pattern(f"{name}-hatch"),
        *mrd_back.bands(layout, f"{name}-hatch"),
        *mrd_back.decades(layout),
        *mrd_back.days(layout),
        *mrd_back.events(layout),
        *mrd_back.ribbons(layout),
        *_strip(layout),
        *mrd_back.thresholds(layout, story),
        *mrd_points.series(points),
        *meanings,
        *mrd_points.labels(layout, points, room),
        *(row for _, row in below),
        words(4, readout, say("Point at a result, or reach it with Tab."), "hint", "start", frame.small),
    ]
    picture = tag("g", *still, role="img", aria_labelledby=f"{name}-title {name}-desc")
    results = tag("g", *mrd_points.glyphs(layout, points, prefix, readout), class_="points")
    return drawing(
        picture,
        results,
        width=frame.width,
        height=height,
        class_=f"plot {frame.name}",
        role="group",
        labelled_by=f"{name}-title",
    )


def _strip(layout: Layout) -> Iterator[str]:
    """Room below the scale for results that have no place on it."""
    if layout.strip is not None:
        yield line(layout.left, layout.levels.bottom, layout.right, layout.levels.bottom, "axis")
        yield words(layout.left - 6, layout.strip + 4, say("no level"), "soft", "end", layout.frame.small)


def _legend(layout: Layout, entries: Sequence[tuple[Shape | None, str]]) -> Iterator[tuple[int, str]]:
    """What each shape means, for the shapes that occur, and limits that had no room; as many rows as needed."""
    x, row, size = 4.0, 0, layout.frame.small
    for shape, said in entries:
        width = 26 + breadth(said, size) + 14
        if x > 4.0 and x + width > layout.frame.width:
            x, row = 4.0, row + 1
        y = layout.axis + 44 + 20 * row
        text = words(x + 24, y, said, None, "start", size)
        if shape is None:
            yield row, tag("g", line(x, y - 4, x + 20, y - 4, "threshold", mrd_back.LIMIT), text)
        else:
            method, kind, counts = shape
            middle = y - 4 - {Kind.BELOW: 5, Kind.ABOVE: -5}.get(kind, 0)
            drawn = mrd_points.glyph(method, kind, x + 10, middle, counts=counts)
            yield row, tag("g", *drawn, text, class_=f"key {method.value}")
        x += width


def _entries(points: Sequence[Placed]) -> Iterator[tuple[Shape, str]]:
    kinds = {point.measured.level.kind for point in points}
    for method in Method:
        if any(point.measured.method is method for point in points):
            yield (method, Kind.MEASURED, True), method_words(method)
    any_method = points[0].measured.method
    if Kind.BELOW in kinds:
        yield (any_method, Kind.BELOW, True), say("below the detection limit")
    if Kind.ABOVE in kinds:
        yield (any_method, Kind.ABOVE, True), say("this or more")
    if Kind.UNPLACED in kinds:
        yield (any_method, Kind.UNPLACED, True), say("no level that can be placed")
    hollow = next((point for point in points if not point.point.decides), None)
    if hollow is not None:
        yield (hollow.measured.method, Kind.MEASURED, False), say("hollow: decides nothing")
