"""How often each key is asked for, and how long its pages take to warm. Time is an argument."""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Hashable
from statistics import median
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

BUCKETS = 60
"""Parts of the window: a count is forgotten a sixtieth of the window at a time."""
WARM_UPS = 9
"""Latest warm-ups that the median is taken of, per key."""
FIRST_WARM_UP_S = 1.0
"""Assumed before any page was warmed, seconds."""
LONG_WINDOWS = 12
"""The long average's time constant, in windows: two hours for the usual 600 s."""
NEAR_S = 10.0
"""Calls so close together count as crowded, seconds."""
NEAR = 256
"""Calls within that time that are remembered, per key."""
PRIOR = 2.0
"""Expected calls that the assumed crowding weighs as much as."""
BURST_S = 30.0
"""Time constant with which a burst is taken to be over, seconds."""
PEAK = 2.0
"""How many times as much as a burst's mean excess the pages are to bear."""
STEADY = 15.0
"""Calls at the long rate that are counted with the window's."""
YOUNG = 0.1
"""Part of the window that a start counts as at least, so that one early caller is no flood."""


class _Arrivals:
    """One key's calls: counts of the latest window, a decaying count of long ago, and how close
    together they come. Times that run backwards count as the latest.
    """

    __slots__ = ("_at", "_buckets", "_expected", "_long", "_met", "_near", "_total")

    def __init__(self, now: float) -> None:
        self._at = now
        self._buckets: deque[list[int]] = deque()  # [number, count], in order
        self._total = 0
        self._long = 0.0
        self._near: deque[float] = deque(maxlen=NEAR)
        self._met = self._expected = 0.0

    def add(self, now: float, width_s: float, decay_s: float) -> None:
        """Count one call."""
        now = max(now, self._at)
        bucket = math.floor(now / width_s)
        if not self._buckets or self._buckets[-1][0] != bucket:
            self._buckets.append([bucket, 0])
        self._buckets[-1][1] += 1
        self._total += 1
        self._long = self.decayed(now, decay_s) + 1.0
        self._at = now

    def meet(self, now: float, rate: float, decay_s: float) -> None:
        """Compare the calls just before this one with those that `rate` lets expect."""
        while self._near and self._near[0] < now - NEAR_S:
            self._near.popleft()
        fade = math.exp(min(0.0, self._at - now) / decay_s)
        self._met = self._met * fade + len(self._near)
        self._expected = self._expected * fade + rate * NEAR_S
        self._near.append(now)

    def latest(self, now: float, width_s: float) -> float:
        """Calls in the window; of the bucket it cuts, the part that is inside."""
        place = now / width_s - BUCKETS
        while self._buckets and self._buckets[0][0] < math.floor(place):
            self._total -= self._buckets.popleft()[1]
        if not self._buckets or self._buckets[0][0] > place:
            return self._total
        return self._total - self._buckets[0][1] * (place - self._buckets[0][0])

    def decayed(self, now: float, decay_s: float) -> float:
        """Calls ever, each weighing less the longer ago it was."""
        return self._long * math.exp(min(0.0, self._at - now) / decay_s)

    def crowding(self, now: float) -> float:
        """How crowded calls come, 1 = steady; few calls prove little.

        Fades to 1 with the time since the latest call: bursts end.
        """
        crowded = (self._met + PRIOR) / (self._expected + PRIOR)
        fade = math.exp(min(0.0, self._at - now) / BURST_S)
        return 1.0 + PEAK * max(0.0, crowded - 1.0) * fade


class Demand(Generic[K]):
    """Arrival rates and warm-up times per key; of too many keys the least recently used go.

    Asking for a later time forgets what its window no longer holds: go forward only.
    """

    def __init__(self, window_s: float = 600.0, max_keys: int = 1024) -> None:
        """`window_s`: seconds the moving average looks back; `max_keys`: keys remembered."""
        if window_s <= 0 or max_keys < 1:
            raise ValueError("window_s must be positive and max_keys at least 1")
        self._window_s = window_s
        self._decay_s = window_s * LONG_WINDOWS
        self._max_keys = max_keys
        self._since: float | None = None
        self._arrivals: OrderedDict[K, _Arrivals] = OrderedDict()
        self._warm_ups: OrderedDict[K, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._arrivals)

    @property
    def keys(self) -> tuple[K, ...]:
        """Keys somebody asked for, the most recent last."""
        return tuple(self._arrivals)

    def observed(self, key: K, now: float) -> None:
        """Somebody asked for this key at `now` (seconds of the caller's clock)."""
        if self._since is None:
            self._since = now
        if key not in self._arrivals:
            self._arrivals[key] = _Arrivals(now)
        arrivals = self._arrivals[key]
        arrivals.meet(now, self.rate(key, now), self._decay_s)
        arrivals.add(now, self._window_s / BUCKETS, self._decay_s)
        self._arrivals.move_to_end(key)
        if len(self._arrivals) > self._max_keys:
            self._arrivals.popitem(last=False)

    def rate(self, key: K, now: float) -> float:
        """Calls per second, the moving average of the window.

        Within the first window the average is over the time there was, though not less than a
        tenth of the window.
        """
        arrivals = self._arrivals.get(key)
        if arrivals is None:
            return 0.0
        return arrivals.latest(now, self._window_s / BUCKETS) / self._span(now, self._window_s)

    def long_rate(self, key: K, now: float) -> float:
        """Calls per second, averaged over a dozen windows with exponential decay."""
        arrivals = self._arrivals.get(key)
        if arrivals is None:
            return 0.0
        span = max(self._span(now, math.inf), self._window_s)
        weight = self._decay_s * -math.expm1(-span / self._decay_s)
        return arrivals.decayed(now, self._decay_s) / weight

    def expected(self, key: K, now: float) -> float:
        """Calls per second to be ready for: the moving average, steadied by the long one.

        As if a few calls at the long rate had been seen besides the window's: a site called once
        an hour is forgotten by every window, there may be a hundred of those, and one call of one
        of them is no trend. Busy keys follow their window.
        """
        long = self.long_rate(key, now)
        if long <= 0.0:
            return self.rate(key, now)
        span = self._span(now, self._window_s)
        return (self.rate(key, now) * span + STEADY) / (span + STEADY / long)

    def crowding(self, key: K, now: float) -> float:
        """How much busier than its average a caller finds this key: 1 for steady arrivals.

        A key in bursts is at its busiest just when it is called; its pages must last for the rate
        within a burst, not for the mean. Measured by the calls of the ten seconds before each
        call, over those expected of its rate. Never below 1; fades when no more calls come.
        """
        arrivals = self._arrivals.get(key)
        return 1.0 if arrivals is None else arrivals.crowding(now)

    def unseen(self, now: float) -> float:
        """Share of the calls to come that go to keys nobody asked for lately, 0 to 0.5.

        Good and Turing's estimate: as many as went to keys that were asked for once.
        """
        counts = [each.decayed(now, self._decay_s) for each in self._arrivals.values()]
        once = sum(count for count in counts if count <= 1.0)
        return min(0.5, once / max(1.0, sum(counts)))

    def _span(self, now: float, longest_s: float) -> float:
        age = now - (now if self._since is None else self._since)
        return min(longest_s, max(age, self._window_s * YOUNG))

    def warmed(self, key: K, seconds: float) -> None:
        """A page of this key took `seconds` to warm."""
        times = self._warm_ups.setdefault(key, deque(maxlen=WARM_UPS))
        times.append(max(0.0, seconds))
        self._warm_ups.move_to_end(key)
        if len(self._warm_ups) > self._max_keys:
            self._warm_ups.popitem(last=False)

    def warm_up(self, key: K) -> float:
        """Seconds a page of this key takes: the median of its latest warm-ups.

        A key never warmed is taken for the last one that was.
        """
        times = self._warm_ups.get(key)
        if times is None and self._warm_ups:
            times = self._warm_ups[next(reversed(self._warm_ups))]
        return median(times) if times else FIRST_WARM_UP_S
