"""The event loop waits for the engine without holding anybody up; no process is asked that still owes an answer."""

from __future__ import annotations

import asyncio
import time

import pytest

from hooks.engine_wait import answers_of
from rules.engine import InProcess
from rules.evaluation import Evaluator, Round
from tests.engine.asking import CRASHES, asked_about, engine_on, met, running, stand_in
from tests.engine.processes import wait_until

SLOW_ON_TEN = stand_in("'\"lo\":10.0' in str(asked) and time.sleep(1)")


async def age_is_met(engine: Evaluator, years: int) -> bool | None:
    asked = Round([asked_about(engine, years)])
    [verdict] = asked.verdicts(await answers_of(asked))
    return met(verdict)


async def test_others_are_answered_while_the_engine_works_on_one() -> None:
    with running(*SLOW_ON_TEN) as (_, engine):
        began = time.monotonic()
        slow = asyncio.create_task(age_is_met(engine, 10))
        await asyncio.sleep(0.1)
        others = [await age_is_met(engine, years) for years in range(20, 60)]

        assert all(others)
        assert not slow.done(), f"{time.monotonic() - began:.1f} s"
        assert await slow is True


async def test_more_rounds_than_processes_all_get_their_own_answers() -> None:
    with running() as (_, engine):
        answers = await asyncio.gather(*(age_is_met(engine, n % 100) for n in range(300)))

    assert answers == [3 <= n % 100 < 80 for n in range(300)]


async def test_a_process_that_does_not_answer_costs_its_deadline_and_holds_nobody_up() -> None:
    with running(*stand_in("'\"lo\":10.0' in str(asked) and time.sleep(60)"), deadline=0.4) as (sidecars, engine):
        hanging = asyncio.create_task(age_is_met(engine, 10))
        await asyncio.sleep(0.05)
        longest = 0.0
        while not hanging.done():
            began = time.monotonic()
            assert await age_is_met(engine, 30) is True
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - began)

        assert await hanging is None
        assert longest < 0.3
        assert sidecars.state().lost == 1


async def test_a_crash_costs_the_one_who_was_asked_about() -> None:
    with running(*CRASHES) as (sidecars, engine):
        assert await age_is_met(engine, 10) is None
        assert sidecars.state().lost == 1


async def test_the_process_of_a_call_that_was_given_up_is_replaced() -> None:
    """Its late answer must not be taken for the next patient's."""
    with running(*SLOW_ON_TEN, size=1) as (sidecars, engine):
        given_up = asyncio.create_task(age_is_met(engine, 10))
        await asyncio.sleep(0.1)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up

        wait_until(lambda: sidecars.state().processes == 1)
        assert sidecars.state().lost == 1
        assert await age_is_met(engine, 2) is False


async def test_the_engine_of_this_process_is_asked_in_a_thread() -> None:
    assert await age_is_met(engine_on(InProcess()), 10) is True


async def test_nothing_asked_is_nothing_waited_for() -> None:
    assert await answers_of(Round([])) == ()
