"""The real service under load while its engine's processes are killed and stopped.

Whoever was asked about gets "unknown (engine)"; everybody else gets, byte for byte, what an undisturbed assessment
says.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from cds.assess import build_assessor
from cds.settings import Settings
from tests.engine.processes import busiest, children, exists, sidecars, wait_until
from tests.record.serving import serving

AS_OF = "2026-06-01"
CLIENTS = 4
FITS = orjson.loads(Path("fhir_fixtures/patients/fits.json").read_bytes())
FHIR = {"Content-Type": "application/fhir+json"}
# Larger than what is assessed on the event loop itself.
LARGE = 1_050_000


@pytest.fixture(scope="module")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[bytes, bytes]]:
    """Patients of many ages, every fifth with a large chart, and what an undisturbed assessment says of each."""
    assessor = build_assessor(Settings(state=tmp_path_factory.mktemp("state")))
    made = [_patient(number) for number in range(60)]
    return [(body, orjson.dumps(assessor.assess_bundle(body, as_of=AS_OF).as_json())) for body in made]


def _patient(number: int) -> bytes:
    bundle = orjson.loads(orjson.dumps(FITS))
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "Patient":
            entry["resource"]["birthDate"] = f"{1950 + number}-03-{1 + number % 28:02}"
            if number % 5 == 0:
                entry["resource"]["text"] = {"status": "generated", "div": f"<div>{'x' * LARGE}</div>"}
    return orjson.dumps(bundle)


@dataclass
class Load:
    """Clients that ask about one patient after the other. When each answer was begun and had, by what it said."""

    base: str
    bodies: list[tuple[bytes, bytes]]
    right: list[tuple[float, float]] = field(default_factory=list)
    affected: list[tuple[float, float]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    _next: Iterator[int] = field(default_factory=count)
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[Load]:
        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(self._client) for _ in range(CLIENTS)]
            try:
                yield self
            finally:
                self._stop.set()
        for client in clients:
            client.result()

    def _client(self) -> None:
        with httpx.Client(base_url=self.base, timeout=20, headers=FHIR) as http:
            while not self._stop.is_set():
                body, expected = self.bodies[next(self._next) % len(self.bodies)]
                began = time.monotonic()
                answer = http.post(f"/api/assess?as_of={AS_OF}&forecast=false", content=body)
                times = began, time.monotonic()
                if answer.content == expected:
                    self.right.append(times)
                elif answer.status_code == 200 and _only_engine_faults(answer.json()):
                    self.affected.append(times)
                else:
                    self.wrong.append(f"{answer.status_code} {answer.text[:200]}")

    @property
    def usual(self) -> float:
        """Seconds that a call takes on this machine when nothing happens: the slowest of the first."""
        return max(had - began for began, had in self.right[: 4 * CLIENTS])

    def recovery(self, moment: float) -> float:
        """Seconds until a call that began after this moment was answered rightly."""
        return min(had for began, had in list(self.right) if began > moment) - moment


def _only_engine_faults(assessment: dict[str, Any]) -> bool:
    """Every criterion that was asked about is unknown for the engine's sake."""
    criteria = [c for trial in assessment["trials"] for question in trial["questions"] for c in question["criteria"]]
    return bool(criteria) and {(c["outcome"], c.get("reason")) for c in criteria} == {("unknown", "engine")}


def readiness(base: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{base}/readyz", timeout=20).json()
    return found


def warm(load: Load, worker: int) -> None:
    wait_until(lambda: len(load.right) > 4 * CLIENTS and readiness(load.base)["engine"]["processes"] == 2)
    assert len(sidecars(worker)) == 2


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV], ids=lambda how: how.name)
def test_a_crash_in_the_middle_of_load_costs_only_those_asked_about(
    how: signal.Signals, bodies: list[tuple[bytes, bytes]], tmp_path: Path
) -> None:
    with serving(tmp_path) as (worker, base), Load(base, bodies).running() as load:
        warm(load, worker.pid)
        for _ in range(2):
            victims = sidecars(worker.pid)
            # Held until somebody is being asked about, and then killed: in the middle of a question.
            for victim in victims:
                os.kill(victim, signal.SIGSTOP)
            time.sleep(0.3)
            for victim in victims:
                os.kill(victim, how)
                with suppress(ProcessLookupError):  # SIGKILL does not wait for it, and the service buries its dead
                    os.kill(victim, signal.SIGCONT)
            moment = time.monotonic()
            wait_until(lambda victims=victims: not any(map(exists, victims)))
            wait_until(lambda moment=moment: any(began > moment for began, _ in list(load.right)))
            assert load.recovery(moment) < 1 + 2 * load.usual
            wait_until(lambda: readiness(base)["engine"]["processes"] == 2)
        so_far = len(load.right)
        wait_until(lambda: len(load.right) > so_far + 2 * CLIENTS)
        ready = readiness(base)

    assert load.wrong == []
    assert 1 <= len(load.affected) <= 2 * 2
    assert ready["engine"] == {"state": "up", "processes": 2, "lost": 4}
    assert ready["engine_faults"] == 2 * len(load.affected), "two trials each"


def test_all_processes_killed_at_once_are_back_within_a_second(
    bodies: list[tuple[bytes, bytes]], tmp_path: Path
) -> None:
    with serving(tmp_path) as (worker, base), Load(base, bodies).running() as load:
        warm(load, worker.pid)
        for victim in sidecars(worker.pid):
            os.kill(victim, signal.SIGKILL)
        moment = time.monotonic()
        wait_until(lambda: any(began > moment for began, _ in list(load.right)))
        wait_until(lambda: readiness(base)["engine"] == {"state": "up", "processes": 2, "lost": 2})

    assert load.recovery(moment) < 1 + 2 * load.usual
    assert load.wrong == []
    assert len(load.affected) <= 2


def test_a_hang_in_the_middle_of_load_costs_only_those_asked_about(
    bodies: list[tuple[bytes, bytes]], tmp_path: Path
) -> None:
    with serving(tmp_path) as (worker, base), Load(base, bodies).running() as load:
        warm(load, worker.pid)
        for _ in range(2):
            victim = busiest(sidecars(worker.pid))
            os.kill(victim, signal.SIGSTOP)
            moment = time.monotonic()
            wait_until(lambda victim=victim: not exists(victim))
            wait_until(lambda moment=moment: any(began > moment for began, _ in list(load.right)))
            assert load.recovery(moment) < 1 + 2 * load.usual
            wait_until(lambda: readiness(base)["engine"]["processes"] == 2)
        ready = readiness(base)

    assert load.wrong == []
    assert len(load.affected) == 2
    assert ready["engine"] == {"state": "up", "processes": 2, "lost": 2}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_a_service_that_ends_leaves_no_process_behind(how: signal.Signals, tmp_path: Path) -> None:
    with serving(tmp_path) as (worker, _):
        wait_until(lambda: len(sidecars(worker.pid)) == 2)
        engines = sidecars(worker.pid)
        os.kill(worker.pid, how)
        worker.wait(20)
        wait_until(lambda: not any(exists(pid) for pid in engines))


def test_several_workers_have_their_own_processes_and_leave_none(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "uvicorn", "hooks.app:create_app", "--factory", "--port", "0", "--workers", "2"]
    environment = {**os.environ, "TRIAL_HOOKS_DEMONSTRATION": "1", "TRIAL_HOOKS_STATE": str(tmp_path)}  # noqa: TID251
    with subprocess.Popen(command, env=environment, start_new_session=True, stderr=subprocess.DEVNULL) as service:  # noqa: S603
        try:
            wait_until(lambda: len(sidecars(service.pid)) == 4, 60)
            engines = sidecars(service.pid)
            service.terminate()
            service.wait(60)
            wait_until(lambda: not any(exists(pid) for pid in engines))
        finally:
            with suppress(ProcessLookupError):
                os.killpg(service.pid, signal.SIGKILL)


def test_an_engine_process_has_nothing_of_the_service_but_its_socket(tmp_path: Path) -> None:
    with serving(tmp_path) as (worker, _):
        wait_until(lambda: len(sidecars(worker.pid)) == 2)
        for pid in sidecars(worker.pid):
            open_files = {link.name: os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()}
            assert sorted(name for name, at in open_files.items() if at.startswith("socket:")) == ["0"]
            assert b"TRIAL_HOOKS" not in Path(f"/proc/{pid}/environ").read_bytes()
            limits = Path(f"/proc/{pid}/limits")
            wait_until(lambda limits=limits: "Max core file size 0 0" in " ".join(limits.read_text().split()))
        assert "Z" not in children(worker.pid).values()
