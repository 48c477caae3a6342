"""Traces for the pool's simulator: who asks for which site when. Seconds; seeded, so repeatable."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trace:
    """Calls in order of time, and how long one page of each site takes to warm."""

    name: str
    calls: tuple[tuple[float, str], ...]
    warm_ups: dict[str, float]
    """Median seconds by site, the busiest site first."""
    seconds: float


def _warm_ups(names: list[str], rng: random.Random) -> dict[str, float]:
    return {name: rng.uniform(0.4, 1.6) for name in names}


def _poisson(rate: float, start: float, end: float, rng: random.Random) -> list[float]:
    times: list[float] = []
    now = start + rng.expovariate(rate)
    while now < end:
        times.append(now)
        now += rng.expovariate(rate)
    return times


def _made(
    name: str, calls: list[tuple[float, str]], names: list[str], seconds: float, rng: random.Random
) -> Trace:
    return Trace(name, tuple(sorted(calls)), _warm_ups(names, rng), seconds)


def poisson(rng: random.Random) -> Trace:
    """Eight sites, steady, the busiest sixteen times as busy as the calmest; 0.4 calls a second."""
    names = [f"s{i}" for i in range(8)]
    weights = [2.0 ** (-i * 4 / 7) for i in range(8)]
    calls = [
        (time, name)
        for name, weight in zip(names, weights, strict=True)
        for time in _poisson(0.4 * weight / sum(weights), 0.0, 7200.0, rng)
    ]
    return _made("poisson", calls, names, 7200.0, rng)


def bursty(rng: random.Random) -> Trace:
    """Six sites that are on for about a minute (a call every 4 s) and off for about four."""
    names = [f"s{i}" for i in range(6)]
    calls: list[tuple[float, str]] = []
    for name in names:
        now = rng.expovariate(1 / 240)
        while now < 7200.0:
            end = min(7200.0, now + rng.expovariate(1 / 60))
            calls += [(time, name) for time in _poisson(0.25, now, end, rng)]
            now = end + rng.expovariate(1 / 240)
    return _made("bursty", calls, names, 7200.0, rng)


def shifting(rng: random.Random) -> Trace:
    """Ten sites; every half hour other ones are the busy ones. 0.4 calls a second."""
    names = [f"s{i}" for i in range(10)]
    calls: list[tuple[float, str]] = []
    for phase in range(4):
        order = names[phase * 3 :] + names[: phase * 3]
        weights = [2.0**-i for i in range(10)]
        for name, weight in zip(order, weights, strict=True):
            start = phase * 1800.0
            calls += [
                (time, name)
                for time in _poisson(0.4 * weight / sum(weights), start, start + 1800.0, rng)
            ]
    return _made("shifting", calls, names, 7200.0, rng)


def zipf(rng: random.Random) -> Trace:
    """200 sites by Zipf's law (exponent 1), half a call a second, four hours."""
    names = [f"s{i}" for i in range(200)]
    weights = [1.0 / (i + 1) for i in range(200)]
    times = _poisson(0.5, 0.0, 14400.0, rng)
    calls = list(zip(times, rng.choices(names, weights, k=len(times)), strict=True))
    return _made("zipf", calls, names, 14400.0, rng)


TRACES: dict[str, Callable[[random.Random], Trace]] = {
    "poisson": poisson,
    "bursty": bursty,
    "shifting": shifting,
    "zipf": zipf,
}
