"""`python -m bench`: the whole measurement; a table, `bench-results.json`, `docs/performance.md` and its plot."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from bench import alone, measure, report
from bench.plot import draw
from bench.profiled import shares
from bench.servers import running
from bench.trials import per_trial
from bench.trials import show as show_trials


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of load for each server in each round")
    parser.add_argument("--requests", type=int, default=10_000, help="for the memory run")
    parser.add_argument("--no-page", action="store_true", help="leave docs/performance.md as it is")
    chosen = parser.parse_args()
    results: dict[str, Any] = {
        "day": datetime.now(UTC).date().isoformat(),  # noqa: TID251 - when it was measured
        "machine": report.machine(),
        "rounds": chosen.rounds,
        "seconds": chosen.seconds,
        "bodies": measure.sizes_of_bodies(),
    }
    with Console().status("starting the servers") as status:
        results |= _measured(chosen, lambda text: status.update(text))
    report.show(results)
    show_trials(results["trials"])
    if not chosen.no_page:
        report.write_page(results)
        draw(results, report.PAGE.parent / report.PLOT)


def _measured(chosen: argparse.Namespace, tell: Any) -> dict[str, Any]:
    with running("unparsed", "floor", "ours", "naive") as servers:
        rows = measure.side_by_side(servers, chosen.rounds, chosen.seconds, tell)
        starts = {name: server.started for name, server in servers.items()}
    with running("ours") as servers:
        starts["ours"] = min(starts["ours"], servers["ours"].started)
        memory = measure.memory_over(servers["ours"], chosen.requests, tell)
    tell("the engine and the decoder alone")
    return {
        "rows": rows,
        "start": starts,
        "memory": memory,
        "client_cpu_share": max(figures["client_cpu_share"] for row in rows.values() for figures in row.values()),
        "engine": alone.engine(),
        "isolation": alone.isolation(),
        "decoder": alone.decoder(),
        "profile": shares(),
        "trials": per_trial(),
    }


if __name__ == "__main__":
    main()
