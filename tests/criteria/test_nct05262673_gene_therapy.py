"""T1-E6: any gene therapy product ever given excludes; a harvest, a donor's lymphocytes or a vaccine is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.criteria.rows import Row, assess, configured, criterion_in, row
from tests.fhir import (
    CPT,
    ICD10PCS,
    PATIENT,
    RXNORM,
    Chart,
    Resource,
    answered,
    atc,
    concept,
    condition,
    given,
    icd,
    local,
    order,
    procedure,
)
from tests.multi_car_t import TRIAL, candidate

BASE = candidate()
HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
HARVEST, GIVEN, DLI = concept(CPT, "38225"), concept(ICD10PCS, "XW033C3"), concept(CPT, "38242")


def done(code: Resource, on: str | None = "2023-05-10", status: str = "completed", **elements: Any) -> Chart:
    return BASE.having(procedure("cells", code, on, status, **elements))


def history(code: str, clinical: str | None = "active", verified: str | None = "confirmed") -> Chart:
    return BASE.having(condition("history", icd(code), clinical, verified))


def said(choice: str, chart: Chart) -> Chart:
    return chart.having(answered("answer", "2026-05-28", trial=TRIAL, E6=choice))


def subject_of(study: str, start: str) -> Resource:
    return {
        "resourceType": "ResearchSubject",
        "id": "subject",
        "status": "on-study",
        "study": {"identifier": {"value": study}},
        "individual": {"reference": PATIENT},
        "period": {"start": start},
    }


TOLD: Resource = {"text": "CD19 CAR-T trial 2022, abroad"}
OTHER_TRIAL = subject_of("NCT07441291", "2025-09-01")

ROWS = [
    row("T1-E6 history reconciled, none", BASE, "pass"),
    row("T1-E6.1 harvested only", done(HARVEST), "unknown"),
    row("T1-E6.1 harvested only, attested that nothing was infused", said("N", done(HARVEST)), "pass"),
    row("T1-E6.2 CAR-T infused in 2020", done(GIVEN, "2020-07-01"), "fail"),
    row("T1-E6.2 CAR-T infused, dated only 2020", done(GIVEN, "2020"), "fail"),
    row("T1-E6 look-back is a lifetime: 1999", done(GIVEN, "1999-01-01"), "fail"),
    row("T1-E6 CAR-T infused, without a date", done(GIVEN, None), "fail"),
    row("T1-E6.3 donor lymphocytes only", done(DLI), "pass"),
    row("T1-E6.4 told in words only", done(TOLD), "unknown", review=True),
    row("T1-E6.5 mRNA vaccine against COVID-19", BASE.having(given("vaccine", atc("J07BN01"), "2024-10-01")), "pass"),
    row("T1-E6 the other trial's CAR-T arm", done(local("cart-infusion"), "2025-10-01").having(OTHER_TRIAL), "fail"),
    row("T1-E6 a CAR-T product of no trial", done(local("cart-infusion"), "2025-10-01"), "fail"),
    row("T1-E6 history of CAR-T on the problem list", history("Z92.850"), "fail"),
    row("T1-E6 history of gene therapy on the problem list", history("Z92.86"), "fail"),
    row("T1-E6 history of another cell therapy", history("Z92.858"), "unknown"),
    row("T1-E6 history of an unspecified cell therapy", history("Z92.859"), "unknown"),
    row("T1-E6 neurotoxicity of effector cells, no product", history("G92.05", "resolved"), "unknown"),
    row("T1-E6 cytokine release syndrome, no product", history("D89.835", "resolved"), "unknown"),
    row("T1-E6 complication of effector cells, no product", history("T80.82XA", "resolved"), "unknown"),
    row("section 0: history of CAR-T refuted", history("Z92.850", verified="refuted"), "pass"),
    row("section 0: history of CAR-T entered in error", history("Z92.850", verified="entered-in-error"), "pass"),
    row("section 0: history of CAR-T provisional", history("Z92.850", verified="provisional"), "unknown"),
    row("T1-E6 infusion not done", done(GIVEN, status="not-done"), "pass"),
    row("T1-E6 infusion entered in error", done(GIVEN, status="entered-in-error"), "pass"),
    row("T1-E6 infusion in preparation", done(GIVEN, status="preparation"), "unknown"),
    row("T1-E6 infusion of unknown status", done(GIVEN, status="unknown"), "unknown"),
    row("T1-E6 unmodified T cells: tabelecleucel", BASE.having(given("drug", atc("L01XL09"), "2025-03-01")), "pass"),
    row("T1-E6 unmodified T cells: lifileucel", BASE.having(given("drug", atc("L01XL11"), "2025-03-01")), "pass"),
    row(
        "T1-E6 product ordered, not known to be given",
        BASE.having(order("drug", atc("L01XL04"), "2026-05-01")),
        "unknown",
    ),
    row("T1-E6 therapy history not reconciled", BASE.without("procedures"), "unknown", reason="not_reconciled"),
    row("section 0: history of 90 days ago", BASE.changed("procedures", date="2026-03-03"), "pass"),
    row(
        "section 0: history of 91 days ago",
        BASE.changed("procedures", date="2026-03-02"),
        "unknown",
        reason="not_reconciled",
    ),
    row("T1-E6 a product needs no reconciled history", done(GIVEN).without("procedures"), "fail"),
    row(
        "T1-E6.3 donor lymphocytes do not complete a history",
        done(DLI).without("procedures"),
        "unknown",
        reason="not_reconciled",
    ),
    row("T1-E6 attested none, history not reconciled", said("N", BASE.without("procedures")), "pass"),
    row("T1-E6 attested, nothing in the chart", said("Y", BASE.without("procedures")), "fail"),
    row("T1-E6.4 told in words, then attested", said("Y", done(TOLD)), "fail"),
    row("B6.3 attested none beside an infusion", said("N", done(GIVEN)), "unknown", reason="conflict"),
]


@pytest.mark.parametrize("row", ROWS)
def test_prior_gene_therapy(row: Row) -> None:
    assert row.found("E6", trial_id=TRIAL) == row.expected


def outcome(chart: Chart) -> str:
    return str(criterion_in(assess(chart), "E6", TRIAL)["outcome"])


PCS = "XW043C3 XW033J7 XW043J7 XW033M7 XW043M7 XW033H7 XW043H7 XW23346 XW24346 XW23376 XW24376 XW033G7 XW043A7"
INFUSIONS = [
    *(concept(CPT, code) for code in ("38228", "0540T")),
    *(concept(ICD10PCS, code) for code in PCS.split()),
    *(concept(HCPCS, code) for code in ("Q2041", "Q2042", "Q2053", "Q2054", "Q2055")),
]
PRODUCTS = [
    *(concept(RXNORM, code) for code in ["1986438", "2387277", "1987398", "2479136", "2536430", "2594775"]),
    *(atc(code) for code in ["L01XL02", "L01XL03", "L01XL05", "L01XL10", "L01XL12", "B06AX02", "B06AX05", "B06AX06"]),
]
NOT_EXPOSURE = ["38225", "38226", "38227", "0537T", "0538T", "0539T"]


@pytest.mark.parametrize("code", INFUSIONS, ids=lambda code: code["coding"][0]["code"])
def test_every_infusion_code_is_exposure(code: Resource) -> None:
    assert outcome(done(code)) == "fail"


@pytest.mark.parametrize("code", PRODUCTS, ids=lambda code: code["coding"][0]["code"])
def test_every_product_given_is_exposure(code: Resource) -> None:
    assert outcome(BASE.having(given("drug", code, "2024-02-01"))) == "fail"


@pytest.mark.parametrize("code", NOT_EXPOSURE)
def test_harvest_and_preparation_are_not_exposure_and_not_nothing(code: str) -> None:
    assert outcome(done(concept(CPT, code))) == "unknown"


def test_a_site_that_keeps_complete_records_needs_no_list(tmp_path: Path) -> None:
    """T1-E6: the closed-world flag."""
    service = configured(tmp_path, site={"version": "1", "closed_world": ["conditions", "medications", "procedures"]})
    chart = BASE.without("problems", "medications", "procedures")

    assert criterion_in(assess(chart, service=service), "E6", TRIAL)["outcome"] == "pass"
