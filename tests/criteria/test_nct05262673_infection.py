"""T1-E1, T1-E2, T1-E3: severe illness, uncontrolled infection, HIV and hepatitis."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.criteria.rows import Row, assess, configured, criterion_in, row
from tests.fhir import (
    CPT,
    Chart,
    Resource,
    answered,
    atc,
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
from tests.multi_car_t import TRIAL, candidate

ASPERGILLOSIS = condition("aspergillosis", icd("B44.1"), onsetDateTime="2026-04-18")
BACTEREMIA = condition("bacteremia", icd("R78.81"), onsetDateTime="2026-05-31")
VORICONAZOLE = given("vori", atc("J02AC03", "Voriconazole"), "2026-05-31", snomed("26643006"))
MEROPENEM = given("mero", atc("J01DH02", "Meropenem"), "2026-06-01", snomed("47625008"))
ACYCLOVIR = order("acv", atc("J05AB01", "Aciclovir"), "2026-05-01", reasonCode=[{"text": "Herpes prophylaxis"}])


def says(**answers: str) -> Resource:
    return answered("answers", "2026-05-30", trial=TRIAL, **answers)


def culture(on: str, word: str = "Positive") -> Resource:
    return observation("culture", local("blood-culture"), on, valueCodeableConcept={"text": word})


def has(*resources: Resource) -> Chart:
    return candidate().having(*resources)


CONTROL = [
    row("T1-E2.1 aspergillosis under voriconazole, controlled", has(ASPERGILLOSIS, VORICONAZOLE, says(E2="N")), "pass"),
    row("T1-E2.2 bacteremia, culture positive today", has(BACTEREMIA, MEROPENEM, culture("2026-06-01")), "fail"),
    row(
        "T1-E2.3 CMV under valganciclovir",
        has(
            condition("cmv", icd("B25.9")),
            given("valgan", atc("J05AB14", "Valganciclovir"), "2026-05-31", snomed("26643006")),
        ),
        "unknown",
        reason="judgement",
    ),
    row(
        "T1-E2.3 CMV in the blood, nothing else",
        has(observation("cmv", {"text": "Cytomegalovirus DNA"}, "2026-05-30", **measured(800, "[IU]/mL"))),
        "unknown",
    ),
    row("T1-E2.4 acyclovir as prophylaxis", has(ACYCLOVIR), "pass"),
    row(
        "T1-E2 aspergillosis under voriconazole, nobody says", has(ASPERGILLOSIS, VORICONAZOLE), "unknown", needs="data"
    ),
    row("T1-E2 aspergillosis without treatment", has(ASPERGILLOSIS), "fail"),
    row(
        "T1-E2 without treatment, but medications were never reconciled",
        has(ASPERGILLOSIS).without("medications"),
        "unknown",
        reason="not_reconciled",
    ),
    row("T1-E2 attested as uncontrolled", has(ASPERGILLOSIS, VORICONAZOLE, says(E2="Y")), "fail"),
    row("T1-E2 culture positive 72 hours ago", has(BACTEREMIA, MEROPENEM, culture("2026-05-30T12:00:00Z")), "fail"),
    row("T1-E2 culture positive a week ago", has(BACTEREMIA, MEROPENEM, culture("2026-05-25")), "unknown"),
    row("T1-E2 culture negative", has(culture("2026-06-01", "Negative")), "pass"),
    row(
        "T1-E2 resolved", has(condition("p", icd("J18.9"), clinical="resolved", abatementDateTime="2026-03-01")), "pass"
    ),
    row(
        "T1-E2 resolved 14 days ago",
        has(condition("p", icd("J18.9"), clinical="resolved", abatementDateTime="2026-05-18")),
        "unknown",
    ),
    row(
        "T1-E2 resolved 15 days ago",
        has(condition("p", icd("J18.9"), clinical="resolved", abatementDateTime="2026-05-17")),
        "pass",
    ),
    row(
        "T1-E2 provisional", has(condition("p", icd("J18.9"), verified="provisional")), "unknown", reason="unconfirmed"
    ),
    row("T1-E2 no reconciled problem list", candidate().without("problems"), "unknown", reason="not_reconciled"),
    row("T1-E2 a treatment without a diagnosis", has(MEROPENEM), "unknown", reason="judgement"),
]


@pytest.mark.parametrize("row", CONTROL)
def test_control(row: Row) -> None:
    assert row.found("E2", trial_id=TRIAL) == row.expected


SEPSIS = condition("sepsis", icd("R65.21"), onsetDateTime="2026-05-31")
ILLNESS = [
    row("T1-E1.1 septic shock yesterday", has(SEPSIS), "fail"),
    row(
        "T1-E1.2 sepsis resolved six weeks ago",
        has(condition("sepsis", icd("R65.21"), clinical="resolved", abatementDateTime="2026-04-20")),
        "unknown",
        needs="clinician",
    ),
    row("T1-E1.3 no data", candidate(), "unknown", needs="clinician"),
    row("T1-E1 attested none, no infection", has(says(E1="N")), "pass"),
    row("T1-E1 attested", has(says(E1="Y")), "fail"),
    row("T1-E1 attested none, but septic", has(SEPSIS, says(E1="N")), "unknown", reason="conflict"),
]


@pytest.mark.parametrize("row", ILLNESS)
def test_severe_illness(row: Row) -> None:
    assert row.found("E1", trial_id=TRIAL) == row.expected


HBSAG, HBV_DNA, ANTI_HBC, ANTI_HBS = "5196-1", "42595-9", "13952-7", "16935-9"
HCV_AB, HCV_RNA, HIV_AB, HIV_RNA = "16128-1", "11011-4", "56888-1", "20447-9"
YES: dict[str, Any] = {"valueCodeableConcept": {"text": "Positive"}}
NO: dict[str, Any] = {"valueCodeableConcept": {"text": "Not detected"}}


def serology(code: str, value: Resource, on: str = "2026-05-20", **elements: Any) -> Resource:
    return observation(f"t{code}", loinc(code), on, **{**value, **elements})


def examined(*tests: Resource, without: tuple[str, ...] = ()) -> Chart:
    return candidate().without(*without).having(*tests)


SEROLOGY = [
    row(
        "T1-E3.1 vaccinated, all negative",
        examined(serology(ANTI_HBS, measured(120, "[IU]/L")), serology(ANTI_HBC, NO)),
        "pass",
    ),
    row(
        "T1-E3.2 anti-HBc positive, HBsAg and DNA negative",
        examined(serology(ANTI_HBC, YES), serology(HBV_DNA, NO)),
        "unknown",
    ),
    row(
        "T1-E3.3 HCV antibody positive, RNA not detected",
        examined(serology(HCV_AB, YES), serology(HCV_RNA, NO), without=("hcv",)),
        "unknown",
    ),
    row(
        "T1-E3.4 HBsAg positive in 2018, none since",
        examined(serology(HBSAG, YES, "2018-04-01"), without=("hbsag",)),
        "fail",
    ),
    row("T1-E3.5 never tested", candidate().without("hiv", "hbsag", "hcv"), "unknown", reason="missing", review=True),
    row("T1-E3 one virus untested", candidate().without("hcv"), "unknown", reason="missing", needs="data"),
    row("T1-E3 HIV antibody positive", examined(serology(HIV_AB, YES), without=("hiv",)), "fail"),
    row("T1-E3 HCV RNA positive", examined(serology(HCV_RNA, YES)), "fail"),
    row(
        "T1-E3 HBV DNA below 10 IU/mL, detected",
        examined(serology(HBV_DNA, {"valueString": "<10 IU/mL detected"})),
        "fail",
    ),
    row("T1-E3 HBV DNA below 10, nothing said", examined(serology(HBV_DNA, measured(10, "[IU]/mL", "<"))), "unknown"),
    row("T1-E3 HCV antibody positive, RNA never tested", examined(serology(HCV_AB, YES), without=("hcv",)), "unknown"),
    row(
        "T1-E3 HIV nucleic acid without antibody after CAR-T cells",
        examined(serology(HIV_RNA, YES), procedure("cart", concept(CPT, "38228"), "2025-04-01")),
        "unknown",
        reason="conflict",
    ),
    row(
        "T1-E3 a preliminary screen", examined(serology(HIV_AB, YES, status="preliminary"), without=("hiv",)), "unknown"
    ),
    row("T1-E3 chronic hepatitis B on the problem list", has(condition("hbv", icd("B18.1"))), "fail"),
    row("T1-E3 resolved hepatitis B", has(condition("hbv", icd("B16.9"), clinical="resolved")), "unknown"),
    row("T1-E3 immune to hepatitis B", has(condition("immune", snomed("271511000"))), "pass"),
    row("T1-E3 day 28", candidate().changed("hiv", effectiveDateTime="2026-05-04"), "pass"),
    row("T1-E3 day 29", candidate().changed("hiv", effectiveDateTime="2026-05-03"), "unknown", reason="stale"),
    row(
        "T1-E3 indeterminate", examined(serology(HIV_AB, {"valueString": "Indeterminate"}), without=("hiv",)), "unknown"
    ),
]


@pytest.mark.parametrize("row", SEROLOGY)
def test_serology(row: Row) -> None:
    assert row.found("E3", trial_id=TRIAL) == row.expected


def test_the_site_may_read_known_literally(tmp_path: Path) -> None:
    """T1-E3: requireSerology=false."""
    service = configured(tmp_path, site={"version": "1", "settings": {"require_serology": False}})
    chart = candidate().without("hiv", "hbsag", "hcv")

    assert criterion_in(assess(chart, service=service), "E3", TRIAL)["outcome"] == "pass"
