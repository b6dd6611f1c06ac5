"""What the order services say of orders for subjects on study: bridging, doses, a second infusion, the other arm."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fhir import RXNORM, Resource, amount, atc, base_chart, concept, snomed
from tests.follow_up import subjects as on
from tests.follow_up.subjects import T1, T2, car_t_subject, subject
from tests.hooks.ordering import bundle, by, cards, dosed, draft, post, request, shown

INTRATHECAL = snomed("72607000")
DEXAMETHASONE = concept(RXNORM, "3264", "Dexamethasone")
NOT_TREATED = base_chart().having(subject(start="2026-05-25"), on.weight(on="2026-05-30"), on.surface(on="2026-05-30"))


def of_t2(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(indicator, summary) for trial, indicator, summary in shown(found) if trial == T2]


BRIDGE = "bridging chemotherapy in the CAR-T arm of NCT07441291"


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        pytest.param(draft(on.VINCRISTINE), [("warning", f"Vincristine would be {BRIDGE}")], id="T2-A4.1"),
        pytest.param(
            draft(on.METHOTREXATE, **by(INTRATHECAL)), [("info", f"Methotrexate may be {BRIDGE}")], id="T2-A4.3"),
        pytest.param(draft(DEXAMETHASONE), [("info", f"Dexamethasone may be {BRIDGE}")], id="T2-A4 a steroid"),
        pytest.param(
            draft({"text": "vincristine 2 mg"}), [("info", f"Vincristine 2 mg may be {BRIDGE}")], id="B5.2 words"),
        pytest.param(draft(on.CYCLOPHOSPHAMIDE), [], id="T2-A4.2 lymphodepletion without a dose"),
        pytest.param(draft(on.CYCLOPHOSPHAMIDE, **dosed(amount(540, "mg"))), [], id="T2-A3.1"),
        pytest.param(
            draft(on.FLUDARABINE, **dosed(amount(45, "mg"))),
            [("warning", "Fludarabine ordered at 83 % of the dose of NCT07441291")], id="T2-A3.2"),
        pytest.param(
            draft(on.CYCLOPHOSPHAMIDE, **dosed(amount(270, "mg"), timing={
                "repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}})), [], id="T2-A3 twice a day"),
        pytest.param(
            draft(on.CYCLOPHOSPHAMIDE, **dosed(amount(540, "mg"), timing={
                "repeat": {"frequency": 1, "period": 12, "periodUnit": "h"}})),
            [("warning", "Cyclophosphamide ordered at 200 % of the dose of NCT07441291")], id="T2-A3 every 12 h"),
        pytest.param(
            draft(on.FLUDARABINE, **dosed({"value": 54})),
            [("info", "Fludarabine ordered at a dose that cannot be compared with the dose of NCT07441291")],
            id="T2-A3 without a unit"),
        pytest.param(draft(on.PRODUCT, **dosed(amount(7.0e7, "{cells}"))), [], id="T2-A2.1"),
        pytest.param(
            draft(on.PRODUCT, **dosed(amount(7.0e8, "{cells}"))),
            [("warning", "CD19 CAR-T cells ordered at 1000 % of the dose of NCT07441291")], id="T2-A2.2"),
        pytest.param(draft(on.PRODUCT, **dosed(amount(1, "10*6/kg"))), [], id="T2-A2 per kg"),
        pytest.param(
            draft({"text": "CD19 CAR-T cells"}),
            [("info", "CD19 CAR-T cells not compared with the dose of NCT07441291")], id="B5.2 cells by words"),
        pytest.param(
            draft({"text": "fludarabine 25 mg"}),
            [("info", "Fludarabine 25 mg not compared with the dose of NCT07441291")], id="B5.2 fludarabine by words"),
        pytest.param(
            draft(on.FLUDARABINE, **dosed(amount("1e999999", "mg"), timing={
                "repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}})),
            [("info", "Fludarabine ordered at a dose that cannot be compared with the dose of NCT07441291")],
            id="section H: a number that nobody orders"),
        pytest.param(draft(atc("N02BE01", "Paracetamol")), [], id="another drug"),
    ],
)  # fmt: skip
async def test_orders_for_a_subject_of_the_car_t_arm(order: Resource, expected: list[tuple[str, str]]) -> None:
    assert of_t2(await cards(order, chart=NOT_TREATED)) == expected


async def test_a_dose_is_shown_with_its_numbers() -> None:
    """T2-A2.2."""
    found = await cards(draft(on.PRODUCT, **dosed(amount(7.0e8, "{cells}"))), chart=NOT_TREATED)

    [card] = [card for card in found if card["source"]["topic"]["code"] == T2]
    assert "70 kg" in card["detail"]
    assert "1.00e7 cells/kg; the protocol gives 1.00e6 cells/kg" in card["detail"]


async def test_without_a_recent_weight_the_dose_cannot_be_compared() -> None:
    """T2-A2: seven days."""
    chart = NOT_TREATED.having(on.weight(on="2026-05-24"))

    [(indicator, _)] = of_t2(await cards(draft(on.PRODUCT, **dosed(amount(7.0e7, "{cells}"))), chart=chart))

    assert indicator == "info"


async def test_after_the_infusion_chemotherapy_is_no_bridge_and_cells_are_a_second_infusion() -> None:
    """T2-A2.3, T2-A4."""
    drafts = draft(on.VINCRISTINE), draft(on.PRODUCT, "again")

    found = of_t2(await cards(*drafts, chart=car_t_subject(), as_of="2026-07-06"))

    assert found == [("warning", "CD19 CAR-T cells would be a second CAR-T infusion in NCT07441291")]


async def test_the_control_arm_may_have_chemotherapy_but_no_cells_before_a_crossover() -> None:
    """T2-A1, T2-A5."""
    control = base_chart().having(subject("chemotherapy + DLI", start="2026-05-25"))

    found = of_t2(await cards(draft(on.VINCRISTINE), draft(on.PRODUCT, "cells"), chart=control))

    assert found == [("warning", "CD19 CAR-T cells ordered for a subject of the other arm of NCT07441291")]


async def test_for_a_deceased_subject_there_is_nothing_to_say() -> None:
    """B6.2."""
    chart = NOT_TREATED.changed("1", deceasedBoolean=True)

    assert await cards(draft(on.VINCRISTINE), chart=chart) == []


@pytest.mark.parametrize("status", ["candidate", "withdrawn", "off-study"])
async def test_the_protocol_binds_only_subjects_on_study(status: str) -> None:
    chart = base_chart().having(subject(status=status, start="2026-05-25"))

    assert of_t2(await cards(draft(on.VINCRISTINE), chart=chart)) == []


async def test_for_a_subject_of_another_trial_a_closed_enrolment_is_only_worth_a_note() -> None:
    """T1-E6: subjects who get CAR-T cells in NCT07441291 are excluded from NCT05262673."""
    found = shown(await cards(draft(on.PRODUCT), chart=NOT_TREATED))

    assert found == [(T1, "info", "CD19 CAR-T cells may close NCT05262673 for good")]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        pytest.param(draft(on.VINCRISTINE), ["Vincristine"], id="chemotherapy"),
        pytest.param(draft(on.PRODUCT), ["CD19 CAR-T cells"], id="cells"),
        pytest.param(draft(atc("N02BE01", "Paracetamol")), [], id="another drug"),
    ],
)
async def test_an_unknown_membership_is_said_and_never_taken_as_none(order: Resource, expected: list[str]) -> None:
    """B5.1: the subjects could not be fetched."""
    body = request(bundle(order))
    del body["prefetch"]["researchSubjects"]

    found = of_t2((await post(body)).json()["cards"])

    assert [(indicator, summary.split(" may be against")[0]) for indicator, summary in found] == [
        ("info", name) for name in expected
    ]
