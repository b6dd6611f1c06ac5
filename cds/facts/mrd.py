"""Measurable residual disease by flow cytometry after the latest allogeneic HSCT (NCT07441291 I3, units, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from cds.facts.answers import Answer, answer_of
from cds.facts.inquiry import Inquiry
from cds.facts.series import day_of, evidence_of, newest, newest_quantity, valid_until, where_and_when
from cds.facts.transplant import latest_allogeneic
from cds.moments import Moment
from cds.records import Result, Treatment
from cds.shapes import ValueBearer
from cds.values import Problem, Scale, Value, of_quantity, value_of
from rules.facts import Evidence, Fact, Interval, Known, Reason, Unknown
from rules.messages import say, to_say

LABEL = to_say("Flow MRD")
PERCENT = Scale("cell_fraction", "%")
FLOW, NGS = "mrd_flow", "mrd_ngs"
ACCEPTED = frozenset({"nucleated"})


def flow_results(inquiry: Inquiry, population: str) -> list[Result]:
    """Flow MRD results of one population: "cd19+", "cd19-" or "unstated"."""
    return [r for r in inquiry.chart.results_of(FLOW) if _population(r) == population]


def _population(result: Result) -> str:
    return result.mapping.population if result.mapping else "unstated"


def post_hsct_mrd_flow_cd19_pct(inquiry: Inquiry) -> Fact:
    """CD19+ abnormal B cells in per cent of nucleated cells, sampled after the latest allogeneic HSCT."""
    flow = [(_population(result), result) for result in inquiry.chart.results_of(FLOW)]
    negative_clones = [result for population, result in flow if population == "cd19-"]
    # A preliminary or value-less entry is not "a CD19+ result": it stays in the list for the reasons of unknown.
    results = [result for population, result in flow if population == "cd19+"]
    results += [result for population, result in flow if population == "unstated"]
    hsct = latest_allogeneic(inquiry.chart)
    anchored = _after_hsct(inquiry, results, hsct)
    if isinstance(anchored, Unknown):
        return anchored
    found = newest_quantity(inquiry, anchored, lambda r: level(inquiry, r), say(LABEL), (FLOW,))
    if isinstance(found, Unknown):
        return _clone_only(inquiry, negative_clones) if not results and negative_clones else _with_ngs(inquiry, found)
    notes = [*found.review, *_review(inquiry, anchored, found, hsct), *_clone_notes(negative_clones)]
    return Known(
        found.value, found.shown, found.evidence, found.if_undecided, found.valid_until, tuple(dict.fromkeys(notes))
    )


def level(inquiry: Inquiry, result: Result) -> Value | Problem:
    """One result's level in per cent; below a stated detection limit it is an interval up to that limit."""
    problem = _wrong_kind(inquiry, result)
    if problem is not None:
        return problem
    limit = detection_limit(result)
    if isinstance(limit, Problem):
        return limit
    value = stated_level(result, limit)
    return value if isinstance(value, Problem) else _few_events(inquiry, result, value)


def stated_level(result: Result, limit: Decimal | None) -> Value | Problem:
    """The level in per cent as the laboratory states it, bounded by the detection limit; whichever cells it counted."""
    if is_negative(result.body):
        if limit is None:
            return Problem(Reason.IMPRECISE, say("is negative without a stated detection limit"))
        return Value(
            Interval(Decimal(0), limit, hi_open=True),
            say("not detected (detection limit {limit} %)", limit=f"{limit:f}"),
        )
    value = value_of(result.body, PERCENT)
    return value if isinstance(value, Problem) else _below_limit(value, limit)


def _below_limit(value: Value, limit: Decimal | None) -> Value:
    """A level under the assay's own detection limit is only known to be under that limit."""
    hi = value.interval.hi
    if limit is None or hi is None or hi >= limit:
        return value
    return Value(
        Interval(Decimal(0), limit, hi_open=True),
        say("{value} (detection limit {limit} %)", value=value.shown, limit=f"{limit:f}"),
    )


def _few_events(inquiry: Inquiry, result: Result, value: Value) -> Value:
    """Counts below the configured number of events bound the level only from above (units, section 3)."""
    below = _cells_of_few_events(inquiry, result)
    if below is None:
        return value
    fewest = inquiry.number("mrd_min_events")
    return Value(
        Interval(Decimal(0), fewest * 100 / below, hi_open=True),
        say("{value} (under {fewest} events)", value=value.shown, fewest=fewest),
    )


def _cells_of_few_events(inquiry: Inquiry, result: Result) -> Decimal | None:
    """The cells evaluated, when fewer abnormal events than configured were counted among them."""
    ratio = result.body.valueRatio
    above = ratio.numerator.value if ratio and ratio.numerator else None
    below = ratio.denominator.value if ratio and ratio.denominator else None
    few = above is not None and above < inquiry.number("mrd_min_events")
    return below if few and below else None


def _wrong_kind(inquiry: Inquiry, result: Result) -> Problem | None:
    mapping = result.mapping
    if mapping is None or mapping.population == "unstated":
        return Problem(Reason.UNMAPPED, say("does not state whether CD19+ cells were counted; say so in the code map"))
    mononuclear = mapping.denominator == "mononuclear" and inquiry.flag("mrd_accept_mononuclear")
    if mapping.denominator not in ACCEPTED and not mononuclear:
        return Problem(
            Reason.UNMAPPED,
            say("has the denominator {denominator}, not nucleated cells", denominator=repr(mapping.denominator)),
        )
    return None


def detection_limit(result: Result) -> Decimal | Problem | None:
    """The assay's detection limit in per cent: the component `lod`, else the site's code map, else None."""
    for component in result.siblings:
        if component.code and any(coding.code == "lod" for coding in component.code.coding):
            stated = value_of(component, PERCENT)
            if isinstance(stated, Problem):
                return Problem(stated.reason, say("has a detection limit that {why}", why=stated.shown))
            return stated.interval.hi
    return result.mapping.lod if result.mapping else None


def is_negative(body: ValueBearer) -> bool:
    """Coded or text negative. "Negative" with a number beside it is read as the number."""
    if body.valueQuantity is not None or body.valueRatio is not None:
        return False
    return answer_of(body) is Answer.NEGATIVE


def _after_hsct(inquiry: Inquiry, results: Sequence[Result], hsct: Treatment | None) -> list[Result] | Unknown:
    """Only samples certainly after the latest allogeneic HSCT count; a sample that might be earlier leaves it open."""
    dated = [result for result in results if result.moment]
    if hsct is None or hsct.moment is None or not dated:
        if dated and not inquiry.chart.gap((FLOW,), ("Observation",), say(LABEL)):
            return Unknown(
                Reason.MISSING,
                say("{label}: no dated allogeneic HSCT on record that the sample could follow", label=say(LABEL)),
                tuple(Evidence(r.reference, r.text or say(LABEL), day_of(r)) for r in dated),
            )
        return list(results)
    gap = timedelta(days=inquiry.days("mrd_min_days_post_hsct"))
    anchor = hsct.moment
    latest = max(dated, key=lambda result: (result.moment or anchor).latest)
    if latest.moment and latest.moment.last_day < hsct.moment.first_day + gap:
        text = say(
            "{label}: the latest sample, of {day}, is not after the HSCT of {when}",
            label=say(LABEL),
            day=day_of(latest),
            when=hsct.moment.shown(),
        )
        return Unknown(Reason.MISSING, text, (Evidence(latest.reference, latest.text or say(LABEL), day_of(latest)),))
    if latest.moment and latest.moment.first_day < hsct.moment.last_day + gap:
        text = say(
            "{label}: sample ({day}) and HSCT ({when}) cannot be put in order",
            label=say(LABEL),
            day=day_of(latest),
            when=hsct.moment.shown(),
        )
        return Unknown(Reason.IMPRECISE, text, (Evidence(latest.reference, latest.text or say(LABEL), day_of(latest)),))
    return [r for r in results if r.moment is None or r.moment.first_day >= hsct.moment.last_day + gap]


def _review(inquiry: Inquiry, results: Sequence[Result], found: Known, hsct: Treatment | None) -> list[str]:
    notes, named = [], {evidence.reference for evidence in found.evidence}
    used = [result for result in results if result.reference in named]
    if hsct and _soon_after(inquiry, used, hsct):
        notes.append(say("Sampled early after HSCT: regenerating B-cell precursors can look alike."))
    if any(_cells_of_few_events(inquiry, result) is not None for result in used):
        notes.append(say("Few abnormal events were counted: the level is only bounded from above."))
    if any(result.specimen == "blood" for result in used):
        notes.append(say("Measured in blood; marrow is preferred."))
    if isinstance(found.value, Interval) and _exceeds_blasts(inquiry, found.value):
        notes.append(say("MRD is more than three times the marrow blasts: check the unit of the MRD result."))
    return notes


def _soon_after(inquiry: Inquiry, used: Sequence[Result], hsct: Treatment) -> bool:
    early = timedelta(days=inquiry.days("mrd_early_days_post_hsct"))
    anchor: Moment | None = hsct.moment
    return anchor is not None and any(r.moment and r.moment.first_day < anchor.last_day + early for r in used)


def _exceeds_blasts(inquiry: Inquiry, mrd: Interval) -> bool:
    for result in inquiry.chart.results_of("marrow_blast_pct"):
        blasts = of_quantity(result.body.valueQuantity, PERCENT) if result.body.valueQuantity else None
        if isinstance(blasts, Value) and blasts.interval.hi is not None and mrd.lo is not None:
            return mrd.lo > blasts.interval.hi * 3
    return False


def _clone_only(inquiry: Inquiry, clones: Sequence[Result]) -> Fact:
    """Literal reading: a CD19-negative clone is not CD19+ abnormal B cells (I3, test patient 7)."""
    picked = newest(inquiry, clones, say(LABEL), (FLOW,))
    if isinstance(picked, Unknown):
        return picked
    values = [(result, value_of(result.body, PERCENT)) for result in picked]
    shown = say(" and ").join(
        say("{value} ({where})", value=value.shown, where=where_and_when(result)) for result, value in values
    )
    return Known(
        value=Interval.exactly(0),
        shown=say("0 % CD19+; only a CD19-negative clone is reported, {shown}", shown=shown),
        evidence=evidence_of(values),
        valid_until=valid_until(inquiry, picked[0]),
        review=_clone_notes(clones),
    )


def _clone_notes(clones: Sequence[Result]) -> tuple[str, ...]:
    if not clones:
        return ()
    return (say("A CD19-negative clone is reported: the protocol counts CD19+ cells only; discuss before deciding."),)


def _with_ngs(inquiry: Inquiry, found: Unknown) -> Unknown:
    if not inquiry.chart.results_of(NGS):
        return found
    note = say("An NGS MRD result is on record; this criterion asks for flow cytometry.")
    return Unknown(found.reason, found.shown, found.evidence, (*found.review, note))
