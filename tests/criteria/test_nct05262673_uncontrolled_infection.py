"""T1-E2: an active infection excludes only when it is not controlled by adequate treatment."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import Row, assess, criterion_in, row
from tests.fhir import Chart, Resource, amount, answered, atc, condition, given, icd, loinc, observation, order, snomed
from tests.multi_car_t import TRIAL, candidate

BASE = candidate()
VORICONAZOLE, MEROPENEM, VALGANCICLOVIR = atc("J02AC03"), atc("J01DH02"), atc("J05AB14")
ACICLOVIR, LETERMOVIR = atc("J05AB01"), atc("J05AX18")
PREVENTION: Resource = {"reasonCode": [{"text": "Antiviral prophylaxis"}]}
SINCE_APRIL = order("drug", VORICONAZOLE, "2026-04-20")


def infected(
    code: Resource, clinical: str | None = "active", verified: str | None = "confirmed", **elements: Any
) -> Resource:
    return condition("infection", code, clinical, verified, **elements)


ASPERGILLOSIS = infected(icd("B44.1"), onsetDateTime="2026-04-15")
PNEUMONIA = infected(icd("J18.9"), onsetDateTime="2026-05-28")
BACTERAEMIA = infected(icd("R78.81"), onsetDateTime="2026-06-01")
CMV = observation("cmv", loinc("72493-2"), "2026-05-29", valueQuantity=amount(800, "[IU]/mL"))


def said(choice: str, *more: Resource, on: str = "2026-05-28") -> Chart:
    return BASE.having(*more, answered("answer", on, trial=TRIAL, E2=choice))


def ended(on: str, clinical: str = "resolved") -> Chart:
    return BASE.having(infected(icd("J18.9"), clinical, onsetDateTime="2026-04-01", abatementDateTime=on))


ROWS = [
    row("T1-E2 reconciled, nothing active", BASE, "pass"),
    row(
        "T1-E2.1 aspergillosis, week 6 of voriconazole, attested controlled",
        said("N", ASPERGILLOSIS, SINCE_APRIL),
        "pass",
    ),
    row("T1-E2.1 the same without a statement", BASE.having(ASPERGILLOSIS, SINCE_APRIL), "unknown", reason="judgement"),
    row("T1-E2.1 the same attested as not controlled", said("Y", ASPERGILLOSIS, SINCE_APRIL), "fail"),
    row("T1-E2.1 the same, not sure", said("asked-unknown", ASPERGILLOSIS, SINCE_APRIL), "unknown", reason="judgement"),
    row("T1-E2.2 E. coli bacteraemia of today, not treated", BASE.having(BACTERAEMIA), "fail"),
    row(
        "T1-E2.3 CMV 800 IU/mL on valganciclovir",
        BASE.having(CMV, order("drug", VALGANCICLOVIR, "2026-05-30")),
        "unknown",
    ),
    row(
        "T1-E2.4 aciclovir prophylaxis, no condition",
        BASE.having(order("drug", ACICLOVIR, "2026-02-01", **PREVENTION)),
        "pass",
    ),
    row("T1-E2 letermovir prophylaxis", BASE.having(order("drug", LETERMOVIR, "2026-02-01", **PREVENTION)), "pass"),
    row("T1-E2 pneumonia without treatment", BASE.having(PNEUMONIA), "fail"),
    row(
        "T1-E2 pneumonia, meropenem ordered", BASE.having(PNEUMONIA, order("drug", MEROPENEM, "2026-05-29")), "unknown"
    ),
    row("T1-E2 pneumonia, meropenem given", BASE.having(PNEUMONIA, given("drug", MEROPENEM, "2026-05-31")), "unknown"),
    row(
        "T1-E2 pneumonia under prophylaxis only is not treated",
        BASE.having(PNEUMONIA, order("drug", ACICLOVIR, "2026-02-01", **PREVENTION)),
        "fail",
    ),
    row(
        "T1-E2 pneumonia, the order was cancelled",
        BASE.having(PNEUMONIA, order("drug", MEROPENEM, "2026-05-29", "cancelled")),
        "fail",
    ),
    row(
        "T1-E2 pneumonia, the order was a mistake",
        BASE.having(PNEUMONIA, order("drug", MEROPENEM, "2026-05-29", "entered-in-error")),
        "fail",
    ),
    row(
        "T1-E2 pneumonia, an order not to give",
        BASE.having(PNEUMONIA, order("drug", MEROPENEM, "2026-05-29", doNotPerform=True)),
        "fail",
    ),
    row("T1-E2 an untreated one needs no reconciled problem list", BASE.without("problems").having(PNEUMONIA), "fail"),
    row("section 0: no reconciled problem list", BASE.without("problems"), "unknown", reason="not_reconciled"),
    row("section 0: problem list of 90 days ago", BASE.changed("problems", date="2026-03-03"), "pass"),
    row(
        "section 0: problem list of 91 days ago",
        BASE.changed("problems", date="2026-03-02"),
        "unknown",
        reason="not_reconciled",
    ),
    row("section 0: recurrence is active", BASE.having(infected(icd("J18.9"), "recurrence")), "fail"),
    row("section 0: relapse is active", BASE.having(infected(icd("J18.9"), "relapse")), "fail"),
    row("T1-E2 inactive does not count", BASE.having(infected(icd("J18.9"), "inactive")), "pass"),
    row("T1-E2 resolved does not count", ended("2026-04-20"), "pass"),
    row("T1-E2 look-back: ended 15 days ago is ignored", ended("2026-05-17"), "pass"),
    row(
        "section 0: provisional",
        BASE.having(infected(icd("J18.9"), verified="provisional")),
        "unknown",
        reason="unconfirmed",
    ),
    row(
        "section 0: differential",
        BASE.having(infected(icd("J18.9"), verified="differential")),
        "unknown",
        reason="unconfirmed",
    ),
    row(
        "section 0: unconfirmed",
        BASE.having(infected(icd("J18.9"), verified="unconfirmed")),
        "unknown",
        reason="unconfirmed",
    ),
    row("section 0: refuted", BASE.having(infected(icd("J18.9"), verified="refuted")), "pass"),
    row("section 0: entered in error", BASE.having(infected(icd("J18.9"), verified="entered-in-error")), "pass"),
    row("T1-E2 fungal, not treated", BASE.having(infected(icd("B37.7"))), "fail"),
    row("T1-E2 viral, not treated", BASE.having(infected(icd("B02.9"))), "fail"),
    row("T1-E2 CMV disease, not treated", BASE.having(infected(icd("B25.0"))), "fail"),
    row("T1-E2 bacterial in SNOMED CT, not treated", BASE.having(infected(snomed("10001005"))), "fail"),
    row("T1-E2 colonisation is not infection", BASE.having(infected(icd("Z22.322"))), "pass"),
    row("T1-E2 prophylaxis code is not infection", BASE.having(infected(icd("Z29.89"))), "pass"),
    row("T1-E2 attested that none is uncontrolled, list not reconciled", said("N").without("problems"), "pass"),
    row("T1-E2 attested uncontrolled, nothing in the chart", said("Y").without("problems"), "fail"),
    row("section 0: attested 28 days ago", said("N", ASPERGILLOSIS, SINCE_APRIL, on="2026-05-04"), "pass"),
    row("section 0: attested 29 days ago", said("N", ASPERGILLOSIS, SINCE_APRIL, on="2026-05-03"), "unknown"),
    row("B6.3 attested controlled, but without any treatment", said("N", PNEUMONIA), "unknown", reason="conflict"),
]


@pytest.mark.parametrize("row", ROWS)
def test_uncontrolled_infection(row: Row) -> None:
    assert row.found("E2", trial_id=TRIAL) == row.expected


def outcome(chart: Chart) -> str:
    return str(criterion_in(assess(chart), "E2", TRIAL)["outcome"])


def test_cmv_in_the_blood_alone_does_not_exclude() -> None:
    """T1-E2: CMV DNAemia alone is unknown, never present."""
    assert outcome(BASE.having(CMV)) != "fail"


def test_a_drug_that_treats_without_a_diagnosis_does_not_exclude() -> None:
    """T1-E2: present needs an active infection."""
    assert outcome(BASE.having(order("drug", MEROPENEM, "2026-05-29"))) != "fail"


def test_an_infection_without_a_clinical_status_never_passes() -> None:
    """A missing status is not inactivity."""
    assert outcome(BASE.having(infected(icd("J18.9"), clinical=None))) != "pass"


def test_a_treatment_that_ended_before_the_infection_is_none() -> None:
    """T1-E2: an infection of this week is not treated by a course of March."""
    course = order("drug", MEROPENEM, "2026-03-01", "completed")

    assert outcome(BASE.having(PNEUMONIA, course)) == "fail"
