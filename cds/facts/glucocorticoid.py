"""Systemic glucocorticoid inside the window (NCT05262673 E5). The route decides; an order alone proves nothing."""

from __future__ import annotations

from datetime import date, timedelta

from cds.chart import MEDICATIONS
from cds.facts.inquiry import Inquiry
from cds.records import Drug
from rules.facts import Evidence, Fact, Known, Reason, Unknown
from rules.messages import say, to_say

STEROID, ENTERIC = "systemic_glucocorticoid", "enteric_glucocorticoid"
LABEL = to_say("Systemic glucocorticoid")
CLOSED = frozenset({"completed", "stopped"})
REPLACEMENT = to_say("The protocol makes no exception for replacement doses: confirm the reading.")


def systemic_glucocorticoid(inquiry: Inquiry) -> Fact:
    """Present with a dose given by a systemic route in [as_of - window, as_of], both ends included."""
    doses = [d for d in inquiry.chart.drugs_of(STEROID) if d.route != "local" and d.status != "on-hold"]
    inside = [d for d in doses if _overlap(inquiry, d) is not False]
    certain = [d for d in inside if d.given and d.route == "systemic" and _overlap(inquiry, d)]
    if certain:
        dose = max(certain, key=lambda d: (d.moment.latest.isoformat() if d.moment else "", d.reference))
        shown = say("{label}: {drug} ({when})", label=say(LABEL), drug=dose.name or say("a dose"), when=_when(dose))
        until = _leaves(inquiry, certain, certainly=True)
        return Known("present", shown, _evidence(certain), valid_until=until, review=(say(REPLACEMENT),), fades=True)
    gap = inquiry.chart.gap((STEROID,), MEDICATIONS, say(LABEL))
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
            text = say("{label}: {drug} {why}", label=say(LABEL), drug=drug.name or say("a glucocorticoid"), why=words)
            return Unknown(reason, text, _evidence([drug]), valid_until=_leaves(inquiry, inside))
    enteric = [
        d for d in inquiry.chart.drugs_of(ENTERIC) if d.route == "systemic" and _overlap(inquiry, d) is not False
    ]
    if enteric:
        text = say(
            "{label}: {drug} by mouth: for a clinician",
            label=say(LABEL),
            drug=enteric[0].name or say("a locally acting glucocorticoid"),
        )
        return Unknown(Reason.JUDGEMENT, text, _evidence(enteric), (text,), _leaves(inquiry, enteric))
    unmapped = inquiry.chart.unmapped_of((STEROID,))
    if unmapped is not None:
        text = say(
            "{label}: a drug looks like one, but its code is not mapped ({code})", label=say(LABEL), code=unmapped.code
        )
        return Unknown(Reason.UNMAPPED, text, (Evidence(unmapped.reference, say("not mapped")),))
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
        return Reason.JUDGEMENT, say(
            "was given intrathecally ({when}): whether that is systemic is for a clinician", when=_when(drug)
        )
    if drug.moment is None:
        return Reason.UNDATED, say("is on record without a date")
    if not drug.given:
        return Reason.UNCONFIRMED, say("is ordered ({when}); no administration is on record", when=_when(drug))
    if drug.route is None:
        return Reason.NOT_SPECIFIC, say("was given ({when}) without a stated route", when=_when(drug))
    return Reason.IMPRECISE, say("is dated only {when}", when=_when(drug))


def _absent(inquiry: Inquiry) -> Fact:
    open_world = inquiry.absence_does_not_count(say(LABEL))
    if open_world is not None:
        return open_world
    shown = say(
        "No systemic glucocorticoid within {window} days in a reconciled medication list", window=inquiry.window
    )
    return Known("absent", shown, valid_until=inquiry.absence_until())


def _when(drug: Drug) -> str:
    return drug.moment.shown() if drug.moment else say("date unknown")


def _evidence(drugs: list[Drug]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(d.reference, d.name or say("glucocorticoid"), d.moment.shown() if d.moment else None) for d in drugs
    )
