"""Units 1 and 2: laboratory values and their upper limits, seen through a site's organ function profile (T2-I5.3)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.criteria.rows import Row, configured, row
from tests.fhir import INTERPRETATION, Chart, Resource, amount, base_chart, concept, loinc, measured, observation

BASE = base_chart()
UNSEXED = BASE.changed("1", gender=None)
WOMAN = BASE.changed("1", gender="female")
TODDLER = BASE.changed("1", birthDate="2024-03-01")


def limited(high: float | None, unit: str, low: float | None = None, **elements: Any) -> Resource:
    """A reference range."""
    bounds = {name: amount(value, unit) for name, value in (("low", low), ("high", high)) if value is not None}
    return {**bounds, **elements}


def for_sex(high: float, sex: str, unit: str = "U/L") -> Resource:
    administrative = "http://hl7.org/fhir/administrative-gender"
    return limited(high, unit, 0, appliesTo=[concept(administrative, sex, sex)])


def for_age(high: float, low: int, top: int, unit: str = "mg/dL") -> Resource:
    return limited(high, unit, age={"low": amount(low, "a"), "high": amount(top, "a")})


def kind(code: str) -> Resource:
    return {"type": concept("http://terminology.hl7.org/CodeSystem/referencerange-meaning", code)}


def lab(code: str, value: float | str, unit: str, *ranges: Resource, chart: Chart = BASE, **elements: Any) -> Chart:
    found = observation("lab", loinc(code), "2026-05-28", **measured(value, unit), **elements)
    return chart.having(found | ({"referenceRange": list(ranges)} if ranges else {}))


def alt(value: float, *ranges: Resource, chart: Chart = BASE, unit: str = "U/L", **elements: Any) -> Chart:
    return lab("1742-6", value, unit, *ranges, chart=chart, **elements)


def ast(value: float, *ranges: Resource, unit: str = "U/L", **elements: Any) -> Chart:
    return lab("1920-8", value, unit, *ranges, **elements)


def creatinine(value: float, unit: str, *ranges: Resource, chart: Chart = BASE) -> Chart:
    return lab("14682-9" if "mol" in unit else "2160-0", value, unit, *ranges, chart=chart)


def bilirubin(value: float | str, unit: str, code: str = "1975-2") -> Chart:
    return lab(code, value, unit)


def read_as(letter: str) -> Resource:
    return {"interpretation": [concept(INTERPRETATION, letter)]}


def against(fact: str, limit: float, folder: Path) -> Any:
    """The service of a site whose signed profile has one test."""
    profile = {
        "id": "one-test",
        "version": "1",
        "signed_by": "Dr A. Novak",
        "signed_on": "2026-01-15",
        "expires_on": "2026-12-31",
        "tests": {"all": [{"fact": fact, "window": "14 d", "op": "<=", "value": limit}]},
    }
    return configured(folder, site={"version": "1", "organ_function": profile})


MEN, WOMEN, UMOL = for_sex(41, "male"), for_sex(33, "female"), "umol/L"
DROPPED = limited(500, "U/L", **kind("therapeutic"))

ALT = [
    row("units 2 ALT 100, range of women to 33", alt(100, MEN, WOMEN, chart=WOMAN), "fail"),
    row("units 2 ALT 100, range of men to 41", alt(100, MEN, WOMEN), "pass"),
    row("units 2 ALT 100, sex unknown, ranges disagree", alt(100, MEN, WOMEN, chart=UNSEXED), "unknown"),
    row("units 2 ALT 90, sex unknown, ranges agree", alt(90, MEN, WOMEN, chart=UNSEXED), "pass"),
    row("units 2 ALT 130, sex unknown, ranges agree", alt(130, MEN, WOMEN, chart=UNSEXED), "fail"),
    row("units 2 only the other sex has a range", alt(100, WOMEN), "unknown"),
    row("units 2 of several matching, the lowest limit", alt(121, limited(40, "U/L"), limited(60, "U/L")), "fail"),
    row("units 2 a therapeutic range is dropped", alt(130, DROPPED, limited(40, "U/L")), "fail"),
    row("units 2 only a therapeutic range", alt(130, DROPPED), "unknown"),
    row("units 2 a normal range counts", alt(120, limited(40, "U/L", **kind("normal"))), "pass"),
    row("units 2 a limit of 0", alt(30, limited(0, "U/L")), "unknown"),
    row("units 2 a limit under its lower bound", alt(30, limited(10, "U/L", 20)), "unknown"),
    row("units 2 no range, no interpretation", alt(30), "unknown"),
    row("units 2 <40 in words", alt(120, {"text": "<40"}), "pass"),
    row("units 2 <40 in words, just above", alt(120.1, {"text": "<40"}), "fail"),
    row("units 2 0-40 in words", alt(120.1, {"text": "0-40"}), "fail"),
    row("units 2 other words", alt(120, {"text": "see comment, 40 for men"}), "unknown"),
    row("units 2 the limit in another unit", alt(2.0, limited(40, "U/L"), unit="ukat/L"), "pass"),
    row("units 1 2.01 microkatal are more than 120 U/L", alt(2.01, limited(40, "U/L"), unit="ukat/L"), "fail"),
    row("units 2 a limit that cannot be converted", alt(30, limited(40, "mg/dL")), "unknown"),
    row("units 1 a negative activity", alt(-3, limited(40, "U/L")), "unknown"),
    row(
        "units 1 ALT without a unit",
        BASE.having(
            observation(
                "lab", loinc("1742-6"), "2026-05-28", valueQuantity={"value": 30}, referenceRange=[limited(40, "U/L")]
            )
        ),
        "unknown",
    ),
]

AST = [
    row("units 1 AST 120/40 is three times the limit", ast(120, limited(40, "U/L")), "pass"),
    row("units 1 AST 120.1/40 is more", ast(120.1, limited(40, "U/L")), "fail"),
    row("units 1 2.0 microkatal are 120 U/L", ast(2.0, limited(40, "U/L"), unit="ukat/L"), "pass"),
    row("units 2 AST 38, read as normal, no range", ast(38, **read_as("N")), "pass"),
    row("units 2 AST 38, read as low, no range", ast(38, **read_as("L")), "pass"),
    row("units 2 AST 380, read as high, no range", ast(380, **read_as("H")), "unknown"),
    row("units 2 AST 380, read as very high, no range", ast(380, **read_as("HH")), "unknown"),
    row("units 2 AST 380, read as abnormal, no range", ast(380, **read_as("A")), "unknown"),
]

CREATININE = [
    row("units 1 260.0/104 umol/L", creatinine(260.0, UMOL, limited(104, UMOL)), "pass"),
    row("units 1 260.1/104 umol/L", creatinine(260.1, UMOL, limited(104, UMOL)), "fail"),
    row("units 1 3.0 mg/dL against 106 umol/L", creatinine(3.0, "mg/dL", limited(106, UMOL)), "fail"),
    row("units 1 2.75 against 1.1 mg/dL", creatinine(2.75, "mg/dL", limited(1.1, "mg/dL")), "pass"),
    row("units 1 2.76 against 1.1 mg/dL", creatinine(2.76, "mg/dL", limited(1.1, "mg/dL")), "fail"),
    row("units 2 0.5 mg/dL, two years, limit 0.42", creatinine(0.5, "mg/dL", limited(0.42, "mg/dL", 0.17)), "pass"),
    row(
        "units 2 1.06 mg/dL in a child of two is too much",
        creatinine(1.06, "mg/dL", for_age(0.42, 1, 4), for_age(1.2, 18, 120), chart=TODDLER),
        "fail",
    ),
    row("units 2 1.06 mg/dL in a man", creatinine(1.06, "mg/dL", for_age(0.42, 1, 4), for_age(1.2, 18, 120)), "pass"),
    row("units 1 31 mg/dL is not plausible", creatinine(31, "mg/dL", limited(1.2, "mg/dL")), "unknown"),
    row("units 1 4.9 umol/L is not plausible", creatinine(4.9, UMOL, limited(104, UMOL)), "unknown"),
]

BILIRUBIN = [
    row("units 1 2.0 mg/dL", bilirubin(2.0, "mg/dL"), "pass"),
    row("units 1 2.01 mg/dL", bilirubin(2.01, "mg/dL"), "fail"),
    row("units 1 34 umol/L", bilirubin(34, UMOL, "14631-6"), "pass"),
    row("units 1 34.2 umol/L", bilirubin("34.2", UMOL, "14631-6"), "pass"),
    row("units 1 34.21 umol/L", bilirubin(34.21, UMOL, "14631-6"), "fail"),
    row("units 1 35 umol/L", bilirubin(35, UMOL, "14631-6"), "fail"),
    row("units 1 61 mg/dL is not plausible", bilirubin(61, "mg/dL"), "unknown"),
    row("units 1 mg/dl in lower case is known", bilirubin(1.0, "mg/dl"), "pass"),
    row("units 1 direct bilirubin is another analyte", bilirubin(1.0, "mg/dL", "1968-7"), "unknown"),
]


@pytest.mark.parametrize("row", ALT)
def test_alt_against_three_times_its_limit(row: Row, tmp_path: Path) -> None:
    assert row.found("I5", against("alt_xuln", 3, tmp_path)) == row.expected


@pytest.mark.parametrize("row", AST)
def test_ast_against_three_times_its_limit(row: Row, tmp_path: Path) -> None:
    assert row.found("I5", against("ast_xuln", 3, tmp_path)) == row.expected


@pytest.mark.parametrize("row", CREATININE)
def test_creatinine_against_two_and_a_half_times_its_limit(row: Row, tmp_path: Path) -> None:
    assert row.found("I5", against("creatinine_xuln", 2.5, tmp_path)) == row.expected


@pytest.mark.parametrize("row", BILIRUBIN)
def test_bilirubin_against_two_milligrams(row: Row, tmp_path: Path) -> None:
    assert row.found("I5", against("bilirubin_total_mg_dl", 2, tmp_path)) == row.expected
