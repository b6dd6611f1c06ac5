"""A server of tests that all test workers share: the first starts it, the last stops it.

Where Java and Maven are not, tests that need such a server are skipped, except where CI=true: there they fail.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import orjson
import pytest

SCRIPT = Path(__file__).parent / "hapi.sh"
# The first start downloads the server.
STARTS_WITHIN = 600
# In a session of its own and nobody's child: another worker than the one that starts it may stop it.
DETACHED = 'setsid "$0" "${@:2}" >"$1" 2>&1 & echo $!'


def needs_java() -> None:
    if not (shutil.which("java") and shutil.which("mvn")):
        missing("Java and Maven are not here (Debian: apt-get install default-jdk-headless maven)")


def missing(what: str) -> None:
    if os.environ.get("CI") == "true":  # noqa: TID251 - set by every CI
        pytest.fail(f"{what}, and nothing may be skipped here")
    pytest.skip(what)


def common_folder(factory: pytest.TempPathFactory) -> Path:
    """One folder for all workers of this run."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # noqa: TID251 - set by pytest-xdist


@contextmanager
def shared_server(
    folder: Path, name: str, *arguments: str, path: str = "/", load: Callable[[str], None] | None = None
) -> Iterator[str]:
    """The base URL of the server that `hapi.sh PORT *arguments` starts; `load` fills it once.

    `path` is what answers 200 or 204 as soon as it is ready.
    """
    state = folder / f"{name}.json"
    with locked(folder, name):
        known = orjson.loads(state.read_bytes()) if state.exists() else start(folder, name, arguments, path, load)
        known["users"] += 1
        state.write_bytes(orjson.dumps(known))
    try:
        yield known["url"]
    finally:
        with locked(folder, name):
            known = orjson.loads(state.read_bytes())
            known["users"] -= 1
            state.write_bytes(orjson.dumps(known))
            if not known["users"]:
                state.unlink()
                os.killpg(known["pid"], signal.SIGTERM)


@contextmanager
def locked(folder: Path, name: str) -> Iterator[None]:
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def start(
    folder: Path, name: str, arguments: tuple[str, ...], path: str, load: Callable[[str], None] | None
) -> dict[str, object]:
    """Start the server, wait for it and load it."""
    port, log = free_port(), folder / f"{name}.log"
    command = ["bash", "-c", DETACHED, str(SCRIPT), str(log), str(port), *arguments]
    pid = int(subprocess.run(command, check=True, capture_output=True).stdout)  # noqa: S603
    url, until = f"http://127.0.0.1:{port}", time.monotonic() + STARTS_WITHIN
    while not answers(f"{url}{path}"):
        if not alive(pid) or time.monotonic() > until:
            pytest.fail(f"{name} did not start: {log.read_text()[-2000:]}")
        time.sleep(0.5)
    if load is not None:
        load(url)
    return {"url": url, "pid": pid, "users": 0}


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=30).is_success
    except httpx.TransportError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
