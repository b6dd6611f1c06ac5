"""Ejection fraction and oxygen saturation (NCT05262673 I5a, I5b)."""

from __future__ import annotations

from cds.facts.inquiry import Inquiry
from cds.facts.series import TOGETHER, newest_quantity
from cds.records import Result
from cds.shapes import ValueBearer
from cds.values import Problem, Scale, Value, value_of
from rules.facts import Fact, Reason
from rules.messages import say, to_say

LVEF, SPO2 = Scale("lvef", "%"), Scale("spo2", "%")
CONCENTRATION, FLOW = Scale("inhaled_oxygen", "%"), Scale("oxygen_flow", "L/min")
# Air holds 21 % oxygen.
AIR = 21
ON_OXYGEN = to_say("was measured under supplemental oxygen: a clinician decides, or repeat it on room air")
CODES = {"3150-6": CONCENTRATION, "3151-8": FLOW}


def lvef_pct(inquiry: Inquiry) -> Fact:
    """Left ventricular ejection fraction in per cent."""
    return newest_quantity(
        inquiry, inquiry.chart.results_of("lvef"), lambda r: value_of(r.body, LVEF), say("LVEF"), ("lvef",)
    )


def spo2_pct(inquiry: Inquiry) -> Fact:
    """Arterial or pulse oximetry saturation in per cent, without supplemental oxygen."""
    results = inquiry.chart.results_of("spo2")
    return newest_quantity(inquiry, results, lambda r: _saturation(inquiry, r), say("Oxygen saturation"), ("spo2",))


def _saturation(inquiry: Inquiry, result: Result) -> Value | Problem:
    value = value_of(result.body, SPO2)
    if isinstance(value, Value) and _on_oxygen(inquiry, result):
        return Problem(Reason.JUDGEMENT, say("({value}) {why}", value=value.shown, why=say(ON_OXYGEN)))
    return value


def _on_oxygen(inquiry: Inquiry, result: Result) -> bool:
    """Oxygen as a component of the result, or recorded within 24 hours of it; what cannot be read counts as given."""
    own = [(part, CODES[code]) for part in result.siblings for code in _codes(part) if code in CODES]
    others = [(r.body, CONCENTRATION) for r in _near(inquiry, result, "inhaled_oxygen_concentration")]
    others += [(r.body, FLOW) for r in _near(inquiry, result, "inhaled_oxygen_flow")]
    return any(_is_given(body, scale) for body, scale in (*own, *others))


def _near(inquiry: Inquiry, result: Result, name: str) -> list[Result]:
    found = []
    for other in inquiry.chart.results_of(name):
        if other.moment is None or result.moment is None:
            continue
        apart = max(other.moment.earliest - result.moment.latest, result.moment.earliest - other.moment.latest)
        if apart < TOGETHER:
            found.append(other)
    return found


def _codes(part: ValueBearer) -> list[str]:
    return [(coding.code or "").strip() for coding in part.code.coding] if part.code else []


def _is_given(body: ValueBearer, scale: Scale) -> bool:
    value = value_of(body, scale)
    if isinstance(value, Problem):
        return value.reason is not Reason.MISSING
    hi = value.interval.hi
    return hi is None or hi > (AIR if scale is CONCENTRATION else 0)
