"""What comes after enrolment: the crossover clock, the visits, the sequence of products; pictures and tables.

For `templates/course.html`, which needs `course = course_figure(chart, assessment)` and `/static/plots.css` in the
page's head; `chart, assessment` are of one call of `Assessor.read_bundle`. Without a subject there are no panels and
the template shows nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cds.assessment import Assessment, TrialAssessment
from cds.chart import Chart
from cds.follow_up.course import Course
from cds.follow_up.visits import Visit
from cds.membership import enrolled_on, membership
from cds.sequence import course_of
from cds.story.events import Happening
from cds.story.story import MrdStory, mrd_story
from hooks.workbench.mrd_plot import Link, Record, nowhere, records_of
from hooks.workbench.plots.course_shown import Shown
from hooks.workbench.plots.course_svg import course_svg
from hooks.workbench.plots.course_wording import (
    clock_state,
    clock_words,
    deviation_state,
    endpoint_state,
    endpoint_words,
    persistence_words,
    sequence_state,
    stratum_words,
)
from hooks.workbench.plots.frames import NARROW, WIDE
from hooks.workbench.plots.states import state_words, symbol_of
from hooks.workbench.plots.wording import level_words
from rules.messages import say
from rules.phrases import standing_clause


@dataclass(frozen=True, slots=True)
class Clock:
    """The crossover window today. `state` is before, open or closed; `crossing` how the question stands."""

    state: str
    said: str
    dates: str
    crossing: str
    name: str
    question: str


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit in the table."""

    month: str
    window: str
    target: str
    symbol: str
    state: str
    measured: str
    records: tuple[Record, ...]
    crossover: str


@dataclass(frozen=True, slots=True)
class Finding:
    """An endpoint or a deviation in the table; `what` is empty where the id says it all."""

    id: str
    what: str
    state: str
    because: str
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class StepRow:
    """One product of the sequence. `state` is given, next or later."""

    state: str
    symbol: str
    name: str
    said: str
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Caption and column heads; the rows differ."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One trial's course. Empty parts are not shown; `facts` are (name, value) pairs, `notes` sentences."""

    prefix: str
    title: str
    facts: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    clock: Clock | None = None
    visits_caption: str = ""
    visits_heads: tuple[str, ...] = ()
    visits: tuple[VisitRow, ...] = ()
    steps: tuple[StepRow, ...] = ()
    tables: tuple[Table, ...] = ()
    wide: str = ""
    narrow: str = ""


@dataclass(frozen=True, slots=True)
class CourseFigure:
    """A panel for each trial in which the patient is or was a subject."""

    panels: tuple[Panel, ...]


def course_figure(chart: Chart, assessment: Assessment, link: Link = nowhere, prefix: str = "course") -> CourseFigure:
    """The panels in the language spoken. `link` gives the address that opens a resource; `prefix` begins all ids."""
    story, panels = mrd_story(chart, assessment), []
    for trial in assessment.trials:
        name = f"{prefix}-{trial.trial.id}"
        if trial.follow_up is not None:
            panels.append(_followed(story, trial, trial.follow_up, link, name))
        elif trial.sequence is not None:
            panels.append(_sequenced(chart, trial, link, name))
    return CourseFigure(tuple(panels))


def _followed(story: MrdStory, trial: TrialAssessment, course: Course, link: Link, name: str) -> Panel:
    title = say("After enrolment in {trial}", trial=trial.trial.id)
    visits = tuple((visit, _measured(story, visit)) for visit in course.visits)
    wide, narrow = _pictures(story, course, visits, name)
    return Panel(
        name,
        title,
        _facts(course),
        (course.because,) if course.because else (),
        _clock(story, trial, course),
        say("Visits, counted in calendar months from day 0"),
        (say("Month"), say("Window"), say("State"), say("MRD"), say("Records")),
        tuple(_visit(course, visit, measured, link) for visit, measured in visits),
        tables=tuple(table for table in _tables(course, link) if table.rows),
        wide=wide,
        narrow=narrow,
    )


def _pictures(story: MrdStory, course: Course, visits: tuple[tuple[Visit, str], ...], name: str) -> tuple[str, str]:
    if course.day0 is None or not visits:
        return "", ""
    seen = [e for e in story.events if e.kind in (Happening.RELAPSE, Happening.DEATH)]
    marks = tuple((e.first, e.words) for e in seen if e.first >= course.day0.day)
    shown = Shown(course.day0.day, story.as_of, visits, course.crossover_window, marks)
    title = say("Visits of this subject, as of {day}", day=story.as_of)
    states = [say("month {month} {state}", month=v.window.month, state=state_words(v.state.value)) for v, _ in visits]
    description = f"{', '.join(states)}. {say('The table below holds the same data.')}"
    return course_svg(shown, WIDE, name, title, description), course_svg(shown, NARROW, name, title, description)


def _facts(course: Course) -> tuple[tuple[str, str], ...]:
    allocation, start = course.allocation, course.day0
    none = say("not on record")
    found = [
        (
            say("Assigned arm"),
            say(allocation.assigned.name) if allocation.assigned else allocation.assigned_text or none,
        )
    ]
    if allocation.actual is not None or allocation.actual_text:
        found.append(
            (say("Treated in arm"), say(allocation.actual.name) if allocation.actual else allocation.actual_text)
        )
    found.append((say("On study since"), str(allocation.start) if allocation.start else none))
    found.append((say("Day 0"), f"{start.day}, {start.what}" if start else none))
    if course.ends is not None:
        found.append((say("Follow-up ends"), str(course.ends)))
    return tuple(found)


def _clock(story: MrdStory, trial: TrialAssessment, course: Course) -> Clock | None:
    window, verdict = course.crossover_window, trial.verdict("cross_over")
    if window is None:
        return None
    dates = say("{opens} to {closes}, target {target}", opens=window.opens, closes=window.closes, target=window.target)
    crossing = standing_clause(verdict.standing) if verdict else ""
    names = say("Crossover window"), say("Crossing over:")
    return Clock(clock_state(window, story.as_of), clock_words(window, story.as_of), dates, crossing, *names)


def _measured(story: MrdStory, visit: Visit) -> str:
    """Levels of the MRD results that count as this visit."""
    named = {item.reference for item in visit.evidence}
    return ", ".join(level_words(p.measured.level) for p in story.points if p.measured.reference in named)


def _visit(course: Course, visit: Visit, measured: str, link: Link) -> VisitRow:
    window, crossing = visit.window, course.crossover_window
    return VisitRow(
        str(window.month),
        say("{opens} to {closes}", opens=window.opens, closes=window.closes),
        str(window.target),
        symbol_of(visit.state.value),
        state_words(visit.state.value),
        measured,
        records_of(visit.evidence, link),
        say("crossover window") if crossing is not None and crossing.month == window.month else "",
    )


def _tables(course: Course, link: Link) -> Sequence[Table]:
    endpoints = tuple(
        Finding(e.id, endpoint_words(e.id), endpoint_state(e.state), e.because, records_of(e.evidence, link))
        for e in course.endpoints
    )
    deviations = tuple(
        Finding(d.id, "", deviation_state(d.state.value), d.because, records_of(d.evidence, link))
        for d in course.deviations
    )
    heads = (say("Part"), say("State"), say("Because"), say("Records"))
    return (
        Table(say("Deviations from the protocol"), heads, deviations),
        Table(say("Endpoints of this subject"), heads, endpoints),
    )


def _sequenced(chart: Chart, trial: TrialAssessment, link: Link, name: str) -> Panel:
    facts = []
    if trial.response is not None:
        facts.append((say("Response by MRD"), stratum_words(trial.response.stratum.value)))
        lasting = persistence_words(trial.response.persistent)
        facts += [(say("Over all time points"), lasting)] if lasting else []
        facts += [(say("The trial's label"), trial.response.label)] if trial.response.label else []
    sequence = trial.sequence
    notes = []
    if sequence is not None:
        facts.insert(0, (say("Order of products"), sequence_state(sequence.state)))
        notes += [sequence.because, *sequence.review]
    if trial.response is not None:
        notes += [trial.response.because, *trial.response.review]
    title = say("After enrolment in {trial}", trial=trial.trial.id)
    return Panel(name, title, tuple(facts), tuple(notes), steps=_steps(chart, trial, link))


def _steps(chart: Chart, trial: TrialAssessment, link: Link) -> tuple[StepRow, ...]:
    subject, planned = membership(chart, trial.trial.id), trial.trial.sequence
    if subject is None or planned is None:
        return ()
    due = trial.sequence.next if trial.sequence else None
    rows = []
    for step, given in course_of(chart, planned, enrolled_on(chart, subject)).by_step:
        state = "given" if given else "next" if step.name == due else "later"
        symbol = {"given": "✓", "next": "●", "later": "○"}[state]
        said = ", ".join(t.moment.shown() for t in given if t.moment) or (
            say("next") if due == step.name else say("later")
        )
        records = tuple(Record(t.reference, link(t.reference)) for t in given)
        rows.append(StepRow(state, symbol, say(step.name), said, records))
    return tuple(rows)
