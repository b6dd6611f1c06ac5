"""What each MRD result was used for: the criteria, visits and endpoints whose evidence names it; or why for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cds.assessment import Assessment, TrialAssessment
from cds.chart import Chart
from cds.facts.inquiry import Inquiry
from cds.facts.transplant import latest_allogeneic
from cds.follow_up.endpoints import Endpoint
from cds.membership import enrolled_on, membership
from cds.mrd_reading import Reading
from cds.response import assessed
from cds.sequence import course_of
from cds.story.points import Kind, Measurement, Method
from rules.facts import Ask, Evidence
from rules.messages import say
from rules.verdict import Outcome

OPEN_STATES = frozenset({"missing", "unknown"})


@dataclass(frozen=True, slots=True)
class Use:
    """One answer that names a result. `decided` is False where the answer stays open; `because` is the answer's own."""

    trial: str
    what: str
    decided: bool
    because: str = ""

    def words(self) -> str:
        return f"{self.trial} {self.what}"


def uses_of(chart: Chart, assessment: Assessment) -> dict[str, tuple[Use, ...]]:
    """Reference of a record -> every answer whose evidence names it, in the order of the assessment."""
    found: dict[str, dict[Use, None]] = {}
    for trial in assessment.trials:
        for use, evidence in (*_answers(trial), *_persistence(chart, trial)):
            for item in evidence:
                found.setdefault(item.reference, {})[use] = None
    return {reference: tuple(uses) for reference, uses in found.items()}


def _persistence(chart: Chart, trial: TrialAssessment) -> Iterator[tuple[Use, tuple[Evidence, ...]]]:
    """R5 rests on every readable result after the first product, though the response names the newest only."""
    subject, sequence = membership(chart, trial.trial.id), trial.trial.sequence
    if trial.response is None or subject is None or sequence is None or trial.response.persistent == "unknown":
        return
    first = course_of(chart, sequence, enrolled_on(chart, subject)).first_product
    if first is None:
        return
    inquiry = Inquiry(chart, Ask("mrd"), trial.trial.settings, trial.trial)
    read = [each.evidence() for each in assessed(inquiry, first) if each.reading is not Reading.INDETERMINATE]
    yield Use(trial.trial.id, say("persistence"), decided=True), tuple(read)


def _answers(trial: TrialAssessment) -> Iterator[tuple[Use, tuple[Evidence, ...]]]:
    name = trial.trial.id
    for verdict in trial.verdicts:
        for finding in verdict.findings:
            decided = finding.outcome is not Outcome.UNKNOWN
            yield Use(name, finding.criterion.id, decided, finding.because), finding.evidence
    if trial.follow_up is not None:
        for visit in trial.follow_up.visits:
            yield Use(name, say("visit of month {month}", month=visit.window.month), decided=True), visit.evidence
        for endpoint in trial.follow_up.endpoints:
            yield Use(name, endpoint.id, _is_decided(endpoint), endpoint.because), endpoint.evidence
    if trial.response is not None:
        decided = trial.response.stratum.value != "unclassified"
        yield Use(name, say("response"), decided, trial.response.because), trial.response.evidence


def _is_decided(endpoint: Endpoint) -> bool:
    return endpoint.state not in OPEN_STATES


def why_unused(chart: Chart, point: Measurement, *, ngs_is_asked: bool, newer_is_used: bool) -> str:
    """Why no answer rests on this result; the first reason that a reader would stop at."""
    if point.preliminary:
        return say("Only preliminary.")
    if point.last is None:
        return say("Without a date it cannot be put in order.")
    if point.level.kind is Kind.UNPLACED:
        return say("The result {problem}.", problem=point.level.why)
    kind = _of_the_wrong_kind(point, ngs_is_asked=ngs_is_asked) or _too_early(chart, point)
    if kind is not None:
        return kind
    return say("A newer result is read instead.") if newer_is_used else say("No answer of today rests on it.")


def _of_the_wrong_kind(point: Measurement, *, ngs_is_asked: bool) -> str | None:
    if point.method is Method.FLOW_CD19_NEGATIVE:
        return say("A CD19-negative clone: the criterion counts CD19+ cells only.")
    if point.method is Method.NGS and not ngs_is_asked:
        return say("By NGS: the criterion asks for flow cytometry.")
    return say("The result {problem}.", problem=point.unread) if point.unread else None


def _too_early(chart: Chart, point: Measurement) -> str | None:
    transplant = latest_allogeneic(chart)
    if transplant is None or transplant.moment is None or point.last is None:
        return None
    if point.last <= transplant.moment.first_day:
        return say("Sampled before the transplant of {day}.", day=transplant.moment.shown())
    return None
