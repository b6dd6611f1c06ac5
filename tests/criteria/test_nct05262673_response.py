"""T1-R1 to T1-R5, T1-N1, T1-N2: the response by NGS MRD and the order of products, for subjects on study."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import Answer, assess, trial_in
from tests.fhir import PATIENT, Chart, Resource, amount, local, loinc, measured, observation, procedure, specimen
from tests.multi_car_t import TRIAL, candidate

CART, CTL, VACCINE = "cart-infusion", "ctl-infusion", "dcvac-injection"
NOT_DETECTED: Resource = {"valueCodeableConcept": {"text": "Not detected"}}

OF_CELLS: Resource = {"valueRatio": {"numerator": {"value": 0}, "denominator": {"value": 3200000}}}


def product(code: str, on: str, target: str | None = None) -> Resource:
    used = {"usedCode": [local(f"target-{target}")]} if target else {}
    return procedure(code, local(code), on, **used)


def subject(status: str = "on-study") -> Resource:
    return {
        "resourceType": "ResearchSubject",
        "id": "subject",
        "status": status,
        "individual": {"reference": PATIENT},
        "study": {"identifier": {"value": TRIAL}},
        "period": {"start": "2025-08-20"},
    }


def course(*more: Resource, upto: int = 3) -> Chart:
    """A subject after so many of the three products; what follows is added."""
    given = [product(CART, "2025-09-01"), product(CTL, "2025-10-16"), product(VACCINE, "2025-11-30")][:upto]
    return candidate().having(subject(), specimen("marrow", "119359002"), specimen("blood", "119297000"), *given, *more)


def part(code: str, value: float, unit: str) -> Resource:
    return {"code": local(code), "valueQuantity": amount(value, unit)}


def ngs(
    value: Resource, on: str = "2026-05-12", cells: float | None = 3.2e6, lod: float | None = None, **more: Any
) -> Resource:
    parts = [part("cells-evaluated", cells, "{cells}")] if cells else []
    parts += [part("lod", lod, "%")] if lod is not None else []
    return sample(f"ngs{on}", "mrd-ngs", value, on, parts, **more)


def flow(value: Resource, on: str = "2026-05-12", lod: float | None = 0.01, **more: Any) -> Resource:
    return sample(f"flow{on}", "mrd-flow-cd19", value, on, [part("lod", lod, "%")] if lod is not None else [], **more)


def sample(name: str, code: str, value: Resource, on: str, parts: list[Resource], kind: str = "marrow") -> Resource:
    extra = {"component": parts} if parts else {}
    return observation(name, local(code), on, **value, **extra, specimen={"reference": f"Specimen/{kind}"})


def response(*more: Resource, upto: int = 3) -> Answer:
    found: Answer = trial_in(assess(course(*more, upto=upto)), TRIAL)["response"]
    return found


STRATA = [
    pytest.param([ngs(NOT_DETECTED)], "deep_negative", id="T1-R2.1 0 of 3.2 million cells"),
    pytest.param([ngs(measured(0))], "deep_negative", id="T1-R2.1 measured zero"),
    pytest.param([ngs(OF_CELLS, cells=None)], "deep_negative", id="T1-R2.1 none of 3.2 million, as a ratio"),
    pytest.param([ngs(measured(2, "/10*6"))], "very_low_positive", id="T1-R2.2 2 per million"),
    pytest.param([ngs(NOT_DETECTED, cells=4e5)], "unclassified", id="T1-R2.3 0 of 400 000 cells"),
    pytest.param([ngs({"valueString": "<10-6"}, cells=None)], "deep_negative", id="T1-R2.4 '<10-6' is below 1e-6"),
    pytest.param([ngs({"valueString": "<10⁻⁶"}, cells=None)], "deep_negative", id="units 3 the superscript"),
    pytest.param([ngs({"valueString": "<1E-4"}, cells=None)], "unclassified", id="T1-R2 a limit above 10⁻⁶"),
    pytest.param([ngs(NOT_DETECTED, cells=None)], "unclassified", id="T1-R2 no limit, no cells"),
    pytest.param([ngs(NOT_DETECTED, cells=None, lod=0.0001)], "deep_negative", id="T1-R2 a stated limit of 10⁻⁶"),
    pytest.param([ngs({"valueString": "no trackable clone"})], "unclassified", id="T1-R2 no trackable clone"),
    pytest.param([ngs(measured(5, "/10*6")), flow(NOT_DETECTED)], "very_low_positive", id="T1-R4.1 NGS 5e-6, flow not"),
    pytest.param([ngs(measured(0.01))], "positive", id="T1-R4.2 NGS 1e-4"),
    pytest.param([ngs(NOT_DETECTED), flow(measured(0.02))], "unclassified", id="T1-R4.3 NGS negative, flow 0.02 %"),
    pytest.param([ngs(measured(99, "/10*6"))], "very_low_positive", id="T1-R4 just below 1e-4"),
    pytest.param([ngs(measured(5, "/10*6")), flow(measured(0.01))], "positive", id="T1-R1.3 flow exactly 0.01 %"),
    pytest.param([flow(NOT_DETECTED)], "unclassified", id="T1-R4 flow alone cannot be deep"),
    pytest.param([flow(measured(0.5))], "positive", id="T1-R4 flow alone can be positive"),
    pytest.param(
        [ngs(NOT_DETECTED), flow(measured(0.02), "2026-05-04")], "deep_negative", id="T1-R4 flow 8 days before"
    ),
    pytest.param(
        [ngs(NOT_DETECTED), flow(measured(0.02), "2026-05-05")], "unclassified", id="T1-R4 flow 7 days before"
    ),
    pytest.param([observation("m", loinc("11150-0"), "2026-05-12", **measured(5))], "relapse", id="T1-R4 blasts 5 %"),
    pytest.param(
        [observation("m", loinc("11150-0"), "2026-05-12", **measured(4.9))], "unclassified", id="T1-R4 blasts 4.9 %"
    ),
    pytest.param([ngs(NOT_DETECTED, "2025-08-30")], "unclassified", id="T1-R3 before the first product"),
]


@pytest.mark.parametrize(("results", "stratum"), STRATA)
def test_stratum(results: list[Resource], stratum: str) -> None:
    assert response(*results)["stratum"] == stratum


def test_a_single_negative_is_called_so() -> None:
    """T1-R3"""
    found = response(ngs(NOT_DETECTED))

    assert found["label"] == "very-low-relapse-risk (trial text)"
    assert any("single time point" in note.lower() for note in found["review"])


def test_two_negatives_are_not_a_single_one() -> None:
    """T1-R3.1"""
    found = response(ngs(NOT_DETECTED, "2026-02-10"), ngs(NOT_DETECTED))

    assert found["label"] == "very-low-relapse-risk (trial text)"
    assert "review" not in found


def test_blood_gets_no_label() -> None:
    """T1-R3.2"""
    found = response(ngs(NOT_DETECTED, kind="blood"))

    assert "label" not in found
    assert any("marrow" in note for note in found["review"])


def test_low_positive_gets_no_label() -> None:
    """T1-R3.3"""
    assert "label" not in response(ngs(measured(5, "/10*6")), flow(NOT_DETECTED))


def test_the_label_waits_for_the_vaccine() -> None:
    """T1-R3: latest after the DC vaccine."""
    assert "label" not in response(ngs(NOT_DETECTED), upto=2)


PERSISTENCE = [
    pytest.param(["2026-03-01", "2026-04-02"], [True, True], "persistent", id="T1-R5.1 positive 32 days apart"),
    pytest.param(["2026-03-01", "2026-04-02"], [True, False], "not_persistent", id="T1-R5.2 positive, then negative"),
    pytest.param(["2026-03-01"], [True], None, id="T1-R5.3 one positive"),
    pytest.param(["2026-03-01", "2026-03-28"], [True, True], None, id="T1-R5 27 days apart"),
    pytest.param(["2026-03-01", "2026-03-29"], [True, True], "persistent", id="T1-R5 28 days apart"),
    pytest.param(["2026-02-01", "2026-03-01", "2026-03-20"], [True, False, True], None, id="T1-R5 not consecutive"),
]


@pytest.mark.parametrize(("days", "positives", "expected"), PERSISTENCE)
def test_persistence(days: list[str], positives: list[bool], expected: str | None) -> None:
    results = [ngs(measured(0.2) if yes else NOT_DETECTED, day) for day, yes in zip(days, positives, strict=True)]

    assert response(*results)["persistent"] == (expected or "unknown")


def sequence(chart: Chart) -> Answer:
    found: Answer = trial_in(assess(chart), TRIAL)["sequence"]
    return found


def test_the_protocols_order_is_conformant() -> None:
    """T1-N1.1"""
    assert sequence(course())["state"] == "conformant"


def test_a_vaccine_before_the_ctls_is_a_deviation() -> None:
    """T1-N1.2"""
    chart = course(product(CTL, "2025-11-01"), product(VACCINE, "2025-10-16"))

    assert sequence(chart)["state"] == "deviation"


def test_car_t_cells_alone_are_incomplete_and_the_next_step_is_named() -> None:
    """T1-N1.3"""
    found = sequence(course(upto=1))

    assert (found["state"], found["next"]) == ("incomplete", "CTL infusion")


def test_two_products_on_one_day_are_for_review() -> None:
    """T1-N1 boundaries"""
    assert sequence(course(product(CTL, "2025-09-01")))["state"] == "review"


@pytest.mark.parametrize(
    ("target", "antigen", "state"),
    [
        pytest.param("cd19", 0, "review", id="T1-N2.1 against CD19, which is negative"),
        pytest.param("cd19", 88, "conformant", id="T1-N2.2 against an antigen that is there"),
    ],
)
def test_a_products_target_must_be_expressed(target: str, antigen: float, state: str) -> None:
    chart = course(
        product(CART, "2025-09-01", target), observation("cd19", loinc("13840-4"), "2026-05-20", **measured(antigen))
    )

    assert sequence(chart)["state"] == state


def test_a_used_up_specimen_stops_the_vaccine() -> None:
    """T1-N2.3"""
    chart = course(upto=2).changed("archive", status="unavailable")

    assert any("vaccine" in note for note in sequence(chart)["review"])


@pytest.mark.parametrize("status", ["off-study", "candidate", "withdrawn"])
def test_nobody_off_study_has_a_response(status: str) -> None:
    """B6.8"""
    found = trial_in(assess(course(ngs(NOT_DETECTED)).having(subject(status))), TRIAL)

    assert not {"response", "sequence"} & found.keys()


def test_before_the_first_product_there_is_no_response() -> None:
    """B6.8"""
    assert "response" not in trial_in(assess(course(upto=0)), TRIAL)


def test_the_protocol_defines_no_endpoint_and_no_visit() -> None:
    """T1-P1"""
    assert "follow_up" not in trial_in(assess(course()), TRIAL)


def test_treatment_is_never_told_to_stop() -> None:
    """T1-R3"""
    text = str(response(ngs(NOT_DETECTED, "2026-02-10"), ngs(NOT_DETECTED))).lower()

    assert "stop" not in text
    assert "discontinue" not in text
