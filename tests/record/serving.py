"""The real service in a process of its own, and clients that call it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson

SERVICE = "/cds-services/trial-eligibility"
FITS = orjson.loads(Path("fhir_fixtures/requests/fits.patient-view.json").read_bytes())
CODE = """
import os, uvicorn
uvicorn.run("hooks.app:create_app", factory=True, port=int(os.environ["PORT"]), log_level="critical")
"""


@contextmanager
def serving(state: Path, database: str = "", **more: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A worker and its address; killed at the end if it still lives."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        **os.environ,  # noqa: TID251 - handed to the child as it is
        "PORT": str(port),
        "TRIAL_HOOKS_DEMONSTRATION": "1",
        "TRIAL_HOOKS_STATE": str(state),
        "TRIAL_HOOKS_DATABASE": database,
        **more,
    }
    with subprocess.Popen([sys.executable, "-c", CODE], env=settings, stdout=subprocess.DEVNULL) as worker:  # noqa: S603
        base = f"http://127.0.0.1:{port}"
        try:
            wait_until(lambda: answers(base))
            yield worker, base
        finally:
            worker.kill()


def answers(base: str) -> bool:
    try:
        return httpx.get(f"{base}/healthz", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def wait_until(holds: Any, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


@dataclass
class Load:
    """Clients that call until they are stopped. `calls` and `cards` hold what was answered, `failures` the rest.

    `request` is the hook call that they repeat, each time as a new instance.
    """

    base: str
    request: dict[str, Any] = field(default_factory=lambda: FITS)
    calls: list[str] = field(default_factory=list)
    feedback: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self, clients: int = 3) -> Iterator[Load]:
        with ThreadPoolExecutor(clients) as pool:
            for _ in range(clients):
                pool.submit(self._client)
            try:
                yield self
            finally:
                self.stop()

    def stop(self) -> None:
        self._stop.set()

    def _client(self) -> None:
        with httpx.Client(base_url=self.base, timeout=20) as http:
            while not self._stop.is_set():
                try:
                    self._one(http)
                except httpx.TransportError as error:
                    self.failures.append(type(error).__name__)
                    self._stop.wait(0.02)

    def _one(self, http: httpx.Client) -> None:
        instance = str(uuid4())
        answer = http.post(SERVICE, json=self.request | {"hookInstance": instance})
        if answer.status_code != 200:
            self.failures.append(str(answer.status_code))
            return
        self.calls.append(instance)
        card = answer.json()["cards"][0]["uuid"]
        entry = {"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-06-01T12:00:00Z"}
        if http.post(f"{SERVICE}/feedback", json={"feedback": [entry]}).status_code == 200:
            self.feedback.append(card)
