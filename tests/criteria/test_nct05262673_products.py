"""T1-N1: CAR-T, then CTL, then DC vaccine. Only the order is computable."""

from __future__ import annotations

import pytest

from tests.fhir import Chart, Resource
from tests.multi_car_t import candidate
from tests.multi_car_t_response import cart, ctl, dcvac, enrolled, sequence_of, subject, treated


def given(*products: Resource) -> Chart:
    return enrolled().having(*products)


INCOMPLETE = "incomplete"
ORDERS = {
    "T1-N1.1 CAR-T on day 0, CTL on day 45, DC vaccine on day 90": (treated(), "conformant"),
    "T1-N1.2 DC vaccine before CTL": (given(cart(), dcvac("2025-12-01"), ctl()), "deviation"),
    "T1-N1.3 CAR-T only, month 2": (given(cart("2026-04-01")), INCOMPLETE),
    "T1-N1 CAR-T and CTL": (given(cart(), ctl()), INCOMPLETE),
    "T1-N1 CTL before CAR-T": (given(ctl("2025-10-20"), cart(), dcvac()), "deviation"),
    "T1-N1 everything in the opposite order": (
        given(dcvac("2025-10-10"), ctl("2025-10-20"), cart("2025-10-30")),
        "deviation",
    ),
    "T1-N1 two CAR-T infusions before the CTL": (treated(cart("2025-11-08", name="second")), "conformant"),
    "T1-N1 a second CAR-T infusion after the CTL": (treated(cart("2026-01-05", name="second")), "deviation"),
    "T1-N1 two CTL infusions before the vaccine": (treated(ctl("2026-01-10", name="second")), "conformant"),
    "T1-N1 a second CTL infusion after the vaccine": (treated(ctl("2026-02-10", name="second")), "deviation"),
    "T1-N1 several vaccine injections": (treated(dcvac("2026-02-27", name="second")), "conformant"),
    "T1-N1 CTL on the day of the CAR-T": (given(cart(), ctl("2025-11-01"), dcvac()), "review"),
    "T1-N1 vaccine on the day of the CTL": (given(cart(), ctl(), dcvac("2025-12-16")), "review"),
    "T1-N1 one day apart is an order": (given(cart(), ctl("2025-11-02"), dcvac("2025-11-03")), "conformant"),
    "T1-N1 a CTL infusion that was not done": (given(cart(), ctl(status="not-done")), INCOMPLETE),
    "section 0: a vaccine entered in error": (given(cart(), ctl(), dcvac(status="entered-in-error")), INCOMPLETE),
    "T1-N1 a reversed vaccine that was not done": (
        treated(dcvac("2025-11-20", name="early", status="not-done")),
        "conformant",
    ),
    "T1-N1 look-back: CAR-T before enrolment is prior therapy": (given(cart("2025-09-30"), ctl(), dcvac()), INCOMPLETE),
    "T1-N1 look-back: CAR-T on the day of enrolment": (given(cart("2025-10-01"), ctl(), dcvac()), "conformant"),
    "section 0: a vaccine of tomorrow is not given yet": (given(cart(), ctl(), dcvac("2026-06-02")), INCOMPLETE),
    "section 0: CAR-T dated only November 2025, CTL in December": (
        given(cart("2025-11"), ctl(), dcvac()),
        "conformant",
    ),
}


@pytest.mark.parametrize("sentence", ORDERS)
def test_order_of_the_products(sentence: str) -> None:
    chart, state = ORDERS[sentence]
    found = sequence_of(chart)

    assert found is not None
    assert found["state"] == state
    assert found["because"]


NEXT = {
    "CTL infusion": given(cart()),
    "DC vaccine injection": given(cart(), ctl()),
    "CAR-T infusion": given(cart("2025-09-30"), ctl()),
}


@pytest.mark.parametrize("step", NEXT)
def test_an_incomplete_sequence_names_its_next_step(step: str) -> None:
    found = sequence_of(NEXT[step])

    assert found is not None
    assert (found["state"], found["next"]) == (INCOMPLETE, step)


def test_a_complete_sequence_has_no_next_step() -> None:
    found = sequence_of(treated())

    assert found is not None
    assert "next" not in found


DOUBTFUL = {
    "CAR-T without a date": given(cart(None), ctl(), dcvac()),
    "CAR-T dated only December 2025, CTL on the 16th": given(cart("2025-12"), ctl(), dcvac()),
    "a vaccine, and no CTL": given(cart(), dcvac()),
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_a_doubtful_order_never_conforms(name: str) -> None:
    found = sequence_of(DOUBTFUL[name])

    assert found is None or found["state"] != "conformant"


NOT_ASKED = {
    "never a subject": candidate().having(cart(), ctl(), dcvac()),
    "on study, nothing given": enrolled(),
    "only a product that was not done": given(cart(status="not-done")),
    "only a product before enrolment": given(cart("2025-09-30")),
    "withdrawn": treated(subject("withdrawn")),
    "off study": treated(subject("off-study")),
    "a candidate": treated(subject("candidate")),
    "a subject of the other trial": treated(subject(study="NCT07441291")),
}


@pytest.mark.parametrize("name", NOT_ASKED)
def test_nothing_is_said_without_a_subject_on_study_and_a_product(name: str) -> None:
    """B6.8."""
    assert sequence_of(NOT_ASKED[name]) is None


@pytest.mark.parametrize("status", ["on-study", "on-study-intervention", "on-study-observation", "follow-up"])
def test_every_status_on_study_counts(status: str) -> None:
    found = sequence_of(treated(subject(status)))

    assert found is not None
    assert found["state"] == "conformant"
