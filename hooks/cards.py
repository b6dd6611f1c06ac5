"""From an assessment to CDS Hooks cards: one for each trial whose question is open for this patient."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from cds.assessment import Assessment, TrialAssessment, trial_as_json
from cds.record.reasons import coded, disagreements, override_reasons
from cds.suggestions import Proposal
from hooks.forecast_words import forecast_block
from hooks.markdown import escaped
from hooks.suggestions import with_suggestions
from rules.messages import DEFAULT, language, say, sentence
from rules.phrases import standing_clause
from rules.trial import AnsweredBy, Criterion
from rules.verdict import Finding, Outcome, Standing, Verdict

LONGEST_SUMMARY = 139
A_YEAR = timedelta(days=365)
LABEL = "trial-hooks"
EXTENSION = "org.trialhooks.assessment"
NONE: Mapping[str, tuple[Proposal, ...]] = {}


def cards_of(
    assessment: Assessment,
    hook_instance: str,
    *,
    show_ineligible: bool,
    proposals: Mapping[str, tuple[Proposal, ...]] = NONE,
) -> list[dict[str, Any]]:
    """Cards for the enrolment question; none for a patient outside the population. `proposals` are by trial id."""
    cards = []
    for trial in assessment.trials:
        verdict = trial.verdict("enrol")
        if verdict is None or verdict.standing is Standing.NOT_APPLICABLE:
            continue
        if verdict.standing is Standing.INELIGIBLE and not show_ineligible:
            continue
        card = _card(trial, verdict, hook_instance, assessment.as_of)
        cards.append(with_suggestions(card, proposals.get(trial.trial.id, ())))
    return cards


def _card(assessed: TrialAssessment, verdict: Verdict, hook_instance: str, as_of: str) -> dict[str, Any]:
    trial = assessed.trial
    return {
        "uuid": str(uuid5(NAMESPACE_URL, f"{hook_instance.lower()}/{trial.id}/{verdict.question}")),
        "summary": summary_of(assessed, verdict),
        "detail": detail_of(assessed, verdict, as_of),
        "indicator": "info",
        "source": {
            "label": LABEL,
            "url": trial.source.url,
            "topic": {"system": "https://clinicaltrials.gov", "code": trial.id, "display": say(trial.short_title)},
        },
        "overrideReasons": coded(override_reasons().eligibility) + disagreements(trial, verdict),
        "links": [{"label": say("Study page of {trial}", trial=trial.id), "url": trial.source.url, "type": "absolute"}],
        "extension": {EXTENSION: trial_as_json(assessed)},
    }


def summary_of(assessed: TrialAssessment, verdict: Verdict) -> str:
    """One line under 140 characters, the decisive reason first: what stands in the way, else what is missing."""
    name = assessed.trial.id
    failed = [f for f in verdict.findings if f.outcome is Outcome.FAIL]
    missing = _open(verdict, AnsweredBy.DATA)
    if failed:
        return _because(say("Does not fit {trial}: {because}", trial=name, because="{because}"), failed)
    if missing:
        return _because(say("Cannot tell yet for {trial}: {because}", trial=name, because="{because}"), missing)
    asked = len(_open(verdict, AnsweredBy.CLINICIAN, AnsweredBy.CONSENT))
    nothing = say("Nothing on record stands in the way of {trial}", trial=name)
    return say("; ").join([nothing, say("{count} for a clinician", count=asked)]) if asked else nothing


def _because(line: str, findings: list[Finding]) -> str:
    """The line with the first finding's sentence, shortened to what there is room for, and how many there are more."""
    others = len(findings) - 1
    more = say("; ") + say("+{count} more", count=others) if others else ""
    because, room = findings[0].because, LONGEST_SUMMARY - len(line.replace("{because}", "")) - len(more)
    flat = " ".join(because.split())
    short = flat if len(flat) <= room else f"{flat[: room - 1].rstrip()}…"
    return line.replace("{because}", short) + more


def _open(verdict: Verdict, *needs: AnsweredBy) -> list[Finding]:
    return [f for f in verdict.findings if f.outcome is Outcome.UNKNOWN and f.needs in needs]


def detail_of(assessed: TrialAssessment, verdict: Verdict, as_of: str) -> str:
    """GitHub Markdown, the decisive part first. Everything from the chart is escaped.

    `as_of` begins with the day of assessment.
    """
    rows = _rows_of(verdict, date.fromisoformat(as_of.strip()[:10]))
    title = say(assessed.trial.short_title)
    blocks = [
        say("**{standing}** for *{trial}*.", standing=sentence(standing_clause(verdict.standing)), trial=escaped(title))
    ]
    if not assessed.recruitment.may_refer:
        because = escaped(assessed.recruitment.because)
        blocks.append(say("**Recruitment status unverified.** {because}.", because=because))
    blocks += forecast_block(assessed, verdict)
    blocks += _section(say("Stands in the way"), rows.failed)
    blocks += _section(say("Missing: order or record"), rows.missing)
    blocks += _section(say("For a clinician to answer"), rows.asked)
    blocks += _section(say("Does not stand in the way"), rows.passed)
    notes = [f"- {f.criterion.id}: {escaped(note)}" for f in verdict.findings for note in f.review]
    if notes:
        blocks.append(f"#### {say('Please look at')}\n\n" + "\n".join(notes))
    blocks.append(say("Suggestion for review by a physician; it never decides about enrolment."))
    return "\n\n".join(blocks)


class _Rows(msgspec.Struct, frozen=True):
    """A row of Markdown for each criterion, by what it means for the reader."""

    failed: list[str] = msgspec.field(default_factory=list)
    missing: list[str] = msgspec.field(default_factory=list)
    asked: list[str] = msgspec.field(default_factory=list)
    passed: list[str] = msgspec.field(default_factory=list)


def _rows_of(verdict: Verdict, today: date) -> _Rows:
    """One pass over the findings, in the order of the protocol. Everything from the chart is escaped."""
    rows, in_english = _Rows(), language() == DEFAULT
    valid_until = say(" (valid until {day})", day="{day}")
    for finding in verdict.findings:
        until, criterion = finding.valid_until, finding.criterion
        # What holds longer than a year is nothing to plan by.
        soon = until is not None and until - today <= A_YEAR
        ends = valid_until.replace("{day}", str(until)) if soon else ""
        protocol = _quoted(criterion.quote) if in_english else _titled(criterion)
        row = f"| {criterion.id} | {protocol} | {escaped(finding.because)}{ends} |"
        if finding.outcome is Outcome.PASS:
            rows.passed.append(row)
        elif finding.outcome is Outcome.FAIL:
            rows.failed.append(row)
        elif finding.needs is AnsweredBy.DATA:
            rows.missing.append(row)
        elif finding.needs is not None:
            rows.asked.append(row)
    return rows


def _section(title: str, rows: list[str]) -> list[str]:
    if not rows:
        return []
    head = f"| | {say('Protocol')} | {say('This patient')} |"
    return [f"#### {title}\n\n{head}\n|---|---|---|\n" + "\n".join(rows)]


# The protocols' sentences and titles, which are the same on every card.
_quoted = lru_cache(maxsize=1000)(escaped)


def _titled(criterion: Criterion) -> str:
    """The criterion's title in the language spoken, and the protocol's own sentence."""
    return say("{value} ({where})", value=_quoted(say(criterion.title)), where=_quoted(criterion.quote))
