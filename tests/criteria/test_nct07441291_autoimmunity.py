"""T2-E4: autoimmune disease, active or not; GVHD is alloimmune."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.criteria.rows import Row, assess, configured, criterion_in, row
from tests.fhir import Chart, Resource, base_chart, condition, icd, order, snomed

BASE = base_chart()
LEVOTHYROXINE = order("drug", {"text": "levothyroxine"}, "2026-01-01")


def having(
    code: Resource, clinical: str | None = "active", verified: str | None = "confirmed", **elements: Any
) -> Chart:
    return BASE.having(condition("disease", code, clinical, verified, **elements))


ROWS = [
    row("T2-E4 reconciled, none", BASE, "pass"),
    row("T2-E4.1 lupus active", having(snomed("200936003")), "fail"),
    row("T2-E4.2 Hashimoto on levothyroxine", having(icd("E06.3")).having(LEVOTHYROXINE), "fail", review=True),
    row("T2-E4.2 Hashimoto in SNOMED CT", having(snomed("66944004")), "fail", review=True),
    row(
        "T2-E4.3 immune thrombocytopenia resolved in 2015",
        having(icd("D69.3"), "resolved", onsetDateTime="2014-05-01", abatementDateTime="2015-02-01"),
        "unknown",
    ),
    row("T2-E4.4 sclerodermoid chronic GVHD", having(snomed("402358003")), "pass"),
    row("T2-E4.4 chronic GVHD", having(icd("D89.811")), "pass"),
    row("T2-E4.5 hypothyroidism after irradiation", having(icd("E03.9")), "pass"),
    row("T2-E4 psoriasis is literal", having(icd("L40.0")), "fail", review=True),
    row("T2-E4 psoriasis in SNOMED CT", having(snomed("9014002")), "fail", review=True),
    row("T2-E4 vitiligo is literal", having(icd("L80")), "fail", review=True),
    row("B6.12 type 1 diabetes is for the site to decide", having(icd("E10.9")), "unknown"),
    row("B6.12 type 1 diabetes in SNOMED CT", having(snomed("46635009")), "unknown"),
    row("T2-E4 type 2 diabetes is not autoimmune", having(icd("E11.9")), "pass"),
    row("T2-E4 sarcoidosis is not counted", having(icd("D86.0")), "pass"),
    row("T2-E4 multiple sclerosis", having(icd("G35")), "fail"),
    row("T2-E4 coeliac disease", having(icd("K90.0")), "fail"),
    row("T2-E4 Crohn's disease", having(icd("K50.90")), "fail"),
    row("T2-E4 colitis in remission is remote", having(icd("K51.90"), "remission"), "unknown"),
    row("T2-E4 inactive arthritis is remote", having(snomed("69896004"), "inactive"), "unknown"),
    row("T2-E4 provisional", having(icd("K50.90"), verified="provisional"), "unknown"),
    row("T2-E4 refuted", having(icd("K50.90"), verified="refuted"), "pass"),
    row("T2-E4 unreconciled", BASE.without("problems"), "unknown", reason="not_reconciled"),
    row("T2-E4 lupus needs no reconciliation", having(snomed("200936003")).without("problems"), "fail"),
]


@pytest.mark.parametrize("row", ROWS)
def test_autoimmune_disease(row: Row) -> None:
    assert row.found("E4") == row.expected


@pytest.mark.parametrize(
    ("decided", "outcome"),
    [
        pytest.param({"type_1_diabetes_is_autoimmune": True}, "fail", id="B6.12 the site counts type 1 diabetes"),
        pytest.param(
            {"type_1_diabetes_is_autoimmune": False}, "pass", id="B6.12 the site does not count type 1 diabetes"
        ),
    ],
)
def test_the_site_decides_on_type_1_diabetes(decided: dict[str, bool], outcome: str, tmp_path: Path) -> None:
    service = configured(tmp_path, site={"version": "1", "settings": decided})

    assert criterion_in(assess(having(icd("E10.9")), service=service), "E4")["outcome"] == outcome


ICD_CODES = "D59.10 D69.3 D68.61 E27.1 E31.0 G61.0 G70.00 K74.3 K75.4 L10.0 M05.9 M06.9 M32.10 M34.9"
SNOMED_CODES = "85828009 408335007 413603009 69896004 24526004 91637004 32273002 427213005"


@pytest.mark.parametrize(
    "code",
    [*map(icd, ICD_CODES.split()), *map(snomed, SNOMED_CODES.split())],
    ids=lambda code: code["coding"][0]["code"],
)
def test_active_autoimmune_diseases_count(code: Resource) -> None:
    assert criterion_in(assess(having(code)), "E4")["outcome"] == "fail"
