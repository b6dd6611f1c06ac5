"""The CAR-T arm of NCT07441291: cells per kg, lymphodepletion, no bridging chemotherapy (A2, A3, A4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from cds.chart import MEDICATIONS, PROCEDURE, Chart
from cds.facts.inquiry import Setting
from cds.follow_up.arms import Allocation
from cds.follow_up.deviation import Deviation, State, worst
from cds.follow_up.dosing import called, compared, protocol_dose
from cds.follow_up.products import (
    CELLS,
    LYMPHODEPLETION,
    PRODUCT,
    Infusion,
    Lymphodepletion,
    infusions_of,
    lymphodepletion_of,
    undated_infusion,
)
from cds.records import Drug, Treatment
from rules.facts import Evidence
from rules.messages import say
from rules.treatment import Dose
from rules.trial import Trial

Settings = Mapping[str, Setting]


def car_t_dose(chart: Chart, trial: Trial, allocation: Allocation, settings: Settings) -> Deviation | None:
    """A2: one infusion, of the protocol's cells per kg."""
    dose = protocol_dose(trial, "car_t_cells")
    if dose is None:
        return None
    gap = chart.gap((*CELLS, PRODUCT), (PROCEDURE, *MEDICATIONS), say("CAR-T infusion"))
    if gap is not None:
        return Deviation("A2", State.UNKNOWN, gap.shown, gap.evidence)
    infusions = infusions_of(chart, allocation)
    if not infusions:
        undated = undated_infusion(chart)
        words = (
            say("A CAR-T infusion is on record without a date") if undated else say("No CAR-T infusion on record yet")
        )
        return Deviation("A2", State.UNKNOWN, words, (_evidence(undated),) if undated else ())
    if len(infusions) > dose.days:
        days = say(", ").join(str(infusion.day) for infusion in infusions)
        text = say("{count} CAR-T infusions ({days}); the protocol gives a single one", count=len(infusions), days=days)
        return Deviation("A2", State.VIOLATION, text, tuple(_evidence(r) for i in infusions for r in i.records))
    return _cells(chart, dose, infusions[0], settings)


def _cells(chart: Chart, dose: Dose, infusion: Infusion, settings: Settings) -> Deviation:
    evidence = tuple(_evidence(record) for record in infusion.records)
    quantities = [drug.dose for drug in infusion.doses if drug.dose is not None]
    if not quantities:
        return Deviation(
            "A2", State.UNKNOWN, say("CAR-T infusion of {day}: the dose is not on record", day=infusion.day), evidence
        )
    found = compared(chart, dose, quantities, infusion.day, settings)
    text = say("CAR-T infusion of {day}: {what}", day=infusion.day, what=found.because)
    return Deviation("A2", found.state, text, (*evidence, *found.evidence), found.numbers)


def lymphodepletion(chart: Chart, trial: Trial, allocation: Allocation, settings: Settings) -> Deviation | None:
    """A3: both drugs, on three days each, each day within the tolerance."""
    doses = [dose for name in LYMPHODEPLETION if (dose := protocol_dose(trial, name))]
    if not doses:
        return None
    gap = chart.gap(LYMPHODEPLETION, ("MedicationAdministration",), say("Lymphodepletion"))
    if gap is not None:
        return Deviation("A3", State.UNKNOWN, gap.shown, gap.evidence)
    infusions = infusions_of(chart, allocation)
    course = lymphodepletion_of(chart, allocation, _end(chart, infusions), settings)
    if course.first_day is None:
        return Deviation("A3", State.UNKNOWN, say("No administration of lymphodepletion on record"))
    found = [_unmapped(chart, dose) or _days(dose, course, treated=bool(infusions)) for dose in doses]
    found += [_of_day(chart, dose, day, course, settings) for dose in doses for day in course.doses[dose.of]]
    chosen = worst(found)
    if chosen.state is not State.CONFORMANT:
        return chosen
    text = say("; ").join(
        say("{drug} on {count} days", drug=called(dose.of), count=len(course.doses[dose.of])) for dose in doses
    )
    return Deviation("A3", State.CONFORMANT, say("{doses}, each within the tolerance", doses=text), tuple(_all(course)))


def _unmapped(chart: Chart, dose: Dose) -> Deviation | None:
    """A drug that looks like this one, but is not coded: its days may be among those that seem to be missing."""
    unmapped = chart.unmapped_of((dose.of,))
    if unmapped is None:
        return None
    text = say(
        "A drug looks like {drug}, but its code is not mapped ({code})", drug=called(dose.of), code=unmapped.code
    )
    return Deviation("A3", State.UNKNOWN, text, (Evidence(unmapped.reference, say("not mapped")),))


def _end(chart: Chart, infusions: tuple[Infusion, ...]) -> date:
    return infusions[0].day if infusions else chart.as_of.last_day


def _days(dose: Dose, course: Lymphodepletion, *, treated: bool) -> Deviation:
    """How many days; once the cells were given, a missing day is a deviation, before it may still come."""
    count = len(course.doses[dose.of])
    text = say(
        "{drug} on {count} days; the protocol gives it on {days}", drug=called(dose.of), count=count, days=dose.days
    )
    if count == dose.days:
        return Deviation("A3", State.CONFORMANT, text)
    state = State.VIOLATION if treated or count > dose.days else State.UNKNOWN
    return Deviation("A3", state, text, tuple(_all(course)))


def _of_day(chart: Chart, dose: Dose, day: date, course: Lymphodepletion, settings: Settings) -> Deviation:
    drugs = course.doses[dose.of][day]
    evidence = tuple(_evidence(drug) for drug in drugs)
    quantities = [drug.dose for drug in drugs if drug.dose is not None]
    if len(quantities) < len(drugs):
        return Deviation(
            "A3",
            State.UNKNOWN,
            say("{drug} of {day}: the dose is not on record", drug=called(dose.of), day=day),
            evidence,
        )
    found = compared(chart, dose, quantities, day, settings)
    return Deviation(
        "A3",
        found.state,
        say("{drug} of {day}: {what}", drug=called(dose.of), day=day, what=found.because),
        (*evidence, *found.evidence),
        found.numbers,
    )


def _all(course: Lymphodepletion) -> list[Evidence]:
    return [_evidence(drug) for days in course.doses.values() for given in days.values() for drug in given]


def _evidence(record: Treatment | Drug) -> Evidence:
    return Evidence(record.reference, record.name or say("given"), record.moment.shown() if record.moment else None)
