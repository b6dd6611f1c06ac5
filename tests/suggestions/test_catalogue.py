"""Every fact has somebody who answers it, every order a verified code or none; a bad draft never takes the card."""

from __future__ import annotations

import logging

import pytest

from cds.suggestions.catalogue import ANSWERS, ORDERS, Order
from cds.terminology import value_sets
from rules.vocabulary import VOCABULARY
from tests.fhir import TRIAL, base_chart
from tests.suggestions.looking import card_of, look


def test_every_fact_of_the_vocabulary_has_an_answer() -> None:
    assert ANSWERS.keys() == VOCABULARY.keys()
    assert all((answer.order is not None) == (answer.how == "measure") for answer in ANSWERS.values())


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.key)
def test_an_order_names_value_sets_that_are_there_and_a_code_of_them(order: Order) -> None:
    known = value_sets()

    assert order.sets
    assert set(order.sets) <= known.keys()
    codes = {code["code"] for name in order.sets for code in known[name]["codes"] if code["system"] == "loinc"}
    assert order.loinc is None or order.loinc in codes


def test_no_two_orders_have_a_key_or_a_text_in_common() -> None:
    assert len({order.key for order in ORDERS}) == len({order.text for order in ORDERS}) == len(ORDERS)


async def test_a_draft_that_must_not_leave_costs_its_suggestions_and_not_the_card(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(_: object) -> None:
        raise ValueError("Zebedee-Planted")

    monkeypatch.setattr("cds.suggestions.tasks.checked", refused)
    with caplog.at_level(logging.ERROR):
        card = card_of(await look(base_chart()), TRIAL)

    assert "suggestions" not in card
    assert "no suggestions for NCT07441291 enrol: ValueError" in caplog.text
    assert "Zebedee-Planted" not in caplog.text
