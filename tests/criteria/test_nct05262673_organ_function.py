"""T1-I5a to T1-I6: ejection fraction, oxygen saturation, creatinine, transaminases, bilirubin, haemoglobin."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import Row, assess, enrolment_in, row
from tests.fhir import (
    INTERPRETATION,
    Chart,
    Resource,
    amount,
    concept,
    condition,
    loinc,
    measured,
    observation,
    procedure,
)
from tests.multi_car_t import TRIAL, candidate, chemistry


def replaced(name: str, code: str, on: str | None, value: Resource, **elements: Any) -> Chart:
    return candidate().having(observation(name, loinc(code), on, **{**value, **elements}))


def lvef(value: Resource, on: str = "2026-05-20", code: str = "10230-1", **elements: Any) -> Chart:
    return replaced("lvef", code, on, value, **elements)


def spo2(value: Resource, on: str = "2026-05-30", code: str = "59408-5", **elements: Any) -> Chart:
    return replaced("spo2", code, on, value, **elements)


def oxygen(code: str, value: float, unit: str) -> Resource:
    return {"code": loinc(code), "valueQuantity": amount(value, unit)}


def between(low: float, high: float) -> Resource:
    return {"valueRange": {"low": amount(low), "high": amount(high)}}


HEART = [
    row("T1-I5a.1 50 %", lvef(measured(50)), "pass", valid_until="2026-06-17"),
    row("T1-I5a.2 45 to 50 %", lvef(between(45, 50)), "unknown"),
    row("T1-I5a.3 62 % 120 days ago", lvef(measured(62), "2026-02-01"), "unknown", reason="stale"),
    row(
        "T1-I5a.4 echo 48, MUGA 52 on one day",
        lvef(measured(48)).having(observation("muga", loinc("8812-0"), "2026-05-20", **measured(52))),
        "unknown",
        reason="conflict",
    ),
    row("T1-I5a.5 an upper limit is no value", lvef(measured(60), code="104145-8"), "unknown"),
    row("T1-I5a 49.9 %", lvef(measured(49.9)), "fail"),
    row("T1-I5a 0.50 as a fraction", lvef(measured(0.50, "1")), "pass"),
    row("T1-I5a 50 to 55 %", lvef(between(50, 55)), "pass"),
    row("T1-I5a 40 to 45 %", lvef(between(40, 45)), "fail"),
    row("T1-I5a '50-55%' in words", lvef({"valueString": "50-55%"}), "pass"),
    row("T1-I5a 0.55 without a unit", lvef({"valueQuantity": {"value": 0.55}}), "unknown", reason="unit"),
    row("T1-I5a 55 without a unit (B6.13)", lvef({"valueQuantity": {"value": 55}}), "unknown", reason="unit"),
    row("units 1 0.495 as a fraction", lvef(measured(0.495, "1")), "fail"),
    row("units 1 LVEF 4 %", lvef(measured(4)), "unknown", reason="implausible"),
    row("T1-I5a preserved", lvef({"valueString": "preserved"}), "unknown"),
    row("T1-I5a day 28", lvef(measured(60), "2026-05-04"), "pass"),
    row("T1-I5a day 29", lvef(measured(60), "2026-05-03"), "unknown", reason="stale"),
    row("T1-I5a missing", candidate().without("lvef"), "unknown", reason="missing", needs="data"),
]

LUNGS = [
    row("T1-I5b.1 96 % on 4 L/min", spo2(measured(96), component=[oxygen("3151-8", 4, "L/min")]), "unknown"),
    row("T1-I5b.2 90 %", spo2(measured(90)), "pass"),
    row(
        "T1-I5b.3 86 % at exercise, 95 % at rest",
        spo2(measured(95)).having(observation("exercise", loinc("89276-0"), "2026-05-31", **measured(86))),
        "pass",
    ),
    row(
        "T1-I5b.4 venous 72 %",
        candidate().without("spo2").having(observation("venous", loinc("20564-1"), "2026-05-30", **measured(72))),
        "unknown",
    ),
    row("T1-I5b 89.9 %", spo2(measured(89.9)), "fail"),
    row("T1-I5b 0.93 as a fraction", spo2(measured(0.93, "1")), "pass"),
    row("T1-I5b 9.3 %", spo2(measured(9.3)), "unknown", reason="implausible"),
    row("T1-I5b 101 %", spo2(measured(101)), "unknown", reason="implausible"),
    row("T1-I5b without a unit (B6.13)", spo2({"valueQuantity": {"value": 93}}), "unknown", reason="unit"),
    row("T1-I5b room air by code", spo2(measured(92), code="59410-1"), "pass"),
    row("T1-I5b 21 % oxygen is room air", spo2(measured(92), component=[oxygen("3150-6", 21, "%")]), "pass"),
    row("T1-I5b 40 % oxygen", spo2(measured(92), component=[oxygen("3150-6", 40, "%")]), "unknown"),
    row("T1-I5b no flow", spo2(measured(92), component=[oxygen("3151-8", 0, "L/min")]), "pass"),
    row(
        "T1-I5b oxygen as a result of its own at the same time",
        spo2(measured(96)).having(observation("o2", loinc("3151-8"), "2026-05-30", **measured(2, "L/min"))),
        "unknown",
    ),
    row("T1-I5b day 7", spo2(measured(97), "2026-05-25"), "pass"),
    row("T1-I5b day 8", spo2(measured(97), "2026-05-24"), "unknown", reason="stale"),
    row(
        "T1-I5b 88 and 94 on one day",
        spo2(measured(94)).having(observation("low", loinc("59408-5"), "2026-05-30", **measured(88))),
        "unknown",
        reason="conflict",
    ),
]


def creatinine(value: float, unit: str, high: Resource | None, **elements: Any) -> Chart:
    limit = {"referenceRange": [{"high": high}]} if high else {}
    found = chemistry("creatinine", "2160-0", value, unit)
    return candidate().having({**found, **limit, **elements})


NORMAL = {"interpretation": [concept(INTERPRETATION, "N")]}
HIGH = {"interpretation": [concept(INTERPRETATION, "H")]}

KIDNEY = [
    row("T1-I5c.1 260 of 104 umol/L", creatinine(260, "umol/L", amount(104, "umol/L")), "pass"),
    row("T1-I5c.2 3.0 mg/dL, limit 106 umol/L", creatinine(3.0, "mg/dL", amount(106, "umol/L")), "fail"),
    row(
        "T1-I5c.3 child of 3, 1.1 of 0.4 mg/dL",
        creatinine(1.1, "mg/dL", amount(0.4, "mg/dL")).changed("1", birthDate="2023-03-01"),
        "fail",
    ),
    row("T1-I5c.4 no range, no interpretation", creatinine(1.1, "mg/dL", None), "unknown", reason="missing"),
    row("T1-I5c.5 no range, but normal", creatinine(1.1, "mg/dL", None, **NORMAL), "pass"),
    row("T1-I5c 260.1 of 104 umol/L", creatinine(260.1, "umol/L", amount(104, "umol/L")), "fail"),
    row("T1-I5c no range, called high", creatinine(1.1, "mg/dL", None, **HIGH), "unknown"),
    row("T1-I5c 14 days", creatinine(1, "mg/dL", amount(1.2, "mg/dL"), effectiveDateTime="2026-05-18"), "pass"),
    row(
        "T1-I5c 15 days",
        creatinine(1, "mg/dL", amount(1.2, "mg/dL"), effectiveDateTime="2026-05-17"),
        "unknown",
        reason="stale",
    ),
    row(
        "T1-I5c on dialysis",
        creatinine(1, "mg/dL", amount(1.2, "mg/dL")).having(condition("d", {"text": "On chronic hemodialysis"})),
        "unknown",
        reason="judgement",
    ),
    row("units 1 2.75 of 1.1 mg/dL", creatinine(2.75, "mg/dL", amount(1.1, "mg/dL")), "pass"),
    row("units 1 31 mg/dL", creatinine(31, "mg/dL", amount(1.2, "mg/dL")), "unknown", reason="implausible"),
    row("units 1 4 umol/L", creatinine(4, "umol/L", amount(104, "umol/L")), "unknown", reason="implausible"),
    row("units a range of zero", creatinine(1, "mg/dL", amount(0, "mg/dL")), "unknown"),
]


def enzymes(ast: Resource | None, alt: Resource | None) -> Chart:
    chart = candidate().without("ast", "alt")
    return chart.having(*(found for found in (ast, alt) if found is not None))


def ast(value: float, unit: str = "U/L", high: float | None = 40, **elements: Any) -> Resource:
    return chemistry("ast", "1920-8", value, unit, high, **elements)


def alt(value: float, unit: str = "U/L", high: float | None = 40, **elements: Any) -> Resource:
    return chemistry("alt", "1742-6", value, unit, high, **elements)


BY_SEX = [
    {"high": amount(41, "U/L"), "appliesTo": [{"text": "male"}]},
    {"high": amount(33, "U/L"), "appliesTo": [{"text": "female"}]},
]

LIVER = [
    row("T1-I5d.1 AST 120, ALT 121 of 40", enzymes(ast(120), alt(121)), "fail"),
    row("T1-I5d.2 AST 45, ALT missing", enzymes(ast(45), None), "unknown", reason="missing"),
    row("T1-I5d.3 AST 400, ALT missing", enzymes(ast(400), None), "fail"),
    row(
        "T1-I5d.4 AST 2.0 ukat/L of 40 U/L, ALT 0.5 ukat/L",
        enzymes(
            ast(2.0, "ukat/L", referenceRange=[{"high": amount(40, "U/L")}]),
            alt(0.5, "ukat/L", referenceRange=[{"high": amount(40, "U/L")}]),
        ),
        "pass",
    ),
    row(
        "T1-I5d.5 woman, ALT 100, limits of both sexes",
        enzymes(ast(30), alt(100, referenceRange=BY_SEX)).changed("1", gender="female", birthDate="1960-01-01"),
        "fail",
    ),
    row(
        "units 2 the same without a sex",
        enzymes(ast(30), alt(100, referenceRange=BY_SEX)).changed("1", gender="unknown"),
        "unknown",
    ),
    row("T1-I5d both exactly three times", enzymes(ast(120), alt(120)), "pass"),
    row("T1-I5d 120.1", enzymes(ast(30), alt(120.1)), "fail"),
    row("T1-I5d haemolysed", enzymes(ast(30, note=[{"text": "Sample hemolysed"}]), alt(30)), "unknown"),
    row("units 2 AST 38, normal, no range", enzymes(ast(38, high=None, **NORMAL), alt(30)), "pass"),
    row("units 2 the limit as text", enzymes(ast(120, referenceRange=[{"text": "0-40"}]), alt(30)), "pass"),
]


def bilirubin(value: Resource, code: str = "1975-2", **elements: Any) -> Chart:
    return replaced("bilirubin", code, "2026-05-28", value, **elements)


BILE = [
    row("T1-I5e.1 34.2 umol/L", bilirubin(measured(34.2, "umol/L")), "pass"),
    row("T1-I5e.2 35 umol/L", bilirubin(measured(35, "umol/L")), "fail"),
    row(
        "T1-I5e.3 2.4 mg/dL with Gilbert's syndrome",
        bilirubin(measured(2.4, "mg/dL")).having(condition("g", {"text": "Gilbert's syndrome"})),
        "fail",
        review=True,
    ),
    row("T1-I5e.4 direct bilirubin only", bilirubin(measured(0.5, "mg/dL"), "1968-7"), "unknown", reason="missing"),
    row("T1-I5e.5 below 0.2 mg/dL", bilirubin(measured(0.2, "mg/dL", "<")), "pass"),
    row("T1-I5e 34.21 umol/L", bilirubin(measured(34.21, "umol/L")), "fail"),
    row("T1-I5e 34 umol/L", bilirubin(measured(34, "umol/L")), "pass"),
    row("T1-I5e 2.0 mg/dL", bilirubin(measured(2.0, "mg/dL")), "pass"),
    row("T1-I5e 12 without a unit", bilirubin({"valueQuantity": {"value": 12}}), "unknown", reason="unit"),
    row("units 1 61 mg/dL", bilirubin(measured(61, "mg/dL")), "unknown", reason="implausible"),
]


def haemoglobin(value: Resource, on: str = "2026-05-28", **elements: Any) -> Chart:
    return replaced("haemoglobin", "718-7", on, value, **elements)


TRANSFUSED = procedure("cells", {"text": "Transfusion of red blood cells"}, "2026-05-28")

BLOOD = [
    row("T1-I6.1 8.0 g/dL", haemoglobin(measured(8.0, "g/dL")), "pass"),
    row("T1-I6.2 79 g/L", haemoglobin(measured(79, "g/L")), "fail"),
    row("T1-I6.3 4.96 mmol/L", haemoglobin(measured(4.96, "mmol/L")), "fail"),
    row("T1-I6.4 80 g/dL", haemoglobin(measured(80, "g/dL")), "unknown", reason="implausible"),
    row("T1-I6.5 82 g/L after red cells", haemoglobin(measured(82, "g/L")).having(TRANSFUSED), "pass", review=True),
    row("T1-I6 79.9 g/L", haemoglobin(measured(79.9, "g/L")), "fail"),
    row("T1-I6 7.99 g/dL", haemoglobin(measured(7.99, "g/dL")), "fail"),
    row("T1-I6 4.965 mmol/L", haemoglobin(measured(4.965, "mmol/L")), "pass"),
    row("T1-I6 4.9 mmol/L", haemoglobin(measured(4.9, "mmol/L")), "fail"),
    row("T1-I6 1.24 mmol/L is of the tetramer", haemoglobin(measured(1.24, "mmol/L")), "unknown", reason="implausible"),
    row("T1-I6 gm/dL is an alias", haemoglobin({"valueQuantity": {"value": 9, "unit": "gm/dL"}}), "pass"),
    row("T1-I6 no unit", haemoglobin({"valueQuantity": {"value": 9}}), "unknown", reason="unit"),
    row("T1-I6 day 7", haemoglobin(measured(90, "g/L"), "2026-05-25"), "pass"),
    row("T1-I6 day 8", haemoglobin(measured(90, "g/L"), "2026-05-24"), "unknown", reason="stale"),
]

EVERY = [("I5a", HEART), ("I5b", LUNGS), ("I5c", KIDNEY), ("I5d", LIVER), ("I5e", BILE), ("I6", BLOOD)]
ROWS = [pytest.param(criterion, one.values[0], id=one.id) for criterion, rows in EVERY for one in rows]


@pytest.mark.parametrize(("criterion", "row"), ROWS)
def test_organ_function(criterion: str, row: Row) -> None:
    assert row.found(criterion, trial_id=TRIAL) == row.expected


def test_the_heading_is_not_reported() -> None:
    """B6.15"""
    ids = [criterion["id"] for criterion in enrolment_in(assess(candidate()), TRIAL)["criteria"]]

    assert "I5" not in ids
    assert [name for name in ids if name.startswith("I5")] == ["I5a", "I5b", "I5c", "I5d", "I5e"]
