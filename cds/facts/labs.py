"""Organ function laboratory values: as multiples of the result's own upper limit of normal, or absolute."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext

from cds.facts.inquiry import Inquiry
from cds.facts.series import newest_quantity
from cds.facts.uln import OUTSIDE, WITHIN, limits
from cds.records import Result
from cds.values import Problem, Scale, Value, value_of
from rules.facts import Fact, Interval, Reason

FactReader = Callable[[Inquiry], Fact]
BILIRUBIN = Scale("bilirubin", "mg/dL")


def times_uln(value_set: str, label: str, scale: Scale) -> FactReader:
    """A reader of value / ULN, for the newest result of one analyte."""

    def read(inquiry: Inquiry) -> Fact:
        results = inquiry.chart.results_of(value_set)
        return newest_quantity(inquiry, results, lambda r: _ratio(inquiry, r, scale), label, (value_set,))

    return read


def _ratio(inquiry: Inquiry, result: Result, scale: Scale) -> Value | Problem:
    value = value_of(result.body, scale)
    if isinstance(value, Problem):
        return value
    highs = limits(inquiry, result, scale)
    if isinstance(highs, Problem):
        return highs
    if not highs:
        return _by_interpretation(result, value)
    ends = [value.interval.lo, value.interval.hi]
    lo = _divided(ends[0], highs[-1])
    hi = _divided(ends[1], highs[0])
    limit = f"{highs[0]:f}" if len(highs) == 1 else f"{highs[0]:f} to {highs[-1]:f}"
    shown = f"{value.shown}, limit of normal {limit} {scale.unit}"
    return Value(Interval(lo, hi, value.interval.lo_open, value.interval.hi_open), shown)


def _divided(end: Decimal | None, limit: Decimal) -> Decimal | None:
    if end is None:
        return None
    with localcontext(prec=28):
        return end / limit


def _by_interpretation(result: Result, value: Value) -> Value | Problem:
    """No range: "normal" or "low" still says that the value is at most the upper limit."""
    flags = {(c.code or "").strip() for concept in result.body.interpretation for c in concept.coding}
    if flags & WITHIN and not flags & OUTSIDE:
        return Value(Interval(Decimal(0), Decimal(1)), f"{value.shown}, reported as not high")
    return Problem(Reason.MISSING, "has no upper limit of normal")


def bilirubin_total_mg_dl(inquiry: Inquiry) -> Fact:
    """Total bilirubin, absolute, in mg/dL."""
    results = inquiry.chart.results_of("bilirubin_total")
    return newest_quantity(
        inquiry, results, lambda r: value_of(r.body, BILIRUBIN), "Total bilirubin", ("bilirubin_total",)
    )
