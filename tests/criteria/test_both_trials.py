"""One chart, two trials: where they must differ, and where the same decoy must move neither.

T1 is NCT05262673, T2 is NCT07441291. An outcome may be stated as "not fail" or "not pass" where only that is certain.
"""

from __future__ import annotations

import pytest

from tests.criteria.rows import assess, outcomes_in
from tests.fhir import (
    CPT,
    ICD10PCS,
    TRIAL,
    Chart,
    Resource,
    amount,
    answered,
    atc,
    base_chart,
    concept,
    condition,
    given,
    icd,
    local,
    loinc,
    measured,
    observation,
    order,
    procedure,
    snomed,
)
from tests.multi_car_t import NEGATIVE, candidate
from tests.multi_car_t import TRIAL as MULTI_CAR_T

SHARED_NAMES = {"1", "leukaemia", "problems", "medications", "procedures"}
# The two candidates as one person: Ph-negative B-ALL after an allogeneic transplant, with both work-ups.
BOTH = base_chart().having(
    *(resource for resource in candidate().resources if resource["id"] not in SHARED_NAMES | {"ecog"})
)
POSITIVE: Resource = {"valueCodeableConcept": loinc("LA6576-8")}
INTRAVENOUS = snomed("47625008")
ASPERGILLOSIS, VORICONAZOLE = condition("infection", icd("B44.1")), order("drug", atc("J02AC03"), "2026-04-20")
CONTROLLED = answered("controlled", "2026-05-28", trial=MULTI_CAR_T, E2="N")
ACICLOVIR = order("drug", atc("J05AB01"), "2026-02-01", reasonCode=[{"text": "Antiviral prophylaxis"}])
WOMAN = BOTH.changed("1", gender="female", birthDate="1995-02-01").having(
    observation("hcg", loinc("2118-8"), "2026-05-29", valueCodeableConcept=loinc("LA6577-6"))
)
NURSING = observation("nursing", loinc("63895-7"), "2026-05-29", valueCodeableConcept=snomed("1258999009"))
NOT_NURSING = observation("nursing", loinc("63895-7"), "2026-05-29", valueCodeableConcept=loinc("LA32-8"))
CART_ARM: Resource = {
    "resourceType": "ResearchSubject",
    "id": "subject",
    "status": "on-study",
    "study": {"identifier": {"value": TRIAL}},
    "individual": {"reference": "Patient/1"},
    "assignedArm": "CD19 CAR-T",
    "period": {"start": "2026-04-01"},
}
DEXAMETHASONE = given("steroid", atc("H02AB02"), "2026-05-29", INTRAVENOUS)

# sentence -> chart, {criterion of T1: outcome}, {criterion of T2: outcome}
Expected = dict[str, str]
PATIENTS: dict[str, tuple[Chart, Expected, Expected]] = {
    "nothing in the way": (
        BOTH,
        dict.fromkeys(("I4a", "E2", "E3", "E4", "E5", "E6"), "pass"),
        {"E1": "pass", "I6": "pass"},
    ),
    "T1-E2.1 aspergillosis on voriconazole, attested controlled": (
        BOTH.having(ASPERGILLOSIS, VORICONAZOLE, CONTROLLED),
        {"E2": "pass"},
        {"E1": "fail"},
    ),
    "T1-E2 aspergillosis on voriconazole, nothing attested": (
        BOTH.having(ASPERGILLOSIS, VORICONAZOLE),
        {"E2": "unknown"},
        {"E1": "fail"},
    ),
    "T1-E2 aspergillosis without treatment": (BOTH.having(ASPERGILLOSIS), {"E2": "fail"}, {"E1": "fail"}),
    "T1-E2.4 aciclovir prophylaxis": (BOTH.having(ACICLOVIR), {"E2": "pass"}, {"E1": "pass"}),
    "T1-E1.2 sepsis resolved 6 weeks ago": (
        BOTH.having(condition("sepsis", icd("A41.9"), "resolved", abatementDateTime="2026-04-20")),
        {"E1": "unknown", "E2": "pass"},
        {"E1": "pass"},
    ),
    "T1-E6.2 prior CAR-T excludes from T1 only": (
        BOTH.having(procedure("cart", concept(ICD10PCS, "XW033C3"), "2020-07-01")),
        {"E6": "fail"},
        {"I3": "pass", "E1": "pass", "E2": "pass", "E3": "pass", "E5": "pass"},
    ),
    "T1-E6 the CAR-T arm of T2": (
        BOTH.having(CART_ARM, procedure("cart", local("cart-infusion"), "2026-04-15")),
        {"E6": "fail"},
        {"I2": "pass"},
    ),
    "T1-E6.3 donor lymphocytes": (
        BOTH.having(procedure("dli", concept(CPT, "38242"), "2026-03-01")),
        {"E6": "pass"},
        {"I0b": "pass", "I3": "pass"},
    ),
    "units 5 ECOG only": (BOTH.without("karnofsky"), {"I4a": "unknown"}, {"I2": "pass"}),
    "units 5 ECOG 0 only is no Karnofsky score": (
        BOTH.without("karnofsky").changed("ecog", valueInteger=0),
        {"I4a": "unknown"},
        {"I2": "pass"},
    ),
    "units 5 Karnofsky only": (BOTH.without("ecog"), {"I4a": "pass"}, {"I2": "unknown"}),
    "units 5 Karnofsky 80 and ECOG 1": (BOTH.changed("karnofsky", valueInteger=80), {"I4a": "fail"}, {"I2": "pass"}),
    "T1-E4 nursing, test negative": (WOMAN.having(NURSING), {"E4": "fail"}, {"I6": "pass"}),
    "T1-E4 not nursing, test negative": (WOMAN.having(NOT_NURSING), {"E4": "pass"}, {"I6": "pass"}),
    "T1-E4 nothing said of nursing, test negative": (WOMAN, {"E4": "unknown"}, {"I6": "pass"}),
    "T1-E4 pregnant": (WOMAN.changed("hcg", **POSITIVE).having(NOT_NURSING), {"E4": "fail"}, {"I6": "fail"}),
    "T1-E5 dexamethasone into a vein 3 days ago": (
        BOTH.having(DEXAMETHASONE),
        {"E5": "fail"},
        {"E1": "pass", "E2": "pass", "E3": "pass", "E4": "pass"},
    ),
    "T1-E3 anti-HBs 120": (
        BOTH.having(observation("immune", loinc("5193-8"), "2026-05-20", valueQuantity=amount(120, "m[IU]/mL"))),
        {"E3": "pass"},
        {"E1": "pass"},
    ),
    "T1-E3 immune to hepatitis B on the problem list": (
        BOTH.having(condition("immune", snomed("271511000"))),
        {"E3": "pass"},
        {"E1": "pass"},
    ),
    "T1-E3 exposure to HIV": (BOTH.having(condition("exposed", snomed("444356002"))), {"E3": "pass"}, {"E1": "pass"}),
    "T1-E3 fear of HIV": (BOTH.having(condition("fear", snomed("102920009"))), {"E3": "pass"}, {"E1": "pass"}),
    "B6.9 HBsAg positive": (BOTH.changed("hbsag", **POSITIVE), {"E3": "fail"}, {"E1": "fail"}),
    "B6.9 treated HIV": (BOTH.having(condition("hiv-disease", icd("Z21"))), {"E3": "fail"}, {"E1": "fail"}),
    "T1-E3.3 hepatitis C cleared in 2019": (
        BOTH.changed("hcv", effectiveDateTime="2019-03-01", **POSITIVE).having(
            observation("rna", loinc("11011-4"), "2026-05-20", **NEGATIVE)
        ),
        {"E3": "unknown"},
        {"E1": "not fail"},
    ),
    "T1-E3.5 never tested": (BOTH.without("hiv", "hbsag", "hcv"), {"E3": "unknown"}, {"E1": "pass"}),
    "T2-I0c Ph-positive matters to T2 only": (
        BOTH.changed("leukaemia", code=snomed("425688002")),
        {"I0": "pass"},
        {"I0c": "fail"},
    ),
    "T1-I0 no transplant matters to T2 only": (BOTH.without("hsct"), {"I0": "pass"}, {"I0b": "fail"}),
    "T1-I1 a child of 2 is old enough for T1 only": (
        BOTH.changed("1", birthDate="2024-01-15"),
        {"I1": "pass"},
        {"I1": "fail"},
    ),
    "T2-I3 NGS 0.5 % is no flow result": (
        BOTH.without("mrd").having(observation("ngs", local("mrd-ngs"), "2026-05-20", **measured(0.5))),
        {},
        {"I3": "unknown"},
    ),
    "B4 an answer to the form of T2 says nothing in T1": (
        BOTH.having(answered("answers", "2026-05-28", E1="Y", E5="Y")),
        {"E1": "unknown"},
        {"E1": "not pass"},
    ),
    "B4 an answer to the form of T1 says nothing in T2": (
        BOTH.having(answered("answers", "2026-05-28", trial=MULTI_CAR_T, E1="Y")),
        {"E1": "fail"},
        {"E1": "pass"},
    ),
}


@pytest.mark.parametrize("sentence", PATIENTS)
def test_side_by_side(sentence: str) -> None:
    chart, first, second = PATIENTS[sentence]
    assessment = assess(chart)

    for expected, found in (
        (first, outcomes_in(assessment, MULTI_CAR_T)),
        (second, outcomes_in(assessment, TRIAL)),
    ):
        wrong = {name: found[name] for name, wanted in expected.items() if not _agrees(found[name], wanted)}
        assert wrong == {}


def _agrees(found: str, wanted: str) -> bool:
    return found != wanted.removeprefix("not ") if wanted.startswith("not ") else found == wanted
