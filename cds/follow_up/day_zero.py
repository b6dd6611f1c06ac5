"""Day 0: the first protocol treatment of a subject's own arm (NCT07441291 S1; B4, B6.6).

A treatment that is dated too coarsely, or is not proven to be one, and that may lie before the first certain one,
leaves day 0 open: everything else is counted from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cds.chart import MEDICATIONS, PROCEDURE, Chart
from cds.facts.inquiry import Setting
from cds.follow_up.arms import Allocation
from cds.follow_up.chemotherapy import ANTI_LEUKAEMIC, DLI, LYMPHODEPLETING, PROVEN_DLI, STEROID
from cds.follow_up.products import CELLS, PRODUCT
from cds.moments import Moment
from cds.records import Drug, Treatment
from rules.facts import Evidence, Reason, Unknown
from rules.messages import say

NOT_SYSTEMIC = ("local", "intrathecal")
Record = Treatment | Drug


@dataclass(frozen=True, slots=True)
class DayZero:
    """The first day of protocol treatment, and what was given."""

    day: date
    what: str
    evidence: tuple[Evidence, ...]


def day_zero(chart: Chart, allocation: Allocation, settings: Mapping[str, Setting]) -> DayZero | Unknown:
    """The infusion, or the control arm's first chemotherapy or DLI; the assigned arm decides, also after crossing."""
    if allocation.assigned is None:
        return Unknown(Reason.MISSING, say("Day 0: no assigned arm on record"))
    if allocation.start is None:
        return Unknown(Reason.MISSING, say("Day 0: the start on study is not on record"))
    if not allocation.start_is_exact:
        return Unknown(Reason.IMPRECISE, say("Day 0: the start on study is stated by its month or year only"))
    gap = chart.gap((), (PROCEDURE, *MEDICATIONS), say("Day 0"))
    experimental = allocation.assigned.id == "car_t"
    records = _infusions(chart) if experimental else _control(chart, settings)
    found = _first(records, allocation.start)
    if found is None:
        return gap or Unknown(
            Reason.MISSING,
            say("Day 0: no treatment of the arm {arm} on record", arm=say(allocation.assigned.name)),
        )
    if gap is not None and not experimental:
        return gap
    return found


def _infusions(chart: Chart) -> list[Record]:
    cells: list[Record] = [t for t in chart.treatments_of(*CELLS) if t.done]
    return cells + [d for d in chart.drugs_of(*CELLS, PRODUCT) if d.given and d.status != "on-hold"]


def _control(chart: Chart, settings: Mapping[str, Setting]) -> list[Record]:
    """DLI and chemotherapy; which of them opens the clock is the site's choice."""
    event = settings["control_day_zero"]
    records: list[Record] = []
    if event != "chemotherapy":
        records += [t for t in chart.treatments_of(DLI, PROVEN_DLI) if t.done]
    if event != "dli":
        drugs = [d for d in chart.drugs_of(ANTI_LEUKAEMIC, LYMPHODEPLETING) if d.given and STEROID not in d.sets]
        records += [d for d in drugs if d.route not in NOT_SYSTEMIC]
    return records


def _first(records: Sequence[Record], start: date) -> DayZero | Unknown | None:
    """The first certain treatment since randomisation; None without any. Earlier ones are prior therapy (B6.6)."""
    dated = [(moment, record) for record in records if (moment := _moment(record)) and moment.last_day >= start]
    if not dated:
        undated = next((record for record in records if _moment(record) is None), None)
        if undated is None:
            return None
        return Unknown(Reason.UNDATED, say("Day 0: {name} without a date", name=_name(undated)), (_evidence(undated),))
    certain = [(m.first_day, r.reference, r) for m, r in dated if _is_certain(m, r) and m.first_day >= start]
    day, _, record = min(certain, key=lambda entry: entry[:2], default=(date.max, "", None))
    doubtful = [(m, r) for m, r in dated if m.first_day < day and not _is_certain(m, r)]
    if record is None or doubtful:
        return _doubt(*min(doubtful, key=lambda entry: (entry[0].first_day, entry[1].reference)))
    same_day = [r for first, _, r in certain if first == day]
    evidence = tuple(Evidence(r.reference, _name(r), str(day)) for r in same_day)
    return DayZero(day, _name(record), evidence)


def _is_certain(moment: Moment, record: Record) -> bool:
    return moment.first_day == moment.last_day and not _is_unproven(record)


def _is_unproven(record: Record) -> bool:
    """A transfusion of white cells may be a DLI; its code alone does not say so (A5)."""
    return DLI in record.sets and PROVEN_DLI not in record.sets


def _doubt(moment: Moment, record: Record) -> Unknown:
    if _is_unproven(record):
        text = say(
            "Day 0: {name} of {when} is not proven to be a donor lymphocyte infusion",
            name=_name(record),
            when=moment.shown(),
        )
        return Unknown(Reason.NOT_SPECIFIC, text, (_evidence(record),))
    return Unknown(
        Reason.IMPRECISE,
        say("Day 0: {name} is dated only {when}", name=_name(record), when=moment.shown()),
        (_evidence(record),),
    )


def _moment(record: Record) -> Moment | None:
    return (record.started if isinstance(record, Drug) else None) or record.moment


def _name(record: Record) -> str:
    return record.name or say("treatment")


def _evidence(record: Record) -> Evidence:
    moment = _moment(record)
    return Evidence(record.reference, _name(record), moment.shown() if moment else None)
