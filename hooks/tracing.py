"""The door to OpenTelemetry: a span for each call and its steps, only where TRIAL_HOOKS_OTLP_ENDPOINT is set.

Span names and attributes are doors, statuses, sizes and counts; never ids, addresses, headers or messages.
The SDK and its exporter are imported only for spans that go somewhere: they are heavy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from opentelemetry import context, trace
from opentelemetry.trace import Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

Attributes = Mapping[str, str | int | float]
_caller = TraceContextTextMapPropagator()
_NOT_TRACED = nullcontext(trace.INVALID_SPAN)


class Tracing:
    """Spans of one service. Without an exporter nothing is recorded and a span costs next to nothing."""

    def __init__(self, exporter: SpanExporter | None) -> None:
        self._provider: TracerProvider | None = None
        self._tracer: trace.Tracer = trace.NoOpTracer()
        if exporter is not None:
            self._provider = _provider_for(exporter)
            self._tracer = self._provider.get_tracer("trial_hooks")

    def call(self, name: str, traceparent: str) -> AbstractContextManager[trace.Span]:
        """The span of one request, under the caller's trace when it names one (its tracestate is not taken on)."""
        if self._provider is None:
            return _NOT_TRACED
        parent = _caller.extract({"traceparent": traceparent} if traceparent else {}, context.Context())
        return self._span(name, parent)

    def step(self, name: str, attributes: Attributes | None = None) -> AbstractContextManager[trace.Span]:
        """A part of the current call."""
        return _NOT_TRACED if self._provider is None else self._span(name, None, attributes)

    @contextmanager
    def _span(
        self, name: str, parent: context.Context | None, attributes: Attributes | None = None
    ) -> Iterator[trace.Span]:
        # An exception's message may hold a value of the chart: only its type is recorded.
        with self._tracer.start_as_current_span(
            name, parent, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except Exception as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def close(self) -> None:
        """Send what is left."""
        if self._provider is not None:
            self._provider.shutdown()


def build_tracing(endpoint: str) -> Tracing:
    """Spans to an OTLP collector over HTTP (`http://collector:4318`), or none when the endpoint is empty."""
    if not endpoint:
        return Tracing(None)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return Tracing(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces"))


def _provider_for(exporter: SpanExporter) -> TracerProvider:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    found = TracerProvider(resource=Resource({"service.name": "trial-hooks"}))
    found.add_span_processor(BatchSpanProcessor(exporter))
    return found
