"""`python -m bench.check`: has anything become slower? About a minute; exit code 1 when a ratio fell by a fifth.

Compared is the processor time per request, as a ratio to the floor's in the same run: on a busy machine it is the
calmest figure there is. `--store` keeps this run's ratios as the figures to hold (bench/baseline.json).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from bench.budgets import cpu_ratio
from bench.measure import side_by_side
from bench.servers import running

BASELINE = Path(__file__).with_name("baseline.json")
FALL = 0.8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    console = Console()
    with console.status("starting the servers") as status, running("floor", "ours") as servers:
        rows = side_by_side(servers, chosen.rounds, 0.7, status.update, watch=False)
    ratios = {name: cpu_ratio(rows, name) or 0.0 for name in rows}
    if chosen.store:
        BASELINE.write_bytes(orjson.dumps({name: round(value, 3) for name, value in ratios.items()}, option=2) + b"\n")
        console.print(f"stored in {BASELINE}")
        return
    kept = orjson.loads(BASELINE.read_bytes())
    table = Table("body", "CPU against the floor, kept", "now", "", title="Has anything become slower?")
    fallen = [name for name, value in ratios.items() if value < FALL * kept[name]]
    for name, value in ratios.items():
        table.add_row(name, f"{kept[name]:.2f}", f"{value:.2f}", "SLOWER" if name in fallen else "as it was")
    console.print(table)
    sys.exit(1 if fallen else 0)


if __name__ == "__main__":
    main()
