"""Metrics of the models and of what is remembered of their answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from ...planner import CacheStatistics, Decider

_MEGA = 1e6


def watch_minds(meter: Meter, decider: Decider) -> None:
    """Create the instruments."""

    def reading(
        read: Callable[[Decider], Iterable[Observation]],
    ) -> Callable[[CallbackOptions], Iterable[Observation]]:
        return lambda _: read(decider)

    meter.create_observable_counter(
        "abos_decision_cache_requests",
        [reading(_requests)],
        description="Answers asked of a cache, by where they came from.",
    )
    meter.create_observable_gauge(
        "abos_local_model_memory_bytes",
        [reading(_memory)],
        description="What the process grew by loading the local model; 0 while it is unloaded.",
    )


def _requests(decider: Decider) -> Iterable[Observation]:
    for name, now in (("responses", decider.responses), ("routes", decider.routes)):
        yield from _of(name, now)


def _of(name: str, now: CacheStatistics) -> Iterable[Observation]:
    for result, count in (("hit", now.hits), ("miss", now.misses), ("shared", now.shared)):
        yield Observation(count, {"cache": name, "result": result})


def _memory(decider: Decider) -> Iterable[Observation]:
    info = decider.local
    if info is not None:
        yield Observation(info.rss_mb * _MEGA, {"model": info.name})
