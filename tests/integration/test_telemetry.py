"""Spans and metrics really leave for an OTLP/HTTP endpoint, and only when one is set."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from abos.kernel.config import TelemetryConfig
from abos.kernel.telemetry import Telemetry


class _Collector(BaseHTTPRequestHandler):
    received: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        self.received.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    received: list[tuple[str, bytes]] = []
    handler = type("Collector", (_Collector,), {"received": received})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", received
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_endpoint_receives_traces_and_metrics(
    collector: tuple[str, list[tuple[str, bytes]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, received = collector
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
    telemetry = Telemetry(TelemetryConfig(service_name="shop-agents"), "1.2")
    with telemetry.span("abos.task"), telemetry.span("abos.act"):
        telemetry.started("warm", 0.005)
    telemetry.close()
    bodies = dict(received)
    assert set(bodies) == {"/v1/traces", "/v1/metrics"}
    request = ExportTraceServiceRequest.FromString(bodies["/v1/traces"])
    (resource,) = request.resource_spans
    values = {each.key: each.value.string_value for each in resource.resource.attributes}
    assert values["service.name"] == "shop-agents"
    spans = [span for scope in resource.scope_spans for span in scope.spans]
    assert {span.name for span in spans} == {"abos.task", "abos.act"}
    assert len({span.trace_id for span in spans}) == 1
    assert b"abos_agent_startup_seconds" in bodies["/v1/metrics"]


@pytest.mark.timeout(30)
def test_an_endpoint_that_is_down_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    telemetry = Telemetry(TelemetryConfig(), "0")
    with telemetry.span("abos.task"):
        pass
    telemetry.close()
