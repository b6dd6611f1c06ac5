"""Sepsis, and infection that treatment does not control (NCT05262673 E1, E2)."""

from __future__ import annotations

from datetime import date, timedelta

from cds.chart import CONDITION, MEDICATIONS, OBSERVATION
from cds.facts.answers import Answer, answer_of
from cds.facts.infection import (
    DRUGS,
    INFECTIONS,
    is_current_treatment,
    no_infection,
    of_diagnoses,
    open_signs,
    treated_until,
)
from cds.facts.inquiry import Inquiry
from cds.facts.series import day_of
from cds.records import Diagnosis, Result
from rules.facts import Evidence, Fact, Known, Reason, Unknown
from rules.messages import say

CULTURE, SEPSIS = "blood_culture", "sepsis"


def sepsis(inquiry: Inquiry) -> Fact:
    """Present when active now. Its absence says nothing about other severe illness: that stays with the clinician."""
    active = [d for d in inquiry.chart.diagnoses_of(SEPSIS) if d.confirmed and d.active]
    if active:
        return Known("present", say("Sepsis now: {names}", names=_names(active)), of_diagnoses(active))
    gap = inquiry.chart.gap((SEPSIS,), (CONDITION,), say("Severe illness"))
    return gap or Unknown(Reason.ATTESTATION, say("Only a clinician can exclude a severe illness"))


def uncontrolled_infection(inquiry: Inquiry) -> Fact:
    """Present: active without treatment, or a recent positive blood culture. Under treatment: a clinician says."""
    chart = inquiry.chart
    diagnoses = chart.diagnoses_of(*INFECTIONS)
    active = [d for d in diagnoses if d.confirmed and d.active]
    cultures = _positive_cultures(inquiry)
    if cultures:
        first, until = cultures[0], _recent_until(inquiry, cultures)
        evidence = (*of_diagnoses(active), Evidence(first.reference, say("blood culture positive"), day_of(first)))
        shown = say("Blood culture positive ({day})", day=day_of(first))
        return Known("present", shown, evidence, valid_until=until, fades=True)
    gap = chart.gap((*INFECTIONS, CULTURE), (CONDITION, OBSERVATION, *MEDICATIONS), say("Uncontrolled infection"))
    if gap is not None:
        return gap
    if active:
        return _active(inquiry, active)
    return _open(inquiry, diagnoses) or no_infection(inquiry)


def _positive_cultures(inquiry: Inquiry) -> list[Result]:
    """Positive blood cultures inside the configured hours before the assessment."""
    start = inquiry.chart.as_of.latest - timedelta(hours=inquiry.days("blood_culture_hours"))
    recent = [r for r in inquiry.chart.results_of(CULTURE) if r.moment is not None and r.moment.latest >= start]
    return [r for r in recent if not r.preliminary and answer_of(r.body) is Answer.POSITIVE]


def _recent_until(inquiry: Inquiry, cultures: list[Result]) -> date:
    """The last day that ends inside the configured hours after one of them; never before the assessment."""
    hours = timedelta(hours=inquiry.days("blood_culture_hours"))
    ends = [r.moment.latest + hours for r in cultures if r.moment is not None]
    last = (max(ends) + timedelta(microseconds=1)).date() - timedelta(days=1)
    return max(last, inquiry.chart.as_of.last_day)


def _active(inquiry: Inquiry, active: list[Diagnosis]) -> Fact:
    """With a treatment on record control is a judgement; without one it counts only if the medications are complete."""
    names, evidence = _names(active), of_diagnoses(active)
    treatments = [d for d in inquiry.chart.drugs_of(DRUGS) if is_current_treatment(inquiry, d)]
    unnamed = inquiry.chart.unmapped_of((DRUGS,))
    if treatments or unnamed:
        name = treatments[0].name if treatments else say("a drug that is not mapped")
        text = say(
            "{names} is active under {treatment}; whether it is controlled is for a clinician",
            names=names,
            treatment=name or say("treatment"),
        )
        drugs = tuple(Evidence(d.reference, d.name or say("drug")) for d in treatments)
        # Then its absence is open, unless the medications are still known to be complete.
        until, listed = treated_until(inquiry, treatments), inquiry.reconciled_until("medications")
        stays_open = "medications" not in inquiry.closed_world and (listed is None or until is None or listed <= until)
        until = None if unnamed or stays_open else until
        return Unknown(Reason.JUDGEMENT, text, (*evidence, *drugs), valid_until=until)
    open_world = inquiry.chart.not_reconciled(
        "medications", inquiry.days("medications_reconciled_days"), say("Treatment of {names}", names=names)
    )
    if open_world is not None and "medications" not in inquiry.closed_world:
        return Unknown(open_world.reason, open_world.shown, evidence)
    until = inquiry.reconciled_until("medications")
    return Known(
        "present", say("Active infection without treatment: {names}", names=names), evidence, valid_until=until
    )


def _open(inquiry: Inquiry, diagnoses: list[Diagnosis]) -> Unknown | None:
    culture = inquiry.chart.unmapped_of((CULTURE,))
    if culture is not None:
        text = say("A blood culture is mentioned with a code that is not mapped ({code})", code=culture.code)
        return Unknown(Reason.UNMAPPED, text, (Evidence(culture.reference, say("not mapped")),))
    return open_signs(inquiry, diagnoses) or _mentioned(inquiry)


def _mentioned(inquiry: Inquiry) -> Unknown | None:
    """A result or procedure whose words speak of an infection, for example a viral load without a mapped code."""
    item = inquiry.chart.unmapped_of(INFECTIONS)
    if item is None:
        return None
    text = say("An infection is mentioned with a code that is not mapped ({code})", code=item.code)
    return Unknown(Reason.UNMAPPED, text, (Evidence(item.reference, say("not mapped")),))


def _names(diagnoses: list[Diagnosis]) -> str:
    return say(" and ").join(dict.fromkeys(d.name or say("an infection") for d in diagnoses))
