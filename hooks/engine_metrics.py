"""The state of the rule engine for Prometheus, read at each scrape."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from rules.evaluation import faults
from rules.programme import EngineState


class EngineCollector(Collector):
    """Processes of the engine that are alive and that were lost, and questions that it could not answer."""

    def __init__(self, state: Callable[[], EngineState]) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        state = self._state()
        yield GaugeMetricFamily("trial_hooks_engine_processes", "Processes of the rule engine", state.processes)
        yield CounterMetricFamily("trial_hooks_engine_lost", "Processes that crashed, hung or were killed", state.lost)
        yield CounterMetricFamily("trial_hooks_engine_faults", "Questions that could not be evaluated", faults())
