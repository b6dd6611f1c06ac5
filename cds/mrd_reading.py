"""How one MRD result reads for the response of NCT05262673: R1 (flow, floor 0.01 %) and R2 (NGS, floor 10⁻⁶)."""

from __future__ import annotations

from decimal import Decimal
from enum import IntEnum

from cds.facts.answers import Answer, answer_of
from cds.facts.inquiry import Inquiry
from cds.facts.mrd import PERCENT, detection_limit
from cds.records import Result
from cds.shapes import ValueBearer
from cds.values import Problem, Scale, Value, value_of
from rules.messages import say

CELLS = Scale("cells", "{cells}", bare=True)
# With three times as many cells a clone at the limit is seen in 95 of 100 samples (Poisson).
CELLS_PER_LIMIT = Decimal(3)


class Reading(IntEnum):
    """Ordered by how much it speaks for disease."""

    INDETERMINATE = 0
    NEGATIVE = 1
    LOW_POSITIVE = 2
    POSITIVE = 3


def read_ngs(inquiry: Inquiry, result: Result) -> tuple[Reading, str]:
    """R2: negative needs no clonal sequence and a limit of at most 10⁻⁶; a level under the limit proves nothing."""
    limit = ngs_limit(result)
    if isinstance(limit, Problem):
        return Reading.INDETERMINATE, limit.shown
    floor = inquiry.number("ngs_lod_pct")
    value = _value(result)
    enough = (_cells(result) or inquiry.number("ngs_min_cells")) >= inquiry.number("ngs_min_cells")
    if value is None:
        negative = enough and limit is not None and limit <= floor
        return (Reading.NEGATIVE if negative else Reading.INDETERMINATE), _not_detected(limit)
    if isinstance(value, Problem):
        return Reading.INDETERMINATE, value.shown
    lo, hi = value.interval.lo or Decimal(0), value.interval.hi
    if lo > 0:
        under = limit is not None and hi is not None and hi < limit
        return (Reading.INDETERMINATE if under else _level(inquiry, lo, hi)), value.shown
    bound = limit if hi == 0 or limit is not None else hi
    negative = enough and bound is not None and bound <= floor and (hi is None or hi <= floor)
    return (Reading.NEGATIVE if negative else Reading.INDETERMINATE), value.shown


def read_flow(inquiry: Inquiry, result: Result) -> tuple[Reading, str]:
    """R1: reliable from 0.01 % up; negative needs "not detected" with a limit of at most 0.01 %."""
    if _wrong_denominator(inquiry, result):
        return Reading.INDETERMINATE, say("of other cells than mononuclear or nucleated ones")
    limit = detection_limit(result)
    if isinstance(limit, Problem):
        return Reading.INDETERMINATE, limit.shown
    floor = inquiry.number("flow_lod_pct")
    value = _value(result)
    if value is None:
        negative = limit is not None and limit <= floor
        return (Reading.NEGATIVE if negative else Reading.INDETERMINATE), _not_detected(limit)
    if isinstance(value, Problem):
        return Reading.INDETERMINATE, value.shown
    lo, hi = value.interval.lo or Decimal(0), value.interval.hi
    if lo >= inquiry.number("mrd_positive_pct"):
        return Reading.POSITIVE, value.shown
    # "< 0.01 %" states the assay's own limit; a bare zero states none.
    bound = hi if lo == 0 and value.interval.hi_open else limit if hi == 0 else None
    negative = bound is not None and bound <= floor
    return (Reading.NEGATIVE if negative else Reading.INDETERMINATE), value.shown


def ngs_limit(result: Result) -> Decimal | Problem | None:
    """The limit of detection in per cent: as stated, else from the cells evaluated, else None."""
    stated = detection_limit(result)
    if stated is not None:
        return stated
    cells = _cells(result)
    return CELLS_PER_LIMIT * 100 / cells if cells else None


def _cells(result: Result) -> Decimal | None:
    """Cells evaluated: the component, else the denominator of a ratio."""
    for component in result.siblings:
        if component.code and any(coding.code == "cells-evaluated" for coding in component.code.coding):
            value = value_of(component, CELLS)
            return value.interval.lo if isinstance(value, Value) else None
    ratio = result.body.valueRatio
    return ratio.denominator.value if ratio and ratio.denominator else None


def _value(result: Result) -> Value | Problem | None:
    """The level in per cent; None for a coded or written "not detected" without a number."""
    if _has_number(result.body):
        return value_of(result.body, PERCENT)
    if answer_of(result.body) is Answer.NEGATIVE:
        return None
    return value_of(result.body, PERCENT)


def _has_number(body: ValueBearer) -> bool:
    return body.valueQuantity is not None or body.valueRatio is not None or body.valueRange is not None


def _level(inquiry: Inquiry, lo: Decimal, hi: Decimal | None) -> Reading:
    positive = inquiry.number("mrd_positive_pct")
    if lo >= positive:
        return Reading.POSITIVE
    return Reading.LOW_POSITIVE if hi is not None and hi < positive else Reading.INDETERMINATE


def _wrong_denominator(inquiry: Inquiry, result: Result) -> bool:
    accepted = {"nucleated", "unstated", *(("mononuclear",) if inquiry.flag("mrd_accept_mononuclear") else ())}
    return result.mapping is not None and result.mapping.denominator not in accepted


def _not_detected(limit: Decimal | None) -> str:
    return (
        say("not detected (detection limit {limit} %)", limit=f"{limit:f}")
        if limit is not None
        else say("not detected, limit not stated")
    )
