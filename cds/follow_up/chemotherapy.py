"""Chemotherapy around the arms of NCT07441291: none as a bridge in the CAR-T arm (A4), some in the control arm (A5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from cds.chart import MEDICATIONS, PROCEDURE, Chart
from cds.facts.inquiry import Setting
from cds.follow_up.arms import Allocation
from cds.follow_up.deviation import Deviation, State, worst
from cds.follow_up.products import infusions_of, lymphodepletion_of
from cds.moments import Moment
from cds.records import Drug, Treatment
from rules.facts import Evidence
from rules.messages import say

ANTI_LEUKAEMIC, STEROID = "anti_leukemic_systemic", "systemic_glucocorticoid"
LYMPHODEPLETING = "lymphodepletion"
APHERESIS = "t_cell_apheresis"
DLI, PROVEN_DLI = "dli", "donor_lymphocyte_infusion"
GRAFT = ("gvh", "graft")


def bridging(chart: Chart, allocation: Allocation, settings: Mapping[str, Setting]) -> Deviation:
    """A4: no anti-leukaemic drug from randomisation (or apheresis) until the first dose of lymphodepletion."""
    start = _window_start(chart, allocation)
    if start is None:
        return Deviation("A4", State.UNKNOWN, say("Neither the day of randomisation nor of apheresis is on record"))
    infusions = infusions_of(chart, allocation)
    until = infusions[0].day if infusions else chart.as_of.last_day
    course = lymphodepletion_of(chart, allocation, until, settings)
    end = course.first_day or (infusions[0].day if infusions else None)
    window = (
        say("between {start} and lymphodepletion on {end}", start=start, end=course.first_day)
        if course.first_day
        else say("between {start} and {end}", start=start, end=until)
    )
    # Lymphodepletion is ordered before it is given: such an order is no bridge.
    drugs = [d for d in chart.drugs_of(ANTI_LEUKAEMIC, LYMPHODEPLETING, STEROID) if not course.holds(d)]
    drugs = [d for d in drugs if d.given or LYMPHODEPLETING not in d.sets]
    found = [_bridge(drug, window) for drug in drugs if _overlaps(drug, start, end)]
    if found:
        return worst(found)
    gap = chart.gap((ANTI_LEUKAEMIC,), MEDICATIONS, say("Bridging chemotherapy"))
    if gap is not None:
        return Deviation("A4", State.UNKNOWN, gap.shown, gap.evidence)
    for unmapped in chart.unmapped:
        if ANTI_LEUKAEMIC in unmapped.sets and _in_window(unmapped.moment, start, end):
            text = say("A drug looks like chemotherapy, but its code is not mapped ({code})", code=unmapped.code)
            return Deviation("A4", State.REVIEW, text, (Evidence(unmapped.reference, say("not mapped")),))
    return Deviation("A4", State.CONFORMANT, say("No anti-leukaemic drug on record {window}", window=window))


def _window_start(chart: Chart, allocation: Allocation) -> date | None:
    """Randomisation; after a crossover to CAR-T the control treatment lies before, so only the apheresis counts."""
    crossed_here = allocation.crossed and allocation.in_force == "car_t"
    if allocation.start is not None and not crossed_here:
        return allocation.start
    collected = [t.moment.first_day for t in chart.treatments_of(APHERESIS) if t.done and t.moment]
    own = [day for day in collected if allocation.start is None or day >= allocation.start]
    return min(own, default=None)


def _overlaps(drug: Drug, start: date, end: date | None) -> bool:
    """Whether the drug may have been taken in [start, end)."""
    if drug.moment is None:
        return True
    began = (drug.started or drug.moment).first_day
    last = drug.moment.last_day
    return (last >= start or drug.ongoing) and (end is None or began < end)


def _in_window(moment: Moment | None, start: date, end: date | None) -> bool:
    return moment is None or (moment.last_day >= start and (end is None or moment.first_day < end))


def _bridge(drug: Drug, window: str) -> Deviation:
    evidence = (_evidence(drug),)
    name = drug.name or say("an anti-leukaemic drug")
    doubt = _doubt(drug)
    if doubt is not None:
        return Deviation(
            "A4", State.REVIEW, say("{drug} {why}, {window}", drug=name, why=doubt, window=window), evidence
        )
    when = drug.moment.shown() if drug.moment else ""
    return Deviation(
        "A4",
        State.VIOLATION,
        say("Bridging chemotherapy: {drug} given {when}, {window}", drug=name, when=when, window=window),
        evidence,
    )


def _doubt(drug: Drug) -> str | None:
    """Why this drug is for a person to judge, although it is anti-leukaemic."""
    doubts = (
        (drug.route == "intrathecal", say("was given intrathecally")),
        (STEROID in drug.sets, say("is a glucocorticoid")),
        (drug.moment is None, say("is on record without a date")),
        (not drug.given, say("is ordered; no administration is on record")),
        (drug.route == "local", say("was given by a local route")),
        (any(word in reason.lower() for reason in drug.reasons for word in GRAFT), say("was given for GVHD")),
        (LYMPHODEPLETING in drug.sets, say("was given apart from the course of lymphodepletion")),
    )
    return next((words for applies, words in doubts if applies), None)


def control_arm(chart: Chart, allocation: Allocation) -> Deviation:
    """A5: chemotherapy and a DLI since randomisation; the protocol states no regimen, dose or order."""
    gap = chart.gap((ANTI_LEUKAEMIC, DLI), (PROCEDURE, *MEDICATIONS), say("Chemotherapy and DLI"))
    drugs = [d for d in chart.drugs_of(ANTI_LEUKAEMIC) if STEROID not in d.sets and d.given]
    drugs = [d for d in drugs if d.route not in ("intrathecal", "local") and _since(d, allocation)]
    infusions = [t for t in chart.treatments_of(DLI) if t.done and _since(t, allocation)]
    proven = [t for t in infusions if PROVEN_DLI in t.sets]
    records: list[Treatment | Drug] = [*drugs[:1], *(proven or infusions)[:1]]
    evidence = tuple(_evidence(record) for record in records)
    if drugs and proven:
        return Deviation(
            "A5", State.CONFORMANT, say("{drug} and donor lymphocytes given", drug=drugs[0].name), evidence
        )
    if gap is not None:
        return Deviation("A5", State.UNKNOWN, gap.shown, gap.evidence)
    if infusions and not proven:
        text = say("A transfusion of white cells is on record; its code does not prove donor lymphocytes")
        return Deviation("A5", State.UNKNOWN, text, evidence)
    wanted = ((say("no chemotherapy"), drugs), (say("no DLI"), proven))
    missing = say(" and ").join(words for words, found in wanted if not found)
    return Deviation("A5", State.UNKNOWN, say("Incomplete: {missing} on record", missing=missing), evidence)


def _since(record: Treatment | Drug, allocation: Allocation) -> bool:
    """Dated, and not before randomisation."""
    if record.moment is None:
        return False
    return allocation.start is None or record.moment.first_day >= allocation.start


def _evidence(record: Treatment | Drug) -> Evidence:
    return Evidence(record.reference, record.name or say("given"), record.moment.shown() if record.moment else None)
