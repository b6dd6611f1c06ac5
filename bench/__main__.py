"""`python -m bench`: start both servers, send interleaved rounds, print medians and ratios, write JSON."""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import orjson
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.bodies import SIZES, body
from bench.trials import per_trial, show

SERVERS = {"floor": ["bench.floor:app"], "ours": ["hooks.app:create_app", "--factory"]}
PATH = "/cds-services/trial-eligibility"
HEADERS = {"Content-Type": "application/json"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment() -> dict[str, str]:
    """This one, as a demonstration whose record is thrown away."""
    state = tempfile.mkdtemp(prefix="trial-hooks-bench-")
    return {**os.environ, "TRIAL_HOOKS_DEMONSTRATION": "1", "TRIAL_HOOKS_STATE": state}  # noqa: TID251 - handed on


def start(target: list[str]) -> tuple[subprocess.Popen[bytes], str, float]:
    """A server process, its base address, and seconds until it answered."""
    port, began = free_port(), time.perf_counter()
    command = [sys.executable, "-m", "uvicorn", *target, "--port", str(port), "--log-level", "critical"]
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            httpx.get(f"{base}/healthz")
            return process, base, time.perf_counter() - began
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"{target[0]} did not start")


async def load(base: str, content: bytes, seconds: float, concurrency: int) -> tuple[float, list[float]]:
    """Requests a second, and each request's seconds."""
    taken: list[float] = []
    async with httpx.AsyncClient(base_url=base, limits=httpx.Limits(max_connections=concurrency)) as client:
        end = time.perf_counter() + seconds

        async def one() -> None:
            while time.perf_counter() < end:
                began = time.perf_counter()
                (await client.post(PATH, content=content, headers=HEADERS, timeout=30)).raise_for_status()
                taken.append(time.perf_counter() - began)

        began = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(concurrency)))
        return len(taken) / (time.perf_counter() - began), taken


def cpu(process: subprocess.Popen[bytes]) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    chosen = parser.parse_args()
    running = {name: start(target) for name, target in SERVERS.items()}
    rows: dict[str, dict[str, list[float]]] = {}
    try:
        cases = [(size, kind) for size in SIZES for kind in ("outside", "candidate")]
        for size, kind in track(cases, "measuring"):
            content = body(size, kind)
            row = rows.setdefault(f"{size} {kind}", {})
            for _ in range(chosen.rounds):
                for name, (process, base, _) in running.items():
                    before = cpu(process)
                    rate, taken = asyncio.run(load(base, content, chosen.seconds, 8))
                    row.setdefault(name, []).append(rate)
                    row.setdefault(f"{name} cpu ms", []).append((cpu(process) - before) * 1000 / len(taken))
                    row.setdefault(f"{name} p99 ms", []).append(sorted(taken)[int(len(taken) * 0.99)] * 1000)
    finally:
        for process, _, _ in running.values():
            process.terminate()
    by_trial = per_trial()
    show(by_trial)
    report(rows, by_trial, {name: seconds for name, (_, _, seconds) in running.items()})


def report(
    rows: dict[str, dict[str, list[float]]], by_trial: dict[str, dict[str, float]], starts: dict[str, float]
) -> None:
    """A table on the terminal, and the numbers as JSON."""
    table = Table(
        "body", "floor req/s", "ours req/s", "ratio", "floor CPU ms", "ours CPU ms", "CPU ratio", "ours p99 ms"
    )
    middle = {name: {key: statistics.median(values) for key, values in row.items()} for name, row in rows.items()}
    for name, row in middle.items():
        ratio, saved = row["ours"] / row["floor"], row["floor cpu ms"] / row["ours cpu ms"]
        table.add_row(
            name, f"{row['floor']:.0f}", f"{row['ours']:.0f}", f"{ratio:.2f}", f"{row['floor cpu ms']:.2f}",
            f"{row['ours cpu ms']:.2f}", f"{saved:.2f}", f"{row['ours p99 ms']:.1f}",
        )  # fmt: skip
    console = Console()
    console.print(table)
    console.print(f"start to ready: {starts['ours']:.2f} s")
    Path("bench-results.json").write_bytes(
        orjson.dumps({"rows": middle, "trials": by_trial, "start": starts}, option=orjson.OPT_INDENT_2)
    )


if __name__ == "__main__":
    main()
