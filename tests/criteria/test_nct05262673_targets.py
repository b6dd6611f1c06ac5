"""T1-N2: a CAR-T infusion targets what the leukaemia expresses; the DC vaccine needs leukaemic cells."""

from __future__ import annotations

import pytest

from tests.fhir import Chart, Resource, loinc, measured, observation
from tests.multi_car_t_response import cart, ctl, enrolled, sequence_of, treated

BLASTS = {"cd19": "13840-4", "cd22": "51124-6"}


def expressed(antigen: str, percent: float) -> tuple[Resource, Resource]:
    """The share of blasts with this antigen, the same before the infusion and at the latest look."""
    code = loinc(BLASTS[antigen])
    before = observation(f"{antigen}-before", code, "2025-10-20", **measured(percent))
    return before, observation(antigen, code, "2026-05-20", **measured(percent))


def infused(*targets: str, chart: Chart | None = None) -> Chart:
    return (chart or treated(*expressed("cd19", 95))).having(cart("2025-11-01", *targets))


CD19_NEGATIVE = treated(*expressed("cd19", 0), *expressed("cd22", 88))
CD22_POSITIVE = treated(*expressed("cd19", 95), *expressed("cd22", 88))

REVIEWED = {
    "T1-N2.1 target CD19, CD19 negative": infused("cd19", chart=CD19_NEGATIVE),
    "T1-N2 targets CD19 and CD22, CD19 negative": infused("cd19", "cd22", chart=CD19_NEGATIVE),
    "T1-N2 target CD22, CD22 never determined": infused("cd22"),
    "T1-N2 target CD123, CD123 never determined": infused("cd123"),
    "T1-N2 target CD22, CD22 19.9 % of blasts": infused("cd22", chart=treated(*expressed("cd22", 19.9))),
}
FINE = {
    "T1-N2.2 target CD22, CD22 88 % of blasts": infused("cd22", chart=CD19_NEGATIVE),
    "T1-N2 target CD19, CD19 95 % of blasts": infused("cd19"),
    "T1-N2 targets CD19 and CD22, both expressed": infused("cd19", "cd22", chart=CD22_POSITIVE),
    "T1-N2 target CD22, CD22 20 % of blasts": infused("cd22", chart=treated(*expressed("cd22", 20))),
}


def review(chart: Chart) -> list[str]:
    found = sequence_of(chart)
    assert found is not None
    return list(found.get("review", []))


@pytest.mark.parametrize("sentence", REVIEWED)
def test_a_target_that_is_not_known_to_be_expressed_is_for_review(sentence: str) -> None:
    assert review(REVIEWED[sentence])


@pytest.mark.parametrize("sentence", FINE)
def test_a_target_that_is_expressed_needs_no_review(sentence: str) -> None:
    assert review(FINE[sentence]) == []


def test_the_review_names_the_antigen() -> None:
    assert any("CD19" in text for text in review(REVIEWED["T1-N2.1 target CD19, CD19 negative"]))


def test_an_exhausted_specimen_leaves_no_cells_for_the_vaccine() -> None:
    """T1-N2.3: DC vaccine not feasible."""
    waiting = enrolled().having(*expressed("cd19", 95), cart("2025-11-01", "cd19"), ctl())

    assert review(waiting) == []
    assert review(waiting.changed("archive", status="unavailable"))


def test_a_second_infusion_is_judged_by_its_own_target() -> None:
    """T1-N2: plural infusions."""
    assert review(infused("cd19").having(cart("2025-11-08", "cd22", name="second")))


def test_a_target_for_review_changes_no_enrolment() -> None:
    """B5.4: what is for review is shown, and nothing is done."""
    found = sequence_of(REVIEWED["T1-N2.1 target CD19, CD19 negative"])

    assert found is not None
    assert found["state"] in {"conformant", "review"}
