"""Server processes: one worker each, on a free port of this machine; and what /proc says of them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

TARGETS = {
    "unparsed": ("bench.reference:unparsed",),
    "floor": ("bench.reference:floor",),
    "naive": ("bench.reference:naive", "--factory"),
    "ours": ("bench.ours:create", "--factory"),
}
TICKS = os.sysconf("SC_CLK_TCK")
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `started` is the seconds from its start until it answered."""

    name: str
    pid: int
    port: int
    started: float

    def cpu(self) -> float:
        """Processor seconds so far, of the process and all below it."""
        return sum(_cpu(pid) for pid in family(self.pid))

    def memory(self) -> dict[str, float]:
        """Resident MB: of the server, and of what runs below it."""
        mine = resident(self.pid)
        return {"server": mine, "below": sum(map(resident, family(self.pid))) - mine}


@contextmanager
def running(*names: str, **settings: str) -> Iterator[dict[str, Server]]:
    """These servers, until the end of the block."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(started(name, TARGETS[name], **settings)) for name in names}


@contextmanager
def started(name: str, target: tuple[str, ...], **settings: str) -> Iterator[Server]:
    """One server. Raises RuntimeError when it does not answer."""
    port, began = _free_port(), time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        *target,
        "--port",
        str(port),
        "--log-level",
        "critical",
        "--no-access-log",
    ]
    with tempfile.TemporaryDirectory(prefix="trial-hooks-bench-") as state:
        process = subprocess.Popen(command, env=_environment(state, settings), stdout=subprocess.DEVNULL, cwd=ROOT)
        try:
            _wait(process, port)
            yield Server(name, process.pid, port, time.perf_counter() - began)
        finally:
            process.terminate()
            process.wait()


def _environment(state: str, settings: dict[str, str]) -> dict[str, str]:
    """This one, as a demonstration whose record is thrown away, and whose log nobody reads."""
    mine = {"PYTHONPATH": str(ROOT), "TRIAL_HOOKS_DEMONSTRATION": "1", "TRIAL_HOOKS_STATE": state}
    return {**os.environ, **mine, **settings}  # noqa: TID251 - handed on


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.perf_counter() + 60
    while time.perf_counter() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5)
            return
        except OSError:
            time.sleep(0.01)
    raise RuntimeError("the server did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def family(pid: int) -> list[int]:
    """A process and all below it; a child belongs to the thread that started it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += family(int(child))
    return found


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident(pid: int) -> float:
    """MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
