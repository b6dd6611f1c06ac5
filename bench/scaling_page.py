"""`docs/scaling.md`: what was measured, and arithmetic with its assumptions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.bodies import body
from bench.queueing import quantile, waits

PAGE = Path(__file__).parents[1] / "docs" / "scaling.md"
# Assumptions, said on the page.
PEAK, CANDIDATES, BUSY, DAY = 5, 0.02, 0.6, 86_400
SITES = {"a hospital": 1_000_000, "a national network": 1_000_000_000}


def write(results: dict[str, Any]) -> None:
    """The page. `results` as `bench.workers` makes them."""
    rows, one = results["workers"], results["workers"]["1"]
    outside, candidate = (one["bodies"][f"m {kind}"]["cpu_ms"] / 1000 for kind in ("outside", "candidate"))
    mean = (1 - CANDIDATES) * outside + CANDIDATES * candidate
    lines = [
        "# Scaling",
        "",
        "Written by `make bench-workers`; change `bench/scaling_page.py`, not this page.",
        "",
        "## What is stateless",
        "",
        "Everything that answers a call. A worker holds the trial packs, the value sets and two processes of the rule engine,",
        "all of them made anew at its start, and nothing of a patient once the answer is out. What must not be lost is on",
        "disk and in the database: audit rows and feedback (a local spool of each worker, then PostgreSQL), and used tokens",
        "(PostgreSQL, asked for each call that must be authenticated). Any worker on any machine can answer any call; to add",
        "one, start it behind the balancer with the same `TRIAL_HOOKS_DATABASE`. Workers of one machine share a state folder.",
        "",
        "## Measured",
        "",
        f"{results['day']}, {results['machine']}, load {results['load']:.0f} before the start. All workers, PostgreSQL and the load generator share these processors, so",
        "that more workers than processors cannot bring more; 16 connections.",
        "",
        "| workers | s outside /s | m outside /s | m candidate /s | CPU ms, m outside | CPU ms, m candidate | MB per worker |",
        "|---|---|---|---|---|---|---|",
        *(_line(workers, row) for workers, row in rows.items()),
        "",
        f"Of {sum(row['answered'] for row in rows.values()):,.0f} answered calls {sum(row['stored']['rows'] for row in rows.values()):,.0f} have their audit row in PostgreSQL. That is",
        f"{_rows_a_second(results):,.0f} rows in a second of load on average, PostgreSQL on the same processors included.",
        "",
        "## What a hospital and a network would need",
        "",
        f"Assumptions: a chart of 400 resources ({len(body('m', 'outside')) / 1000:.0f} KB), {CANDIDATES:.0%} of the views are of leukaemia",
        f"patients (far more than anywhere), the busiest minute has {PEAK} × the mean, processors are at most {BUSY:.0%} busy in it.",
        f"One view then takes {mean * 1000:.1f} ms of a processor as measured above.",
        "",
        "| | views a day | mean /s | peak /s | processors at the peak | memory for one worker on each | network in at the peak |",
        "|---|---|---|---|---|---|---|",
        *(_site(name, views, mean, one["memory_per_worker"]) for name, views in SITES.items()),
        "",
        "Never fewer than two workers on two machines, so that one may fail.",
        "",
        "## How long a call waits",
        "",
        "Simulated (`bench/queueing.py`): Poisson arrivals, first come first served, service times as measured, in that mixture.",
        "",
        "| workers | processors busy | calls /s | waits, p50 ms | waits, p99 ms |",
        "|---|---|---|---|---|",
        *_queues(outside, candidate, mean),
        "",
        "More workers behind one queue wait less at the same load: balance by least connections, not by machine in turn.",
        "",
        "## Where the first bottleneck is",
        "",
        "1. **Processors**, for decoding charts: the service does little else. They are added without limit, since workers share",
        "   nothing.",
        "2. **The network**: bodies are large against answers. A narrower prefetch (the EHR sends what the trials ask about)",
        "   helps processors and network alike.",
        "3. **The audit database**, with one row for each view. At the rate above or more, a hospital needs one PostgreSQL, a national",
        "   network one for each region. Calls do not wait for it: rows go to the local disk first, so that a slow database is a",
        "   backlog (`/readyz`, `/metrics`), not a delay.",
        "4. **The local disk**: rows are appended to a file before the answer and synced behind it, some 20 times a second.",
        "   Only where `TRIAL_HOOKS_SYNC_BEFORE_ANSWER` is set does a call wait for the disk (one fsync for all that wait).",
        "",
    ]
    PAGE.write_text("\n".join(lines), encoding="utf-8")


def _rows_a_second(results: dict[str, Any]) -> float:
    return sum(row["stored"]["rows"] for row in results["workers"].values()) / results["load_seconds"]


def _line(workers: str, row: dict[str, Any]) -> str:
    bodies = row["bodies"]
    rates = " | ".join(f"{bodies[name]['rate']:.0f}" for name in ("s outside", "m outside", "m candidate"))
    costs = " | ".join(f"{bodies[name]['cpu_ms']:.1f}" for name in ("m outside", "m candidate"))
    return f"| {workers} | {rates} | {costs} | {row['memory_per_worker']:.0f} |"


def _site(name: str, views: int, mean: float, memory: float) -> str:
    per_second = views / DAY
    peak = per_second * PEAK
    processors = max(1, round(peak * mean / BUSY + 0.5))
    gigabits = peak * len(body("m", "outside")) * 8 / 1e9
    gigabytes = processors * memory / 1000
    return f"| {name} | {views:,} | {per_second:,.0f} | {peak:,.0f} | {processors:,} | {gigabytes:,.1f} GB | {gigabits:,.2f} Gbit/s |"


def _queues(outside: float, candidate: float, mean: float) -> list[str]:
    services = [outside] * round(100 * (1 - CANDIDATES)) + [candidate] * round(100 * CANDIDATES)
    lines = []
    for workers in (1, 2, 4, 16):
        for busy in (0.3, BUSY, 0.8):
            rate = workers * busy / mean
            found = waits(workers, rate, services)
            p50, p99 = (quantile(found, share) * 1000 for share in (0.5, 0.99))
            lines.append(f"| {workers} | {busy:.0%} | {rate:,.0f} | {p50:.1f} | {p99:.1f} |")
    return lines
