"""T2-E1: any active infection excludes, treated or not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import Row, assess, criterion_in, row
from tests.fhir import (
    INTERPRETATION,
    Chart,
    Resource,
    amount,
    atc,
    base_chart,
    concept,
    condition,
    given,
    icd,
    loinc,
    observation,
    order,
    snomed,
)

BASE = base_chart()
POSITIVE, NEGATIVE = {"valueCodeableConcept": loinc("LA6576-8")}, {"valueCodeableConcept": loinc("LA6577-6")}
VORICONAZOLE, LETERMOVIR, FOSCARNET = atc("J02AC03"), atc("J05AX18"), atc("J05AD01")
MEROPENEM, ACICLOVIR = atc("J01DH02"), atc("J05AB01")
PROPHYLAXIS: Resource = {"reasonCode": [{"text": "CMV prophylaxis"}]}


def infected(
    code: Resource, clinical: str | None = "active", verified: str | None = "confirmed", **elements: Any
) -> Resource:
    return condition("infection", code, clinical, verified, **elements)


def serology(code: str, value: Resource, name: str = "serology", on: str = "2026-05-20") -> Resource:
    return observation(name, loinc(code), on, **value)


def with_(*more: Resource) -> Chart:
    return BASE.having(*more)


CMV_COPIES = observation("cmv", loinc("72493-2"), "2026-05-29", valueQuantity=amount(300, "[IU]/mL"))


def resolved(on: str) -> Chart:
    """A pneumonia that ended on this day."""
    return BASE.having(infected(icd("J18.9"), "resolved", onsetDateTime="2026-04-20", abatementDateTime=on))


ROWS = [
    row("T2-E1 reconciled, nothing active", BASE, "pass"),
    row(
        "T2-E1.1 aspergillosis controlled on voriconazole",
        with_(infected(icd("B44.1")), order("drug", VORICONAZOLE, "2026-04-01")),
        "fail",
    ),
    row("T2-E1.2 letermovir prophylaxis", with_(order("drug", LETERMOVIR, "2026-02-01", **PROPHYLAXIS)), "pass"),
    row(
        "T2-E1.3 CMV DNA 300 IU/mL and foscarnet started",
        with_(CMV_COPIES, order("drug", FOSCARNET, "2026-05-30")),
        "unknown",
    ),
    row(
        "T2-E1.4 pneumonia resolved 20 days ago",
        with_(infected(icd("J18.9"), "resolved", onsetDateTime="2026-04-20", abatementDateTime="2026-05-12")),
        "pass",
    ),
    row("T2-E1 look-back: resolved 15 days ago", resolved("2026-05-17"), "pass"),
    row("T2-E1 look-back: resolved 14 days ago", resolved("2026-05-18"), "unknown"),
    row("T2-E1 active infection without any treatment", with_(infected(icd("A41.9"))), "fail"),
    row("T2-E1 recurrence is active", with_(infected(icd("A41.9"), "recurrence")), "fail"),
    row("T2-E1 relapse is active", with_(infected(icd("A41.9"), "relapse")), "fail"),
    row("T2-E1 inactive is not active", with_(infected(icd("A41.9"), "inactive")), "pass"),
    row("T2-E1 provisional", with_(infected(icd("J18.9"), verified="provisional")), "unknown"),
    row("T2-E1 differential", with_(infected(icd("J18.9"), verified="differential")), "unknown"),
    row("T2-E1 refuted", with_(infected(icd("J18.9"), verified="refuted")), "pass"),
    row("T2-E1 entered in error", with_(infected(icd("J18.9"), verified="entered-in-error")), "pass"),
    row(
        "T2-E1 an active one needs no reconciliation",
        BASE.without("problems", "medications").having(infected(icd("A41.9"))),
        "fail",
    ),
    row("T2-E1 no reconciled problem list", BASE.without("problems"), "unknown", reason="not_reconciled"),
    row("T2-E1 no reconciled medication list", BASE.without("medications"), "unknown", reason="not_reconciled"),
    row("T2-E1 treatment without a diagnosis", with_(order("drug", MEROPENEM, "2026-05-29")), "unknown"),
    row(
        "T2-E1 treatment given yesterday without a diagnosis", with_(given("drug", MEROPENEM, "2026-05-31")), "unknown"
    ),
    row("T2-E1 a course of March is over", with_(order("drug", MEROPENEM, "2026-03-01", "completed")), "pass"),
    row("T2-E1 an order not to give", with_(order("drug", MEROPENEM, "2026-05-29", doNotPerform=True)), "pass"),
    row(
        "T2-E1 a proposal is no treatment",
        with_(order("drug", MEROPENEM, "2026-05-29", "draft", intent="proposal")),
        "pass",
    ),
    row(
        "T2-E1 aciclovir for prophylaxis",
        with_(order("drug", ACICLOVIR, "2026-02-01", reasonCode=[{"text": "Antiviral prophylaxis after HSCT"}])),
        "pass",
    ),
    row(
        "T2-E1 treatment of a resolved infection",
        with_(
            infected(icd("J18.9"), "resolved", abatementDateTime="2026-05-12"),
            order("drug", MEROPENEM, "2026-05-01", "completed"),
        ),
        "pass",
    ),
    row("T2-E1 HSV seropositive is latent", with_(serology("16949-0", POSITIVE)), "pass"),
    row("T2-E1 HBsAg positive", with_(serology("5196-1", POSITIVE)), "fail"),
    row("B6.9 chronic hepatitis B", with_(infected(icd("B18.1"))), "fail"),
    row("B6.9 chronic hepatitis C", with_(infected(icd("B18.2"))), "fail"),
    row("B6.9 HIV", with_(infected(icd("B20"))), "fail"),
    row("B6.9 HIV treated and without symptoms", with_(infected(icd("Z21"))), "fail"),
    row(
        "B6.9 HCV RNA by laboratory",
        with_(observation("hcv", loinc("11011-4"), "2026-05-20", valueQuantity=amount(120000, "[IU]/mL"))),
        "fail",
    ),
    row("B6.9 HIV antigen and antibody positive", with_(serology("56888-1", POSITIVE)), "fail"),
    row("B6.9 HBsAg positive years ago, none since", with_(serology("5196-1", POSITIVE, on="2018-05-01")), "fail"),
    row("B6.9 anti-HBs is immunity", with_(serology("10900-9", POSITIVE)), "pass"),
    row("B6.9 HBsAg negative", with_(serology("5196-1", NEGATIVE)), "pass"),
    row("T2-E1 colonisation is not infection", with_(infected(icd("Z22.322"))), "pass"),
    row("T2-E1 exposure is not infection", with_(infected(icd("Z20.822"))), "pass"),
    row("T2-E1 a future infection cannot be right", with_(infected(icd("J18.9"), onsetDateTime="2026-06-05")), "pass"),
]


@pytest.mark.parametrize("row", ROWS)
def test_infection(row: Row) -> None:
    assert row.found("E1") == row.expected


BACTERIAL = "A40.1 A41.9 R65.20 R78.81 A49.9 A15.0 J13 J14 J15.9 J18.9 L03.90 N39.0 T86.03 G00.1 A04.72"
FUNGAL = "B37.7 B44.9 B45.1 B46.0 B48.8 B49 B59"
VIRAL = "B25.0 B34.0 B27.00 B00.1 B01.9 B02.9 B97.0 J09.X2 J10.1 J12.9 U07.1 B16.9 B17.10 B19.20"
SNOMED_CODES = "87628006 91302008 10001005 5758002 233604007 128045006 3218000 233613009 34014006 40733004 17322007"


@pytest.mark.parametrize(
    "code",
    [*map(icd, f"{BACTERIAL} {FUNGAL} {VIRAL}".split()), *map(snomed, SNOMED_CODES.split())],
    ids=lambda code: code["coding"][0]["code"],
)
def test_every_kind_of_infection_counts_while_active(code: Resource) -> None:
    assert criterion_in(assess(BASE.having(infected(code))), "E1")["outcome"] == "fail"


def test_an_infection_without_a_clinical_status_never_passes() -> None:
    """A missing status is not inactivity."""
    assert criterion_in(assess(BASE.having(infected(icd("A41.9"), clinical=None))), "E1")["outcome"] != "pass"


@pytest.mark.parametrize("code", ["56888-1", "5196-1"])
def test_a_preliminary_positive_virus_never_passes(code: str) -> None:
    """Section 0: preliminary is unknown."""
    positive = serology(code, POSITIVE | {"status": "preliminary"})

    assert criterion_in(assess(BASE.having(positive)), "E1")["outcome"] == "unknown"


def test_a_virus_detected_below_the_counting_limit_is_detected() -> None:
    """Units 1: any detected is positive, whatever the number."""
    trace = observation("load", loinc("42595-9"), "2026-05-20", valueString="<20 IU/mL detected")

    assert criterion_in(assess(BASE.having(trace)), "E1")["outcome"] == "fail"


@pytest.mark.parametrize(
    "result",
    [
        pytest.param(serology("5196-1", {"interpretation": [concept(INTERPRETATION, "E")]}), id="HBsAg equivocal"),
        pytest.param(serology("5196-1", {"valueString": "see comment"}), id="B5.1 HBsAg that cannot be read"),
        pytest.param(serology("13955-0", POSITIVE), id="T1-E3 anti-HCV is a screen that RNA must confirm"),
    ],
)
def test_a_virus_test_without_a_clear_answer_leaves_it_open(result: Resource) -> None:
    assert criterion_in(assess(BASE.having(result)), "E1")["outcome"] == "unknown"


def test_a_cleared_hepatitis_c_does_not_exclude() -> None:
    """B6.9: cleared infection is not active."""
    cleared = BASE.having(
        serology("13955-0", POSITIVE, on="2019-05-01"), serology("20416-4", {"valueString": "Not detected"}, "rna")
    )

    assert criterion_in(assess(cleared), "E1")["outcome"] != "fail"
