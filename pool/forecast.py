"""What demand is to be expected, and the sizes that follow. Time is an argument."""

from __future__ import annotations

from collections.abc import Mapping

from .demand import Demand
from .shelf import Key
from .sizing import Budget, Cover, Limit, Sizes, sizes
from .transitions import Transitions

COVER = Cover(wanted=0.97, kept=0.98)
"""Share of the expected calls that shall find a page. DESIGN's 99 % at twice the mean made 40 %
more idle pages under steady calls and missed 95 % of hits under bursts; here the factor is
measured per key (see `Forecast.headrooms`). Chosen with `make sim-pool`, on its tuning seeds."""
MOST_COVER = 0.995
"""With calls to sites not seen lately, the others are covered better, up to this."""
BUSIEST = 0.8
"""Refills are taken to be busy for this part of the time at most: beyond, queues have no mean."""
FRESH_S = 1.0
"""Sizes are computed anew when this old, or after a call; seconds."""


class Forecast:
    """Demand and habits as observed, turned into sizes."""

    def __init__(self, window_s: float = 600.0, *, refills: int = 1, predict: bool = True) -> None:
        """`window_s`: of the moving average, seconds; `refills`: pages warmed at the same time;
        `predict`: warm the likely next site too.
        """
        self.demand: Demand[Key] = Demand(window_s)
        self.transitions = Transitions()
        self._refills = refills
        self._predict = predict
        self._made: tuple[float, Budget, Sizes] | None = None

    def acquired(self, key: Key, now: float) -> None:
        """Somebody asked for a page of this key. Addresses of no site are not counted."""
        if key.site:
            self.demand.observed(key, now)
            self.transitions.observed(key.profile, key.site, now)
            self._made = None

    def warmed(self, key: Key, seconds: float) -> None:
        """A page of this key took `seconds` to warm."""
        self.demand.warmed(key, seconds)

    def changed(self) -> None:
        """The limits are others from now on."""
        self._made = None

    def sizes(
        self, keys: Mapping[str, Key], limits: Mapping[str, Limit], budget: Budget, now: float
    ) -> Sizes:
        """The pages to make and to keep now, by site name; the same ones for up to a second.

        `keys` and `limits` are by site name; `changed` is to be called when they are others.
        """
        if self._made is not None:
            at, before, made = self._made
            if budget == before and 0.0 <= now - at < FRESH_S:
                return made
        rates = self.rates(keys, now)
        warm_ups = {name: self.demand.warm_up(key) for name, key in keys.items()}
        made = sizes(
            rates,
            warm_ups,
            budget,
            limits,
            headrooms=self.headrooms(keys, rates, warm_ups, now),
            cover=self._cover(now),
        )
        self._made = now, budget, made
        return made

    def rates(self, keys: Mapping[str, Key], now: float) -> dict[str, float]:
        """Calls per second to be ready for, by site name.

        What is expected of each (see `Demand.expected`), and what the latest visits lead to.
        """
        boosts = self.transitions.boosts(now) if self._predict else {}
        return {
            name: self.demand.expected(key, now) + boosts.get(name, 0.0)
            for name, key in keys.items()
        }

    def headrooms(
        self,
        keys: Mapping[str, Key],
        rates: Mapping[str, float],
        warm_ups: Mapping[str, float],
        now: float,
    ) -> dict[str, float]:
        """What to multiply rate x warm-up with, by site name: crowding, and the wait for a refill.

        Refills that are busy for a part b of the time keep a page waiting b / (2 - 2b) warm-ups
        (Pollaczek and Khinchine, for warm-ups that differ little).
        """
        crowding = {name: self.demand.crowding(key, now) for name, key in keys.items()}
        work = sum(rates[name] * warm_ups[name] * crowding[name] for name in keys)
        busy = min(BUSIEST, work / self._refills)
        queue = 1.0 + busy / (2.0 - 2.0 * busy)
        return {name: each * queue for name, each in crowding.items()}

    def _cover(self, now: float) -> Cover:
        seen = 1.0 - self.demand.unseen(now)
        return Cover(min(MOST_COVER, COVER.wanted / seen), min(MOST_COVER, COVER.kept / seen))
