"""The tracer and the instruments of one kernel.

Providers belong to the kernel and are not made global, so that two kernels in one process, or a
host application with its own OpenTelemetry set-up, don't get in each other's way.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, Status, StatusCode
from prometheus_client import CollectorRegistry, generate_latest

from ..config import TelemetryConfig
from .mind_metrics import watch_minds
from .pool_metrics import watch_pool
from .timeline import Timeline

if TYPE_CHECKING:
    from ...planner import Decider
    from ...pool import PoolStatistics

_STARTUP_BUCKETS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2.5, 5, 10)
_CALL_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_FLUSH_MS = 2000


class Telemetry:
    """Spans and metrics; exported by OTLP/HTTP when an endpoint is configured, else kept here."""

    def __init__(self, config: TelemetryConfig, version: str) -> None:
        endpoint = config.otlp_endpoint or os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")
        resource = Resource.create(
            {"service.name": config.service_name, "service.version": version}
        )
        self.timeline = Timeline(config.keep_spans)
        self._registry = CollectorRegistry()
        self._traces = TracerProvider(resource=resource)
        self._traces.add_span_processor(self.timeline)
        readers: list[MetricReader] = [_prometheus_reader(self._registry)]
        if endpoint:
            self._traces.add_span_processor(_span_exporter(endpoint))
            readers.append(_metric_exporter(endpoint))
        self._meters = MeterProvider(metric_readers=readers, resource=resource)
        self._tracer = self._traces.get_tracer("abos", version)
        meter = self._meters.get_meter("abos", version)
        self._meter = meter
        self._startup = meter.create_histogram(
            "abos_agent_startup_seconds",
            description="From SPAWN until the page could be observed.",
            explicit_bucket_boundaries_advisory=_STARTUP_BUCKETS,
        )
        self._calls = meter.create_histogram(
            "abos_syscall_seconds",
            description="Duration of system calls.",
            explicit_bucket_boundaries_advisory=_CALL_BUCKETS,
        )
        self._refills = meter.create_histogram(
            "abos_warm_pool_refill_seconds",
            description="Seconds that warming a page took.",
            explicit_bucket_boundaries_advisory=_STARTUP_BUCKETS,
        )
        self._decisions = meter.create_counter(
            "abos_decisions", description="Decisions, by the tier that took them."
        )

    @contextmanager
    def span(self, name: str, attributes: Mapping[str, Any] | None = None) -> Iterator[Span]:
        """A span around a block; an exception marks it as failed with the error's type."""
        with self._tracer.start_as_current_span(
            name, attributes=dict(attributes or {}), record_exception=False
        ) as span:
            try:
                yield span
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(Status(StatusCode.ERROR, str(error)[:200]))
                raise

    def refilled(self, site: str, seconds: float) -> None:
        """A page of a site was warmed."""
        self._refills.record(seconds, {"site": site})

    def started(self, how: str, seconds: float) -> None:
        """An agent's process started, `warm` or `cold`."""
        self._startup.record(seconds, {"type": how})

    def called(self, name: str, seconds: float, outcome: str) -> None:
        """A system call ended; `outcome` is `ok` or the error's type."""
        self._calls.record(seconds, {"call": name, "outcome": outcome})

    def decided(self, by: str) -> None:
        """A tier took a decision."""
        self._decisions.add(1, {"by": by})

    def watch_pool(self, statistics: Callable[[], PoolStatistics]) -> None:
        """Read the pool's metrics from its statistics whenever they are collected."""
        watch_pool(self._meter, statistics)

    def watch_minds(self, decider: Decider) -> None:
        """Read the models' and caches' metrics from the decider whenever they are collected."""
        watch_minds(self._meter, decider)

    def metrics_text(self) -> str:
        """All metrics in the Prometheus text format."""
        return generate_latest(self._registry).decode()

    def close(self) -> None:
        """Send what is left, for two seconds at most."""
        self._traces.force_flush(_FLUSH_MS)
        self._traces.shutdown()
        self._meters.shutdown(_FLUSH_MS)


def _prometheus_reader(registry: CollectorRegistry) -> MetricReader:
    from opentelemetry.exporter.prometheus import PrometheusMetricReader

    return PrometheusMetricReader(
        disable_target_info=True, scope_info_enabled=False, registry=registry
    )


def _span_exporter(endpoint: str) -> BatchSpanProcessor:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return BatchSpanProcessor(OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=5))


def _metric_exporter(endpoint: str) -> MetricReader:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

    return PeriodicExportingMetricReader(
        OTLPMetricExporter(f"{endpoint.rstrip('/')}/v1/metrics", timeout=5)
    )
