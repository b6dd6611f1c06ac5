"""Where everything of the MRD picture stands: axes, rows of words, heights. Nothing is drawn here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from cds.story.events import StoryEvent
from cds.story.marks import Band, Window
from cds.story.points import Kind
from cds.story.story import MrdStory
from hooks.workbench.plots.frames import Frame
from hooks.workbench.plots.labels import in_rows
from hooks.workbench.plots.scales import LogScale, TimeScale, decades_around
from hooks.workbench.plots.svg import breadth
from hooks.workbench.plots.wording import letters
from rules.messages import say

# What happened longer before the first result is named at the edge, so that it does not squeeze the rest.
LONG_BEFORE = timedelta(days=400)
SHORTEST = 120
LOWEST, HIGHEST = -5, 1
ROW, RIBBON, STRIP = 18.0, 22.0, 40.0


@dataclass(frozen=True, slots=True)
class Flag:
    """An event's words above the plot, or the day of assessment's (`event` is None). `x` is its line."""

    event: StoryEvent | None
    said: str
    x: float
    row: int
    is_left_of_line: bool
    is_earlier: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """The finished arrangement; all numbers in user units."""

    frame: Frame
    levels: LogScale
    days: TimeScale
    flags: tuple[Flag, ...]
    visits: tuple[Window, ...]
    spans: tuple[Window, ...]
    ribbons: float
    strip: float | None
    axis: float

    @property
    def left(self) -> float:
        return self.frame.left

    @property
    def right(self) -> float:
        return self.frame.right

    def flag_y(self, flag: Flag) -> float:
        """The baseline of a flag's words."""
        return ROW * (flag.row + 1) - 4


def layout_of(story: MrdStory, frame: Frame) -> Layout:
    """The arrangement for at least one dated result."""
    first, last = _range(story)
    days = TimeScale(first, last, frame.left, frame.right)
    flags = _flags(story, frame, days)
    shown = drawn_windows(story)
    visits = tuple(window for window in shown if window.band is Band.VISIT)
    spans = tuple(window for window in shown if window.band is not Band.VISIT)
    ribbons = ROW * (max(flag.row for flag in flags) + 1) + 6
    top = ribbons + RIBBON * (bool(visits) + len(spans)) + 4
    percents = [p.measured.level.percent for p in story.dated] + [t.percent for t in story.thresholds]
    percents += [p.measured.level.high for p in story.dated if p.measured.level.kind is Kind.BETWEEN]
    lowest, highest = decades_around([percent for percent in percents if percent is not None], LOWEST, HIGHEST)
    bottom = top + frame.decade * min(highest - lowest, 10)
    unplaced = any(p.measured.level.kind is Kind.UNPLACED for p in story.dated)
    strip = bottom + STRIP - 14 if unplaced else None
    axis = bottom + (STRIP if unplaced else 0)
    return Layout(
        frame, LogScale(lowest, highest, top, bottom), days, tuple(flags), visits, spans, ribbons, strip, axis
    )


def drawn_windows(story: MrdStory) -> tuple[Window, ...]:
    """The windows that the picture has room for; none without a dated result."""
    if not story.dated:
        return ()
    first, last = _range(story)
    return tuple(window for window in story.windows if first <= window.closes <= last)


def _range(story: MrdStory) -> tuple[date, date]:
    """From the first result, or what happened not long before it, to today or the end of what is open or next."""
    starts = [p.measured.first for p in story.dated if p.measured.first]
    ends = [p.measured.last for p in story.dated if p.measured.last]
    first = min(starts)
    starts += [event.first for event in story.events if event.first >= first - LONG_BEFORE]
    for window in story.windows:
        if window.band is not Band.VISIT:
            starts, ends = [*starts, window.opens], [*ends, window.closes]
    coming = [w.closes for w in story.windows if w.band is Band.VISIT and w.closes >= story.as_of]
    begin, end = min([*starts, story.as_of]), max([story.as_of, *ends, *([min(coming)] if coming else [])])
    pad = timedelta(days=max(4, (end - begin).days // 30, (SHORTEST - (end - begin).days) // 2))
    return begin - pad, end + pad


def _flags(story: MrdStory, frame: Frame, days: TimeScale) -> list[Flag]:
    """Words in rows above the plot; letters alone where the words would need too many rows."""
    for with_words in (True, False):
        drafts = list(_drafts(story, days, with_words=with_words and frame.rows > 0))
        spans = [_span(frame, said, x) for _, said, x, _ in drafts]
        rows = in_rows(spans)
        if not with_words or max(rows) < frame.rows:
            break
    return [
        Flag(event, said, x, row, is_left_of_line=left < x - 1, is_earlier=earlier)
        for (event, said, x, earlier), (left, _), row in zip(drafts, spans, rows, strict=True)
    ]


def _drafts(
    story: MrdStory, days: TimeScale, *, with_words: bool
) -> Iterator[tuple[StoryEvent | None, str, float, bool]]:
    yield None, say("as of {day}", day=story.as_of), days.x(story.as_of), False
    earlier = []
    for number, event in enumerate(story.events):
        name = letters(number)
        if event.last < days.first:
            earlier.append(name)
        elif event.first <= days.last:
            middle = event.first + (event.last - event.first) / 2
            yield event, f"{name} {event.words}" if with_words else name, days.x(middle), False
    if earlier:
        yield None, say("earlier: {names}", names=", ".join(earlier)), days.left, True


def _span(frame: Frame, said: str, x: float) -> tuple[float, float]:
    """To the right of the line; to its left where it would leave the picture; never outside."""
    room = breadth(said, frame.small) + 8
    if x + room <= frame.width:
        return x, x + room
    return max(x - room, 0.0), max(x, min(room, float(frame.width)))
