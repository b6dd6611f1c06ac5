"""Lifetime conditions that exclude: CNS disorders, autoimmune disease, other malignancies (NCT07441291 E3, E4, E5)."""

from __future__ import annotations

from datetime import date, timedelta

from cds.chart import CONDITION, MEDICATIONS, OBSERVATION
from cds.facts.inquiry import Inquiry
from cds.facts.mrd import PERCENT
from cds.facts.relapse import CSF
from cds.records import Diagnosis, Drug, Result
from cds.values import Value, value_of
from rules.facts import Evidence, Fact, Known, Reason, Unknown
from rules.messages import say

TIER_A = ("cns_disorder", "cns_leukemia")
TIER_B = ("cns_disorder_tier_b",)
AUTOIMMUNE, TYPE_1_DIABETES = "autoimmune_disease", "type_1_diabetes"
MALIGNANT = ("malignancy_any", "ptld", "myelodysplasia")
OPEN_MALIGNANCY = ("malignancy_in_situ", "malignancy_uncertain", "leukemia_unspecified", "lymphoblastic_lymphoma")
SKIN, ENDOCRINE = "nmsc", "endocrine_therapy"


def cns_disorder(inquiry: Inquiry) -> Fact:
    """Tier A ever, in whatever state, is present; tier B and tentative tier A are for a clinician."""
    chart = inquiry.chart
    serious = chart.diagnoses_of(*TIER_A)
    confirmed = [d for d in serious if d.confirmed]
    if confirmed:
        return Known("present", say("CNS disorder: {names}", names=_names(confirmed)), _evidence(confirmed))
    blasts = [result for result in chart.results_of(CSF) if _has_blasts(result)]
    if blasts:
        found = tuple(
            Evidence(r.reference, say("blasts in the CSF"), r.moment.shown() if r.moment else None) for r in blasts
        )
        return Known("present", say("CNS disorder: blasts in the cerebrospinal fluid"), found)
    gap = chart.gap((*TIER_A, *TIER_B), (CONDITION, OBSERVATION), say("CNS disorder"))
    if gap is not None:
        return gap
    if serious:
        return Unknown(
            Reason.UNCONFIRMED, say("CNS disorder not confirmed: {names}", names=_names(serious)), _evidence(serious)
        )
    minor = chart.diagnoses_of(*TIER_B)
    if minor:
        text = say("{names}: whether it counts as a CNS disorder is for a clinician", names=_names(minor))
        return Unknown(Reason.JUDGEMENT, text, _evidence(minor))
    return _unmapped(inquiry, say("CNS disorder"), (*TIER_A, *TIER_B)) or _absent(inquiry, say("CNS disorder"))


def _has_blasts(result: Result) -> bool:
    value = value_of(result.body, PERCENT)
    return (
        not result.preliminary and isinstance(value, Value) and value.interval.lo is not None and value.interval.lo > 0
    )


def autoimmune_disease(inquiry: Inquiry) -> Fact:
    """Present when confirmed and not resolved; resolved disease and type 1 diabetes are for a clinician or the site."""
    chart = inquiry.chart
    found = chart.diagnoses_of(AUTOIMMUNE)
    decides = inquiry.settings["type_1_diabetes_is_autoimmune"]
    counted = [d for d in found if TYPE_1_DIABETES not in d.sets or decides is True]
    current = [d for d in counted if d.confirmed and d.active]
    if current:
        review = (say('The protocol says "autoimmune diseases" without "active" or "severe": confirm the reading.'),)
        return Known(
            "present", say("Autoimmune disease: {names}", names=_names(current)), _evidence(current), review=review
        )
    gap = chart.gap((AUTOIMMUNE,), (CONDITION,), say("Autoimmune disease"))
    if gap is not None:
        return gap
    diabetes = [d for d in found if TYPE_1_DIABETES in d.sets and decides == "ask"]
    if diabetes:
        text = say("Type 1 diabetes: the site has not said whether it counts as autoimmune")
        return Unknown(Reason.JUDGEMENT, text, _evidence(diabetes))
    if counted:
        text = say("{names}: resolved or not confirmed; whether it counts is for a clinician", names=_names(counted))
        return Unknown(Reason.JUDGEMENT, text, _evidence(counted))
    return _unmapped(inquiry, say("Autoimmune disease"), (AUTOIMMUNE,)) or _absent(inquiry, say("Autoimmune disease"))


def other_malignancy(inquiry: Inquiry) -> Fact:
    """Present with an active confirmed malignancy other than the index leukaemia; skin cancer may be carved out."""
    chart = inquiry.chart
    carved = inquiry.flag("nmsc_carve_out")
    found = [d for d in chart.diagnoses_of(*MALIGNANT) if not (carved and SKIN in d.sets)]
    active = [d for d in found if d.active]
    treated = _endocrine_therapy(inquiry) if found else ()
    certain = [d for d in active if d.confirmed]
    if certain and not treated:
        return Known("present", say("Other malignancy: {names}", names=_names(certain)), _evidence(certain))
    sets = (*MALIGNANT, *OPEN_MALIGNANCY)
    gap = chart.gap(sets, (CONDITION, *MEDICATIONS), say("Other active malignancy"))
    if gap is not None:
        return gap
    return _malignancy_open(inquiry, found, active, treated) or _malignancy_absent(inquiry, carved=carved)


def _malignancy_open(
    inquiry: Inquiry, found: list[Diagnosis], active: list[Diagnosis], treated: tuple[Evidence, ...]
) -> Unknown | None:
    if treated:
        text = say("{names} under endocrine therapy: whether it is active is for a clinician", names=_names(found))
        until = _treated_until(inquiry)
        return Unknown(Reason.JUDGEMENT, text, (*_evidence(found), *treated), valid_until=until)
    if active:
        return Unknown(
            Reason.UNCONFIRMED, say("Malignancy not confirmed: {names}", names=_names(active)), _evidence(active)
        )
    uncertain = [d for d in inquiry.chart.diagnoses_of(*OPEN_MALIGNANCY) if d.active]
    if uncertain:
        text = say(
            "{names}: whether it counts as another active malignancy is for a clinician", names=_names(uncertain)
        )
        return Unknown(Reason.JUDGEMENT, text, _evidence(uncertain))
    return _unmapped(inquiry, say("Other active malignancy"), MALIGNANT)


def _malignancy_absent(inquiry: Inquiry, *, carved: bool) -> Fact:
    known = _absent(inquiry, say("Other active malignancy"))
    skin = [d for d in inquiry.chart.diagnoses_of(SKIN) if d.active] if carved else []
    if isinstance(known, Known) and skin:
        note = say("{names} is carved out as non-melanoma skin cancer; confirm.", names=_names(skin))
        return Known(known.value, known.shown, _evidence(skin), valid_until=known.valid_until, review=(note,))
    return known


def _endocrine_therapy(inquiry: Inquiry) -> tuple[Evidence, ...]:
    return tuple(Evidence(d.reference, d.name or say("endocrine therapy")) for d in _endocrine_drugs(inquiry))


def _endocrine_drugs(inquiry: Inquiry) -> list[Drug]:
    start = inquiry.chart.as_of.last_day - timedelta(days=inquiry.days("malignancy_treatment_days"))
    drugs = inquiry.chart.drugs_of(ENDOCRINE)
    return [d for d in drugs if d.ongoing or d.moment is None or d.moment.last_day >= start]


def _treated_until(inquiry: Inquiry) -> date | None:
    """The last day on which one of the drugs still counts; None when one may do so for ever."""
    ends = [d.ends or (None if d.ongoing else d.moment) for d in _endocrine_drugs(inquiry)]
    days = [end.last_day + timedelta(days=inquiry.days("malignancy_treatment_days")) for end in ends if end]
    return max(days) if len(days) == len(ends) else None


def _absent(inquiry: Inquiry, what: str) -> Fact:
    open_world = inquiry.absence_does_not_count(what)
    if open_world is not None:
        return open_world
    return Known(
        "absent", say("{what}: none in a reconciled problem list", what=what), valid_until=inquiry.absence_until()
    )


def _unmapped(inquiry: Inquiry, what: str, sets: tuple[str, ...]) -> Unknown | None:
    item = inquiry.chart.unmapped_of(sets, CONDITION)
    if item is None:
        return None
    text = say("{what}: a condition looks like it but its code is not mapped ({code})", what=what, code=item.code)
    return Unknown(Reason.UNMAPPED, text, (Evidence(item.reference, say("not mapped")),))


def _names(diagnoses: list[Diagnosis]) -> str:
    return say(" and ").join(dict.fromkeys(d.name or say("an unnamed condition") for d in diagnoses))


def _evidence(diagnoses: list[Diagnosis]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(d.reference, d.name or say("condition"), d.began.shown() if d.began else None) for d in diagnoses
    )
