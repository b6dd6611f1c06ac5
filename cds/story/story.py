"""One patient's residual disease over time, from what was read and what was assessed: everything a picture shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cds.assessment import Assessment
from cds.chart import OBSERVATION, Chart
from cds.facts.inquiry import Inquiry
from cds.facts.mrd import FLOW, NGS
from cds.story.events import StoryEvent, events_of
from cds.story.marks import Threshold, Window, thresholds_of, windows_of
from cds.story.points import Measurement, Method, measurements
from cds.story.uses import Use, uses_of, why_unused
from rules.facts import Ask
from rules.messages import say

# The trial that counts CD19+ cells by flow has this setting; its reader then reads every flow result.
COUNTS_EVENTS = "mrd_min_events"


@dataclass(frozen=True, slots=True)
class Point:
    """One MRD result with what it was used for. `why_not` says why nothing was decided by it, else it is None."""

    measured: Measurement
    uses: tuple[Use, ...] = ()
    why_not: str | None = None

    @property
    def decides(self) -> bool:
        return self.why_not is None


@dataclass(frozen=True, slots=True)
class MrdStory:
    """Everything drawn of one patient on one day. `doubts` are sentences: why results may be missing here."""

    as_of: date
    points: tuple[Point, ...]
    events: tuple[StoryEvent, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    windows: tuple[Window, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def dated(self) -> tuple[Point, ...]:
        return tuple(point for point in self.points if point.measured.last is not None)

    @property
    def undated(self) -> tuple[Point, ...]:
        return tuple(point for point in self.points if point.measured.last is None)


def mrd_story(chart: Chart, assessment: Assessment) -> MrdStory:
    """Built from the chart and its assessment, of one call of `Assessor.read_bundle`."""
    inquiries = tuple(Inquiry(chart, Ask("mrd"), t.trial.settings, t.trial) for t in assessment.trials)
    counting = next((inquiry for inquiry in inquiries if COUNTS_EVENTS in inquiry.settings), None)
    found, as_of = measurements(chart, counting), chart.as_of.last_day
    return MrdStory(
        as_of,
        _points(chart, assessment, found),
        events_of(chart, inquiries),
        thresholds_of(assessment),
        windows_of(assessment, found, as_of),
        _doubts(chart),
    )


def _points(chart: Chart, assessment: Assessment, found: tuple[Measurement, ...]) -> tuple[Point, ...]:
    uses = uses_of(chart, assessment)
    ngs_is_asked = any(trial.response is not None for trial in assessment.trials)
    newest: dict[Method, date] = {}
    for each in found:
        if each.last is not None and any(use.decided for use in uses.get(each.reference, ())):
            newest[each.method] = each.last

    def point(each: Measurement) -> Point:
        own = uses.get(each.reference, ())
        if any(use.decided for use in own):
            return Point(each, own)
        left_open = next((use.because for use in own if use.because), None)
        newer = each.last is not None and each.last <= newest.get(each.method, date.min)
        why = left_open or why_unused(chart, each, ngs_is_asked=ngs_is_asked, newer_is_used=newer)
        return Point(each, own, why)

    return tuple(point(each) for each in found)


def _doubts(chart: Chart) -> tuple[str, ...]:
    gap = chart.gap((FLOW, NGS), (OBSERVATION,), "MRD")
    found = [gap.shown] if gap else []
    found += [
        say("A result looks like MRD, but its code is not in the site's code map ({code}).", code=item.code)
        for item in chart.unmapped
        if item.reference.startswith(OBSERVATION) and item.sets & {FLOW, NGS}
    ]
    return tuple(dict.fromkeys(found))
