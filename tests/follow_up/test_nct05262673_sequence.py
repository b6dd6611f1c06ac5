"""The order of the products of NCT05262673 as adherence (T1-N1, T1-N2)."""

from __future__ import annotations

import pytest

from tests.fhir import Chart, Resource, base_chart, local, procedure
from tests.follow_up.subjects import T1, deviations, subject

CART, CTL, VACCINE = "cart-infusion", "ctl-infusion", "dcvac-injection"
AS_OF = "2026-09-30"


def given(**days: str) -> Chart:
    """A subject with products by code and day."""
    names = {"cart": CART, "ctl": CTL, "vaccine": VACCINE}
    products = [procedure(name, local(names[name]), day) for name, day in days.items()]
    return base_chart().having(subject(None, trial=T1, start="2026-05-01"), *products)


@pytest.mark.parametrize(
    ("chart", "state"),
    [
        pytest.param(
            given(cart="2026-06-01", ctl="2026-07-16", vaccine="2026-08-30"), "conformant", id="T1-N1.1 in order"
        ),
        pytest.param(
            given(cart="2026-06-01", vaccine="2026-07-16", ctl="2026-08-30"), "violation", id="T1-N1.2 vaccine first"
        ),
        pytest.param(given(cart="2026-07-30"), "unknown", id="T1-N1.3 CAR-T only, month 2: incomplete"),
        pytest.param(given(cart="2026-06-01", ctl="2026-06-01"), "review", id="T1-N1 on the same day"),
    ],
)
def test_the_order_of_products(chart: Chart, state: str) -> None:
    assert deviations(chart, T1, AS_OF)["N1"].state == state


def test_a_target_that_the_blasts_may_not_express_is_for_review_and_no_fault_of_the_order() -> None:
    """T1-N2."""
    aimed: Resource = {"usedCode": [local("target-cd19")]}
    chart = given(cart="2026-06-01", ctl="2026-07-16", vaccine="2026-08-30").changed("cart", **aimed)

    found = deviations(chart, T1, AS_OF)

    assert (found["N1"].state, found["N2"].state) == ("conformant", "review")


def test_nothing_is_said_before_the_first_product() -> None:
    assert deviations(given(), T1, AS_OF) == {}
