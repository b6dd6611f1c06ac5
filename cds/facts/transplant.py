"""Allogeneic HSCT: the anchor of everything that must come after it (NCT07441291 I0b)."""

from __future__ import annotations

from datetime import date, datetime

from cds.chart import PROCEDURE, Chart
from cds.facts.inquiry import Inquiry
from cds.facts.series import end_of
from cds.records import Treatment
from rules.facts import Evidence, Fact, Known, Reason, Unknown
from rules.messages import say

ALLOGENEIC, AUTOLOGOUS, ANY = "allo_hsct_procedure", "auto_hsct_procedure", "hsct_any_or_undetermined_type"
SYNGENEIC = "syngeneic_hsct"
SETS = (ALLOGENEIC, AUTOLOGOUS, ANY, "dli", "hsct_evidence_graft_complication")


def latest_allogeneic(chart: Chart, by: date | None = None) -> Treatment | None:
    """The latest completed and dated allogeneic HSCT; GVHD proves a donor where the procedure names none.

    `by` leaves out those that certainly came after that day.
    """
    if not chart.treatments:
        return None
    donor = any(d.confirmed for d in chart.diagnoses_of("hsct_evidence_graft_complication"))
    sets = (ALLOGENEIC, ANY) if donor else (ALLOGENEIC,)
    done = [t for t in chart.treatments_of(*sets) if t.done and t.moment and (by is None or t.moment.first_day <= by)]
    return max(done, key=lambda t: (t.moment.latest if t.moment else datetime.min, t.reference), default=None)  # noqa: DTZ901


def allogeneic_hsct(inquiry: Inquiry) -> Fact:
    """Present when completed, dated and before the qualifying MRD sample."""
    chart = inquiry.chart
    latest = latest_allogeneic(chart)
    if latest is not None and latest.moment is not None:
        return _before_mrd(chart, latest)
    gap = chart.gap((ALLOGENEIC, ANY), (PROCEDURE, "Condition"), say("Allogeneic HSCT"))
    return gap or _hints(inquiry) or _none(inquiry)


def _before_mrd(chart: Chart, hsct: Treatment) -> Fact:
    when = hsct.moment.shown() if hsct.moment else ""
    evidence = (_evidence(hsct),)
    samples = [r for r in chart.results_of("mrd_flow") if r.moment and not r.preliminary]
    newest = max(samples, key=end_of, default=None)
    sample = newest.moment if newest else None
    unclear = sample and hsct.moment and sample.first_day <= hsct.moment.last_day
    if sample and hsct.moment and unclear and sample.last_day > hsct.moment.first_day:
        text = say(
            "Allogeneic HSCT dated only {when}, and the MRD sample {sample}: order unclear",
            when=when,
            sample=sample.shown(),
        )
        return Unknown(Reason.IMPRECISE, text, evidence)
    return Known("present", say("Allogeneic HSCT ({when})", when=when), evidence)


def _hints(inquiry: Inquiry) -> Unknown | None:
    """Records that speak of a transplant without proving an allogeneic one that was done and dated."""
    chart = inquiry.chart
    for treatment in chart.treatments_of(ALLOGENEIC):
        if not treatment.done:
            return Unknown(
                Reason.UNCONFIRMED, say("Allogeneic HSCT recorded but not completed"), (_evidence(treatment),)
            )
        return Unknown(Reason.UNDATED, say("Allogeneic HSCT without a readable date"), (_evidence(treatment),))
    for treatment in chart.treatments_of(ANY, "dli"):
        text = say(
            "{transplant} does not tell the kind of donor", transplant=treatment.name or say("A transplant record")
        )
        return Unknown(Reason.NOT_SPECIFIC, text, (_evidence(treatment),))
    for diagnosis in chart.diagnoses_of(ANY, ALLOGENEIC, "hsct_evidence_graft_complication"):
        text = say(
            "{diagnosis} proves neither donor, date nor procedure",
            diagnosis=diagnosis.name or say("A transplant status code"),
        )
        return Unknown(Reason.NOT_SPECIFIC, text, (Evidence(diagnosis.reference, diagnosis.name or say("status")),))
    unmapped = chart.unmapped_of((ALLOGENEIC, ANY))
    if unmapped is not None:
        text = say("A transplant is mentioned with a code that is not mapped ({code})", code=unmapped.code)
        return Unknown(Reason.UNMAPPED, text, (Evidence(unmapped.reference, say("not mapped")),))
    return None


def _none(inquiry: Inquiry) -> Fact:
    """No allogeneic HSCT: counts only when the list of procedures is complete (B6.11)."""
    open_world = inquiry.absence_does_not_count(say("Allogeneic HSCT"))
    autologous = inquiry.chart.treatments_of(AUTOLOGOUS)
    evidence = tuple(_evidence(treatment) for treatment in autologous)
    twins = inquiry.chart.treatments_of(SYNGENEIC)
    if twins:
        note = (say("The donor was a twin: whether that counts as allogeneic is for a clinician."),)
        return Unknown(Reason.JUDGEMENT, say("Only a syngeneic HSCT on record"), evidence, note)
    if isinstance(open_world, Unknown):
        return Unknown(open_world.reason, open_world.shown, evidence)
    shown = (
        say("Only an autologous or syngeneic HSCT on record") if autologous else say("No HSCT in a reconciled record")
    )
    return Known("absent", shown, evidence, valid_until=inquiry.absence_until())


def _evidence(treatment: Treatment) -> Evidence:
    date = treatment.moment.shown() if treatment.moment else None
    return Evidence(treatment.reference, treatment.name or say("procedure"), date)
