"""What the order services say of draft orders: the right card, for the right trial, until the right day, or none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fhir import (
    ATC,
    CPT,
    RXNORM,
    Chart,
    Resource,
    answered,
    atc,
    base_chart,
    concept,
    condition,
    given,
    local,
    snomed,
)
from tests.follow_up.subjects import T1, subject
from tests.hooks.ordering import by, cards, draft, shown

ORAL, EYE, INTRATHECAL = snomed("26643006"), snomed("54485002"), snomed("72607000")
PREDNISONE = concept(RXNORM, "8640", "Prednisone")
DEXAMETHASONE = concept(RXNORM, "3264", "Dexamethasone")
CAR_T = atc("L01XL04", "Tisagenlecleucel")


def empties(node: Any) -> Iterator[Any]:
    if node is None or node in ("", [], {}):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from empties(child)


async def test_a_systemic_steroid_closes_the_trial_until_the_seventh_day_after_the_last_dose() -> None:
    """T1-E5: both ends of the seven days count, so entry is possible on the eighth day after."""
    [card] = await cards(draft(PREDNISONE, **by(ORAL)))

    assert shown([card]) == [(T1, "warning", "Prednisone would close NCT05262673 at least until 2026-06-08")]
    assert "entry is possible from 2026-06-09" in card["detail"]
    assert "History of glucocorticoid for systemic therapy within the week prior to entering the test" in card["detail"]


@pytest.mark.parametrize(
    ("instruction", "until"),
    [
        pytest.param({"timing": {"repeat": {"boundsPeriod": {"end": "2026-06-10"}}}}, "2026-06-17", id="a stated end"),
        pytest.param(
            {"timing": {"repeat": {"boundsDuration": {"value": 5, "code": "d"}}}},
            "2026-06-12",
            id="five days from today",
        ),
        pytest.param(
            {
                "timing": {
                    "repeat": {"boundsPeriod": {"start": "2026-06-20"}, "boundsDuration": {"value": 1, "code": "wk"}}
                }
            },
            "2026-07-03",
            id="a week from a stated start",
        ),
        pytest.param({"timing": {"event": ["2026-06-03", "2026-06-05"]}}, "2026-06-12", id="stated days"),
        pytest.param({"timing": {"event": "soon", "repeat": []}}, "2026-06-08", id="a timing that is none"),
    ],
)
async def test_the_end_of_the_order_moves_the_day(instruction: Resource, until: str) -> None:
    [card] = await cards(draft(PREDNISONE, **by(ORAL, **instruction)))

    assert card["summary"].endswith(f"until {until}")


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        pytest.param(draft(DEXAMETHASONE), ["warning"], id="the route is not stated"),
        pytest.param(draft(DEXAMETHASONE, **by(EYE)), [], id="T1-E5.6 eye drops"),
        pytest.param(draft(concept(RXNORM, "41126", "Fluticasone")), [], id="T1-E5.3 an inhaled steroid's ingredient"),
        pytest.param(draft(DEXAMETHASONE, **by(INTRATHECAL)), ["info"], id="T1-E5.7 intrathecal"),
        pytest.param(draft({"text": "Prednisone 20 mg tablet"}), ["info"], id="B5.2 by words only"),
        pytest.param(
            draft({"coding": [{}, {"display": "prednisolone"}]}), ["info"], id="B5.2 codings without system and code"
        ),
        pytest.param(
            draft(concept(RXNORM, "312615", "Prednisone 20 MG Oral Tablet")), ["info"], id="B5.2 a code not mapped"
        ),
        pytest.param(draft({"text": "Prednisone eye drops"}, **by(EYE)), [], id="words, but a local route"),
        pytest.param(
            draft({"coding": [None], "text": "Prednisone"}), ["info"], id="an unreadable draft whose words say steroid"
        ),
        pytest.param(
            draft(DEXAMETHASONE, implicitRules="urn:x"), ["info"], id="a draft with rules that we do not know"
        ),
        pytest.param(draft(PREDNISONE, doNotPerform=True), [], id="an order not to give it"),
        pytest.param(draft(PREDNISONE, status="cancelled"), [], id="cancelled"),
        pytest.param(draft(PREDNISONE, status="active", intent="order"), ["warning"], id="signed again"),
        pytest.param(draft(PREDNISONE, status=" draft ", intent="proposal"), ["warning"], id="a draft with blanks"),
        pytest.param(draft(atc("N02BE01", "Paracetamol")), [], id="another drug"),
        pytest.param(draft(None), [], id="no medication yet"),
        pytest.param(
            draft(None, medicationReference={"reference": "#m"}, contained=[
                {"resourceType": "Medication", "id": "m", "ingredient": [{"itemCodeableConcept": PREDNISONE}]}]),
            ["warning"], id="a contained medication's ingredient"),
        pytest.param(
            draft(None, medicationReference={"reference": "Medication/9", "display": "Prednisone 5 mg"}),
            ["info"], id="a medication that was not sent, by its display"),
        pytest.param(draft(PREDNISONE, subject={"reference": "Patient/1"}), ["warning"], id="the patient's own"),
        pytest.param(
            draft(PREDNISONE, subject={"reference": "https://ehr.example/fhir/Patient/1"}), ["warning"], id="absolute"),
        pytest.param(draft(PREDNISONE, subject={"reference": "Patient/2"}), [], id="another patient's draft"),
    ],
)  # fmt: skip
async def test_a_steroid_however_thin_the_draft(order: Resource, expected: list[str]) -> None:
    assert [card["indicator"] for card in await cards(order)] == expected


async def test_words_are_named_as_words() -> None:
    """B5.2: a drug that nobody mapped never passes silently and is never taken as certain."""
    [card] = await cards(draft({"text": "Prednisone 20 mg tablet"}))

    assert card["summary"] == "Prednisone 20 mg tablet may close NCT05262673 at least until 2026-06-08"
    assert "not mapped (no code, only text)" in card["detail"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        pytest.param(draft(CAR_T), [(T1, "warning", "Tisagenlecleucel would close NCT05262673 for good")], id="T1-E6"),
        pytest.param(
            draft({"text": "CD19 CAR-T cells"}), [(T1, "info", "CD19 CAR-T cells may close NCT05262673 for good")],
            id="T1-E6.4 by words only"),
        pytest.param(draft(atc("L01XL09", "tabelecleucel")), [], id="T1-E6: cells that are not gene-modified"),
        pytest.param(
            {"resourceType": "ServiceRequest", "id": "s", "code": concept(CPT, "38228", "CAR-T administration")},
            [(T1, "warning", "CAR-T administration would close NCT05262673 for good")], id="T1-E6 as a procedure"),
        pytest.param(
            {"resourceType": "ServiceRequest", "id": "s", "code": concept(CPT, "38225", "CAR-T cell collection")},
            [], id="T1-E6.1 collection is no treatment"),
        pytest.param(
            {"resourceType": "ServiceRequest", "id": "s", "code": concept(CPT, "38242", "DLI")}, [], id="T1-E6.3 DLI"),
    ],
)  # fmt: skip
async def test_a_gene_therapy(order: Resource, expected: list[tuple[str, str, str]]) -> None:
    assert shown(await cards(order)) == expected


@pytest.mark.parametrize(
    "chart",
    [
        pytest.param(base_chart().having(answered("no", "2026-05-30", trial=T1, E7="Y")), id="ineligible already"),
        pytest.param(
            base_chart().having(given("dexa", DEXAMETHASONE, "2026-05-30", ORAL)), id="closed by a steroid already"),
        pytest.param(base_chart().having(subject(None, trial=T1, start="2026-05-01")), id="on study in that trial"),
        pytest.param(
            base_chart().without("leukaemia", "hsct", "mrd", "blasts").having(condition("d", snomed("44054006"))),
            id="no sign of leukaemia"),
        pytest.param(
            Chart(({"resourceType": "Patient", "id": "1", "deceasedBoolean": True}, *base_chart().resources[1:])),
            id="deceased"),
    ],
)  # fmt: skip
async def test_no_card_where_the_trial_is_closed_or_entered(chart: Chart) -> None:
    assert await cards(draft(PREDNISONE, **by(ORAL)), draft(CAR_T, "two"), chart=chart) == []


async def test_a_card_is_complete_and_suggests_nothing() -> None:
    """B2, B5.4."""
    [card] = await cards(draft(PREDNISONE, **by(ORAL)))

    assert set(card) == {
        "uuid", "summary", "detail", "indicator", "source", "overrideReasons", "links", "extension",
    }  # fmt: skip
    assert card["extension"]["org.trialhooks.assessment"]["id"] == T1
    assert all(reason["display"] and reason["code"] and reason["system"] for reason in card["overrideReasons"])
    assert list(empties({**card, "extension": 1})) == []
    assert "Recruitment status unverified" in card["detail"]


async def test_a_name_with_markup_or_without_end_stays_a_short_line() -> None:
    name = "Prednisone <img src=x> **now** " + "very " * 60
    [card] = await cards(draft(concept(RXNORM, "8640", name)))

    assert 0 < len(card["summary"]) < 140
    assert "<img" not in card["detail"]
    assert "\n" not in card["summary"]


async def test_two_drafts_give_two_cards_and_the_same_draft_twice_one() -> None:
    two = await cards(draft(PREDNISONE, "a"), draft(DEXAMETHASONE, "b"))
    one = await cards(draft(PREDNISONE, "a"), draft(PREDNISONE, "a"))

    assert (len(two), len(one)) == (2, 1)
    assert len({card["uuid"] for card in two}) == 2


async def test_a_site_code_of_the_products_own_system_is_a_gene_therapy() -> None:
    """B4: products of NCT05262673."""
    [card] = await cards(draft(local("cart-infusion")))

    assert (card["indicator"], ATC in card["detail"]) == ("warning", False)
