"""How treatment kept to NCT07441291: arms, cells per kg, lymphodepletion, bridging, control arm (T2-A1 to T2-A5)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cds.follow_up.arms import over_capacity
from tests.criteria.rows import assessor
from tests.fhir import (
    CPT,
    ICD10PCS,
    Chart,
    Resource,
    amount,
    base_chart,
    concept,
    loinc,
    measured,
    observation,
    order,
    procedure,
)
from tests.follow_up import subjects as on
from tests.follow_up.subjects import CYCLOPHOSPHAMIDE, FLUDARABINE, LD_DAYS, car_t_subject, deviations, subject

Case = tuple[Chart, str]


def enrolled(*resources: Resource, **changes: object) -> Chart:
    """A subject of the CAR-T arm with nothing given yet."""
    return base_chart().having(subject(**changes), *resources)  # type: ignore[arg-type]


def case(sentence: str, chart: Chart, state: str, words: str = "") -> object:
    return pytest.param(chart, state, words, id=sentence)


@pytest.mark.parametrize(
    ("chart", "state", "words"),
    [
        case('T2-A1.1 "CAR-T " is the CAR-T arm after trimming', enrolled(arm="CAR-T "), "conformant", "CD19 CAR-T"),
        case("T2-A1.2 on study without an arm", enrolled(arm=None), "violation", "without an assigned arm"),
        case("T2-A1.3 an arm while only a candidate", enrolled(status="candidate"), "violation", "only candidate"),
        case("T2-A1 the control arm in other words", enrolled(arm="Chemotherapy  plus DLI"), "conformant"),
        case("T2-A1 a typographic hyphen", enrolled(arm="CD19 CAR\u2011T"), "conformant"),
        case("T2-A1 an arm that the protocol does not have", enrolled(arm="observation"), "violation", "none of"),
        case("T2-A1 a candidate without an arm", enrolled(arm=None, status="candidate"), "conformant"),
        case("T2-A1 eligible, waiting to be randomised", enrolled(arm=None, status="eligible"), "unknown"),
        case("T2-X2.1 crossed over: both arms are kept", enrolled(actual="DLI"), "conformant", "crossed over"),
        case("T2-X2 an actual arm that is none", enrolled(actual="none"), "violation", "actual arm"),
    ],
)
def test_the_arm(chart: Chart, state: str, words: str) -> None:
    found = deviations(chart)["A1"]

    assert (found.state, words in found.because) == (state, True)


def test_the_36th_subject_of_an_arm_is_over_its_cap_and_the_35th_is_not() -> None:
    """T2-A1."""
    [trial] = [trial for trial in assessor().trials if trial.id == on.T2]

    assert over_capacity(trial, {"car_t": 35, "control": 35}) == ()
    [found] = over_capacity(trial, {"car_t": 36, "control": 35})
    assert found.because == "CD19 CAR-T: 36 assigned, 35 planned"


BY_PROTOCOL = car_t_subject()
LATER = "2026-07-05"


@pytest.mark.parametrize(
    ("chart", "state", "words"),
    [
        case("T2-A2.1 70 kg and 7.0e7 cells", BY_PROTOCOL, "conformant", "7.00e7 cells"),
        case("T2-A2.2 70 kg and 7.0e8 cells: ten times too many", BY_PROTOCOL.having(on.cells(7.0e8)), "violation"),
        case("T2-A2.3 two infusions", BY_PROTOCOL.having(on.cells(on=LATER, name="second")), "violation", "2 CAR-T"),
        case("units 1: 18 kg and 1.8e7 cells", BY_PROTOCOL.having(on.weight(18), on.cells(1.8e7)), "conformant"),
        case("T2-A2 80 % of the dose", BY_PROTOCOL.having(on.cells(5.6e7)), "conformant"),
        case("T2-A2 just under 80 %", BY_PROTOCOL.having(on.cells(5.59e7)), "violation"),
        case("T2-A2 120 % of the dose", BY_PROTOCOL.having(on.cells(8.4e7)), "conformant"),
        case("T2-A2 just over 120 %", BY_PROTOCOL.having(on.cells(8.41e7)), "violation"),
        case("T2-A2 in millions of cells", BY_PROTOCOL.having(on.cells(70, unit="10*6")), "conformant"),
        case("T2-A2 stated per kg needs no weight",
             BY_PROTOCOL.without("weight").having(on.cells(1.0, unit="10*6/kg")), "conformant"),
        case("T2-A2 weight seven days before", BY_PROTOCOL.having(on.weight(on="2026-06-21")), "conformant"),
        case("T2-A2 weight eight days before", BY_PROTOCOL.having(on.weight(on="2026-06-20")), "unknown", "7 days"),
        case("T2-A2 no weight", BY_PROTOCOL.without("weight"), "unknown", "no usable body weight"),
        case("T2-A2 no dose on record", BY_PROTOCOL.without("cells"), "unknown", "dose is not on record"),
        case("T2-A2 a dose without a unit", BY_PROTOCOL.changed("cells", dosage={"dose": {"value": 7.0e7}}), "unknown"),
        case("T2-A2 a dose with a comparator",
             BY_PROTOCOL.changed("cells", dosage={"dose": amount(7.0e7, "{cells}", ">")}), "unknown"),
        case("T2-A2 not treated yet", enrolled(), "unknown", "No CAR-T infusion"),
        case("T2-A2 cells of before the trial are prior therapy",
             enrolled(on.cells(7.0e8, on="2026-01-01")), "unknown", "No CAR-T infusion"),
        case("section 0: an infusion that was not done", BY_PROTOCOL.without("cells").changed(
            "infusion", status="not-done"), "unknown", "No CAR-T infusion"),
    ],
)  # fmt: skip
def test_the_cells(chart: Chart, state: str, words: str) -> None:
    found = deviations(chart)["A2"]

    assert (found.state, words in found.because) == (state, True)


def test_the_numbers_of_a_dose_are_given() -> None:
    """T2-A2.2."""
    found = deviations(BY_PROTOCOL.having(on.cells(7.0e8)))["A2"]

    assert dict(found.numbers) == {"given": Decimal("7e8"), "expected": Decimal("7e7"), "per_unit": Decimal("1e7")}
    assert {evidence.reference for evidence in found.evidence} >= {
        "MedicationAdministration/cells",
        "Observation/weight",
    }


def depleted(cy: float, flu: float, unit: str = "mg") -> Chart:
    """The protocol's subject with other daily doses."""
    return BY_PROTOCOL.having(
        *on.daily(CYCLOPHOSPHAMIDE, amount(cy, unit), *LD_DAYS), *on.daily(FLUDARABINE, amount(flu, unit), *LD_DAYS)
    )


def without_drug(name: str, days: int = 3) -> Chart:
    return BY_PROTOCOL.without(*(f"{name}-{day}" for day in LD_DAYS[:days]))


MOSTELLER = BY_PROTOCOL.without("bsa").having(
    observation("height", loinc("8302-2"), "2026-01-01", **measured(167, "cm"))
)


@pytest.mark.parametrize(
    ("chart", "state", "words"),
    [
        case("T2-A3.1 BSA 1.8: 540 mg and 54 mg, three days", BY_PROTOCOL, "conformant", "cyclophosphamide on 3 days"),
        case("T2-A3.2 fludarabine 25 mg/m2", depleted(540, 45), "violation", "25 mg/m2"),
        case("T2-A3.3 cyclophosphamide only", without_drug("fludarabine"), "violation", "fludarabine on 0 days"),
        case("T2-A3 ten per cent below", depleted(486, 48.6), "conformant"),
        case("T2-A3 more than ten per cent below", depleted(485, 54), "violation"),
        case("T2-A3 ten per cent above", depleted(594, 59.4), "conformant"),
        case("T2-A3 more than ten per cent above", depleted(540, 59.5), "violation"),
        case("units 1: BSA 0.72, 216 mg and 21.6 mg", depleted(216, 21.6).having(on.surface(0.72)), "conformant"),
        case("T2-A3 two days of one drug", without_drug("fludarabine", 1), "violation", "fludarabine on 2 days"),
        case("T2-A3 in g", depleted(0.54, 0.054, "g"), "conformant"),
        case("T2-A3 per m2 needs no surface", BY_PROTOCOL.without("bsa").having(
            *on.daily(CYCLOPHOSPHAMIDE, amount(300, "mg/m2"), *LD_DAYS),
            *on.daily(FLUDARABINE, amount(30, "mg/m2"), *LD_DAYS)), "conformant"),
        case("T2-A3 surface from weight and height", MOSTELLER.having(on.weight(on="2026-06-22")), "conformant"),
        case("B5.2 fludarabine by name only", without_drug("fludarabine").having(
            on.dose("words", {"text": "fludarabine 50 mg"}, LD_DAYS[0], None)), "unknown", "not mapped"),
        case("T2-A3 no surface, no height", BY_PROTOCOL.without("bsa"), "unknown", "body surface area"),
        case("T2-A3 no dose on one day", BY_PROTOCOL.having(
            *on.daily(FLUDARABINE, None, "2026-06-24")), "unknown", "not on record"),
        case("T2-A3 a third day still to come", without_drug("fludarabine", 1).without("infusion", "cells"), "unknown"),
        case("T2-A3 nothing given yet", enrolled(), "unknown", "No administration"),
    ],
)  # fmt: skip
def test_lymphodepletion(chart: Chart, state: str, words: str) -> None:
    found = deviations(chart)["A3"]

    assert (found.state, words in found.because) == (state, True)


def vincristine(day: str, **changes: object) -> Resource:
    return on.dose("vincristine", on.VINCRISTINE, day, None) | changes


@pytest.mark.parametrize(
    ("chart", "state", "words"),
    [
        case("T2-A4.1 vincristine on day -10", BY_PROTOCOL.having(vincristine("2026-06-18")), "violation", "Vincr"),
        case("T2-A4.2 cyclophosphamide on days -5 to -3 is lymphodepletion", BY_PROTOCOL, "conformant"),
        case("T2-A4.3 intrathecal methotrexate", BY_PROTOCOL.having(
            on.dose("it", on.METHOTREXATE, "2026-06-15", None, on.INTRATHECAL)), "review", "intrathecally"),
        case("T2-A4 a steroid", BY_PROTOCOL.having(
            on.dose("dexa", on.DEXAMETHASONE, "2026-06-15", None)), "review", "glucocorticoid"),
        case("T2-A4 on the day of randomisation", BY_PROTOCOL.having(vincristine(on.RANDOMISED)), "violation"),
        case("T2-A4 the day before randomisation", BY_PROTOCOL.having(vincristine("2026-06-07")), "conformant"),
        case("T2-A4 the first day of lymphodepletion", BY_PROTOCOL.having(vincristine(LD_DAYS[0])), "conformant"),
        case("T2-A4 the day before lymphodepletion", BY_PROTOCOL.having(vincristine("2026-06-22")), "violation"),
        case("T2-A4 not given", BY_PROTOCOL.having(vincristine("2026-06-18", status="not-done")), "conformant"),
        case("T2-A4 ordered only", BY_PROTOCOL.having(
            order("vincristine", on.VINCRISTINE, "2026-06-18")), "review", "no administration"),
        case("T2-A4 the order of lymphodepletion is no bridge", BY_PROTOCOL.having(
            order("cy", CYCLOPHOSPHAMIDE, "2026-06-20")), "conformant"),
        case("T2-A4 cyclophosphamide long before", BY_PROTOCOL.having(
            *on.daily(CYCLOPHOSPHAMIDE, amount(1800, "mg"), "2026-06-10")), "review", "apart from the course"),
        case("T2-A4 no day of randomisation", car_t_subject(start=None), "unknown", "Neither"),
        case("T2-A4 apheresis when randomisation is not dated", car_t_subject(start=None).having(
            procedure("apheresis", concept(CPT, "38225"), "2026-06-10"), vincristine("2026-06-12")), "violation"),
        case("B5.2 chemotherapy by name only", BY_PROTOCOL.having(
            on.dose("words", {"text": "vincristine 2 mg"}, "2026-06-18", None)), "review", "not mapped"),
        case("T2-A4 not yet treated", enrolled(vincristine("2026-06-18")), "violation"),
    ],
)  # fmt: skip
def test_bridging_chemotherapy(chart: Chart, state: str, words: str) -> None:
    found = deviations(chart)["A4"]

    assert (found.state, words in found.because) == (state, True)


CONTROL = base_chart().having(subject("chemotherapy + DLI"))
DLI = procedure("dli", concept(CPT, "38242"), "2026-06-25")
WHITE_CELLS = procedure("dli", concept(ICD10PCS, "30243Q1"), "2026-06-25")
CYTARABINE = on.dose("cytarabine", on.CYTARABINE, "2026-06-20", None)


@pytest.mark.parametrize(
    ("chart", "state", "words"),
    [
        case("T2-A5.1 38242 and cytarabine", CONTROL.having(DLI, CYTARABINE), "conformant"),
        case("T2-A5.2 38242 only", CONTROL.having(DLI), "unknown", "Incomplete: no chemotherapy"),
        case("T2-A5.3 30243Q1 only", CONTROL.having(WHITE_CELLS), "unknown", "does not prove"),
        case("T2-A5 chemotherapy only", CONTROL.having(CYTARABINE), "unknown", "Incomplete: no DLI"),
        case("T2-A5 neither", CONTROL, "unknown", "Incomplete: no chemotherapy and no DLI"),
        case("T2-A5 a DLI of before randomisation", CONTROL.having(
            DLI | {"performedDateTime": "2026-05-01"}, CYTARABINE), "unknown", "no DLI"),
        case("T2-A5 a steroid is no chemotherapy", CONTROL.having(
            DLI, on.dose("dexa", on.DEXAMETHASONE, "2026-06-20", None)), "unknown", "no chemotherapy"),
    ],
)  # fmt: skip
def test_the_control_arm(chart: Chart, state: str, words: str) -> None:
    found = deviations(chart)["A5"]

    assert (found.state, words in found.because) == (state, True)


def test_each_arm_is_judged_by_its_own_parts() -> None:
    """T2-A1."""
    assert set(deviations(BY_PROTOCOL)) == {"A1", "A2", "A3", "A4"}
    assert set(deviations(CONTROL)) == {"A1", "A5"}


def test_nobody_but_subjects_of_the_trial_is_judged() -> None:
    assert deviations(base_chart()) == {}
    assert deviations(base_chart().having(subject(trial=on.T1))) == {}


def test_after_crossing_to_cells_earlier_chemotherapy_is_no_bridge() -> None:
    """T2-A4, T2-X2: the control treatment lies before the crossing."""
    crossed = car_t_subject(arm="chemotherapy + DLI", actual="CD19 CAR-T").having(vincristine("2026-06-15"))

    assert deviations(crossed)["A4"].state == "unknown"
