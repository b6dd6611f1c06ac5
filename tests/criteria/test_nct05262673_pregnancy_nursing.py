"""T1-E4: a pregnant or nursing woman may not participate; a fertile one must answer both."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import Row, assess, criterion_in, row
from tests.fhir import Chart, Resource, answered, condition, icd, loinc, measured, observation, procedure, snomed
from tests.multi_car_t import TRIAL, candidate

BASE = candidate()
BIRTH_SEX = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"
NEGATIVE, POSITIVE = {"valueCodeableConcept": loinc("LA6577-6")}, {"valueCodeableConcept": loinc("LA6576-8")}
SERUM, HCG = "2118-8", "19080-1"
NO: Resource = {"valueCodeableConcept": loinc("LA32-8")}
PREGNANT, NOT_PREGNANT = snomed("77386006"), snomed("60001007")


def woman(born: str = "1995-02-01", **elements: Any) -> Chart:
    """The candidate as a woman of 31, with nothing said of pregnancy or nursing."""
    return BASE.changed("1", **{"gender": "female", "birthDate": born, **elements})


def hcg(value: Resource, on: str = "2026-05-29", code: str = SERUM) -> Resource:
    return observation("test", loinc(code), on, **value)


def nursing(value: Resource, on: str = "2026-05-29") -> Resource:
    return observation("nursing", loinc("63895-7"), on, **value)


def status(value: Resource, on: str = "2026-05-29") -> Resource:
    return observation("status", loinc("82810-3"), on, valueCodeableConcept=value)


def birth_sex(code: str) -> list[Resource]:
    return [{"url": BIRTH_SEX, "valueCode": code}]


FREE = woman().having(hcg(NEGATIVE), nursing(NO))
BREASTFEEDING: Resource = {"valueCodeableConcept": snomed("1258999009")}
UTERUS_REMOVED = procedure("uterus", snomed("236886002"), "2020-03-01")
RECORDED_MALE = woman("1998-02-01", gender="male", extension=birth_sex("F"))


def level(value: float, unit: str = "[IU]/L") -> Chart:
    return FREE.having(hcg(measured(value, unit), code=HCG))


def expecting(code: Resource, chart: Chart = FREE, verified: str = "confirmed", clinical: str = "active") -> Chart:
    return chart.having(condition("pregnancy", code, clinical, verified))


ROWS = [
    row(
        "T1-E4.1 woman of 31, hCG negative 3 days ago, breastfeeding",
        woman().having(hcg(NEGATIVE), nursing(BREASTFEEDING)),
        "fail",
    ),
    row(
        "T1-E4.2 woman of 31, hCG negative 40 days ago",
        woman().having(hcg(NEGATIVE, "2026-04-22")),
        "unknown",
        needs="data",
    ),
    row(
        "T1-E4.2 the same, not nursing",
        woman().having(hcg(NEGATIVE, "2026-04-22"), nursing(NO)),
        "unknown",
        reason="stale",
    ),
    row("T1-E4.3 man, no data", BASE, "pass"),
    row("T1-E4.4 recorded as male, born female, 28, no hysterectomy", RECORDED_MALE, "unknown"),
    row("T1-E4.5 girl of 8", woman("2018-02-01"), "pass"),
    row("T1-E4 girl of 9", woman("2016-06-02"), "pass"),
    row("T1-E4 girl of 10", woman("2016-06-01"), "unknown"),
    row(
        "T1-E4 woman of 55, not nursing, no test", woman("1970-06-02").having(nursing(NO)), "unknown", reason="missing"
    ),
    row("T1-E4 woman of 56, not nursing, no test", woman("1970-06-01").having(nursing(NO)), "pass"),
    row("T1-E4 both answers say no", FREE, "pass"),
    row("T1-E4 neither answer", woman(), "unknown", reason="missing", needs="data"),
    row("T1-E4 no answer about nursing", FREE.without("nursing"), "unknown", reason="missing"),
    row("T1-E4 no answer about pregnancy", FREE.without("test"), "unknown", reason="missing"),
    row("T1-E4 positive test", FREE.having(hcg(POSITIVE)), "fail"),
    row("T1-E4 a positive test needs no answer about nursing", woman().having(hcg(POSITIVE)), "fail"),
    row("T1-E4 nursing needs no test", woman().having(nursing(BREASTFEEDING)), "fail"),
    row("T1-E4 indeterminate test", FREE.having(hcg({"valueString": "Indeterminate"})), "unknown", reason="imprecise"),
    row(
        "section 0: preliminary test",
        FREE.having(hcg(NEGATIVE | {"status": "preliminary"})),
        "unknown",
        reason="preliminary",
    ),
    row("section 0: test of 7 days ago", FREE.having(hcg(NEGATIVE, "2026-05-25")), "pass", valid_until="2026-06-01"),
    row("section 0: test of 8 days ago", FREE.having(hcg(NEGATIVE, "2026-05-24")), "unknown", reason="stale"),
    row("T1-E4 nursing answered 28 days ago", FREE.having(nursing(NO, "2026-05-04")), "pass", valid_until="2026-06-01"),
    row("T1-E4 nursing answered 29 days ago", FREE.having(nursing(NO, "2026-05-03")), "unknown", reason="stale"),
    row("T1-E4 hCG 4.9 IU/L", level(4.9), "pass"),
    row("T1-E4 hCG 5 IU/L", level(5), "unknown", reason="imprecise"),
    row("T1-E4 hCG 25 IU/L", level(25), "unknown", reason="imprecise"),
    row("T1-E4 hCG 25.1 IU/L", level(25.1), "fail"),
    row("units 1 hCG 4.9 mIU/mL", level(4.9, "m[IU]/mL"), "pass"),
    row(
        "T1-E4 hCG 2 without a unit",
        FREE.having(hcg({"valueQuantity": {"value": 2}}, code=HCG)),
        "unknown",
        reason="unit",
    ),
    row("T1-E4 status: pregnant", woman().having(status(PREGNANT)), "fail"),
    row("T1-E4 status: not pregnant, and not nursing", woman().having(status(NOT_PREGNANT), nursing(NO)), "pass"),
    row("T1-E4 status: possible pregnancy", woman().having(status(snomed("102874004")), nursing(NO)), "unknown"),
    row("T1-E4 status: not yet confirmed", woman().having(status(snomed("152231000119106")), nursing(NO)), "unknown"),
    row("T1-E4 status of 7 days ago", woman().having(status(NOT_PREGNANT, "2026-05-25"), nursing(NO)), "pass"),
    row("T1-E4 status of 8 days ago", woman().having(status(NOT_PREGNANT, "2026-05-24"), nursing(NO)), "unknown"),
    row("T1-E4 pregnancy on the problem list", expecting(icd("Z33.1"), woman()), "fail"),
    row("T1-E4 high-risk pregnancy", expecting(icd("O09.511"), woman()), "fail"),
    row("T1-E4 pregnant in SNOMED CT", expecting(PREGNANT, woman()), "fail"),
    row("section 0: pregnancy refuted", expecting(PREGNANT, verified="refuted"), "pass"),
    row("T1-E4 a past pregnancy", expecting(PREGNANT, clinical="resolved"), "pass"),
    row("T1-E4 lactating mother on the problem list", expecting(icd("Z39.1")), "fail"),
    row("T1-E4 breastfeeding started", expecting(snomed("169745008")), "fail"),
    row("T1-E4 a breast-fed infant is no nursing woman", FREE.having(condition("fed", snomed("169741004"))), "pass"),
    row("T1-E4 a man who was a breast-fed infant", BASE.having(condition("fed", snomed("169741004"))), "pass"),
    row("T1-E4 hysterectomy and not nursing", woman().having(UTERUS_REMOVED, nursing(NO)), "pass"),
    row("T1-E4 hysterectomy, but nursing", woman().having(UTERUS_REMOVED, nursing(BREASTFEEDING)), "fail"),
    row(
        "T1-E4 recorded as male, born female, hysterectomy, not nursing",
        RECORDED_MALE.having(UTERUS_REMOVED, nursing(NO)),
        "pass",
    ),
    row(
        "T1-E4 tubal ligation is not infertility",
        woman().having(condition("tubes", icd("Z98.51")), nursing(NO)),
        "unknown",
    ),
    row("T1-E4 sex unknown", woman(gender="unknown"), "unknown"),
    row("T1-E4 sex unknown, both answers say no", FREE.changed("1", gender="unknown"), "pass"),
    row("T1-E4 not nursing in SNOMED CT", FREE.having(nursing({"valueCodeableConcept": snomed("373067005")})), "pass"),
    row("B6.3 attested neither", woman().having(answered("a", "2026-05-28", trial=TRIAL, E4="N")), "pass"),
    row(
        "B6.3 attested neither beside a positive test",
        woman().having(hcg(POSITIVE), answered("a", "2026-05-28", trial=TRIAL, E4="N")),
        "unknown",
        reason="conflict",
    ),
]


@pytest.mark.parametrize("row", ROWS)
def test_pregnancy_and_nursing(row: Row) -> None:
    assert row.found("E4", trial_id=TRIAL) == row.expected


NURSING_ANSWERS = {
    "LA33-6": loinc("LA33-6"),
    "maternal breastfeeding": snomed("1260078007"),
    "yes": snomed("373066001"),
}
NEVER = {
    **{name: FREE.having(nursing({"valueCodeableConcept": value})) for name, value in NURSING_ANSWERS.items()},
    "a man with a positive test": BASE.having(hcg(POSITIVE)),
    "a man with a pregnancy on the problem list": expecting(PREGNANT, BASE),
    "a negative test beside a pregnancy on the problem list": expecting(PREGNANT),
    "a provisional pregnancy without a test": expecting(PREGNANT, FREE.without("test"), "provisional"),
}


@pytest.mark.parametrize("name", NEVER)
def test_what_never_passes(name: str) -> None:
    assert criterion_in(assess(NEVER[name]), "E4", TRIAL)["outcome"] != "pass"
