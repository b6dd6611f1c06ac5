"""What every route shares: the assessor, the settings, the clock, and how an assessment is run and counted."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TypeVar

import anyio.to_thread
import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram

from cds.assess import Assessor
from cds.errors import CdsError
from cds.intake import Material
from cds.record.fingerprint import Fingerprint
from cds.record.recorder import Recorder
from cds.settings import Settings
from hooks.fhir_access import FhirAccess
from hooks.problems import problem_of
from hooks.tracing import Tracing
from hooks.wire import HookRequest

T = TypeVar("T")
# A body of this size takes a few milliseconds; larger ones leave the event loop free for others.
INLINE_BYTES = 1_000_000
# They take turns at the interpreter's lock: more of them answer no faster and hold up the event loop longer.
# Bounded, also when a hook's deadline passes: work that waits is then dropped, work that runs keeps its thread.
THREADS = 2
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="assess")
log = structlog.get_logger("trial_hooks")


class Metrics:
    """Counters and a histogram; labels never hold an id."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "trial_hooks_requests", "Requests by door and status", ["door", "status"], registry=self.registry
        )
        self.standings = Counter(
            "trial_hooks_standings", "Answers by trial and standing", ["trial", "standing"], registry=self.registry
        )
        self.feedback = Counter(
            "trial_hooks_feedback", "Feedback by service and outcome", ["service", "outcome"], registry=self.registry
        )
        self.refused_tokens = Counter(
            "trial_hooks_refused_tokens",
            "Calls without a valid client token, by cause",
            ["cause"],
            registry=self.registry,
        )
        self.refused_servers = Counter(
            "trial_hooks_refused_servers", "FHIR servers not called, by cause", ["cause"], registry=self.registry
        )
        self.shed = Counter("trial_hooks_shed", "Calls turned away under load", registry=self.registry)
        self.seconds = Histogram("trial_hooks_seconds", "Time to answer", ["door"], registry=self.registry)
        # Looking a child up by its labels takes a lock and makes new strings: that is done once for each.
        self._request_of = cache(lambda door, status: self.requests.labels(door, str(status)))
        self._seconds_of = cache(self.seconds.labels)
        self._standing_of = cache(self.standings.labels)

    def request(self, door: str, status: int, seconds: float) -> None:
        """One request was answered."""
        self._request_of(door, status).inc()
        self._seconds_of(door).observe(seconds)

    def standing(self, trial: str, standing: str) -> None:
        """One question was answered."""
        self._standing_of(trial, standing).inc()


@dataclass(frozen=True, slots=True)
class Service:
    """The collaborators of every route, built once by `hooks.app.create_app`."""

    settings: Settings
    assessor: Assessor
    clock: Callable[[], datetime]
    metrics: Metrics
    fhir: FhirAccess
    recorder: Recorder
    fingerprint: Fingerprint
    tracing: Tracing

    def now(self) -> str:
        """This instant in the site's zone, as an ISO dateTime."""
        return self.clock().astimezone(self.settings.timezone).isoformat(timespec="seconds")

    async def run(self, work: Callable[[], T], size: int, *, hook: bool, step: str = "assess") -> T:
        """Run an assessment, in a thread when the body is large; our errors become Problems."""
        try:
            with self.tracing.step(step, {"bytes": size}):
                return await _in_thread(work) if size > INLINE_BYTES else work()
        except CdsError as error:
            raise problem_of(error, hook=hook) from error

    async def settle(self) -> bool:
        """Put kept rows on the disk before an answer leaves; False when the disk fails, which stops no card."""
        with self.tracing.step("settle"):
            return await anyio.to_thread.run_sync(self.recorder.settle)

    async def complete(self, call: HookRequest, prefetched: Material, issuer: str | None) -> Material:
        """The prefetch with what the client's server adds."""
        with self.tracing.step("fetch"):
            return await self.fhir.complete(call, prefetched, issuer)


async def _in_thread(work: Callable[[], T]) -> T:
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(_threads, lambda: context.run(work))
