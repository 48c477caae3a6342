"""Replays a trace against a way of sizing. The decisions are the pool's own `plan`."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from _traces import Trace

from abos.pool import Key, SiteConfig
from abos.pool.sizing import Load, Refill, Sizes, Stock, plan

COLD_S = 0.54
"""A cold acquire with the browser up (DESIGN): so long refills wait for it."""
WARM_S = 0.005
HUSH_S = 0.05
HEARTBEAT_S = 5.0
REFILLS = 1
"""As PoolConfig.refills: one per two cores."""
LEARN_S = 1800.0
"""The first half hour fills pools and averages; it is not scored, for anybody."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one replay came to."""

    hit_rate: float
    idle: float
    """Ready pages, mean over time."""
    refills: float
    """Pages warmed per call."""


class Policy:
    """A way of sizing: told what happens, asked what it wants."""

    def acquired(self, key: Key, now: float) -> None:
        """Somebody asked for a page of this key."""

    def warmed(self, key: Key, seconds: float) -> None:
        """A page of this key was warmed in so many seconds."""

    def sizes(self, now: float) -> Sizes:
        """Wanted and kept pages."""
        raise NotImplementedError


def key_of(site: str) -> Key:
    """The key of a simulated site."""
    return Key(site, "default", "")


class Replay:
    """One trace, one policy, one budget of warm pages."""

    def __init__(self, trace: Trace, policy: Policy, slots: int, seed: int) -> None:
        self._trace = trace
        self._policy = policy
        self._slots = slots
        self._rng = random.Random(seed)
        self._sites = [
            SiteConfig(name, "http://x.example/", min_warm=0, max_warm=slots)
            for name in trace.warm_ups
        ]
        self._stock = {name: Stock() for name in trace.warm_ups}
        self._shelved = self._under_way = 0
        self._settled: Sizes | None = None
        self._acquiring = 0
        self._hushed_until = 0.0
        self._sizes = policy.sizes(0.0)
        self._order = itertools.count()
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._idle = self._seen_at = 0.0
        self._hits = self._calls = self._refills = 0

    def run(self) -> Outcome:
        """Replay everything; the result is of the scored part."""
        for time, site in self._trace.calls:
            self._at(time, partial(self._call, site))
        for beat in range(int(self._trace.seconds / HEARTBEAT_S)):
            self._at(beat * HEARTBEAT_S, self._beat)
        while self._events:
            now, _, happen = heapq.heappop(self._events)
            if now > self._trace.seconds:
                break
            self._count(now)
            happen(now)
            self._upkeep(now)
        scored = self._trace.seconds - LEARN_S
        calls = max(1, self._calls)
        return Outcome(self._hits / calls, self._idle / scored, self._refills / calls)

    def _at(self, time: float, happen: Callable[[float], None]) -> None:
        heapq.heappush(self._events, (time, next(self._order), happen))

    def _change(self, site: str, ready: int = 0, warming: int = 0) -> None:
        have = self._stock[site]
        self._stock[site] = Stock(have.ready + ready, have.warming + warming)
        self._shelved += ready
        self._under_way += warming
        self._settled = None

    def _count(self, now: float) -> None:
        start = max(self._seen_at, LEARN_S)
        if now > start:
            self._idle += (now - start) * self._shelved
        self._seen_at = now

    def _beat(self, now: float) -> None:
        self._sizes = self._policy.sizes(now)

    def _call(self, site: str, now: float) -> None:
        hit = self._stock[site].ready > 0
        if now >= LEARN_S:
            self._calls += 1
            self._hits += hit
        if hit:
            self._change(site, ready=-1)
        self._acquiring += 1
        self._policy.acquired(key_of(site), now)
        self._sizes = self._policy.sizes(now)
        self._at(now + (WARM_S if hit else COLD_S), self._acquired)

    def _acquired(self, now: float) -> None:
        self._acquiring -= 1
        if self._hushed_until <= now:
            self._hushed_until = now + HUSH_S
            self._at(self._hushed_until, lambda _: None)

    def _upkeep(self, now: float) -> None:
        acquiring = self._acquiring + (now < self._hushed_until)
        if acquiring:  # `plan` would only close what is above max_warm, of which there is none
            return
        if self._settled is self._sizes:  # nothing changed since nothing was left to do
            return
        warming = self._under_way
        load = Load(self._shelved + warming, warming, acquiring)
        self._settled = self._sizes
        for decision in plan(
            self._sites,
            self._stock,
            load,
            max_slots=self._slots,
            refills=REFILLS,
            sizes=self._sizes,
        ):
            if isinstance(decision, Refill):
                self._refill(decision.site.name, now)
            else:
                self._change(decision.site.name, ready=-1)

    def _refill(self, site: str, now: float) -> None:
        seconds = self._trace.warm_ups[site] * self._rng.lognormvariate(0.0, 0.3)
        self._change(site, warming=1)
        self._refills += now >= LEARN_S

        def done(_: float) -> None:
            self._change(site, ready=1, warming=-1)
            self._policy.warmed(key_of(site), seconds)

        self._at(now + seconds, done)
