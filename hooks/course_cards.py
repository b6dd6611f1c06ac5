"""The cards of `trial-crossover`: for subjects on study, when something is due or can be decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cds.assessment import Assessment, TrialAssessment, trial_as_json
from cds.follow_up.course import Course
from cds.follow_up.visits import Visit, VisitState
from cds.record.reasons import coded, disagreements, override_reasons
from cds.suggestions import Proposal
from cds.suggestions.crossover import may_be_decided
from hooks.cards import EXTENSION, LABEL, LONGEST_SUMMARY, NONE
from hooks.markdown import escaped
from hooks.suggestions import with_suggestions
from rules.verdict import Outcome, Standing, Verdict

OPEN = (VisitState.DUE, VisitState.OVERDUE)


def course_cards(
    assessment: Assessment,
    hook_instance: str,
    as_of: str,
    crossing: Mapping[str, tuple[Proposal, ...]] = NONE,
    response: Mapping[str, tuple[Proposal, ...]] = NONE,
) -> list[dict[str, Any]]:
    """One card for each trial in which the patient is on study and something is due, overdue or newly decidable.

    `crossing` and `response` are what may be suggested, by trial id.
    """
    cards = []
    for trial in assessment.trials:
        if trial.follow_up is not None and trial.follow_up.allocation.on_study:
            card = _course_card(trial, trial.follow_up, hook_instance, as_of)
            cards += [with_suggestions(card, crossing.get(trial.trial.id, ()))] if card else []
        elif trial.sequence is not None:
            card = _response_card(trial, hook_instance)
            cards.append(with_suggestions(card, response.get(trial.trial.id, ())))
    return cards


def _course_card(trial: TrialAssessment, course: Course, hook_instance: str, as_of: str) -> dict[str, Any] | None:
    verdict = trial.verdict("cross_over")
    waiting = [visit for visit in course.visits if visit.state in OPEN]
    deciding = may_be_decided(trial, as_of)
    if not waiting and not deciding:
        return None
    summary = _summary(trial, verdict, waiting, deciding=deciding)
    return _card(trial, hook_instance, summary, _detail(trial, course, verdict, waiting))


def _summary(trial: TrialAssessment, verdict: Verdict | None, waiting: list[Visit], *, deciding: bool) -> str:
    name = trial.trial.id
    if deciding and verdict is not None and verdict.standing is Standing.POTENTIALLY_ELIGIBLE:
        consent = any(f.outcome is Outcome.UNKNOWN for f in verdict.findings)
        text = f"{name}: may cross over{'; consent to it is missing' if consent else ''}"
    elif deciding and verdict is not None:
        first = next(f for f in verdict.findings if f.outcome is Outcome.UNKNOWN)
        text = f"{name}: crossover cannot be told yet; open: {first.criterion.title}"
    elif waiting:
        text = f"{name}: visit of month {waiting[0].window.month} is {waiting[0].state.value}"
    else:
        text = f"{name}: a deviation from the protocol to look at"
    if deciding and waiting:
        text += f"; visit of month {waiting[0].window.month} is {waiting[0].state.value}"
    return text[:LONGEST_SUMMARY]


def _detail(trial: TrialAssessment, course: Course, verdict: Verdict | None, waiting: list[Visit]) -> str:
    """GitHub Markdown: arm and day 0, what is due, the crossover question, endpoints, deviations."""
    arm = course.allocation.assigned.name if course.allocation.assigned else "not on record"
    start = f"day 0: {course.day0.day} ({escaped(course.day0.what)})" if course.day0 else escaped(course.because or "")
    blocks = [f"Assigned arm: **{escaped(arm)}**, {start}."]
    if course.crossover_window is not None:
        window = course.crossover_window
        blocks.append(f"3-month window: {window.opens} to {window.closes} (target {window.target}).")
    for visit in waiting:
        span = f"{visit.window.opens} to {visit.window.closes}"
        blocks.append(f"**Visit of month {visit.window.month} is {visit.state.value}** ({span}).")
    if verdict is not None and verdict.findings:
        rows = [
            f"| {f.criterion.id} | {escaped(f.criterion.title)} | {_mark(f.outcome)} {escaped(f.because)} |"
            for f in verdict.findings
        ]
        blocks.append("#### Crossing over\n\n| | Criterion | This patient |\n|---|---|---|\n" + "\n".join(rows))
    notes = [f"- {d.id}: {escaped(d.because)}" for d in course.deviations]
    if notes:
        blocks.append("#### Deviations to look at\n\n" + "\n".join(notes))
    primary = course.endpoint("P1")
    if primary is not None and primary.state != "missing":
        blocks.append(f"MRD at 3 months: {primary.state.replace('_', ' ')}, {escaped(primary.because)}.")
    blocks.append(f"> {escaped(_quote(trial))}")
    blocks.append("For the study team to decide with the patient; nothing is ordered and the assigned arm stays.")
    return "\n\n".join(block for block in blocks if block)


def _mark(outcome: Outcome) -> str:
    return {Outcome.PASS: "✓", Outcome.FAIL: "✕", Outcome.UNKNOWN: "?"}[outcome]


def _quote(trial: TrialAssessment) -> str:
    questions = {q.question: q for q in trial.trial.questions}
    return next(c.quote for c in questions["cross_over"].criteria if c.id == "X1c") if "cross_over" in questions else ""


def _response_card(trial: TrialAssessment, hook_instance: str) -> dict[str, Any]:
    """NCT05262673: the response by MRD and the next product."""
    response, sequence = trial.response, trial.sequence
    stratum = response.stratum.value.replace("_", " ") if response else "not assessed"
    step = f"; next: {sequence.next}" if sequence and sequence.next else ""
    blocks = []
    if response is not None:
        blocks.append(f"**Response by MRD: {stratum}.** {escaped(response.because)}")
        blocks += [f"- {escaped(note)}" for note in response.review]
    if sequence is not None:
        blocks.append(f"**Order of products: {sequence.state}.** {escaped(sequence.because)}")
        blocks += [f"- {escaped(note)}" for note in sequence.review]
    blocks.append("The protocol defines no visits and no endpoints. It never says that treatment may end.")
    return _card(
        trial, hook_instance, f"{trial.trial.id}: MRD response {stratum}{step}"[:LONGEST_SUMMARY], "\n\n".join(blocks)
    )


def _card(trial: TrialAssessment, hook_instance: str, summary: str, detail: str) -> dict[str, Any]:
    source, verdict = trial.trial.source.url, trial.verdict("cross_over")
    topic = {"system": "https://clinicaltrials.gov", "code": trial.trial.id, "display": trial.trial.short_title}
    return {
        "uuid": str(uuid5(NAMESPACE_URL, f"{hook_instance.lower()}/{trial.trial.id}/course")),
        "summary": summary,
        "detail": detail,
        "indicator": "info",
        "source": {"label": LABEL, "url": source, "topic": topic},
        "overrideReasons": coded(override_reasons().course) + (disagreements(trial.trial, verdict) if verdict else []),
        "links": [{"label": f"Study page of {trial.trial.id}", "url": source, "type": "absolute"}],
        "extension": {EXTENSION: trial_as_json(trial)},
    }
