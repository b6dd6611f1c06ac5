"""The page's words for the codes of an assessment, in the language spoken. A symbol goes with every colour."""

from __future__ import annotations

from rules.facts import Reason
from rules.messages import say
from rules.trial import AnsweredBy
from rules.verdict import Finding, Outcome, Standing

QUESTIONS = ("enrol", "cross_over")
STANDING_SYMBOLS = {
    Standing.POTENTIALLY_ELIGIBLE: "✓",
    Standing.INDETERMINATE: "?",
    Standing.INELIGIBLE: "✕",
    Standing.NOT_APPLICABLE: "–",
}


def standing_symbol(standing: Standing) -> str:
    return STANDING_SYMBOLS[standing]


def standing_words(standing: Standing, question: str = "enrol") -> str:
    """How a question stands, as a clinician would say it. Never "eligible"."""
    if question == "cross_over":
        return {
            Standing.POTENTIALLY_ELIGIBLE: say("Nothing on record stands in the way of crossing over"),
            Standing.INDETERMINATE: say("Cannot tell yet whether crossing over is possible"),
            Standing.INELIGIBLE: say("No crossing over now"),
            Standing.NOT_APPLICABLE: say("Not on study: there is no crossing over"),
        }[standing]
    return {
        Standing.POTENTIALLY_ELIGIBLE: say("Nothing on record stands in the way"),
        Standing.INDETERMINATE: say("Cannot tell yet"),
        Standing.INELIGIBLE: say("Does not fit"),
        Standing.NOT_APPLICABLE: say("Not a patient of this trial"),
    }[standing]


def question_words(question: str) -> str:
    return {"enrol": say("Enrolment"), "cross_over": say("Crossover")}.get(question, question)


def outcome_words(finding: Finding) -> str:
    """What an outcome means for the patient; an open one says who must answer."""
    if finding.outcome is Outcome.PASS:
        return say("does not stand in the way")
    if finding.outcome is Outcome.FAIL:
        return say("stands in the way")
    return {
        AnsweredBy.DATA: say("data missing"),
        AnsweredBy.CLINICIAN: say("clinician to answer"),
        AnsweredBy.CONSENT: say("consent needed"),
    }[finding.needs or AnsweredBy.DATA]


def outcome_symbol(outcome: Outcome) -> str:
    return {Outcome.PASS: "✓", Outcome.FAIL: "✕", Outcome.UNKNOWN: "?"}[outcome]


def recruitment_words(state: str) -> str:
    return {
        "open": say("Recruiting"),
        "closed": say("Not recruiting"),
        "unknown": say("Not known whether it recruits"),
    }[state]


def reason_words(finding: Finding) -> str:
    """Why a criterion is open, in two or three words."""
    return {
        Reason.MISSING: say("not on record"),
        Reason.STALE: say("too old"),
        Reason.UNIT: say("unit not usable"),
        Reason.IMPRECISE: say("not precise enough"),
        Reason.IMPLAUSIBLE: say("implausible"),
        Reason.CONFLICT: say("records contradict"),
        Reason.UNMAPPED: say("code not mapped"),
        Reason.UNDATED: say("without a date"),
        Reason.UNCONFIRMED: say("not confirmed"),
        Reason.NOT_SPECIFIC: say("not specific"),
        Reason.PRELIMINARY: say("preliminary"),
        Reason.NOT_FETCHED: say("not fetched"),
        Reason.UNREADABLE: say("not readable"),
        Reason.NOT_RECONCILED: say("list not reconciled"),
        Reason.JUDGEMENT: say("needs judgement"),
        Reason.ENGINE: say("engine fault"),
    }.get(finding.reason or Reason.MISSING, "")


def remedy(finding: Finding) -> str:
    """What would answer an open criterion, from who must answer it and why it is open."""
    if finding.needs is AnsweredBy.CLINICIAN:
        return say("A clinician's answer")
    if finding.needs is AnsweredBy.CONSENT:
        return say("The patient's signed consent on record")
    return _data_remedies().get(finding.reason or Reason.MISSING, say("The result or record, entered in the chart"))


def _data_remedies() -> dict[Reason, str]:
    return {
        Reason.MISSING: say("The result or record, entered in the chart"),
        Reason.STALE: say("A newer result"),
        Reason.UNIT: say("The result with a unit that can be converted"),
        Reason.IMPRECISE: say("A result precise enough to lie on one side of the limit"),
        Reason.IMPLAUSIBLE: say("The result checked by the laboratory"),
        Reason.CONFLICT: say("A decision between records that contradict each other"),
        Reason.UNMAPPED: say("The site's code mapped by whoever runs this service"),
        Reason.UNDATED: say("The date of the result"),
        Reason.UNCONFIRMED: say("The diagnosis confirmed or refuted"),
        Reason.NOT_SPECIFIC: say("A code that says which disease or product it is"),
        Reason.PRELIMINARY: say("The final result"),
        Reason.NOT_FETCHED: say("The rest of the chart, which could not be fetched"),
        Reason.UNREADABLE: say("The resource sent again in a readable form"),
        Reason.NOT_RECONCILED: say("The list reconciled and marked so; then an absence counts"),
        Reason.JUDGEMENT: say("A clinician's judgement, recorded as an answer"),
        Reason.ATTESTATION: say("A clinician's answer"),
        Reason.CONSENT: say("The patient's signed consent on record"),
        Reason.ENGINE: say("Nothing here: the rule engine could not be trusted; tell whoever runs this service"),
    }


def stratum_words(stratum: str) -> str:
    """The response by MRD."""
    return {
        "deep_negative": say("deep negative"),
        "very_low_positive": say("very low positive"),
        "positive": say("positive"),
        "relapse": say("relapse"),
        "unclassified": say("cannot be classified"),
    }.get(stratum, stratum)


def sequence_words(state: str) -> str:
    """How the products stand to the protocol's order."""
    return {
        "conformant": say("as in the protocol"),
        "incomplete": say("not complete yet"),
        "deviation": say("a deviation"),
        "review": say("to be looked at"),
    }.get(state, state)


def visit_words(state: str) -> str:
    """What became of a planned visit."""
    return {
        "done": say("done"),
        "due": say("due now"),
        "overdue": say("overdue"),
        "missed": say("missed"),
        "upcoming": say("upcoming"),
        "not_due": say("not due"),
    }.get(state, state)


def deviation_words(state: str) -> str:
    return {"violation": say("protocol deviation"), "review": say("to be looked at")}.get(state, state)


def check_words(state: str) -> str:
    """What became of a requirement."""
    return {"ok": say("ok"), "violated": say("violated"), "cannot tell": say("cannot tell")}[state]


def coverage_words(state: str) -> str:
    """What came under a prefetch key."""
    return {
        "present": say("there"),
        "empty": say("looked, nothing there (empty Bundle)"),
        "null": say("looked, nothing there (null)"),
        "missing": say("not sent"),
        "error": say("failed (OperationOutcome)"),
        "paged": say("incomplete (next page)"),
        "wrong": say("not usable"),
    }[state]


def trend_words(trend: str) -> str:
    """Where a value is going, from the one before."""
    return {"falling": say("falling"), "rising": say("rising"), "steady": say("steady")}.get(trend, trend)
