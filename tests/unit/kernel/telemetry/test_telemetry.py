"""Spans kept for timelines, and the metrics' names."""

from __future__ import annotations

import pytest

from abos.kernel.config import TelemetryConfig
from abos.kernel.telemetry import Part, Telemetry, by_name


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)


def test_spans_nest_in_one_trace_and_failures_are_marked() -> None:
    telemetry = Telemetry(TelemetryConfig(), "0")
    with telemetry.span("outer", {"abos.pid": 1}) as outer:
        trace = outer.get_span_context().trace_id
        with pytest.raises(KeyError), telemetry.span("inner"):
            raise KeyError("x")
    with telemetry.span("another"):
        pass
    inner, whole = telemetry.timeline.parts(trace)
    assert (inner.name, inner.ok, inner.attributes["error.type"]) == ("inner", False, "KeyError")
    assert (whole.name, whole.ok, whole.attributes["abos.pid"]) == ("outer", True, 1)
    assert whole.seconds >= inner.seconds
    assert len(telemetry.timeline.parts()) == 3


def test_kept_spans_are_bounded() -> None:
    telemetry = Telemetry(TelemetryConfig(keep_spans=3), "0")
    for number in range(10):
        with telemetry.span(str(number)):
            pass
    assert [part.name for part in telemetry.timeline.parts()] == ["7", "8", "9"]


def test_metric_names_are_as_promised() -> None:
    telemetry = Telemetry(TelemetryConfig(), "0")
    telemetry.started("warm", 0.004)
    telemetry.called("OBSERVE", 0.01, "ok")
    telemetry.decided("exact")
    text = telemetry.metrics_text()
    assert 'abos_agent_startup_seconds_bucket{le="0.005",type="warm"} 1.0' in text
    assert 'abos_syscall_seconds_count{call="OBSERVE",outcome="ok"} 1.0' in text
    assert 'abos_decisions_total{by="exact"} 1.0' in text


def test_two_kernels_do_not_share_metrics() -> None:
    one, other = (Telemetry(TelemetryConfig(), "0") for _ in range(2))
    one.started("cold", 1.0)
    assert "abos_agent_startup_seconds_count" not in other.metrics_text()


def test_where_the_time_went() -> None:
    parts = [Part("act", 1, 0.2, True), Part("plan", 1, 0.5, True), Part("act", 1, 0.4, True)]
    act, plan = by_name(parts)
    assert (act.name, act.count, act.longest) == ("act", 2, 0.4)
    assert act.total == pytest.approx(0.6)
    assert plan.median == 0.5
