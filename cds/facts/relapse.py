"""What speaks for or against a relapse after the latest HSCT (NCT07441291 I4).

The marrow is the evidence that is needed; circulating blasts, extramedullary disease and relapse codes can only speak
against. They are "absent" when nothing is recorded and the record could be looked at completely.
"""

from __future__ import annotations

from collections.abc import Sequence

from cds.chart import CONDITION, OBSERVATION
from cds.facts.inquiry import Inquiry
from cds.facts.mrd import FLOW, PERCENT, level
from cds.facts.series import day_of, end_of, newest_quantity
from cds.facts.transplant import latest_allogeneic
from cds.moments import Moment
from cds.records import UNREAD, Diagnosis, Result
from cds.values import Problem, Scale, Value, value_of
from rules.facts import Evidence, Fact, Interval, Known, Reason, Unknown
from rules.messages import say

MARROW, BLOOD, CSF = "marrow_blast_pct", "blood_blast_pct", "csf_blasts"
SPECIMEN_NEEDED = "marrow_blast_pct_if_marrow"
COUNT = Scale("cell_count", "10*9/L")
RELAPSE, EXTRAMEDULLARY, CNS = "all_in_relapse", "extramedullary_leukemia", "cns_leukemia"


def marrow_blast_pct(inquiry: Inquiry) -> Fact:
    """Blasts in the marrow, near the MRD sample; an MRD that says more than the morphology is a conflict."""
    results = [*inquiry.chart.results_of(MARROW)]
    results += [r for r in inquiry.chart.results_of(SPECIMEN_NEEDED) if r.specimen in ("marrow", UNREAD)]
    found = newest_quantity(inquiry, results, lambda r: value_of(r.body, PERCENT), say("Marrow blasts"), (MARROW,))
    if not isinstance(found, Known) or not isinstance(found.value, Interval):
        return found
    unread = {r.reference for r in results if r.specimen == UNREAD and MARROW not in r.sets}
    if unread and any(evidence.reference in unread for evidence in found.evidence):
        text = say("Blasts {found}, in a specimen that could not be fetched: perhaps marrow", found=found.shown)
        return Unknown(Reason.NOT_FETCHED, text, found.evidence)
    limit = inquiry.number("relapse_marrow_blast_pct")
    if found.value.hi is None or found.value.hi >= limit:
        return found
    return _against_mrd(inquiry, found, results) or found


def _against_mrd(inquiry: Inquiry, found: Known, marrow: Sequence[Result]) -> Unknown | None:
    """A clean marrow counts only near the MRD sample and when flow MRD does not itself reach the relapse level."""
    flow = [r for r in inquiry.chart.results_of(FLOW) if r.moment and not r.preliminary]
    newest = max(flow, key=end_of, default=None)
    named = {evidence.reference for evidence in found.evidence}
    used = [r for r in marrow if r.moment and r.reference in named]
    if newest is None or newest.moment is None or not used or used[0].moment is None:
        return None
    evidence = (*found.evidence, Evidence(newest.reference, newest.text or say("flow MRD"), day_of(newest)))
    apart = abs((newest.moment.last_day - used[0].moment.last_day).days)
    if apart > inquiry.days("marrow_to_mrd_days"):
        text = say(
            "Marrow blasts {found} and the MRD sample of {day} are {apart} days apart",
            found=found.shown,
            day=day_of(newest),
            apart=apart,
        )
        return Unknown(Reason.STALE, text, evidence)
    high = level(inquiry, newest)
    least = high.interval.lo if isinstance(high, Value) else None
    if least is not None and least >= inquiry.number("relapse_marrow_blast_pct"):
        text = say(
            "Marrow blasts {found}, but flow MRD {high}: morphology and flow disagree",
            found=found.shown,
            high=high.shown,
        )
        return Unknown(Reason.CONFLICT, text, evidence)
    return None


def circulating_blasts(inquiry: Inquiry) -> Fact:
    """Blasts in blood: none in the latest count, or nothing recorded. Any blast is unconfirmed, so it stays open."""
    results = inquiry.chart.results_of(BLOOD)
    if not results:
        return _nothing(inquiry, say("Circulating blasts"), (BLOOD,), OBSERVATION)
    found = newest_quantity(inquiry, results, any_blast, say("Circulating blasts"), (BLOOD,))
    if isinstance(found, Unknown):
        # An old count says nothing about today; the marrow is the evidence that is needed.
        return (
            _nothing(inquiry, say("Circulating blasts"), (BLOOD,), OBSERVATION)
            if found.reason is Reason.STALE
            else found
        )
    interval = found.value
    if isinstance(interval, Interval) and interval.hi == 0:
        # Once too old, the count is passed over and none is recorded; only a coarse date leaves a time in doubt.
        until = found.valid_until if _is_coarse(results, found) else None
        shown = say("No circulating blasts ({found})", found=found.shown)
        return Known("absent", shown, found.evidence, valid_until=until)
    return Unknown(
        Reason.UNCONFIRMED,
        say("Blasts in the blood, not confirmed as leukaemic: {found}", found=found.shown),
        found.evidence,
        valid_until=found.valid_until,
    )


def _is_coarse(results: Sequence[Result], found: Known) -> bool:
    used = {evidence.reference for evidence in found.evidence}
    return any(r.moment and r.moment.first_day != r.moment.last_day for r in results if r.reference in used)


def any_blast(result: Result) -> Value | Problem:
    percent = value_of(result.body, PERCENT)
    return percent if isinstance(percent, Value) else value_of(result.body, COUNT)


def extramedullary_leukemia(inquiry: Inquiry) -> Fact:
    """Proven extramedullary disease after the latest HSCT: a diagnosis, a relapse outside the marrow, or CSF blasts."""
    chart = inquiry.chart
    found = [d for d in chart.diagnoses if d.sets & {EXTRAMEDULLARY, CNS} or (d.outside_marrow and d.sets)]
    verdicts = [_after_hsct(inquiry, d, say("Extramedullary disease")) for d in found]
    verdicts += [_csf(inquiry, result) for result in chart.results_of(CSF)]
    decided = _strongest(verdicts)
    if decided is not None:
        return decided
    return _unmapped(inquiry, EXTRAMEDULLARY) or _nothing(
        inquiry, say("Extramedullary disease"), (EXTRAMEDULLARY, CNS), CONDITION
    )


def relapse_diagnosis(inquiry: Inquiry) -> Fact:
    """A relapse code that began after the latest HSCT and that no newer marrow contradicts."""
    verdicts = [_after_hsct(inquiry, d, say("Relapse")) for d in inquiry.chart.diagnoses_of(RELAPSE)]
    decided = _strongest(verdicts)
    if decided is None:
        return _nothing(inquiry, say("Relapse diagnosis"), (RELAPSE,), CONDITION)
    if isinstance(decided, Known) and decided.value == "present" and _newer_clean_marrow(inquiry, decided):
        text = say("{decided}, but a newer marrow is below the relapse level", decided=decided.shown)
        return Unknown(Reason.CONFLICT, text, decided.evidence)
    return decided


def _after_hsct(inquiry: Inquiry, diagnosis: Diagnosis, what: str) -> Fact | None:
    """Present when active, confirmed and begun after the HSCT; history (None) when it began before."""
    hsct = latest_allogeneic(inquiry.chart)
    evidence = (
        Evidence(diagnosis.reference, diagnosis.name or what, diagnosis.began.shown() if diagnosis.began else None),
    )
    if diagnosis.began is None:
        return Unknown(
            Reason.UNDATED, say("{what}: {diagnosis} has no date", what=what, diagnosis=diagnosis.name), evidence
        )
    if hsct is not None and hsct.moment is not None:
        if diagnosis.began.last_day < hsct.moment.first_day:
            return None
        if diagnosis.began.first_day <= hsct.moment.last_day:
            return Unknown(
                Reason.IMPRECISE,
                say("{what}: {diagnosis} and the HSCT cannot be put in order", what=what, diagnosis=diagnosis.name),
                evidence,
            )
    if not diagnosis.confirmed:
        return Unknown(
            Reason.UNCONFIRMED,
            say("{what}: {diagnosis} is not confirmed", what=what, diagnosis=diagnosis.name),
            evidence,
        )
    if not diagnosis.active:
        text = say(
            "{what} after the HSCT, recorded as no longer active: {diagnosis}", what=what, diagnosis=diagnosis.name
        )
        return Unknown(Reason.JUDGEMENT, text, evidence)
    return Known(
        "present",
        say("{what}: {diagnosis} since {when}", what=what, diagnosis=diagnosis.name, when=diagnosis.began.shown()),
        evidence,
    )


def _csf(inquiry: Inquiry, result: Result) -> Fact | None:
    hsct = latest_allogeneic(inquiry.chart)
    value = any_blast(result)
    evidence = (Evidence(result.reference, value.shown, day_of(result)),)
    if result.preliminary:
        return Unknown(Reason.PRELIMINARY, say("Blasts in the CSF: only a preliminary result"), evidence)
    if isinstance(value, Problem):
        return Unknown(
            value.reason,
            say("Blasts in the CSF: the result of {day} {value}", day=day_of(result), value=value.shown),
            evidence,
        )
    if value.interval.hi == 0 or _before(result.moment, hsct.moment if hsct else None):
        return None
    if result.moment is None or value.interval.lo is None or value.interval.lo <= 0:
        return Unknown(Reason.IMPRECISE, say("Blasts in the CSF: {value}", value=value.shown), evidence)
    return Known("present", say("Blasts in the CSF, {value} ({day})", value=value.shown, day=day_of(result)), evidence)


def _before(moment: Moment | None, anchor: Moment | None) -> bool:
    return moment is not None and anchor is not None and moment.last_day < anchor.first_day


def _strongest(verdicts: Sequence[Fact | None]) -> Fact | None:
    """Present decides; else the first open one; None when there is only history."""
    known = [fact for fact in verdicts if isinstance(fact, Known)]
    return known[0] if known else next((fact for fact in verdicts if fact is not None), None)


def _newer_clean_marrow(inquiry: Inquiry, relapse: Known) -> bool:
    limit = inquiry.number("relapse_marrow_blast_pct")
    began = next((e.date for e in relapse.evidence if e.date), "")
    for result in inquiry.chart.results_of(MARROW):
        value = value_of(result.body, PERCENT)
        if result.preliminary or isinstance(value, Problem) or value.interval.hi is None or result.moment is None:
            continue
        if value.interval.hi < limit and result.moment.first_day.isoformat() >= began:
            return True
    return False


def _unmapped(inquiry: Inquiry, name: str) -> Unknown | None:
    item = inquiry.chart.unmapped_of((name,))
    if item is None:
        return None
    text = say("Extramedullary disease is mentioned with a code that is not mapped ({code})", code=item.code)
    return Unknown(Reason.UNMAPPED, text, (Evidence(item.reference, say("not mapped")),))


def _nothing(inquiry: Inquiry, what: str, sets: tuple[str, ...], resource_type: str) -> Fact:
    gap = inquiry.chart.gap(sets, (resource_type,), what)
    if gap is None and resource_type == CONDITION:
        gap = inquiry.absence_does_not_count(what)
    until = inquiry.absence_until() if resource_type == CONDITION else None
    return gap or Known("absent", say("{what}: none recorded", what=what), valid_until=until)
