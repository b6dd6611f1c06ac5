"""What a subject was given on the protocol: infusions of cells, and the days of lymphodepletion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from cds.chart import Chart
from cds.facts.inquiry import Setting
from cds.follow_up.arms import Allocation
from cds.records import Drug, Treatment

CELLS = ("car_t_administration", "cart_infusion")
PRODUCT = "gene_therapy_product"
LYMPHODEPLETION = ("cyclophosphamide", "fludarabine")


@dataclass(frozen=True, slots=True)
class Infusion:
    """One day on which CAR-T cells were given, with the procedure and the administrations that say so."""

    day: date
    records: tuple[Treatment | Drug, ...]

    @property
    def doses(self) -> tuple[Drug, ...]:
        return tuple(r for r in self.records if isinstance(r, Drug) and r.dose is not None)


def infusions_of(chart: Chart, allocation: Allocation) -> tuple[Infusion, ...]:
    """CAR-T infusions since randomisation, oldest first; earlier ones are prior therapy (B6.6)."""
    by_day: dict[date, list[Treatment | Drug]] = {}
    records: list[Treatment | Drug] = [t for t in chart.treatments_of(*CELLS) if t.done]
    records += [d for d in chart.drugs_of(*CELLS, PRODUCT) if d.given and d.status != "on-hold"]
    for record in records:
        day = record.moment.first_day if record.moment else None
        if day is not None and (allocation.start is None or day >= allocation.start):
            by_day.setdefault(day, []).append(record)
    return tuple(Infusion(day, tuple(by_day[day])) for day in sorted(by_day))


def undated_infusion(chart: Chart) -> Treatment | Drug | None:
    """A CAR-T infusion that was given on an unknown day."""
    records: list[Treatment | Drug] = [t for t in chart.treatments_of(*CELLS) if t.done]
    records += [d for d in chart.drugs_of(*CELLS, PRODUCT) if d.given]
    return next((record for record in records if record.moment is None), None)


@dataclass(frozen=True, slots=True)
class Lymphodepletion:
    """The course of cyclophosphamide and fludarabine before the cells: doses by drug and day."""

    doses: dict[str, dict[date, list[Drug]]] = field(default_factory=dict)

    @property
    def first_day(self) -> date | None:
        return min((day for days in self.doses.values() for day in days), default=None)

    def holds(self, drug: Drug) -> bool:
        return any(drug in given for days in self.doses.values() for given in days.values())


def lymphodepletion_of(
    chart: Chart, allocation: Allocation, until: date, settings: Mapping[str, Setting]
) -> Lymphodepletion:
    """The last run of days with either drug up to `until`; a longer pause than configured ends the run backwards."""
    given = [
        (drug.moment.first_day, drug)
        for drug in chart.drugs_of(*LYMPHODEPLETION)
        if drug.given and drug.moment and drug.route not in ("local", "intrathecal")
    ]
    inside = [(day, d) for day, d in given if day <= until and (allocation.start is None or day >= allocation.start)]
    pause = timedelta(days=int(str(settings["lymphodepletion_gap_days"])))
    earliest = max((day for day, _ in inside), default=until)
    for day in sorted({day for day, _ in inside}, reverse=True):
        if earliest - day > pause:
            break
        earliest = day
    course = Lymphodepletion({name: {} for name in LYMPHODEPLETION})
    for day, drug in sorted(inside, key=lambda entry: (entry[0], entry[1].reference)):
        for name in LYMPHODEPLETION:
            if day >= earliest and name in drug.sets:
                course.doses[name].setdefault(day, []).append(drug)
    return course
