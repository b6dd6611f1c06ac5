"""Whatever stands in draft orders: an answer or a clear refusal, never a fault; units change no judgement."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fhir import RXNORM, Resource, amount, concept
from tests.follow_up.subjects import FLUDARABINE, LD_DAYS, car_t_subject, cells, daily, deviations, weight
from tests.hooks.ordering import bundle, cards, draft, post, request

NAMES = st.sampled_from(
    ["resourceType", "id", "status", "medicationCodeableConcept", "medicationReference", "coding", "text", "system",
     "code", "dosageInstruction", "doseAndRate", "doseQuantity", "timing", "repeat", "boundsPeriod", "boundsDuration",
     "event", "value", "unit", "reference", "contained", "subject", "frequency", "period", "periodUnit"]
)  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-10, 10**6), st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["MedicationRequest", "ServiceRequest", "Medication", "Prednisone", "mg", "d", "8640", RXNORM,
                     "2026-06-01", "NaN", "sNaN", "1e999999", "#m", ""]),
)  # fmt: skip
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=20
)
DRAFTS = st.dictionaries(NAMES, ANYTHING, max_size=6).map(lambda tree: {"resourceType": "MedicationRequest"} | tree)
SUBJECT = car_t_subject().without("infusion", "cells")


@settings(max_examples=150, deadline=None)
@given(st.lists(DRAFTS, max_size=4))
async def test_any_draft_is_borne(drafts: list[dict[str, Any]]) -> None:
    answer = await post(request(bundle(*drafts), SUBJECT, as_of="2026-06-26"))

    assert answer.status_code == 200


@settings(max_examples=80, deadline=None)
@given(ANYTHING)
async def test_any_draft_orders_are_answered_or_refused(tree: Any) -> None:
    body = orjson.loads(orjson.dumps(request(bundle())))
    body["context"]["draftOrders"] = tree

    assert (await post(body)).status_code in (200, 400)


def exactly(percent: int, hundredth: str, unit: str) -> Resource:
    """So many hundredths of a dose, as a number without rounding."""
    return amount(float(percent * Decimal(hundredth)), unit)


@settings(max_examples=60, deadline=None)
@given(st.integers(30, 300))
def test_a_dose_is_judged_the_same_in_every_unit(percent: int) -> None:
    """T2-A2, T2-A3."""
    by_kg = car_t_subject().having(
        cells(percent * 700_000), weight(70), *daily(FLUDARABINE, exactly(percent, "0.54", "mg"), *LD_DAYS)
    )
    by_gram = car_t_subject().having(
        cells(float(percent * Decimal("0.7")), unit="10*6"),
        weight() | {"valueQuantity": amount(70_000, "g")},
        *daily(FLUDARABINE, exactly(percent, "0.00054", "g"), *LD_DAYS),
    )
    one, other = deviations(by_kg), deviations(by_gram)

    assert (one["A2"].state, one["A3"].state) == (other["A2"].state, other["A3"].state)


@pytest.mark.parametrize("count", [1, 3])
async def test_each_draft_is_looked_at_by_itself(count: int) -> None:
    steroids = [draft(concept(RXNORM, "8640", "Prednisone"), f"d{number}") for number in range(count)]

    assert len(await cards(*steroids)) == count
