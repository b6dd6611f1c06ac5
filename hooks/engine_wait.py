"""Waiting for the rule engine without holding up the event loop: others are served while it works."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from rules.evaluation import Answers, Round
from rules.programme import Begun

# For rounds that find no process free, and for processes that do not answer in time.
THREADS = 8
_waiting = ThreadPoolExecutor(THREADS, thread_name_prefix="engine")


async def answers_of(asked: Round) -> Answers:
    """The engine's answers to one round."""
    if not asked:
        return ()
    begun = asked.begin()
    if begun is None:
        return await asyncio.get_running_loop().run_in_executor(_waiting, asked.solve)
    try:
        ready = await _is_readable(begun)
    except BaseException:  # the call was given up, or the worker ends
        begun.abandon()
        raise
    if ready:
        return begun.answers()
    return await asyncio.get_running_loop().run_in_executor(_waiting, begun.answers)


async def _is_readable(begun: Begun) -> bool:
    """Whether the answer came before the deadline."""
    descriptor, loop = begun.descriptor, asyncio.get_running_loop()
    if descriptor is None:
        return True
    came: asyncio.Future[bool] = loop.create_future()

    def tell(*, in_time: bool) -> None:
        if not came.done():
            came.set_result(in_time)

    loop.add_reader(descriptor, lambda: tell(in_time=True))
    timer = loop.call_later(begun.deadline, lambda: tell(in_time=False))
    try:
        return await came
    finally:
        timer.cancel()
        loop.remove_reader(descriptor)
