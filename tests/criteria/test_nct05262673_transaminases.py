"""T1-I5d: AST and ALT each at most three times their own upper limits of normal, not older than 14 days."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import Row, assess, criterion_in, row
from tests.fhir import INTERPRETATION, Chart, Resource, amount, concept, loinc, measured, observation
from tests.multi_car_t import TRIAL, candidate

BASE = candidate()
UNMEASURED = BASE.without("ast", "alt")
AST, ALT = "1920-8", "1742-6"
GENDER = "http://hl7.org/fhir/administrative-gender"


def upto(high: float, unit: str = "U/L") -> Resource:
    return {"low": amount(0, unit), "high": amount(high, unit)}


def of_sex(high: float, sex: str) -> Resource:
    return upto(high) | {"appliesTo": [concept(GENDER, sex, sex)]}


def enzyme(
    name: str, value: float, *ranges: Resource, unit: str = "U/L", on: str = "2026-05-28", **elements: Any
) -> Resource:
    """AST or ALT with its own ranges."""
    found = observation(name, loinc(AST if name == "ast" else ALT), on, **measured(value, unit), **elements)
    return found | ({"referenceRange": list(ranges)} if ranges else {})


def liver(*results: Resource, gender: str | None = "male") -> Chart:
    """The candidate with only these transaminases."""
    return UNMEASURED.changed("1", gender=gender).having(*results)


def ast(value: float, *ranges: Resource, **elements: Any) -> Resource:
    return enzyme("ast", value, *(ranges or (upto(40),)), **elements)


def alt(value: float, *ranges: Resource, **elements: Any) -> Resource:
    return enzyme("alt", value, *(ranges or (upto(40),)), **elements)


def read_as(letter: str) -> dict[str, Any]:
    return {"interpretation": [concept(INTERPRETATION, letter)]}


def said(words: str) -> dict[str, Any]:
    return {"note": [{"text": words}]}


BOTH_SEXES = of_sex(33, "female"), of_sex(41, "male")

ROWS = [
    row("T1-I5d.1 AST 120/40 and ALT 121/40", liver(ast(120), alt(121)), "fail"),
    row("T1-I5d.2 AST 45/40, no ALT", liver(ast(45)), "unknown", needs="data"),
    row("T1-I5d.3 AST 400/40, no ALT", liver(ast(400)), "fail"),
    row(
        "T1-I5d.4 AST 2.0 ukat/L against 40 U/L, ALT 0.5 ukat/L",
        liver(ast(2.0, unit="ukat/L"), alt(0.5, unit="ukat/L")),
        "pass",
    ),
    row("T1-I5d.5 ALT 100 in a woman, 33 for her", liver(ast(30), alt(100, *BOTH_SEXES), gender="female"), "fail"),
    row("T1-I5d.5 ALT 100 in a man, 41 for him", liver(ast(30), alt(100, *BOTH_SEXES)), "pass"),
    row("units 2 ALT 100, sex unknown", liver(ast(30), alt(100, *BOTH_SEXES), gender=None), "unknown"),
    row("units 2 ALT 90, sex unknown, within both", liver(ast(30), alt(90, *BOTH_SEXES), gender=None), "pass"),
    row("units 2 ALT 130, sex unknown, above both", liver(ast(30), alt(130, *BOTH_SEXES), gender=None), "fail"),
    row("T1-I5d ALT 400/40, no AST", liver(alt(400)), "fail"),
    row("T1-I5d ALT 45/40, no AST", liver(alt(45)), "unknown", needs="data"),
    row("T1-I5d neither", UNMEASURED, "unknown", reason="missing", needs="data"),
    row("T1-I5d both at three times the limit", liver(ast(120), alt(120)), "pass"),
    row("T1-I5d AST 120.1/40", liver(ast(120.1), alt(30)), "fail"),
    row("T1-I5d ALT 120.1/40", liver(ast(30), alt(120.1)), "fail"),
    row("units 1 0.68 ukat/L are 40.8 U/L", liver(ast(0.68, unit="ukat/L"), alt(30)), "pass"),
    row("units 1 2.01 ukat/L are 120.6 U/L", liver(ast(2.01, unit="ukat/L"), alt(30)), "fail"),
    row("units 1 2000 nkat/L are 120 U/L", liver(ast(2000, unit="nkat/L"), alt(30)), "pass"),
    row("units 2 a limit in ukat/L", liver(ast(120, upto(0.68, "ukat/L")), alt(30)), "pass"),
    row("units 1 a negative activity", liver(ast(-3), alt(30)), "unknown", reason="implausible"),
    row("T1-I5d AST without a limit", liver(enzyme("ast", 30), alt(30)), "unknown"),
    row("T1-I5d AST without a limit, ALT 121/40", liver(enzyme("ast", 30), alt(121)), "fail"),
    row("units 2 AST read as normal, no range", liver(enzyme("ast", 38, **read_as("N")), alt(30)), "pass"),
    row("units 2 AST read as low, no range", liver(enzyme("ast", 5, **read_as("L")), alt(30)), "pass"),
    row("units 2 AST read as high, no range", liver(enzyme("ast", 90, **read_as("H")), alt(30)), "unknown"),
    row("units 2 of several, the lowest limit", liver(ast(121, upto(40), upto(60)), alt(30)), "fail"),
    row("T1-I5d haemolysed", liver(ast(90, **said("Specimen haemolysed")), alt(30)), "unknown"),
    row("T1-I5d hemolyzed", liver(ast(90, **said("Moderately hemolyzed")), alt(30)), "unknown"),
    row("T1-I5d another comment", liver(ast(90, **said("Repeat in a week")), alt(30)), "pass"),
    row("T1-I5d AST of 15 days ago, ALT fresh", liver(ast(30, on="2026-05-17"), alt(30)), "unknown", reason="stale"),
    row("T1-I5d AST of 15 days ago, ALT 121/40", liver(ast(30, on="2026-05-17"), alt(121)), "fail"),
    row("T1-I5d AST 400 of 15 days ago does not exclude", liver(ast(400, on="2026-05-17"), alt(30)), "unknown"),
    row("T1-I5d AST preliminary, ALT 121/40", liver(ast(30, status="preliminary"), alt(121)), "fail"),
    row(
        "T1-I5d AST preliminary 400/40 does not exclude",
        liver(ast(400, status="preliminary"), alt(30)),
        "unknown",
        reason="preliminary",
    ),
    row("T1-I5d 72 hours apart", liver(ast(30, on="2026-05-25"), alt(30, on="2026-05-28")), "pass"),
    row("T1-I5d within 72 hours is only preferred", liver(ast(30, on="2026-05-19"), alt(30)), "pass"),
    row(
        "section 0: AST 110 and 130 on one day",
        liver(ast(110), ast(130, id="again"), alt(30)),
        "unknown",
        reason="conflict",
    ),
    row(
        "section 0: AST contradicts itself, ALT 121/40",
        liver(ast(110), ast(130, id="again"), alt(121)),
        "fail",
    ),
    row("section 0: the newest AST wins", liver(ast(400, on="2026-05-20"), ast(90, id="later"), alt(30)), "pass"),
    row("section 0: above 130 U/L", liver(ast(30) | measured(130, "U/L", ">"), alt(30)), "fail"),
    row(
        "section 0: above 100 U/L",
        liver(ast(30) | measured(100, "U/L", ">"), alt(30)),
        "unknown",
        reason="imprecise",
    ),
]


@pytest.mark.parametrize("row", ROWS)
def test_transaminases(row: Row) -> None:
    assert row.found("I5d", trial_id=TRIAL) == row.expected


@pytest.mark.parametrize(
    ("name", "code"),
    [("ast", code) for code in ("1920-8", "30239-8", "88112-8")]
    + [("alt", code) for code in ("1742-6", "1743-4", "1744-2", "76625-3", "77144-4")],
)
def test_every_code_of_the_enzyme_counts(name: str, code: str) -> None:
    chart = BASE.changed(name, code=loinc(code), valueQuantity=amount(121, "U/L"))

    assert criterion_in(assess(chart), "I5d", TRIAL)["outcome"] == "fail"
