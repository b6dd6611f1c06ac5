"""Side by side: for each body, rounds in which every server is loaded in turn, so that a busy minute hits all alike."""

from __future__ import annotations

import statistics
import time
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from bench.bodies import KINDS, SIZES, body
from bench.client import load, request
from bench.servers import Server

Figures = dict[str, float]
Rows = dict[str, dict[str, Figures]]
# The obvious way takes seconds for a large chart: it is given a few requests, not a time.
FEW = {"s": 30, "m": 4, "l": 1}
MIXED = tuple(("s", kind) for kind in KINDS) * 3 + tuple(("m", kind) for kind in KINDS)


def side_by_side(
    servers: Mapping[str, Server], rounds: int, seconds: float, tell: Callable[[str], None], *, watch: bool = True
) -> Rows:
    """Body ("m candidate") -> server -> medians over the rounds. `watch`: also how long our event loop was held up."""
    rows: Rows = {}
    for size in SIZES:
        for kind in KINDS:
            name, found = f"{size} {kind}", {server: [] for server in servers}
            for number in range(rounds + 1):
                tell(f"{name}, round {number} of {rounds}")
                for server in servers.values():
                    figures = _once(server, size, kind, seconds if number else min(seconds, 0.3), watch=watch)
                    if number:  # the first one warms up
                        found[server.name].append(figures)
            rows[name] = {server: _medians(several) for server, several in found.items()}
    return rows


def _once(server: Server, size: str, kind: str, seconds: float, *, watch: bool) -> Figures:
    requests, few = [request(body(size, kind))], server.name == "naive"
    before = server.cpu()
    if few:
        run = load(server.port, requests, most=FEW[size], concurrency=min(8, FEW[size]))
    else:
        run = load(server.port, requests, seconds=seconds)
    figures = {
        "rate": run.rate,
        "cpu_ms": (server.cpu() - before) * 1000 / len(run.taken),
        "p50_ms": run.quantile(0.5),
        "p99_ms": run.quantile(0.99),
        "client_cpu_share": run.client_cpu / run.seconds,
    }
    if server.name == "ours" and watch:
        figures["block_ms"] = longest_block(server, requests, seconds / 2)
    return figures


def longest_block(server: Server, requests: list[bytes], seconds: float) -> float:
    """The longest time in ms that the service's event loop was held up under this load.

    In a run of its own: the watcher costs processor time.
    """
    _ask(server, "/bench/watch")
    load(server.port, requests, seconds=seconds)
    return float(_ask(server, "/bench/blocks")["longest_ms"])


def _ask(server: Server, path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", data=b"", timeout=30) as answer:
        return orjson.loads(answer.read())


def _medians(several: list[Figures]) -> Figures:
    return {name: statistics.median(figures[name] for figures in several) for name in several[0]}


def memory_over(server: Server, number: int, tell: Callable[[str], None], samples: int = 10) -> list[dict[str, float]]:
    """Resident MB as mixed requests go by: mostly small, some middle, now and then a large one."""
    mixed = [request(body(size, kind)) for size, kind in MIXED] * 6 + [request(body("l", kind)) for kind in KINDS]
    seen = [{"requests": 0.0, **server.memory()}]
    for sample in range(1, samples + 1):
        tell(f"memory, {sample * number // samples} of {number} requests")
        load(server.port, mixed, most=number // samples)
        time.sleep(0.1)
        seen.append({"requests": float(sample * number // samples), **server.memory()})
    return seen


def sizes_of_bodies() -> dict[str, int]:
    """Body -> bytes."""
    return {f"{size} {kind}": len(body(size, kind)) for size in SIZES for kind in KINDS}
