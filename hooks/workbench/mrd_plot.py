"""The MRD figure of one patient: a picture in two shapes and the same data as a table.

For `templates/mrd.html`, which needs `mrd = mrd_figure(chart, assessment)` and `/static/plots.css` in the page's head;
`chart, assessment` are of one call of `Assessor.read_bundle`. One figure serves all trials of the assessment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cds.assessment import Assessment
from cds.chart import Chart
from cds.story.marks import Window
from cds.story.points import Kind
from cds.story.story import MrdStory, Point, mrd_story
from hooks.workbench.plots.frames import NARROW, WIDE
from hooks.workbench.plots.mrd_layout import drawn_windows
from hooks.workbench.plots.mrd_svg import mrd_svg
from hooks.workbench.plots.states import state_words
from hooks.workbench.plots.wording import letters, level_words, method_words, plain, specimen_words, use_words
from rules.facts import Evidence
from rules.messages import say, say_many

Link = Callable[[str], str | None]


def nowhere(reference: str) -> str | None:
    """No link: the reference stands there as text."""


@dataclass(frozen=True, slots=True)
class Record:
    """A resource behind something shown; `href` opens it, where the page can."""

    reference: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One result in the table. `id` is the anchor that its point links to; `decided` is False for hollow points."""

    id: str
    when: str
    method: str
    level: str
    stated: str
    specimen: str
    use: str
    decided: bool
    record: Record


@dataclass(frozen=True, slots=True)
class Item:
    """An event, a window or a limit in words; `mark` is an event's letter."""

    mark: str
    when: str
    said: str
    records: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class MrdFigure:
    """What mrd.html shows. `wide` and `narrow` are SVG elements, empty without a dated result.

    `notes` are sentences on what the picture does not show. `heads` are the table's column heads, in order.
    """

    prefix: str
    title: str
    caption: str
    skip: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    lists: tuple[tuple[str, tuple[Item, ...]], ...]
    notes: tuple[str, ...]
    wide: str = ""
    narrow: str = ""


def mrd_figure(chart: Chart, assessment: Assessment, link: Link = nowhere, prefix: str = "mrd") -> MrdFigure:
    """The figure in the language spoken. `link` gives the address that opens a resource; `prefix` begins all ids."""
    return figure_of(mrd_story(chart, assessment), link, prefix)


def figure_of(story: MrdStory, link: Link = nowhere, prefix: str = "mrd") -> MrdFigure:
    """As `mrd_figure`, of a story."""
    title = say_many(
        "Residual disease over time, one result, as of {day}",
        "Residual disease over time, {count} results, as of {day}",
        len(story.points),
        day=story.as_of,
    )
    description = _description(story)
    shapes = [mrd_svg(story, frame, prefix, title, description) if story.dated else "" for frame in (WIDE, NARROW)]
    return MrdFigure(
        prefix,
        say("Residual disease (MRD)"),
        say("Every MRD result on record, oldest first; levels in per cent of the cells counted."),
        say("Skip the picture; go to its table"),
        _heads(),
        tuple(_row(prefix, number, point, link) for number, point in enumerate(story.points)),
        tuple(entry for entry in _lists(story, link) if entry[1]),
        _notes(story),
        *shapes,
    )


def _heads() -> tuple[str, ...]:
    return (
        say("Sampled"),
        say("Method"),
        say("Level"),
        say("As reported"),
        say("Specimen"),
        say("What rests on it"),
        say("Record"),
    )


def _row(prefix: str, number: int, point: Point, link: Link) -> Row:
    measured = point.measured
    specimen = specimen_words(measured.specimen)
    return Row(
        f"{prefix}-row-{number}",
        measured.when or say("no date"),
        method_words(measured.method),
        level_words(measured.level),
        measured.level.shown,
        f"{specimen}, {say('preliminary')}" if measured.preliminary else specimen,
        use_words(point),
        point.decides,
        Record(measured.reference, link(measured.reference)),
    )


def _lists(story: MrdStory, link: Link) -> list[tuple[str, tuple[Item, ...]]]:
    events = tuple(
        Item(letters(number), event.when, event.words, records_of(event.evidence, link))
        for number, event in enumerate(story.events)
    )
    windows = tuple(
        Item("", say("{opens} to {closes}", opens=w.opens, closes=w.closes), _window_words(w))
        for w in drawn_windows(story)
    )
    limits = tuple(Item("", f"{plain(limit.percent)} %", "; ".join(limit.meanings)) for limit in story.thresholds)
    return [(say("Events"), events), (say("Windows"), windows), (say("Limits"), limits)]


def _window_words(window: Window) -> str:
    return f"{window.words}, {state_words(window.state)}" if window.state else window.words


def records_of(evidence: Sequence[Evidence], link: Link) -> tuple[Record, ...]:
    return tuple(Record(item.reference, link(item.reference)) for item in evidence)


def _description(story: MrdStory) -> str:
    """For who cannot see it: how many results, the newest, what limits and windows are drawn."""
    if not story.dated:
        return say("No dated MRD result.")
    newest = story.dated[-1].measured
    said = say(
        "Newest: {level}, {method}, {day}. Logarithmic scale in per cent.",
        level=level_words(newest.level),
        method=method_words(newest.method),
        day=newest.when,
    )
    return f"{said} {say('The table below holds the same data.')}"


def _notes(story: MrdStory) -> tuple[str, ...]:
    notes = list(story.doubts)
    if not story.points:
        notes.append(say("No MRD result on record."))
    if story.undated:
        notes.append(
            say_many(
                "One result has no date: it is in the table only.",
                "{count} results have no date: they are in the table only.",
                len(story.undated),
            )
        )
    if any(point.measured.level.kind is Kind.BELOW for point in story.dated):
        notes.append(say("An open triangle under a bar stands at the detection limit: the level lies below it."))
    return tuple(notes)
