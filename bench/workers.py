"""`python -m bench.workers`: 1, 2 and 4 worker processes against a PostgreSQL of their own; writes docs/scaling.md.

Workers share nothing but the database and the port: each has its own engine processes and its own spool segment.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import psycopg
from rich.console import Console
from rich.table import Table

from bench.bodies import body
from bench.client import load, request
from bench.report import machine
from bench.scaling_page import write
from bench.servers import Server, started
from tests.record.postgres import Cluster, binaries

COUNTS, WARMING = (1, 2, 4), 0.5
BODIES = (("s", "outside"), ("m", "outside"), ("m", "candidate"))
APP = ("hooks.app:create_app", "--factory", "--workers")
RESULTS = Path("bench-results-workers.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    chosen = parser.parse_args()
    programs = binaries()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    cluster, before = Cluster(programs), os.getloadavg()[0]
    rows: dict[str, Any] = {}
    try:
        cluster.start()
        with Console().status("") as status:
            for workers in COUNTS:
                status.update(f"{workers} workers")
                rows[str(workers)] = _measured(workers, cluster.database(), chosen.rounds, chosen.seconds)
    finally:
        cluster.remove()
    day = datetime.now(UTC).date().isoformat()  # noqa: TID251 - when it was measured
    results = {"day": day, "machine": machine(), "load": before, "workers": rows}
    results["load_seconds"] = len(COUNTS) * len(BODIES) * (chosen.rounds * chosen.seconds + WARMING)
    RESULTS.write_bytes(orjson.dumps(results, option=orjson.OPT_INDENT_2))
    _show(rows)
    write(results)


def _measured(workers: int, database: str, rounds: int, seconds: float) -> dict[str, Any]:
    target = (*APP, str(workers))
    with started("ours", target, TRIAL_HOOKS_DATABASE=database) as server:
        time.sleep(2)  # every worker answers by then
        found = {f"{size} {kind}": _medians(server, size, kind, rounds, seconds) for size, kind in BODIES}
        memory = sum(server.memory().values()) / workers
        answered = sum(figures.pop("answered") for figures in found.values())
        return {"bodies": found, "memory_per_worker": memory, "answered": answered, "stored": _stored(database)}


def _medians(server: Server, size: str, kind: str, rounds: int, seconds: float) -> dict[str, float]:
    requests = [request(body(size, kind))]
    several, answered = [], len(load(server.port, requests, seconds=WARMING, concurrency=16).taken)
    for _ in range(rounds):
        before = server.cpu()
        run = load(server.port, requests, seconds=seconds, concurrency=16)
        answered += len(run.taken)
        several.append({
            "rate": run.rate, "cpu_ms": (server.cpu() - before) * 1000 / len(run.taken), "p99_ms": run.quantile(0.99),
        })  # fmt: skip
    return {name: statistics.median(figures[name] for figures in several) for name in several[0]} | {
        "answered": answered
    }


def _stored(database: str) -> dict[str, float]:
    """Rows in the database when nothing waits any more."""
    rows, quiet = 0, 0
    with psycopg.connect(database, autocommit=True) as connection:
        while quiet < 4:
            time.sleep(0.5)
            now = _rows(connection)
            rows, quiet = now, 0 if now > rows else quiet + 1
        return {"rows": float(rows)}


def _rows(connection: psycopg.Connection[Any]) -> int:
    found = connection.execute("SELECT count(*) FROM audit_call").fetchone()
    return int(found[0]) if found else 0


def _show(rows: dict[str, Any]) -> None:
    table = Table(
        "workers", *(f"{size} {kind}, /s" for size, kind in BODIES), "MB per worker", title="Worker processes"
    )
    for workers, row in rows.items():
        table.add_row(
            workers,
            *(f"{figures['rate']:.0f}" for figures in row["bodies"].values()),
            f"{row['memory_per_worker']:.0f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
