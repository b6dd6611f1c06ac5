"""Organ function laboratory values: as multiples of the result's own upper limit of normal, or absolute."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Context, Decimal

from msgspec.structs import replace

from cds.facts.inquiry import Inquiry
from cds.facts.series import newest_quantity
from cds.facts.uln import OUTSIDE, WITHIN, limits, table_limits
from cds.records import Result
from cds.values import Problem, Scale, Value, value_of
from rules.facts import Fact, Interval, Known, Reason
from rules.messages import say

HEMOGLOBIN, PLATELETS = Scale("hemoglobin", "g/L"), Scale("cell_count", "10*9/L")
HEMOLYSED = ("hemoly", "haemoly")
FactReader = Callable[[Inquiry], Fact]
BILIRUBIN = Scale("bilirubin", "mg/dL")
_TO_LIMIT = Context(prec=28)


def times_uln(value_set: str, label: str, scale: Scale) -> FactReader:
    """A reader of value / ULN, for the newest result of one analyte."""

    def read(inquiry: Inquiry) -> Fact:
        results = inquiry.chart.results_of(value_set)
        return newest_quantity(inquiry, results, lambda r: _ratio(inquiry, r, scale), say(label), (value_set,))

    return read


def _ratio(inquiry: Inquiry, result: Result, scale: Scale) -> Value | Problem:
    value = value_of(result.body, scale)
    if isinstance(value, Problem):
        return value
    doubt = _doubt(inquiry, result, scale)
    if doubt is not None:
        return Problem(Reason.JUDGEMENT, say("({value}) {why}", value=value.shown, why=doubt))
    highs = limits(inquiry, result, scale)
    if isinstance(highs, Problem):
        return highs
    if not highs:
        by_word = _by_interpretation(result, value)
        highs = table_limits(inquiry, result, scale) if isinstance(by_word, Problem) else []
        if not highs:
            return by_word
    stated, limit = value.interval, f"{highs[0]:f}"
    lo = _divided(stated.lo, highs[-1])
    hi = lo if stated.lo is stated.hi and len(highs) == 1 else _divided(stated.hi, highs[0])
    if len(highs) > 1:
        limit = say("{low} to {high}", low=limit, high=f"{highs[-1]:f}")
    shown = say("{value}, limit of normal {limit} {unit}", value=value.shown, limit=limit, unit=scale.unit)
    return Value(Interval(lo, hi, stated.lo_open, stated.hi_open), shown)


def _doubt(inquiry: Inquiry, result: Result, scale: Scale) -> str | None:
    """What makes a sound number useless: a haemolysed sample for enzymes, dialysis for creatinine."""
    if scale.analyte == "creatinine":
        chart = inquiry.chart
        dialysed = chart.diagnoses_of("dialysis") or chart.treatments_of("dialysis") or chart.unmapped_of(("dialysis",))
        return say("is of a patient on dialysis: a clinician decides") if dialysed else None
    notes = result.notes.lower()
    return say("is of a haemolysed sample") if notes and any(word in notes for word in HEMOLYSED) else None


def _divided(end: Decimal | None, limit: Decimal) -> Decimal | None:
    return None if end is None else _TO_LIMIT.divide(end, limit)


def _by_interpretation(result: Result, value: Value) -> Value | Problem:
    """No range: "normal" or "low" still says that the value is at most the upper limit."""
    flags = {(c.code or "").strip() for concept in result.body.interpretation for c in concept.coding}
    if flags & WITHIN and not flags & OUTSIDE:
        return Value(Interval(Decimal(0), Decimal(1)), say("{value}, reported as not high", value=value.shown))
    return Problem(Reason.MISSING, say("has no upper limit of normal"))


def bilirubin_total_mg_dl(inquiry: Inquiry) -> Fact:
    """Total bilirubin, absolute, in mg/dL."""
    results = inquiry.chart.results_of("bilirubin_total")
    found = newest_quantity(
        inquiry, results, lambda r: value_of(r.body, BILIRUBIN), say("Total bilirubin"), ("bilirubin_total",)
    )
    if inquiry.chart.unmapped_of(("gilbert_syndrome",)) or inquiry.chart.diagnoses_of("gilbert_syndrome"):
        note = say("Gilbert's syndrome is mentioned; the protocol makes no exception for it.")
        return replace(found, review=(*found.review, note))
    return found


def hemoglobin_g_l(inquiry: Inquiry) -> Fact:
    """Haemoglobin in g/L; mmol/L is read as the monomer."""
    results = inquiry.chart.results_of("hemoglobin")
    found = newest_quantity(
        inquiry, results, lambda r: value_of(r.body, HEMOGLOBIN), say("Haemoglobin"), ("hemoglobin",)
    )
    transfusion = _red_cells(inquiry)
    if transfusion is not None and isinstance(found, Known):
        return replace(found, review=(*found.review, say("Red cells were transfused ({when}).", when=transfusion)))
    return found


def _red_cells(inquiry: Inquiry) -> str | None:
    """When red cells were given inside the window, as a coded procedure or in words."""
    start = inquiry.chart.as_of.last_day - timedelta(days=inquiry.window)
    moments = [t.moment for t in inquiry.chart.treatments_of("red_cell_transfusion")]
    moments += [item.moment for item in inquiry.chart.unmapped if "red_cell_transfusion" in item.sets]
    recent = [moment.shown() for moment in moments if moment is not None and moment.last_day >= start]
    return max(recent, default=None)


def platelets_10_9_l(inquiry: Inquiry) -> Fact:
    """The latest platelet count, shown beside the question of cell separation."""
    results = inquiry.chart.results_of("platelets")
    return newest_quantity(inquiry, results, lambda r: value_of(r.body, PLATELETS), say("Platelets"), ("platelets",))
