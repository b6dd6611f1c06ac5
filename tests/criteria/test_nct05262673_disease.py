"""T1-I2, T1-I3: a high-burden specimen that can be had, and an antigen on the malignant cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.criteria.rows import Row, configured, row
from tests.fhir import (
    CPT,
    ICD10PCS,
    INTERPRETATION,
    Chart,
    Resource,
    amount,
    atc,
    concept,
    given,
    loinc,
    measured,
    observation,
    procedure,
    snomed,
    specimen,
)
from tests.multi_car_t import TRIAL, candidate

MARROW, BLOOD = "11150-0", "26446-5"
STORED = {"specimen": {"reference": "Specimen/archive"}}
REMISSION = observation("now", loinc(MARROW), "2026-05-20", **measured(1))


def archived(value: Resource, status: str | None = "available", on: str = "2024-11-05", code: str = MARROW) -> Chart:
    """The diagnostic marrow with another value, and its specimen with another status (None: no Specimen)."""
    chart = candidate().having(observation("burden", loinc(code), on, **value, **STORED))
    return chart.without("archive") if status is None else chart.changed("archive", status=status)


SPECIMEN = [
    row(
        "T1-I2.1 remission, archived marrow 86 %, specimen available", archived(measured(86)).having(REMISSION), "pass"
    ),
    row("T1-I2.2 archived 86 %, no Specimen", archived(measured(86), None).having(REMISSION), "unknown", needs="data"),
    row("T1-I2.3 exactly 30 %", archived(measured(30)), "pass"),
    row(
        "T1-I2.4 29.6 %, and 30 % in a note",
        archived(measured(29.6) | {"note": [{"text": "reported as 30 %"}]}),
        "unknown",
        reason="conflict",
    ),
    row("T1-I2.5 only blood, 62 %", archived(measured(62), code=BLOOD), "unknown"),
    row("T1-I2 29.9 %", archived(measured(29.9)), "unknown"),
    row(
        "T1-I2 25 to 35 %",
        archived({"valueRange": {"low": amount(25), "high": amount(35)}}),
        "unknown",
    ),
    row("T1-I2 30%+", archived({"valueString": "30%+"}), "pass"),
    row("T1-I2 above 90", archived(measured(90, comparator=">")), "pass"),
    row("T1-I2 below 30", archived(measured(30, comparator="<")), "unknown"),
    row("T1-I2 above 20", archived(measured(20, comparator=">")), "unknown"),
    row("T1-I2 used up, remission of today", archived(measured(86), "unavailable").having(REMISSION), "fail"),
    row("T1-I2 used up, nothing of today", archived(measured(86), "unavailable"), "unknown"),
    row(
        "T1-I2 used up, but 40 % today",
        archived(measured(86), "unavailable").having(observation("now", loinc(MARROW), "2026-05-20", **measured(40))),
        "unknown",
    ),
    row("T1-I2 blasts never recorded", candidate().without("burden"), "unknown", reason="missing"),
    row("T1-I2 only a text report", archived({"valueString": "packed with blasts"}), "unknown"),
    row("T1-I2 preliminary", archived(measured(86) | {"status": "preliminary"}), "unknown"),
    row("T1-I2 the specimen was entered in error", archived(measured(86), "entered-in-error"), "unknown"),
    row(
        "T1-I2 another patient's specimen",
        archived(measured(86)).changed("archive", subject={"reference": "Patient/2"}),
        "unknown",
    ),
]


@pytest.mark.parametrize("row", SPECIMEN)
def test_specimen(row: Row) -> None:
    assert row.found("I2", trial_id=TRIAL) == row.expected


def test_blood_is_a_source_only_when_the_site_says_so(tmp_path: Path) -> None:
    """T1-I2 boundaries: default marrow yes, blood unknown."""
    service = configured(tmp_path, site={"version": "1", "settings": {"blood_is_specimen_source": True}})

    assert row_of(archived(measured(62), code=BLOOD)).found("I2", service, TRIAL)["outcome"] == "pass"


def row_of(chart: Chart) -> Row:
    return Row(chart, {"outcome": ""})


CODES = {"cd19": "13840-4", "cd22": "51124-6", "cd20": "51115-4", "cd10": "13837-0", "cd123": "51043-8"}


def expressed(on: str = "2026-05-20", **percent: float) -> Chart:
    """Antigens on the blasts; the ones that are not named were never tested."""
    found = [observation(name, loinc(CODES[name]), on, **measured(value)) for name, value in percent.items()]
    return candidate().without("cd19").having(*found)


def blinatumomab(on: str) -> Resource:
    return given("blina", atc("L01FX07", "Blinatumomab"), on, snomed("47625008"))


POSITIVE = {"interpretation": [concept(INTERPRETATION, "POS")]}
ALL_NEGATIVE: dict[str, Any] = dict.fromkeys(CODES, 0.5)

ANTIGEN = [
    row(
        "T1-I3.1 CD19 lost after blinatumomab, CD22 on 88 % of blasts",
        expressed(cd19=0, cd22=88).having(blinatumomab("2026-04-01")),
        "pass",
    ),
    row(
        "T1-I3.2 CD19 cells of all cells in blood",
        candidate().changed("cd19", code=loinc("8117-4"), **measured(12)),
        "unknown",
        reason="not_specific",
    ),
    row("T1-I3.3 all five below 1 %", expressed(**ALL_NEGATIVE), "fail"),
    row(
        "T1-I3.4 CD19 of 2023, blinatumomab in 2025",
        expressed("2023-03-01", cd19=95).having(blinatumomab("2025-02-01")),
        "unknown",
        reason="stale",
    ),
    row(
        "T1-I3.5 only words",
        candidate()
        .without("cd19")
        .having(
            observation("report", loinc("101119-6"), "2026-05-20", valueString="positive for CD10, CD79a, CD19, CD20")
        ),
        "unknown",
        review=True,
    ),
    row("T1-I3 exactly 20 %", expressed(cd10=20), "pass"),
    row("T1-I3 19.9 %, the others untested", expressed(cd10=19.9), "unknown", reason="missing"),
    row("T1-I3 four negative, one untested", expressed(cd19=0, cd22=0, cd20=0, cd10=0), "unknown"),
    row("T1-I3 called positive without a number", candidate().changed("cd19", valueQuantity=None, **POSITIVE), "pass"),
    row(
        "T1-I3 immune stain positive",
        candidate().changed(
            "cd19", code=loinc("49467-4"), valueQuantity=None, valueCodeableConcept={"text": "Positive"}
        ),
        "pass",
    ),
    row(
        "T1-I3 15 % called positive",
        candidate().changed("cd19", **measured(15), **POSITIVE),
        "unknown",
        reason="conflict",
    ),
    row("T1-I3 10 to 30 %", candidate().changed("cd19", **measured(10, comparator=">")), "unknown"),
    row(
        "T1-I3 CAR-T cells after the only result",
        expressed("2026-03-01", cd19=95).having(procedure("cart", concept(CPT, "38228"), "2026-04-01")),
        "unknown",
        reason="stale",
    ),
    row(
        "T1-I3 tested again after CAR-T cells",
        expressed("2026-05-01", cd19=95).having(procedure("cart", concept(ICD10PCS, "XW033C3"), "2026-04-01")),
        "pass",
    ),
    row("T1-I3 never tested", candidate().without("cd19"), "unknown", reason="missing"),
]


@pytest.mark.parametrize("row", ANTIGEN)
def test_antigen(row: Row) -> None:
    assert row.found("I3", trial_id=TRIAL) == row.expected


def test_the_cut_off_is_the_sites(tmp_path: Path) -> None:
    """T1-I3: the text names no cut-off."""
    service = configured(tmp_path, site={"version": "1", "settings": {"antigen_positive_pct": 30}})

    assert row_of(expressed(cd19=25)).found("I3", service, TRIAL)["outcome"] == "unknown"


def test_a_specimen_of_the_base_patient_is_marrow() -> None:
    """B4: the specimen's own type says what it is."""
    assert specimen("archive", "119359002")["type"] == snomed("119359002")
