"""A real FHIR server over HTTP, loaded with the fixture patients: started here, or named by the environment.

Shared by all test workers. Without Java and Maven the tests are skipped, except where CI=true: there they fail.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import orjson
import pytest

SCRIPT = Path(__file__).parents[1] / "servers" / "hapi.sh"
PATIENTS = sorted((Path(__file__).parents[2] / "fhir_fixtures" / "patients").glob("*.json"))
# The first start downloads the server.
STARTS_WITHIN = 600
# In a session of its own and nobody's child: another worker than the one that starts it may stop it.
DETACHED = 'setsid "$0" "$1" >"$2" 2>&1 & echo $!'


@pytest.fixture(scope="session")
def fhir_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL."""
    named = os.environ.get("TRIAL_HOOKS_TEST_FHIR_SERVER", "").rstrip("/")  # noqa: TID251 - where tests are told
    if named:
        load(named)
        yield named
        return
    if not (shutil.which("java") and shutil.which("mvn")):
        missing("Java and Maven are not here (Debian: apt-get install default-jdk-headless maven)")
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # noqa: TID251 - set by pytest-xdist
    with shared_server(folder) as url:
        yield url


def missing(what: str) -> None:
    if os.environ.get("CI") == "true":  # noqa: TID251 - set by every CI
        pytest.fail(f"{what}, and nothing may be skipped here")
    pytest.skip(what)


@contextmanager
def shared_server(folder: Path) -> Iterator[str]:
    """One server for all workers: the first starts it, the last stops it."""
    state = folder / "fhir-server.json"
    with locked(folder):
        known = orjson.loads(state.read_bytes()) if state.exists() else start(folder)
        known["users"] += 1
        state.write_bytes(orjson.dumps(known))
    try:
        yield known["url"]
    finally:
        with locked(folder):
            known = orjson.loads(state.read_bytes())
            known["users"] -= 1
            state.write_bytes(orjson.dumps(known))
            if not known["users"]:
                state.unlink()
                os.killpg(known["pid"], signal.SIGTERM)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    with (folder / "fhir-server.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def start(folder: Path) -> dict[str, object]:
    """Start the server, wait for it and load it."""
    port, log = free_port(), folder / "fhir-server.log"
    command = ["bash", "-c", DETACHED, str(SCRIPT), str(port), str(log)]
    pid = int(subprocess.run(command, check=True, capture_output=True).stdout)  # noqa: S603
    url, until = f"http://127.0.0.1:{port}/fhir", time.monotonic() + STARTS_WITHIN
    while not answers(url):
        if not alive(pid) or time.monotonic() > until:
            pytest.fail(f"The FHIR server did not start: {log.read_text()[-2000:]}")
        time.sleep(0.5)
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
        return httpx.get(f"{url}/metadata", timeout=30).status_code == 200
    except httpx.TransportError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def load(url: str) -> None:
    """Every fixture patient, each in a transaction of its own."""
    for path in PATIENTS:
        resources = [entry["resource"] for entry in orjson.loads(path.read_bytes())["entry"]]
        entries = [
            {"resource": r, "request": {"method": "PUT", "url": f"{r['resourceType']}/{r['id']}"}} for r in resources
        ]
        body = orjson.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries})
        answer = httpx.post(url, content=body, headers={"Content-Type": "application/fhir+json"}, timeout=60)
        assert answer.status_code == 200, f"{path.name}: {answer.text[:500]}"
