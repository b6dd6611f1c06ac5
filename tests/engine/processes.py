"""What /proc says of processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def children(parent: int) -> dict[int, str]:
    """Process id -> state (R, S, T, Z …) of the children of a process."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, of = (folder / "stat").read_text().rsplit(")", 1)[1].split()[:2]
        except OSError:
            continue  # it has ended since
        if int(of) == parent:
            found[int(folder.name)] = state
    return found


def sidecars(service: int) -> list[int]:
    """The engine's processes of a service, of all its workers."""
    below = [pid for child in children(service) for pid in sidecars(child)]
    own = [pid for pid in children(service) if b"rules.sidecar" in _command(pid)]
    return own + below


def exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.005)


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
