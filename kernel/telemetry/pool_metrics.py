"""The warm pool's metrics, read from its statistics whenever they are collected."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from ...pool import PoolStatistics, Standing

Statistics = Callable[[], PoolStatistics]
Read = Callable[[PoolStatistics], Iterable[Observation]]


def watch_pool(meter: Meter, statistics: Statistics) -> None:
    """Create the instruments."""

    def reading(read: Read) -> Callable[[CallbackOptions], Iterable[Observation]]:
        return lambda _: read(statistics())

    for name, read, description in _GAUGES:
        meter.create_observable_gauge(name, [reading(read)], description=description)
    for name, read, description in _COUNTERS:
        meter.create_observable_counter(name, [reading(read)], description=description)


def _hit_rate(now: PoolStatistics) -> Iterable[Observation]:
    return [Observation(now.hit_rate)]


def _acquired(now: PoolStatistics) -> Iterable[Observation]:
    return [Observation(now.hits, {"result": "warm"}), Observation(now.misses, {"result": "cold"})]


def _slots(now: PoolStatistics) -> Iterable[Observation]:
    return [Observation(count, {"state": state}) for state, count in now.slots.items()]


def _ready(now: PoolStatistics) -> Iterable[Observation]:
    return [Observation(count, {"site": site}) for site, count in now.ready.items()]


def _waiting(now: PoolStatistics) -> Iterable[Observation]:
    return [Observation(now.waiting)]


def _browsers(now: PoolStatistics) -> Iterable[Observation]:
    for standing in Standing:
        count = sum(browser.standing is standing for browser in now.browsers)
        yield Observation(count, {"standing": standing})


def _retired(now: PoolStatistics) -> Iterable[Observation]:
    return [Observation(count, {"reason": reason}) for reason, count in now.retirements.items()]


def _failed(now: PoolStatistics) -> Iterable[Observation]:
    return [Observation(now.refill_failures)]


def _reused(now: PoolStatistics) -> Iterable[Observation]:
    return [Observation(now.reuses)]


def _unclosed(now: PoolStatistics) -> Iterable[Observation]:
    return [Observation(now.unclosed)]


def _launched(now: PoolStatistics) -> Iterable[Observation]:
    return [Observation(now.launches)]


def _given_up(now: PoolStatistics) -> Iterable[Observation]:
    return [Observation(count, {"reason": why}) for why, count in now.browser_retirements.items()]


_GAUGES: tuple[tuple[str, Read, str], ...] = (
    ("abos_warm_pool_hit_rate", _hit_rate, "Share of starts that found a warm context."),
    ("abos_warm_pool_slots", _slots, "Slots by state."),
    ("abos_warm_pool_ready", _ready, "Ready pages by site."),
    ("abos_warm_pool_waiting", _waiting, "Callers waiting for a free slot."),
    ("abos_browsers", _browsers, "Browsers that run, by what they are for."),
)
_COUNTERS: tuple[tuple[str, Read, str], ...] = (
    ("abos_warm_pool_acquire", _acquired, "Contexts handed out."),
    ("abos_warm_pool_retirements", _retired, "Slots retired, by reason."),
    ("abos_warm_pool_refill_failures", _failed, "Warm-ups that failed."),
    ("abos_warm_pool_reuses", _reused, "Contexts reset for another lease."),
    ("abos_warm_pool_unclosed", _unclosed, "Contexts that would not close."),
    ("abos_browser_launches", _launched, "Browsers started."),
    ("abos_browser_retirements", _given_up, "Browsers given up, by reason."),
)
