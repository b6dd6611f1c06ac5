"""A server that fails again and again is left alone, and tried once after a rest."""

from __future__ import annotations

import httpx
import pytest

from cds.fetching.breaker import MOST_SERVERS, Breaker
from tests.fetching.ehr import Caller, Ehr, fhir


def breaker_at(clock: list[float]) -> Breaker:
    return Breaker(lambda: clock[0], failures=3, rest=30)


def test_it_opens_after_consecutive_failures_only() -> None:
    breaker = breaker_at([0.0])
    for outcome in (breaker.failed, breaker.failed, breaker.worked, breaker.failed, breaker.failed):
        outcome("a")

    assert breaker.allows("a")
    breaker.failed("a")
    assert not breaker.allows("a")


def test_one_server_does_not_stand_for_another() -> None:
    breaker = breaker_at([0.0])
    for _ in range(3):
        breaker.failed("a")

    assert (breaker.allows("a"), breaker.allows("b")) == (False, True)


def test_after_the_rest_one_request_is_let_through() -> None:
    clock = [0.0]
    breaker = breaker_at(clock)
    for _ in range(3):
        breaker.failed("a")
    clock[0] = 30.0

    assert [breaker.allows("a"), breaker.allows("a")] == [True, False]


@pytest.mark.parametrize(("outcome", "open_again"), [("worked", False), ("failed", True), ("unknown", False)])
def test_the_outcome_of_the_trial_decides(outcome: str, *, open_again: bool) -> None:
    clock = [0.0]
    breaker = breaker_at(clock)
    for _ in range(3):
        breaker.failed("a")
    clock[0] = 30.0
    assert breaker.allows("a")
    getattr(breaker, outcome)("a")

    assert breaker.allows("a") is not open_again


def test_it_does_not_remember_servers_without_end() -> None:
    breaker = breaker_at([0.0])
    for number in range(MOST_SERVERS + 50):
        breaker.failed(str(number))

    assert len(breaker._states) == MOST_SERVERS


async def test_a_dead_server_is_not_asked_by_the_next_hook() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    every = ("Condition", "Observation", "Procedure", "Patient", "List", "Consent", "Specimen")
    caller, dead, alive = Caller(), Ehr(instead=dict.fromkeys(every, refuse)), Ehr()
    await caller.fetch(dead, deadline=1)

    material = await caller.fetch(alive, deadline=1)

    assert alive.asked == []
    assert "Condition was not fetched completely: the server failed repeatedly and is left alone." in [
        w.text for w in material.warnings
    ]


async def test_it_is_asked_again_after_the_rest() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        return fhir({}, 500)

    every = ("Condition", "Observation", "Procedure", "Patient", "List", "Consent", "Specimen")
    caller = Caller()
    await caller.fetch(Ehr(instead=dict.fromkeys(every, refuse)), deadline=1)
    caller.seconds = 31.0

    first = await caller.fetch(Ehr(), deadline=1)
    second = await caller.fetch(Ehr(), deadline=1)

    assert len(first.incomplete) < 12
    assert second.incomplete == set()


async def test_refusals_are_not_held_against_a_server() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        return fhir({}, 403)

    every = ("Condition", "Observation", "Procedure", "Patient", "List", "Consent", "Specimen")
    caller = Caller()
    await caller.fetch(Ehr(instead=dict.fromkeys(every, refuse)))

    assert (await caller.fetch(Ehr())).incomplete == set()
