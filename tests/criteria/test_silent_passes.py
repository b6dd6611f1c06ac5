"""What must never pass silently: each was once a pass that the record did not support."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import assess, criterion_in
from tests.fhir import RXNORM, base_chart, concept, condition, icd, loinc, observation, order

BASE = base_chart()

WHO = "http://hl7.org/fhir/sid/icd-10"


def outcome(chart: Any, criterion: str) -> tuple[str, str | None]:
    found = criterion_in(assess(chart), criterion)
    return found["outcome"], found.get("reason")


def test_an_anti_infective_known_only_by_name_leaves_infection_open() -> None:
    """E1: a treatment drug without a diagnosis; RxNorm ingredients are the site's to map."""
    drug = order("drug", concept(RXNORM, "121243", "voriconazole"), "2026-05-29")

    assert outcome(BASE.having(drug), "E1") == ("unknown", "unmapped")


@pytest.mark.parametrize(("code", "criterion"), [("M32.1", "E4"), ("B44.1", "E1"), ("G40.9", "E3"), ("C50.9", "E5")])
def test_who_icd_10_is_not_icd_10_cm_and_not_nothing(code: str, criterion: str) -> None:
    chart = BASE.having(condition("who", concept(WHO, code)))

    assert outcome(chart, criterion) == ("unknown", "unmapped")


@pytest.mark.parametrize("reason", ["notasked", "unavailable", "withheld", "notstarted"])
def test_a_list_that_is_empty_because_nobody_asked_is_not_reconciled(reason: str) -> None:
    system = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
    chart = BASE.changed("problems", emptyReason=concept(system, reason))

    assert outcome(chart, "E4") == ("unknown", "not_reconciled")


def test_a_newer_preliminary_marrow_is_waited_for() -> None:
    """Section 0: preliminary is unknown."""
    early = observation(
        "early", loinc("11150-0"), "2026-05-30", status="preliminary", valueQuantity={"value": 40, "unit": "%"}
    )

    assert outcome(BASE.having(early), "I4") == ("unknown", "preliminary")


def test_a_newer_unmapped_mrd_is_asked_for() -> None:
    """B4: never guessed, the code to map is named."""
    newer = observation(
        "newer", concept("https://lab.example", "X9", "Flow MRD B-ALL"), "2026-05-30", valueString="0.01 %"
    )
    found = criterion_in(assess(BASE.having(newer)), "I3")

    assert (found["outcome"], found["reason"]) == ("unknown", "unmapped")
    assert "X9" in found["because"]


def test_a_negative_test_beside_a_recorded_pregnancy_is_a_conflict() -> None:
    woman = BASE.changed("1", gender="female", birthDate="1998-01-01").having(
        condition("pregnant", icd("Z33.1")),
        observation("hcg", loinc("2106-3"), "2026-05-30", valueCodeableConcept=loinc("LA6577-6")),
    )

    assert outcome(woman, "I6") == ("unknown", "conflict")
