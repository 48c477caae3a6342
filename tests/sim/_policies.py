"""Ways of sizing: the pool's own, and those it is compared with."""

from __future__ import annotations

import itertools
import math

from _replay import REFILLS, Policy, key_of

from abos.pool import Key
from abos.pool.demand import Demand
from abos.pool.forecast import Forecast
from abos.pool.sizing import Budget, Limit, Sizes


class Adaptive(Policy):
    """What WarmPool does: the same Forecast, the same sizes."""

    def __init__(self, sites: list[str], slots: int, *, predict: bool = True) -> None:
        self._forecast = Forecast(600.0, refills=REFILLS, predict=predict)
        self._keys = {site: key_of(site) for site in sites}
        self._limits = {site: Limit(0, slots) for site in sites}
        self._budget = Budget(slots)

    def acquired(self, key: Key, now: float) -> None:
        self._forecast.acquired(key, now)

    def warmed(self, key: Key, seconds: float) -> None:
        self._forecast.warmed(key, seconds)

    def sizes(self, now: float) -> Sizes:
        return self._forecast.sizes(self._keys, self._limits, self._budget, now)


class Fixed(Policy):
    """So many pages in all, evenly; what does not divide goes to the busiest sites (hindsight)."""

    def __init__(self, sites: list[str], pages: int) -> None:
        wanted = list(itertools.islice(itertools.cycle(sites), pages))
        self._sizes = Sizes(wanted, {site: wanted.count(site) for site in sites})

    def sizes(self, now: float) -> Sizes:
        return self._sizes


class Little(Policy):
    """Little's law: rate x warm-up pages of each site, rounded up, on the same moving average."""

    def __init__(self, sites: list[str], factor: float = 1.0) -> None:
        self._demand: Demand[Key] = Demand(600.0)
        self._keys = {site: key_of(site) for site in sites}
        self._factor = factor

    def acquired(self, key: Key, now: float) -> None:
        self._demand.observed(key, now)

    def warmed(self, key: Key, seconds: float) -> None:
        self._demand.warmed(key, seconds)

    def sizes(self, now: float) -> Sizes:
        pages = {
            site: math.ceil(self._factor * self._demand.rate(key, now) * self._demand.warm_up(key))
            for site, key in self._keys.items()
        }
        levels = [(level, site) for site, count in pages.items() for level in range(count)]
        wanted = [site for _, site in sorted(levels, key=lambda item: item[0])]
        return Sizes(wanted, pages)
