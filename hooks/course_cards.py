"""The cards of `trial-crossover`: for subjects on study, when something is due or can be decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cds.assessment import Assessment, TrialAssessment, trial_as_json
from cds.follow_up.course import Course
from cds.follow_up.visits import Visit, VisitState
from cds.record.reasons import coded, disagreements, override_reasons
from cds.response import Stratum
from cds.suggestions import Proposal
from cds.suggestions.crossover import may_be_decided
from hooks.cards import EXTENSION, LABEL, LONGEST_SUMMARY, NONE
from hooks.markdown import escaped
from hooks.suggestions import with_suggestions
from rules.messages import say, sentence, to_say
from rules.verdict import Outcome, Standing, Verdict

OPEN = (VisitState.DUE, VisitState.OVERDUE)
_P1 = {
    "negative": to_say("negative"),
    "low_positive": to_say("low positive"),
    "positive": to_say("positive"),
}
_STRATA = {
    Stratum.DEEP_NEGATIVE: to_say("deep negative"),
    Stratum.VERY_LOW_POSITIVE: to_say("very low positive"),
    Stratum.POSITIVE: to_say("positive"),
    Stratum.RELAPSE: to_say("relapse"),
    Stratum.UNCLASSIFIED: to_say("unclassified"),
}
_SEQUENCE = {
    "conformant": to_say("conformant"),
    "incomplete": to_say("incomplete"),
    "deviation": to_say("deviation"),
    "review": to_say("review"),
}


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
    name, visit = trial.trial.id, _visit_words(waiting[0]) if waiting else ""
    if deciding and verdict is not None and verdict.standing is Standing.POTENTIALLY_ELIGIBLE:
        consent = any(f.outcome is Outcome.UNKNOWN for f in verdict.findings)
        what = say("may cross over; consent to it is missing") if consent else say("may cross over")
    elif deciding and verdict is not None:
        first = next(f for f in verdict.findings if f.outcome is Outcome.UNKNOWN)
        what = say("crossover cannot be told yet; open: {criterion}", criterion=say(first.criterion.title))
    else:
        what = visit or say("a deviation from the protocol to look at")
    if deciding and waiting:
        what = say("; ").join((what, visit))
    return say("{label}: {what}", label=name, what=what)[:LONGEST_SUMMARY]


def _visit_words(visit: Visit) -> str:
    month = visit.window.month
    if visit.state is VisitState.OVERDUE:
        return say("visit of month {month} is overdue", month=month)
    return say("visit of month {month} is due", month=month)


def _detail(trial: TrialAssessment, course: Course, verdict: Verdict | None, waiting: list[Visit]) -> str:
    """GitHub Markdown: arm and day 0, what is due, the crossover question, endpoints, deviations."""
    arm = say(course.allocation.assigned.name) if course.allocation.assigned else say("not on record")
    start = (
        say("day 0: {day} ({what})", day=course.day0.day, what=escaped(course.day0.what))
        if course.day0
        else escaped(course.because or "")
    )
    blocks = [say("Assigned arm: **{arm}**, {start}.", arm=escaped(arm), start=start)]
    if course.crossover_window is not None:
        window = course.crossover_window
        blocks.append(
            say(
                "3-month window: {opens} to {closes} (target {target}).",
                opens=window.opens,
                closes=window.closes,
                target=window.target,
            )
        )
    for visit in waiting:
        span = say("{low} to {high}", low=visit.window.opens, high=visit.window.closes)
        blocks.append(say("**{visit}** ({span}).", visit=sentence(_visit_words(visit)), span=span))
    if verdict is not None and verdict.findings:
        blocks.append(_crossing(verdict))
    notes = [f"- {d.id}: {escaped(d.because)}" for d in course.deviations]
    if notes:
        blocks.append(f"#### {say('Deviations to look at')}\n\n" + "\n".join(notes))
    primary = course.endpoint("P1")
    if primary is not None and primary.state in _P1:
        state = say(_P1[primary.state])
        blocks.append(say("MRD at 3 months: {state}, {because}.", state=state, because=escaped(primary.because)))
    blocks.append(f"> {escaped(_quote(trial))}")
    blocks.append(say("For the study team to decide with the patient; nothing is ordered and the assigned arm stays."))
    return "\n\n".join(block for block in blocks if block)


def _crossing(verdict: Verdict) -> str:
    head = f"| | {say('Criterion')} | {say('This patient')} |\n|---|---|---|\n"
    rows = [
        f"| {f.criterion.id} | {escaped(say(f.criterion.title))} | {_mark(f.outcome)} {escaped(f.because)} |"
        for f in verdict.findings
    ]
    return f"#### {say('Crossing over')}\n\n{head}" + "\n".join(rows)


def _mark(outcome: Outcome) -> str:
    return {Outcome.PASS: "✓", Outcome.FAIL: "✕", Outcome.UNKNOWN: "?"}[outcome]


def _quote(trial: TrialAssessment) -> str:
    questions = {q.question: q for q in trial.trial.questions}
    return next(c.quote for c in questions["cross_over"].criteria if c.id == "X1c") if "cross_over" in questions else ""


def _response_card(trial: TrialAssessment, hook_instance: str) -> dict[str, Any]:
    """NCT05262673: the response by MRD and the next product."""
    response, sequence = trial.response, trial.sequence
    stratum = say(_STRATA[response.stratum]) if response else say("not assessed")
    blocks = []
    if response is not None:
        blocks.append(
            say("**Response by MRD: {stratum}.** {because}", stratum=stratum, because=escaped(response.because))
        )
        blocks += [f"- {escaped(note)}" for note in response.review]
    if sequence is not None:
        state = say(_SEQUENCE[sequence.state])
        blocks.append(say("**Order of products: {state}.** {because}", state=state, because=escaped(sequence.because)))
        blocks += [f"- {escaped(note)}" for note in sequence.review]
    blocks.append(say("The protocol defines no visits and no endpoints. It never says that treatment may end."))
    summary = say("{trial}: MRD response {stratum}", trial=trial.trial.id, stratum=stratum)
    if sequence and sequence.next:
        summary = say("; ").join((summary, say("next: {step}", step=say(sequence.next))))
    return _card(trial, hook_instance, summary[:LONGEST_SUMMARY], "\n\n".join(blocks))


def _card(trial: TrialAssessment, hook_instance: str, summary: str, detail: str) -> dict[str, Any]:
    source, verdict = trial.trial.source.url, trial.verdict("cross_over")
    topic = {"system": "https://clinicaltrials.gov", "code": trial.trial.id, "display": say(trial.trial.short_title)}
    return {
        "uuid": str(uuid5(NAMESPACE_URL, f"{hook_instance.lower()}/{trial.trial.id}/course")),
        "summary": summary,
        "detail": detail,
        "indicator": "info",
        "source": {"label": LABEL, "url": source, "topic": topic},
        "overrideReasons": coded(override_reasons().course) + (disagreements(trial.trial, verdict) if verdict else []),
        "links": [{"label": say("Study page of {trial}", trial=trial.trial.id), "url": source, "type": "absolute"}],
        "extension": {EXTENSION: trial_as_json(trial)},
    }
