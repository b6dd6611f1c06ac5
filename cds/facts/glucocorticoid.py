"""Systemic glucocorticoid inside the window (NCT05262673 E5). The route decides; an order alone proves nothing."""

from __future__ import annotations

from datetime import date, timedelta

from cds.chart import MEDICATIONS
from cds.facts.inquiry import Inquiry
from cds.records import Drug
from rules.facts import Evidence, Fact, Known, Reason, Unknown

STEROID, ENTERIC = "systemic_glucocorticoid", "enteric_glucocorticoid"
LABEL = "Systemic glucocorticoid"
CLOSED = frozenset({"completed", "stopped"})
REPLACEMENT = "The protocol makes no exception for replacement doses: confirm the reading."


def systemic_glucocorticoid(inquiry: Inquiry) -> Fact:
    """Present with a dose given by a systemic route in [as_of - window, as_of], both ends included."""
    doses = [d for d in inquiry.chart.drugs_of(STEROID) if d.route != "local" and d.status != "on-hold"]
    inside = [d for d in doses if _overlap(inquiry, d) is not False]
    certain = [d for d in inside if d.given and d.route == "systemic" and _overlap(inquiry, d)]
    if certain:
        dose = max(certain, key=lambda d: (d.moment.latest.isoformat() if d.moment else "", d.reference))
        shown = f"{LABEL}: {dose.name or 'a dose'} ({_when(dose)})"
        until = _leaves(inquiry, certain, certainly=True)
        return Known("present", shown, _evidence(certain), valid_until=until, review=(REPLACEMENT,), fades=True)
    gap = inquiry.chart.gap((STEROID,), MEDICATIONS, LABEL)
    return gap or _open(inquiry, inside) or _absent(inquiry)


def _overlap(inquiry: Inquiry, drug: Drug) -> bool | None:
    """Whether the drug falls inside the window; None when its date is missing or too coarse."""
    today = inquiry.chart.as_of.last_day
    start = today - timedelta(days=inquiry.window)
    if drug.moment is None:
        return None
    if drug.ongoing or drug.moment.first_day >= start:
        return True
    return None if drug.moment.last_day >= start else False


def _open(inquiry: Inquiry, inside: list[Drug]) -> Unknown | None:
    for drug in inside:
        why = _doubt(drug)
        if why is not None:
            reason, words = why
            text = f"{LABEL}: {drug.name or 'a glucocorticoid'} {words}"
            return Unknown(reason, text, _evidence([drug]), valid_until=_leaves(inquiry, inside))
    enteric = [
        d for d in inquiry.chart.drugs_of(ENTERIC) if d.route == "systemic" and _overlap(inquiry, d) is not False
    ]
    if enteric:
        text = f"{LABEL}: {enteric[0].name or 'a locally acting glucocorticoid'} by mouth: for a clinician"
        return Unknown(Reason.JUDGEMENT, text, _evidence(enteric), (text,), _leaves(inquiry, enteric))
    unmapped = inquiry.chart.unmapped_of((STEROID,))
    if unmapped is not None:
        text = f"{LABEL}: a drug looks like one, but its code is not mapped ({unmapped.code})"
        return Unknown(Reason.UNMAPPED, text, (Evidence(unmapped.reference, "not mapped"),))
    return None


def _leaves(inquiry: Inquiry, drugs: list[Drug], *, certainly: bool = False) -> date | None:
    """The last day on which one of the drugs is inside the window; None when one may stay inside for ever."""
    ends = []
    for drug in drugs:
        moment = drug.ends or (None if drug.ongoing else drug.moment)
        if moment is None:
            return None
        ends.append((moment.first_day if certainly else moment.last_day) + timedelta(days=inquiry.window))
    return max(ends)


def _doubt(drug: Drug) -> tuple[Reason, str] | None:
    """Why a dose that may lie inside the window does not decide."""
    if drug.route == "intrathecal":
        return Reason.JUDGEMENT, f"was given intrathecally ({_when(drug)}): whether that is systemic is for a clinician"
    if drug.moment is None:
        return Reason.UNDATED, "is on record without a date"
    if not drug.given:
        return Reason.UNCONFIRMED, f"is ordered ({_when(drug)}); no administration is on record"
    if drug.route is None:
        return Reason.NOT_SPECIFIC, f"was given ({_when(drug)}) without a stated route"
    return Reason.IMPRECISE, f"is dated only {_when(drug)}"


def _absent(inquiry: Inquiry) -> Fact:
    open_world = inquiry.absence_does_not_count(LABEL)
    if open_world is not None:
        return open_world
    shown = f"No systemic glucocorticoid within {inquiry.window} days in a reconciled medication list"
    return Known("absent", shown, valid_until=inquiry.absence_until())


def _when(drug: Drug) -> str:
    return drug.moment.shown() if drug.moment else "date unknown"


def _evidence(drugs: list[Drug]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(d.reference, d.name or "glucocorticoid", d.moment.shown() if d.moment else None) for d in drugs
    )
