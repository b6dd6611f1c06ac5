"""Whatever was measured: all that is drawn is inside, every dated result is drawn once and stands in the table."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.follow_up.visits import Visit, VisitState, window_of
from cds.story.events import Happening, StoryEvent
from cds.story.marks import Band, Threshold, Window
from cds.story.points import Kind, Level, Measurement, Method
from cds.story.story import MrdStory, Point
from hooks.workbench.mrd_plot import figure_of
from hooks.workbench.plots.course_shown import Shown
from hooks.workbench.plots.course_svg import course_svg
from hooks.workbench.plots.frames import FRAMES, Frame
from hooks.workbench.plots.labels import GAP, Box, Room, in_rows
from rules.treatment import PlannedVisit

SVG = "{http://www.w3.org/2000/svg}"
ACROSS, DOWN = ("x", "x1", "x2", "cx"), ("y", "y1", "y2", "cy")
# Half of the largest shape: a point at the very edge of the scale.
EDGE = 12.0

# Letters that need escaping, are wide, or that XML cannot hold.
words = st.text(alphabet=st.sampled_from("ab <&\"'\x00\x0b\ud800漢"), max_size=60)
days = st.dates(date(1990, 1, 1), date(2035, 12, 31))
percents = st.decimals(Decimal("0.000001"), Decimal(100), allow_nan=False, allow_infinity=False, places=6)


@st.composite
def levels(draw: st.DrawFn) -> Level:
    kind = draw(st.sampled_from(Kind))
    low, high = sorted((draw(percents), draw(percents)))
    bounds = {
        Kind.MEASURED: (low, None),
        Kind.BELOW: (None, high),
        Kind.ABOVE: (low, None),
        Kind.BETWEEN: (low, high),
        Kind.UNPLACED: (None, None),
    }
    return Level(kind, "as reported", *bounds[kind], why="has no unit" if kind is Kind.UNPLACED else None)


@st.composite
def points(draw: st.DrawFn) -> Point:
    first = draw(st.none() | days)
    last = first + timedelta(days=draw(st.sampled_from([0, 0, 0, 30, 364]))) if first else None
    measured = Measurement(
        f"Observation/{draw(st.integers(0, 10**6))}",
        draw(st.sampled_from(Method)),
        draw(levels()),
        draw(st.sampled_from(["marrow", "blood", "other", "unread", None])),
        first,
        last,
        str(first) if first else None,
        draw(st.booleans()),
    )
    return Point(measured, (), draw(st.none() | words))


@st.composite
def events(draw: st.DrawFn) -> StoryEvent:
    first = draw(days)
    last = first + timedelta(days=draw(st.sampled_from([0, 0, 29])))
    return StoryEvent(draw(st.sampled_from(Happening)), draw(words), first, last, str(first))


@st.composite
def windows(draw: st.DrawFn) -> Window:
    opens = draw(days)
    closes = opens + timedelta(days=draw(st.integers(0, 60)))
    return Window(draw(st.sampled_from(Band)), "NCT00000000", draw(words), "3", opens, closes, "due")


stories = st.builds(
    MrdStory,
    days,
    st.lists(points(), max_size=12, unique_by=lambda point: point.measured.reference).map(tuple),
    st.lists(events(), max_size=8).map(tuple),
    st.lists(st.builds(Threshold, percents.filter(bool), st.just(("one meaning", "another"))), max_size=4).map(tuple),
    st.lists(windows(), max_size=4).map(tuple),
)


def coordinates(svg: str) -> tuple[list[tuple[str, float]], float, float]:
    """Every coordinate drawn, with "x" or "y", and the size of the viewBox."""
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own text
    width, height = (float(part) for part in root.attrib["viewBox"].split()[2:])
    drawn = [element for element in root.iter() if element.tag not in (f"{SVG}pattern", f"{SVG}defs")]
    hatches = {id(path) for pattern in root.iter(f"{SVG}pattern") for path in pattern}
    found: list[tuple[str, float]] = []
    for element in drawn:
        if id(element) in hatches:
            continue
        found += [("x", float(element.attrib[name])) for name in ACROSS if name in element.attrib]
        found += [("y", float(element.attrib[name])) for name in DOWN if name in element.attrib]
        if element.tag == f"{SVG}rect":
            assert float(element.attrib["width"]) >= 0
            assert float(element.attrib["height"]) >= 0
            found.append(("x", float(element.attrib["x"]) + float(element.attrib["width"])))
        for pair in element.attrib.get("points", "").split():
            x, y = pair.split(",")
            found += [("x", float(x)), ("y", float(y))]
        if begin := re.match(r"M(\S+) ([^a-z]+)", element.attrib.get("d", "")):
            found += [("x", float(begin.group(1))), ("y", float(begin.group(2)))]
    return found, width, height


def rows_linked(svg: str) -> list[str]:
    return [link.attrib["href"] for link in ElementTree.fromstring(svg).iter(f"{SVG}a")]  # noqa: S314


@settings(deadline=None, max_examples=60)
@given(stories)
def test_every_coordinate_is_finite_and_inside(story: MrdStory) -> None:
    figure = figure_of(story)

    for svg in filter(None, (figure.wide, figure.narrow)):
        found, width, height = coordinates(svg)
        for axis, value in found:
            assert math.isfinite(value)
            assert -EDGE <= value <= (width if axis == "x" else height) + EDGE


@settings(deadline=None, max_examples=60)
@given(stories)
def test_every_dated_result_is_drawn_once_and_is_in_the_table(story: MrdStory) -> None:
    figure = figure_of(story)
    rows = [row.id for row in figure.rows]

    assert [row.record.reference for row in figure.rows] == [each.measured.reference for each in story.points]
    for svg in filter(None, (figure.wide, figure.narrow)):
        linked = rows_linked(svg)
        assert len(linked) == len(set(linked)) == len(story.dated)
        assert {link.removeprefix("#") for link in linked} <= set(rows)
    assert bool(figure.wide) == bool(figure.narrow) == bool(story.dated)


@settings(deadline=None, max_examples=60)
@given(stories)
def test_the_same_story_is_drawn_the_same(story: MrdStory) -> None:
    assert figure_of(story) == figure_of(story)


@settings(deadline=None, max_examples=60)
@given(stories)
def test_ids_are_unique_in_the_page_and_no_style_stands_in_an_element(story: MrdStory) -> None:
    figure = figure_of(story)
    ids = re.findall(r' id="([^"]*)"', figure.wide + figure.narrow) + [row.id for row in figure.rows]

    assert len(ids) == len(set(ids))
    assert " style=" not in figure.wide + figure.narrow
    assert "<script" not in figure.wide + figure.narrow


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 800), st.floats(1, 200)).map(lambda s: (s[0], s[0] + s[1])), max_size=40))
def test_words_of_one_row_never_touch(spans: list[tuple[float, float]]) -> None:
    rows = in_rows(spans)

    for row in set(rows):
        here = sorted(span for span, own in zip(spans, rows, strict=True) if own == row)
        assert all(left[1] + GAP <= right[0] for left, right in pairwise(here))


@st.composite
def courses(draw: st.DrawFn) -> Shown:
    day0, months = draw(days), draw(st.lists(st.integers(1, 12), unique=True, max_size=8).map(sorted))
    planned = [window_of(day0, PlannedVisit(month=month, window=draw(st.integers(0, 21)))) for month in months]
    visits = tuple((Visit(window, draw(st.sampled_from(VisitState))), draw(words)) for window in planned)
    marks = st.lists(st.tuples(days, words), max_size=3).map(tuple)
    return Shown(day0, draw(days), visits, draw(st.sampled_from([None, *planned])), draw(marks))


@settings(deadline=None, max_examples=60)
@given(courses(), st.sampled_from(FRAMES))
def test_every_coordinate_of_the_visits_is_finite_and_inside(shown: Shown, frame: Frame) -> None:
    found, width, height = coordinates(course_svg(shown, frame, "course", "title", "description"))

    for axis, value in found:
        assert math.isfinite(value)
        assert -EDGE <= value <= (width if axis == "x" else height) + EDGE


@pytest.mark.parametrize("count", [1, 60])
def test_one_result_and_sixty_results_are_all_drawn(count: int) -> None:
    level = Level(Kind.MEASURED, "0.3 %", Decimal("0.3"))
    begin = date(2021, 6, 1)
    found = [
        Measurement(f"Observation/{n}", Method.NGS, level, "marrow", day, day, str(day), preliminary=False)
        for n in range(count)
        for day in [begin + timedelta(days=30 * n)]
    ]
    figure = figure_of(MrdStory(date(2026, 6, 1), tuple(Point(each) for each in found)))

    assert len(rows_linked(figure.wide)) == len(rows_linked(figure.narrow)) == count


def test_results_of_one_day_and_level_stand_side_by_side() -> None:
    level, day = Level(Kind.MEASURED, "0.3 %", Decimal("0.3")), date(2026, 5, 20)
    twins = [
        Point(Measurement(f"Observation/{n}", Method.FLOW_CD19, level, "marrow", day, day, str(day), preliminary=False))
        for n in range(4)
    ]
    figure = figure_of(MrdStory(date(2026, 6, 1), tuple(twins)))

    centres = re.findall(r'cx="([\d.]+)" cy="([\d.]+)" r="11"', figure.wide)

    assert len(set(centres)) == 4


def test_words_stand_where_they_hide_least_when_every_place_hides_something() -> None:
    room = Room(Box(0, 0, 100, 100))
    for left in (5, 15, 60):
        room.avoid(Box(left, 0, left + 1, 100))

    assert room.first_free([Box(0, 0, 20, 10), Box(50, 0, 70, 10)]) == Box(50, 0, 70, 10)
