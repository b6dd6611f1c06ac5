"""T2-I6: a negative pregnancy test, asked of fertile females only."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import Row, row
from tests.fhir import (
    Chart,
    Resource,
    amount,
    base_chart,
    condition,
    icd,
    loinc,
    measured,
    observation,
    procedure,
    snomed,
)

URINE, SERUM_HCG, BETA_HCG = "2106-3", "19080-1", "21198-7"
NEGATIVE, POSITIVE = {"valueCodeableConcept": {"text": "Negative"}}, {"valueCodeableConcept": {"text": "Positive"}}
BIRTH_SEX = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"


def woman(born: str = "1998-02-01", **elements: Any) -> Chart:
    """The base patient as a woman of 28."""
    return base_chart().changed("1", **{"gender": "female", "birthDate": born, **elements})


def examined(value: Resource, on: str = "2026-05-29", code: str = URINE, chart: Chart | None = None) -> Chart:
    return (chart or woman()).having(observation("test", loinc(code), on, **value))


def hcg(value: float, unit: str = "[IU]/L", code: str = SERUM_HCG, born: str = "1981-01-15", **elements: Any) -> Chart:
    """A woman of 45 with a measured hCG."""
    return examined({**measured(value, unit), **elements}, code=code, chart=woman(born))


def birth_sex(code: str) -> list[Resource]:
    return [{"url": BIRTH_SEX, "valueCode": code}]


OVARIAN_FAILURE = woman().having(condition("failure", icd("E28.39")))

ROWS = [
    row("T2-I6.1 woman of 28, urine negative 3 days ago", examined(NEGATIVE), "pass"),
    row("T2-I6.2 woman of 28, negative 20 days ago", examined(NEGATIVE, "2026-05-12"), "unknown", reason="stale"),
    row("T2-I6.3 woman of 60", woman("1966-02-01"), "pass"),
    row(
        "T2-I6.4 woman of 33 after hysterectomy",
        woman("1993-02-01").having(procedure("uterus", snomed("236886002"), "2020-03-01")),
        "pass",
    ),
    row("T2-I6.5 woman of 45, hCG 8 IU/L", hcg(8), "unknown"),
    row("T2-I6.6 man of 40", base_chart(), "pass"),
    row("T2-I6 woman of 28, no test", woman(), "unknown", reason="missing", needs="data"),
    row("T2-I6 positive", examined(POSITIVE), "fail"),
    row("T2-I6 indeterminate", examined({"valueCodeableConcept": {"text": "Indeterminate"}}), "unknown"),
    row("T2-I6 freshness: day 7 counts", examined(NEGATIVE, "2026-05-25"), "pass", valid_until="2026-06-01"),
    row("T2-I6 freshness: day 8 does not", examined(NEGATIVE, "2026-05-24"), "unknown", reason="stale"),
    row("T2-I6 girl of 9", woman("2016-06-02"), "pass"),
    row("T2-I6 girl of 10", woman("2016-06-01"), "unknown", reason="missing"),
    row("T2-I6 woman of 55", woman("1970-06-02"), "unknown", reason="missing"),
    row("T2-I6 woman of 56", woman("1970-06-01"), "pass"),
    row("T2-I6 sex unknown", woman(gender="unknown"), "unknown"),
    row("T2-I6 no sex stated", woman(gender=None), "unknown"),
    row("T2-I6 sex unknown, but the test is negative", examined(NEGATIVE, chart=woman(gender="unknown")), "pass"),
    row("T2-I6 sex unknown, born male", woman(gender="unknown", extension=birth_sex("M")), "pass"),
    row("T2-I6 sex unknown, born female", woman(gender="unknown", extension=birth_sex("F")), "unknown"),
    row("T2-I6 recorded as male, born female", woman(gender="male", extension=birth_sex("F")), "unknown"),
    row("T2-I6 hCG 4.9 IU/L", hcg(4.9), "pass"),
    row("T2-I6 hCG 5 IU/L", hcg(5), "unknown"),
    row("T2-I6 hCG 25 IU/L", hcg(25), "unknown"),
    row("T2-I6 hCG 25.1 IU/L", hcg(25.1), "fail"),
    row("T2-I6 hCG 30 IU/L at 52 may have another cause", hcg(30, born="1974-01-15"), "fail", review=True),
    row("units 1 hCG 4.9 mIU/mL", hcg(4.9, "m[IU]/mL"), "pass"),
    row("units 1 hCG 0.004 IU/mL is 4 IU/L", hcg(0.004, "[IU]/mL", BETA_HCG), "pass"),
    row("units 1 hCG 0.005 IU/mL is 5 IU/L", hcg(0.005, "[IU]/mL", BETA_HCG), "unknown"),
    row("units 1 hCG 0.03 IU/mL is 30 IU/L", hcg(0.03, "[IU]/mL", BETA_HCG), "fail"),
    row("units 1 hCG 2 without a unit", examined({"valueQuantity": {"value": 2}}, code=SERUM_HCG), "unknown"),
    row("T2-I6 hCG below 1 IU/L", examined(measured(1, "[IU]/L", "<"), code=SERUM_HCG), "pass"),
    row(
        "T2-I6 the laboratory's own negative limit",
        hcg(4, referenceRange=[{"high": amount(3, "[IU]/L")}]),
        "unknown",
    ),
    row("T2-I6 ovarian failure after irradiation still needs a test", OVARIAN_FAILURE, "unknown", reason="missing"),
    row("T2-I6 tubal ligation is not infertility", woman().having(condition("tubes", icd("Z98.51"))), "unknown"),
    row("T2-I6 uterus and cervix removed", woman().having(condition("uterus", icd("Z90.710"))), "pass"),
    row("T2-I6 history of hysterectomy", woman().having(condition("uterus", snomed("428078001"))), "pass"),
    row("T2-I6 both ovaries removed", woman().having(condition("ovaries", icd("Z90.722"))), "pass"),
    row("T2-I6 postmenopausal", woman("1974-01-15").having(condition("menopause", snomed("76498008"))), "pass"),
    row(
        "T2-I6 a hysterectomy that was not done",
        woman().having(procedure("uterus", snomed("236886002"), "2020-03-01", "not-done")),
        "unknown",
    ),
    row(
        "T2-I6 a refuted hysterectomy",
        woman().having(condition("uterus", icd("Z90.710"), verified="refuted")),
        "unknown",
    ),
    row("T2-I6 preliminary negative", examined(NEGATIVE | {"status": "preliminary"}), "unknown"),
    row("T2-I6 negative in SNOMED CT", examined({"valueCodeableConcept": snomed("260385009")}), "pass"),
    row("T2-I6 positive in SNOMED CT", examined({"valueCodeableConcept": snomed("10828004")}), "fail"),
    row("T2-I6 negative in LOINC", examined({"valueCodeableConcept": loinc("LA6577-6")}), "pass"),
    row("T2-I6 positive in LOINC", examined({"valueCodeableConcept": loinc("LA6576-8")}), "fail"),
]


@pytest.mark.parametrize("row", ROWS)
def test_pregnancy(row: Row) -> None:
    assert row.found("I6") == row.expected
