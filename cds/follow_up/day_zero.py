"""Day 0: the first protocol treatment of a subject's own arm (NCT07441291 S1; B4, B6.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from cds.chart import MEDICATIONS, PROCEDURE, Chart
from cds.facts.inquiry import Setting
from cds.follow_up.arms import Allocation
from cds.follow_up.chemotherapy import ANTI_LEUKAEMIC, DLI, LYMPHODEPLETING, PROVEN_DLI, STEROID
from cds.follow_up.products import infusions_of
from cds.records import Drug, Treatment
from rules.facts import Evidence, Reason, Unknown

NOT_SYSTEMIC = ("local", "intrathecal")


@dataclass(frozen=True, slots=True)
class DayZero:
    """The first day of protocol treatment, and what was given."""

    day: date
    what: str
    evidence: tuple[Evidence, ...]


def day_zero(chart: Chart, allocation: Allocation, settings: Mapping[str, Setting]) -> DayZero | Unknown:
    """The infusion, or the control arm's first chemotherapy or DLI; the assigned arm decides, also after crossing."""
    if allocation.assigned is None:
        return Unknown(Reason.MISSING, "Day 0: no assigned arm on record")
    if allocation.start is None:
        return Unknown(Reason.MISSING, "Day 0: the start on study is not on record")
    gap = chart.gap((), (PROCEDURE, *MEDICATIONS), "Day 0")
    found = (
        _experimental(chart, allocation) if allocation.assigned.id == "car_t" else _control(chart, allocation, settings)
    )
    if found is None:
        return gap or Unknown(Reason.MISSING, f"Day 0: no treatment of the arm {allocation.assigned.name} on record")
    if gap is not None and allocation.assigned.id != "car_t":
        return gap
    return found


def _experimental(chart: Chart, allocation: Allocation) -> DayZero | None:
    infusions = infusions_of(chart, allocation)
    if not infusions:
        return None
    first = infusions[0]
    evidence = tuple(Evidence(r.reference, r.name or "CAR-T infusion", str(first.day)) for r in first.records)
    return DayZero(first.day, "CAR-T infusion", evidence)


def _control(chart: Chart, allocation: Allocation, settings: Mapping[str, Setting]) -> DayZero | None:
    """DLI and chemotherapy since randomisation; which of them opens the clock is the site's choice."""
    event = settings["control_day_zero"]
    records: list[Treatment | Drug] = []
    if event != "chemotherapy":
        records += [t for t in chart.treatments_of(DLI, PROVEN_DLI) if t.done]
    if event != "dli":
        records += [
            d
            for d in chart.drugs_of(ANTI_LEUKAEMIC, LYMPHODEPLETING)
            if d.given and d.route not in NOT_SYSTEMIC and STEROID not in d.sets
        ]
    days = [(_first_day(r), r.reference, r) for r in records if r.moment]
    own = [entry for entry in days if allocation.start is not None and entry[0] >= allocation.start]
    if not own:
        return None
    day, _, record = min(own, key=lambda entry: entry[:2])
    return DayZero(day, record.name or "treatment", (Evidence(record.reference, record.name or "treatment", str(day)),))


def _first_day(record: Treatment | Drug) -> date:
    moment = record.started if isinstance(record, Drug) and record.started else record.moment
    return moment.first_day if moment else date.max
