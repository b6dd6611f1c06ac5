"""What /proc says of processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def children(parent: int) -> dict[int, str]:
    """Process id -> state (R, S, T, Z …) of a process's children; a child belongs to the thread that started it."""
    started = [int(pid) for task in Path(f"/proc/{parent}/task").glob("*/children") for pid in _text(task).split()]
    return {pid: stat.rsplit(")", 1)[1].split()[0] for pid in started if (stat := _text(Path(f"/proc/{pid}/stat")))}


def sidecars(service: int) -> list[int]:
    """The engine's processes of a service, of all its workers."""
    below = [pid for child in children(service) for pid in sidecars(child)]
    own = [pid for pid in children(service) if "rules.sidecar" in _text(Path(f"/proc/{pid}/cmdline"))]
    return own + below


def busiest(pids: list[int], seconds: float = 0.3) -> int:
    """The one that used most processor time within these seconds: the one that is asked when one is enough."""
    before = {pid: _nanoseconds(pid) for pid in pids}
    time.sleep(seconds)
    return max(pids, key=lambda pid: _nanoseconds(pid) - before[pid])


def _nanoseconds(pid: int) -> int:
    return int(_text(Path(f"/proc/{pid}/schedstat")).split()[0])


def exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def _text(path: Path) -> str:
    """Empty for a process that has ended since."""
    try:
        return path.read_text()
    except OSError:
        return ""
