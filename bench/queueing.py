"""How long a call waits for a worker: calls come at random, workers take them in turn, for as long as measured."""

from __future__ import annotations

import heapq
import random
from collections.abc import Sequence


def waits(workers: int, rate: float, services: Sequence[float], calls: int = 60_000, seed: int = 7) -> list[float]:
    """Sorted seconds of waiting of each call: Poisson arrivals, `rate` a second; service times are drawn."""
    draw = random.Random(seed)
    free = [0.0] * workers
    now, found = 0.0, []
    for _ in range(calls):
        now += draw.expovariate(rate)
        begins = max(now, heapq.heappop(free))
        heapq.heappush(free, begins + draw.choice(services))
        found.append(begins - now)
    return sorted(found[calls // 10 :])


def quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
