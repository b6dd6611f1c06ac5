"""Signs that a clinician should see beside a question that only a clinician answers (NCT05262673 I4b, I7)."""

from __future__ import annotations

from decimal import Decimal

from cds.facts.inquiry import Inquiry
from cds.facts.series import end_of
from cds.records import Result
from cds.values import Scale, Value, value_of
from rules.facts import Evidence, Fact, Known
from rules.messages import say, to_say

WEIGHT, ECOG = Scale("body_weight", "kg"), Scale("ecog", "{score}", bare=True)
BED_BOUND = 4
IN_WORDS = {
    "citrate_reaction": to_say("a reaction to citrate, in words"),
    "venous_access_problem": to_say("a problem with venous access, in words"),
}


def end_of_life_signs(inquiry: Inquiry) -> Fact:
    """Hospice or comfort care, coded or in words, or ECOG 4."""
    chart = inquiry.chart
    found = [
        (d.reference, d.name or say("end-of-life care")) for d in chart.diagnoses_of("end_of_life_care") if d.active
    ]
    found += [(t.reference, t.name or say("end-of-life care")) for t in chart.treatments_of("end_of_life_care")]
    found += [(u.reference, say("end-of-life care")) for u in chart.unmapped if "end_of_life_care" in u.sets]
    ecog = _latest(inquiry, "ecog", ECOG)
    if ecog is not None and ecog[1] >= BED_BOUND:
        found.append((ecog[0].reference, say("ECOG 4")))
    return _warning(to_say("Warning: on record are {names}"), found)


def apheresis_warning(inquiry: Inquiry) -> Fact:
    """Coded contraindications, a reaction to citrate in words, and a low body weight."""
    chart = inquiry.chart
    found = [
        (d.reference, d.name or say("a contraindication"))
        for d in chart.diagnoses_of("apheresis_contraindication", *IN_WORDS)
        if d.active
    ]
    for name, words in IN_WORDS.items():
        found += [(u.reference, say(words)) for u in chart.unmapped if name in u.sets]
    weight = _latest(inquiry, "body_weight", WEIGHT)
    if weight is not None and weight[1] < inquiry.number("apheresis_low_weight_kg"):
        found.append((weight[0].reference, say("body weight {weight} kg", weight=f"{weight[1]:f}")))
    return _warning(to_say("Warning for cell separation: {names}"), found)


def _latest(inquiry: Inquiry, name: str, scale: Scale) -> tuple[Result, Decimal] | None:
    dated = [r for r in inquiry.chart.results_of(name) if r.moment and not r.preliminary]
    newest = max(dated, key=end_of, default=None)
    value = value_of(newest.body, scale) if newest else None
    if newest is None or not isinstance(value, Value) or value.interval.lo is None:
        return None
    return newest, value.interval.lo


def _warning(warning: str, found: list[tuple[str, str]]) -> Known:
    if not found:
        return Known("absent", say("Nothing on record speaks against it"))
    names = say(", ").join(dict.fromkeys(name for _, name in found))
    return Known("present", say(warning, names=names), tuple(Evidence(reference, name) for reference, name in found))
