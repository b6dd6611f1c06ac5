"""From an assessment to CDS Hooks cards: one for each trial whose question is open for this patient."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cds.assessment import Assessment, TrialAssessment, trial_as_json
from cds.record.reasons import coded, disagreements, override_reasons
from hooks.forecast_words import forecast_block
from hooks.markdown import escaped
from rules.trial import AnsweredBy
from rules.verdict import Finding, Outcome, Standing, Verdict

LONGEST_SUMMARY = 139
LABEL = "trial-hooks"
EXTENSION = "org.trialhooks.assessment"
SAYS = {
    Standing.POTENTIALLY_ELIGIBLE: "nothing on record stands in the way",
    Standing.INDETERMINATE: "cannot tell yet",
    Standing.INELIGIBLE: "does not fit",
}


def cards_of(assessment: Assessment, hook_instance: str, *, show_ineligible: bool) -> list[dict[str, Any]]:
    """Cards for the enrolment question; none for a patient outside the population."""
    cards = []
    for trial in assessment.trials:
        verdict = trial.verdict("enrol")
        if verdict is None or verdict.standing is Standing.NOT_APPLICABLE:
            continue
        if verdict.standing is Standing.INELIGIBLE and not show_ineligible:
            continue
        cards.append(_card(trial, verdict, hook_instance))
    return cards


def _card(assessed: TrialAssessment, verdict: Verdict, hook_instance: str) -> dict[str, Any]:
    trial = assessed.trial
    return {
        "uuid": str(uuid5(NAMESPACE_URL, f"{hook_instance.lower()}/{trial.id}/{verdict.question}")),
        "summary": summary_of(assessed, verdict),
        "detail": detail_of(assessed, verdict),
        "indicator": "info",
        "source": {
            "label": LABEL,
            "url": trial.source.url,
            "topic": {"system": "https://clinicaltrials.gov", "code": trial.id, "display": trial.short_title},
        },
        "overrideReasons": coded(override_reasons().eligibility) + disagreements(trial, verdict),
        "links": [{"label": f"Study page of {trial.id}", "url": trial.source.url, "type": "absolute"}],
        "extension": {EXTENSION: trial_as_json(assessed)},
    }


def summary_of(assessed: TrialAssessment, verdict: Verdict) -> str:
    """One sentence under 140 characters: the trial, the standing in words, what is open."""
    counts = _counts(verdict)
    text = f"{assessed.trial.id}: {SAYS[verdict.standing]}{counts} ({assessed.trial.short_title})"
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST_SUMMARY else flat[: LONGEST_SUMMARY - 1] + "…"


def _counts(verdict: Verdict) -> str:
    missing = len(_open(verdict, AnsweredBy.DATA))
    asked = len(_open(verdict, AnsweredBy.CLINICIAN, AnsweredBy.CONSENT))
    parts = []
    if missing:
        parts.append(f"{missing} fact{'s' if missing > 1 else ''} missing")
    if asked:
        parts.append(f"{asked} for a clinician")
    return f"; {', '.join(parts)}" if parts else ""


def _open(verdict: Verdict, *needs: AnsweredBy) -> list[Finding]:
    return [f for f in verdict.findings if f.outcome is Outcome.UNKNOWN and f.needs in needs]


def detail_of(assessed: TrialAssessment, verdict: Verdict) -> str:
    """GitHub Markdown, the decisive part first. Everything from the chart is escaped."""
    failed = [f for f in verdict.findings if f.outcome is Outcome.FAIL]
    passed = [f for f in verdict.findings if f.outcome is Outcome.PASS]
    blocks = [f"**{SAYS[verdict.standing].capitalize()}** for *{escaped(assessed.trial.short_title)}*."]
    if not assessed.recruitment.may_refer:
        blocks.append(f"**Recruitment status unverified.** {escaped(assessed.recruitment.because)}.")
    blocks += forecast_block(assessed, verdict)
    blocks += _section("Stands in the way", failed)
    blocks += _section("Missing: order or record", _open(verdict, AnsweredBy.DATA))
    blocks += _section("For a clinician to answer", _open(verdict, AnsweredBy.CLINICIAN, AnsweredBy.CONSENT))
    blocks += _section("Does not stand in the way", passed)
    notes = [f"- {f.criterion.id}: {escaped(note)}" for f in verdict.findings for note in f.review]
    if notes:
        blocks.append("#### Please look at\n\n" + "\n".join(notes))
    blocks.append("Suggestion for review by a physician; it never decides about enrolment.")
    return "\n\n".join(blocks)


def _section(title: str, findings: Iterable[Finding]) -> list[str]:
    rows = [f"| {f.criterion.id} | {escaped(f.criterion.quote)} | {escaped(f.because)}{_until(f)} |" for f in findings]
    if not rows:
        return []
    return [f"#### {title}\n\n| | Protocol | This patient |\n|---|---|---|\n" + "\n".join(rows)]


def _until(finding: Finding) -> str:
    return f" (valid until {finding.valid_until})" if finding.valid_until else ""
