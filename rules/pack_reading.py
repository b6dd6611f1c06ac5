"""A trial pack in plain English: what the clinician reviews before it is used (reading.md)."""

from __future__ import annotations

from rules.facts import Absence
from rules.phrases import condition_text
from rules.trial import AnsweredBy, Criterion, Trial

_ABSENCE = {
    Absence.UNKNOWN: "nothing; the criterion stays open",
    Absence.CONDITIONS: '"absent", once the problem list was reconciled recently',
    Absence.PROCEDURES: '"absent", once the list of procedures was reconciled recently',
    Absence.MEDICATIONS: '"absent", once the medication list was reconciled recently',
    Absence.CONDITIONS_AND_MEDICATIONS: '"absent", once problem and medication lists were reconciled recently',
}
_ANSWERS = {
    AnsweredBy.DATA: "data",
    AnsweredBy.CLINICIAN: "a clinician",
    AnsweredBy.CONSENT: "a consent",
}


def read_trial(trial: Trial) -> str:
    """The whole pack as Markdown."""
    blocks = [
        f"# {trial.id}: {trial.title}",
        f"Generated from trial.yaml, version {trial.version}. Review this text, not the code.",
        f"Source: {trial.source.document}, {trial.source.url}, updated {trial.source.updated_on}.",
        f'Recruitment: "{trial.recruitment.quote}" ({trial.recruitment.state}), stated {trial.recruitment.stated_on}.',
    ]
    for question in trial.questions:
        blocks.append(f"## Question: {question.question.replace('_', ' ')}")
        blocks += [_criterion(criterion) for criterion in question.criteria]
    if trial.sequence is not None:
        steps = ", then ".join(step.name for step in trial.sequence.steps)
        blocks.append(f"## Sequence of products\n\n> {trial.sequence.quote}\n\n{steps}.")
    if trial.response is not None:
        blocks.append(f"## Response by NGS MRD\n\n> {trial.response.quote}")
    if trial.arms:
        lines = [
            f'- {a.name}: {a.capacity} patients, "{a.quote}"; also {", ".join(a.also_written)}' for a in trial.arms
        ]
        lines += [f'- {a.name}: "{a.no_bridging}"' for a in trial.arms if a.no_bridging]
        blocks.append("## Arms\n\n" + "\n".join(lines))
    if trial.doses:
        lines = [
            f'- {d.of.replace("_", " ")}: {d.amount:f} {d.unit}, {d.days} time(s): "{d.quote}"' for d in trial.doses
        ]
        blocks.append("## Doses\n\n" + "\n".join(lines))
    if trial.follow_up is not None:
        months = ", ".join(f"{visit.month} (±{visit.window} days)" for visit in trial.follow_up.visits)
        blocks.append(f"## Visits\n\n> {trial.follow_up.quote}\n\nCalendar months after day 0: {months}.")
    rows = [f"| {name} | {_plain(value)} |" for name, value in sorted(trial.settings.items())]
    blocks.append("## Numbers that the protocol does not state\n\n| setting | value |\n|---|---|\n" + "\n".join(rows))
    return "\n\n".join(blocks) + "\n"


def _criterion(criterion: Criterion) -> str:
    effect = "Excludes when" if criterion.excludes else "Requires"
    lines = [
        f"### {criterion.id} {criterion.title}",
        f"> {criterion.quote}",
        criterion.reading.strip(),
        f"- {effect}: {condition_text(criterion.when)}",
        f"- If nothing is on record, that means: {_ABSENCE[criterion.absence]}",
        f"- Open questions are for: {_ANSWERS[criterion.answered_by]}",
    ]
    if criterion.closes_gate:
        lines.append("- If this fails, the patient is outside the population: no card is shown")
    return "\n\n".join(lines[:3]) + "\n\n" + "\n".join(lines[3:])


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
