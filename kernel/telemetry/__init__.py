"""Traces and metrics of one kernel, by OpenTelemetry."""

from .telemetry import Telemetry
from .timeline import Part, Timeline, by_name

__all__ = ["Part", "Telemetry", "Timeline", "by_name"]
