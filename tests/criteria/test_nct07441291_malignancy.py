"""T2-E5: any active malignancy other than the index leukaemia."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.criteria.rows import Row, assess, configured, criterion_in, row
from tests.fhir import Chart, Resource, atc, base_chart, condition, icd, order, procedure, snomed

BASE = base_chart()
TAMOXIFEN = order("drug", atc("L02BA01", "tamoxifen"), "2023-08-01")
BASAL_CELL = icd("C44.311")


def having(
    code: Resource, clinical: str | None = "active", verified: str | None = "confirmed", **elements: Any
) -> Chart:
    return BASE.having(condition("tumour", code, clinical, verified, **elements))


def after_breast_cancer(tamoxifen: str) -> Chart:
    """Breast cancer in remission, with tamoxifen ordered last on this day."""
    last = order("drug", atc("L02BA01", "tamoxifen"), tamoxifen, "completed")
    return having(icd("C50.919"), "remission", onsetDateTime="2023-02-01").having(last)


ROWS = [
    row("T2-E5 reconciled, none", BASE, "pass"),
    row("T2-E5.1 EBV-associated PTLD active", having(icd("D47.Z1")), "fail"),
    row(
        "T2-E5.2 basal-cell carcinoma excised in 2024",
        having(BASAL_CELL, "resolved", onsetDateTime="2024-02-01", abatementDateTime="2024-03-01").having(
            procedure("excision", {"text": "Excision of skin lesion"}, "2024-03-01")
        ),
        "pass",
    ),
    row("T2-E5.3 Z85.3, breast cancer in 2010", having(icd("Z85.3"), onsetDateTime="2010-01-01"), "pass"),
    row(
        "T2-E5.4 breast cancer of 2023 on tamoxifen",
        having(icd("C50.919"), "remission", onsetDateTime="2023-02-01").having(TAMOXIFEN),
        "unknown",
    ),
    row("T2-E5 tamoxifen until nine months ago", after_breast_cancer("2025-09-01"), "unknown"),
    row("T2-E5 tamoxifen until more than twelve months ago", after_breast_cancer("2025-05-31"), "pass"),
    row("T2-E5.5 C91.01 is the index leukaemia", BASE.changed("leukaemia", code=icd("C91.01")), "pass"),
    row("T2-E5 91857003 is the index leukaemia", having(snomed("91857003")), "pass"),
    row("T2-E5 C91.02 beside the index leukaemia", having(icd("C91.02"), onsetDateTime="2024-12-01"), "pass"),
    row("B6.12 active basal-cell carcinoma is carved out, with a look", having(BASAL_CELL), "pass", review=True),
    row("B6.12 inactive skin cancer is carved out", having(icd("C44.92"), "inactive"), "pass"),
    row("B6.12 in-situ carcinoma of the skin", having(icd("D04.9")), "unknown"),
    row("T2-E5 in-situ carcinoma of the breast", having(icd("D05.10")), "unknown"),
    row("T2-E5 monoclonal gammopathy", having(icd("D47.2")), "unknown"),
    row("T2-E5 active breast cancer", having(icd("C50.919")), "fail"),
    row("T2-E5 melanoma is not carved out", having(icd("C43.9")), "fail"),
    row("T2-E5 therapy-related AML", having(icd("C92.00")), "fail"),
    row("T2-E5 therapy-related MDS", having(icd("D46.9")), "fail"),
    row("T2-E5 another lymphoid leukaemia", having(icd("C91.10")), "fail"),
    row("T2-E5 cancer in SNOMED CT", having(snomed("363346000")), "fail"),
    row("T2-E5 inactive breast cancer without treatment", having(icd("C50.919"), "inactive"), "pass"),
    row("T2-E5 resolved breast cancer without treatment", having(icd("C50.919"), "resolved"), "pass"),
    row("T2-E5 C79.32 is the leukaemia's own spread", having(icd("C79.32")), "pass"),
    row("T2-E5 unspecified leukaemia may be the same disease", having(icd("C95.90")), "unknown"),
    row("T2-E5 unspecified leukaemia in SNOMED CT", having(snomed("93143009")), "unknown"),
    row("T2-E5 history of melanoma", having(snomed("161432005")), "pass"),
    row("T2-E5 provisional", having(icd("C50.919"), verified="provisional"), "unknown"),
    row("T2-E5 refuted", having(icd("C50.919"), verified="refuted"), "pass"),
    row("T2-E5 entered in error", having(icd("C50.919"), verified="entered-in-error"), "pass"),
    row("T2-E5 family history", having(icd("Z80.3")), "pass"),
    row("T2-E5 unreconciled", BASE.without("problems"), "unknown", reason="not_reconciled"),
    row("T2-E5 active cancer needs no reconciliation", having(icd("C18.9")).without("problems"), "fail"),
]


@pytest.mark.parametrize("row", ROWS)
def test_other_malignancy(row: Row) -> None:
    assert row.found("E5") == row.expected


def test_without_the_carve_out_active_skin_cancer_excludes(tmp_path: Path) -> None:
    service = configured(tmp_path, site={"version": "1", "settings": {"nmsc_carve_out": False}})

    assert criterion_in(assess(having(BASAL_CELL), service=service), "E5")["outcome"] == "fail"


OTHER_CANCERS = "C01 C34.90 C50.919 C61 C64.9 C73 C81.90 C82.90 C90.00 C92.10 C96.9"
INDEX_LEUKAEMIA = "277571004 714251006 838344002 425688002 12301000132103"


@pytest.mark.parametrize("code", OTHER_CANCERS.split())
def test_active_malignancies_count(code: str) -> None:
    assert criterion_in(assess(having(icd(code))), "E5")["outcome"] == "fail"


@pytest.mark.parametrize("code", INDEX_LEUKAEMIA.split())
def test_codes_of_the_index_leukaemia_are_not_another_malignancy(code: str) -> None:
    assert criterion_in(assess(having(snomed(code))), "E5")["outcome"] == "pass"
