"""Subjects of the two trials for tests, and what the adherence reader says of them."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from cds.follow_up.adherence import deviations_of
from cds.follow_up.deviation import Deviation
from cds.intake import from_bundle
from cds.moments import parse_moment
from cds.normalise import read_chart
from cds.terminology import Terminology
from tests.criteria.rows import assessor
from tests.fhir import (
    CPT,
    LOCAL,
    RXNORM,
    TRIAL,
    Chart,
    Resource,
    amount,
    base_chart,
    concept,
    given,
    loinc,
    measured,
    observation,
    procedure,
    snomed,
)

ZONE = ZoneInfo("UTC")
T1, T2 = "NCT05262673", TRIAL
RANDOMISED = "2026-06-08"
INFUSED = "2026-06-28"
AS_OF = "2026-07-06"
INTRAVENOUS, INTRATHECAL, ORAL = snomed("47625008"), snomed("72607000"), snomed("26643006")
CYCLOPHOSPHAMIDE = concept(RXNORM, "3002", "Cyclophosphamide")
FLUDARABINE = concept(RXNORM, "24698", "Fludarabine")
VINCRISTINE = concept(RXNORM, "11202", "Vincristine")
METHOTREXATE = concept(RXNORM, "6851", "Methotrexate")
CYTARABINE = concept(RXNORM, "3041", "Cytarabine")
DEXAMETHASONE = concept(RXNORM, "3264", "Dexamethasone")
PRODUCT = concept(LOCAL, "cart-infusion", "CD19 CAR-T cells")


def subject(
    arm: str | None = "CD19 CAR-T",
    status: str = "on-study",
    actual: str | None = None,
    start: str | None = RANDOMISED,
    trial: str = T2,
) -> Resource:
    """A ResearchSubject of one trial; None leaves an element out."""
    found: Resource = {
        "resourceType": "ResearchSubject",
        "id": f"subject-{trial}",
        "status": status,
        "study": {"identifier": {"value": trial}},
        "individual": {"reference": "Patient/1"},
        "period": {"start": start} if start else None,
        "assignedArm": arm,
        "actualArm": actual,
    }
    return {name: value for name, value in found.items() if value is not None}


def dose(name: str, drug: Resource, on: str, quantity: Resource | None, route: Resource = INTRAVENOUS) -> Resource:
    """One administration with its dose."""
    dosage = {"route": route} | ({"dose": quantity} if quantity else {})
    return given(name, drug, on, None, dosage=dosage)


def daily(drug: Resource, quantity: Resource | None, *days: str) -> list[Resource]:
    return [dose(f"{drug['text'].lower()}-{day}", drug, day, quantity) for day in days]


LD_DAYS = ("2026-06-23", "2026-06-24", "2026-06-25")


def weight(kg: float = 70, on: str = "2026-06-26") -> Resource:
    return observation("weight", loinc("29463-7"), on, **measured(kg, "kg"))


def surface(m2: float = 1.8, on: str = "2026-06-22") -> Resource:
    return observation("bsa", loinc("8277-6"), on, **measured(m2, "m2"))


def cells(number: float | str = 7.0e7, on: str = INFUSED, name: str = "cells", unit: str = "{cells}") -> Resource:
    return dose(name, PRODUCT, on, amount(number, unit))


def infused(on: str = INFUSED) -> Resource:
    return procedure("infusion", concept(CPT, "38228"), on)


def car_t_subject(**changes: Any) -> Chart:
    """Somebody of the CAR-T arm who was treated exactly by the protocol: 70 kg, 1.8 m2."""
    return base_chart().having(
        subject(**changes),
        weight(),
        surface(),
        *daily(CYCLOPHOSPHAMIDE, amount(540, "mg"), *LD_DAYS),
        *daily(FLUDARABINE, amount(54, "mg"), *LD_DAYS),
        infused(),
        cells(),
    )


def deviations(chart: Chart, trial_id: str = T2, as_of: str = AS_OF) -> dict[str, Deviation]:
    """Part id -> what is said of it; of several with one id the first."""
    service = assessor()
    [trial] = [trial for trial in service.trials if trial.id == trial_id]
    moment = parse_moment(as_of, ZONE)
    assert moment is not None
    read = read_chart(from_bundle(chart.bundle()), as_of=moment, terminology=Terminology.load(), zone=ZONE)
    found: dict[str, Deviation] = {}
    for deviation in deviations_of(read, trial, trial.settings):
        found.setdefault(deviation.id, deviation)
    return found
