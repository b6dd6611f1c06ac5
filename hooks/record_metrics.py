"""The state of the record for Prometheus, read at each scrape. Labels are kinds of rows, never ids."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from cds.record.recorder import Recorder


class RecordCollector(Collector):
    """Backlog, database, and rows stored, refused and lost."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def collect(self) -> Iterator[Metric]:
        recorder = self._recorder
        up = 1 if recorder.database_is_up else 0
        yield GaugeMetricFamily("trial_hooks_record_database_up", "1 when the database took the last rows", up)
        backlog = recorder.spool.backlog
        yield GaugeMetricFamily("trial_hooks_record_backlog_bytes", "Bytes that wait in the spool", backlog)
        yield GaugeMetricFamily("trial_hooks_record_spooled_rows", "Rows that wait in the spool", recorder.spool.rows)
        progress = recorder.writer.progress
        for name, rows in (
            ("stored", progress.stored),
            ("refused", progress.refused),
            ("lost", recorder.losses.total()),
        ):
            family = CounterMetricFamily(f"trial_hooks_record_rows_{name}", f"Rows {name}, by kind", labels=["kind"])
            for kind, number in sorted(rows.items()):
                family.add_metric([kind], number)
            yield family
