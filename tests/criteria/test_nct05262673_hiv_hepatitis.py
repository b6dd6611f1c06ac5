"""T1-E3: known HIV, hepatitis B or hepatitis C infection; all three must be tested to say that there is none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import Row, assess, criterion_in, row
from tests.fhir import (
    INTERPRETATION,
    Chart,
    Resource,
    amount,
    answered,
    atc,
    concept,
    condition,
    given,
    icd,
    loinc,
    observation,
    procedure,
    snomed,
)
from tests.multi_car_t import NEGATIVE, TRIAL, candidate

BASE = candidate()
UNTESTED = BASE.without("hiv", "hbsag", "hcv")
POSITIVE: Resource = {"valueCodeableConcept": loinc("LA6576-8")}
NOT_DETECTED: Resource = {"valueString": "Not detected"}
CORE_ANTIBODY, HBV_DNA, HBV_DNA_LOG, SURFACE_ANTIBODY = "13952-7", "42595-9", "48398-2", "5193-8"
HCV_RNA, HCV_RNA_LOG, HIV_RNA, HIV_RNA_LOG = "11011-4", "38180-6", "20447-9", "29541-0"


def lab(code: str, value: Resource, on: str = "2026-05-20", name: str = "more", chart: Chart = BASE) -> Chart:
    return chart.having(observation(name, loinc(code), on, **value))


def load(value: float, unit: str = "[IU]/mL", comparator: str | None = None) -> Resource:
    return {"valueQuantity": amount(value, unit, comparator)}


def diagnosed(
    code: Resource, clinical: str = "active", verified: str = "confirmed", chart: Chart = BASE, **elements: Any
) -> Chart:
    return chart.having(condition("virus", code, clinical, verified, **elements))


def said(choice: str, chart: Chart) -> Chart:
    return chart.having(answered("answer", "2026-05-28", trial=TRIAL, E3=choice))


IMMUNE = lab(CORE_ANTIBODY, NEGATIVE, name="core", chart=lab(SURFACE_ANTIBODY, load(120, "m[IU]/mL")))
CORE_ONLY = lab(CORE_ANTIBODY, POSITIVE, name="core", chart=lab(HBV_DNA, NOT_DETECTED))
PASSIVE = CORE_ONLY.having(given("ivig", atc("J06BA02", "immunoglobulin, intravenous"), "2026-05-25"))
CLEARED_C = lab(HCV_RNA, NOT_DETECTED, chart=BASE.changed("hcv", effectiveDateTime="2019-03-01", **POSITIVE))
CAR_T = procedure("cart", concept("http://www.ama-assn.org/go/cpt", "0540T"), "2023-01-10")

ROWS = [
    row("T1-E3 all three negative 12 days ago", BASE, "pass", valid_until="2026-06-17"),
    row("T1-E3.1 anti-HBs 120 is immunity", IMMUNE, "pass"),
    row("T1-E3.2 anti-HBc positive after immunoglobulin, HBsAg and DNA negative", PASSIVE, "unknown"),
    row("T1-E3 anti-HBc positive without immunoglobulin, HBsAg and DNA negative", CORE_ONLY, "unknown"),
    row("T1-E3.3 anti-HCV positive, RNA not detected, treated in 2019", CLEARED_C, "unknown"),
    row(
        "T1-E3.4 HBsAg positive in 2018, none since",
        BASE.changed("hbsag", effectiveDateTime="2018-05-01", **POSITIVE),
        "fail",
    ),
    row("T1-E3.5 no serology ever", UNTESTED, "unknown", reason="missing", needs="data"),
    row("T1-E3 HIV untested", BASE.without("hiv"), "unknown", reason="missing"),
    row("T1-E3 hepatitis B untested", BASE.without("hbsag"), "unknown", reason="missing"),
    row("T1-E3 hepatitis C untested", BASE.without("hcv"), "unknown", reason="missing"),
    row(
        "T1-E3 anti-HBs alone does not stand for HBsAg",
        lab(SURFACE_ANTIBODY, POSITIVE, chart=BASE.without("hbsag")),
        "unknown",
    ),
    row("T1-E3 HIV antigen and antibody positive", BASE.changed("hiv", **POSITIVE), "fail"),
    row("T1-E3 HIV RNA", lab(HIV_RNA, load(5000, "{copies}/mL"), chart=BASE.changed("hiv", **POSITIVE)), "fail"),
    row(
        "T1-E3 HIV NAT positive, antibody negative, after a lentiviral product",
        lab(HIV_RNA, POSITIVE).having(CAR_T),
        "unknown",
    ),
    row("T1-E3 HBsAg positive", BASE.changed("hbsag", **POSITIVE), "fail"),
    row("T1-E3 HBV DNA by laboratory, HBsAg negative", lab(HBV_DNA, load(350)), "fail"),
    row("T1-E3 HCV RNA by laboratory", lab(HCV_RNA, load(120000)), "fail"),
    row("T1-E3 anti-HCV positive without RNA", BASE.changed("hcv", **POSITIVE), "unknown"),
    row("T1-E3 HBV DNA not detected", lab(HBV_DNA, NOT_DETECTED), "pass"),
    row("units 1 HBV DNA below 10 IU/mL, but detected", lab(HBV_DNA, {"valueString": "<10 IU/mL detected"}), "fail"),
    row("units 1 HCV RNA below 20 IU/mL, but detected", lab(HCV_RNA, {"valueString": "<20 IU/mL detected"}), "fail"),
    row("units 1 HBV DNA 1.3 in log10 is 20 IU/mL", lab(HBV_DNA_LOG, load(1.3, "{Log_IU}/mL")), "fail"),
    row("units 1 HCV RNA 1.3 in log10", lab(HCV_RNA_LOG, load(1.3, "{Log_IU}/mL")), "fail"),
    row(
        "units 1 HIV RNA 1.3 in log10",
        lab(HIV_RNA_LOG, load(1.3, "{Log_copies}/mL"), chart=BASE.changed("hiv", **POSITIVE)),
        "fail",
    ),
    row(
        "section 0: HIV preliminary positive",
        BASE.changed("hiv", status="preliminary", **POSITIVE),
        "unknown",
        reason="preliminary",
    ),
    row(
        "section 0: HBsAg preliminary negative",
        BASE.changed("hbsag", status="preliminary"),
        "unknown",
        reason="preliminary",
    ),
    row(
        "section 0: positive HBsAg entered in error",
        lab("5196-1", POSITIVE | {"status": "entered-in-error"}),
        "pass",
    ),
    row("section 0: positive HBsAg cancelled", lab("5196-1", POSITIVE | {"status": "cancelled"}), "pass"),
    row(
        "T1-E3 HBsAg equivocal",
        BASE.changed("hbsag", valueCodeableConcept=None, interpretation=[concept(INTERPRETATION, "E")]),
        "unknown",
    ),
    row("T1-E3 no diagnosis and no test, but HIV disease coded", diagnosed(icd("B20"), chart=UNTESTED), "fail"),
    row("T1-E3 asymptomatic HIV", diagnosed(icd("Z21")), "fail"),
    row("T1-E3 chronic hepatitis B", diagnosed(icd("B18.1")), "fail"),
    row("T1-E3 hepatitis B carrier", diagnosed(snomed("235871004")), "fail"),
    row("T1-E3 chronic hepatitis C in SNOMED CT", diagnosed(snomed("128302006")), "fail"),
    row("section 0: provisional hepatitis C", diagnosed(icd("B18.2"), verified="provisional"), "unknown"),
    row("section 0: refuted hepatitis C", diagnosed(icd("B18.2"), verified="refuted"), "pass"),
    row("section 0: hepatitis B entered in error", diagnosed(icd("B18.1"), verified="entered-in-error"), "pass"),
    row(
        "T1-E3 acute hepatitis B, resolved in 2010",
        diagnosed(icd("B16.9"), "resolved", abatementDateTime="2010-06-01"),
        "unknown",
    ),
    row("T1-E3 immune to hepatitis B", diagnosed(snomed("271511000")), "pass"),
    row("T1-E3 inconclusive HIV laboratory evidence is no infection", diagnosed(icd("R75")), "pass"),
    row("T1-E3 exposure to HIV", diagnosed(snomed("444356002")), "pass"),
    row("T1-E3 fear of HIV", diagnosed(snomed("102920009")), "pass"),
    row("B6.3 attested none, never tested", said("N", UNTESTED), "pass"),
    row("B6.3 attested known infection, never tested", said("Y", UNTESTED), "fail"),
    row(
        "B6.3 attested none beside a positive HBsAg",
        said("N", BASE.changed("hbsag", **POSITIVE)),
        "unknown",
        reason="conflict",
    ),
]


@pytest.mark.parametrize("row", ROWS)
def test_hiv_and_hepatitis(row: Row) -> None:
    assert row.found("E3", trial_id=TRIAL) == row.expected


@pytest.mark.parametrize("test", ["hiv", "hbsag", "hcv"])
@pytest.mark.parametrize(
    ("on", "outcome", "reason"), [("2026-05-04", "pass", None), ("2026-05-03", "unknown", "stale")]
)
def test_each_negative_counts_for_28_days(test: str, on: str, outcome: str, reason: str | None) -> None:
    found = criterion_in(assess(BASE.changed(test, effectiveDateTime=on)), "E3", TRIAL)

    assert (found["outcome"], found.get("reason")) == (outcome, reason)


@pytest.mark.parametrize("test", ["hiv", "hbsag", "hcv"])
def test_a_result_without_a_date_says_nothing(test: str) -> None:
    found = criterion_in(assess(BASE.changed(test, effectiveDateTime=None)), "E3", TRIAL)

    assert (found["outcome"], found["reason"]) == ("unknown", "undated")


def test_a_surface_antigen_that_turned_negative_is_past_infection() -> None:
    """T1-E3: past or cleared infection is ambiguous."""
    chart = lab("5196-1", POSITIVE, on="2018-05-01", name="earlier")

    assert criterion_in(assess(chart), "E3", TRIAL)["outcome"] == "unknown"


def test_an_undetected_load_does_not_undo_a_positive_hiv_antibody() -> None:
    """T1-E3: treated HIV is known HIV; it never passes."""
    chart = lab(HIV_RNA, NOT_DETECTED, chart=BASE.changed("hiv", **POSITIVE))

    assert criterion_in(assess(chart), "E3", TRIAL)["outcome"] != "pass"
