"""How many pages to keep warm, and what to do with a caller. Pure: values in, decisions out.

How many: a key (a site with a profile) asked for `rate` times a second, whose pages take `warm_up`
seconds to make, has Poisson(rate x warm_up) pages under way at any moment (Palm's theorem), so its
k-th further page is the one a caller gets with probability P(Poisson = k). Giving each next slot to
the key with the highest rate x P(Poisson(2 x rate x warm_up) = k) is marginal analysis as in
Sherbrooke's METRIC (Operations Research 16, 1968) for recoverable spare parts: the pages are the
spares, warming is the repair. The mean is doubled because arrivals come in bursts and refills queue
behind each other; DESIGN's figures (over 95 % of hits in every scenario tried) are for this 2.
Giving stops when 99 % of the demand that the caps let be covered is covered, or at the budget.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import islice
from typing import Generic, TypeVar

from .config import SiteConfig
from .poisson import Curve

K = TypeVar("K", bound=Hashable)

HEADROOM = 2.0
"""What rate x warm-up is multiplied with where nothing better is known."""
COVERAGE = 0.99
"""Share of the demand that pages are made for."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Bounds on the ready pages of one key."""

    floor: int
    """Pages it has whatever the demand, if the budget allows."""
    cap: int
    """Pages it never has more of."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What all warm pages together may take."""

    slots: int
    mb: float = 0.0
    """Memory, megabytes; 0 = slots only."""
    slot_mb: float = 40.0
    """Estimate for one page, megabytes."""

    @property
    def pages(self) -> int:
        """Pages that fit."""
        if self.mb <= 0.0:
            return max(0, self.slots)
        return max(0, min(self.slots, int(self.mb / self.slot_mb)))


@dataclass(frozen=True, slots=True)
class Cover:
    """Shares of the demand that pages are made and kept for."""

    wanted: float
    kept: float
    """Not below `wanted`: the gap spares flapping targets a refill."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What the pool is to hold, per site name."""

    wanted: Sequence[str]
    """One entry for each page to be there, most urgent first."""
    kept: Mapping[str, int]
    """Ready pages above this many are closed."""


@dataclass(frozen=True, slots=True)
class Stock:
    """What there is of one site."""

    ready: int = 0
    warming: int = 0


NOTHING = Stock()


@dataclass(frozen=True, slots=True)
class Load:
    """The whole pool at one moment."""

    live: int
    """Slots in any state but EMPTY."""
    warming: int
    """Refills under way."""
    acquiring: int
    """Callers inside `acquire`."""


@dataclass(frozen=True, slots=True)
class Refill:
    """Warm one page of this site."""

    site: SiteConfig


@dataclass(frozen=True, slots=True)
class Shrink:
    """Close the stalest page of this site."""

    site: SiteConfig


class Admission(Enum):
    """What to do with a caller who wants a session."""

    TAKE = auto()
    """Give the ready slot."""
    OPEN = auto()
    """There is room: make a session."""
    EVICT = auto()
    """No room, but a ready page of somebody else: close that, then look again."""
    WAIT = auto()
    """No room: look again when a slot closes."""


def grants(
    rates: Mapping[K, float],
    warm_ups: Mapping[K, float],
    budget: Budget,
    limits: Mapping[K, Limit],
    *,
    coverage: float = COVERAGE,
    headrooms: Mapping[K, float] | None = None,
) -> list[K]:
    """The keys that are given a page, one entry a page, most urgent first.

    Floors come first, level by level, then demand (see above). `rates` in calls per second,
    `warm_ups` in seconds, `headrooms` in place of HEADROOM; a key without a rate gets its floor,
    one without a limit nothing. A larger budget, or coverage, only makes the list longer.
    """
    demands = _demands(rates, warm_ups, limits, headrooms or {})
    return _cut(demands, budget, limits, coverage)[0]


def targets(
    rates: Mapping[K, float],
    warm_ups: Mapping[K, float],
    budget: Budget,
    limits: Mapping[K, Limit],
    *,
    coverage: float = COVERAGE,
    headrooms: Mapping[K, float] | None = None,
) -> dict[K, int]:
    """How many ready pages each key of `limits` is to have; see `grants`."""
    given = Counter(grants(rates, warm_ups, budget, limits, coverage=coverage, headrooms=headrooms))
    return {key: given[key] for key in limits}


def sizes(
    rates: Mapping[str, float],
    warm_ups: Mapping[str, float],
    budget: Budget,
    limits: Mapping[str, Limit],
    *,
    headrooms: Mapping[str, float],
    cover: Cover,
) -> Sizes:
    """What the pool is to hold: `grants` to one coverage, kept to a higher one."""
    demands = _demands(rates, warm_ups, limits, headrooms)
    kept, wanted = _cut(demands, budget, limits, cover.kept, cover.wanted)
    return Sizes(kept[:wanted], Counter(kept))


def floors(limits: Mapping[K, Limit]) -> list[K]:
    """One entry for each page of a floor: every key's first before any key's second."""
    levels = [
        (level, key)
        for key, limit in limits.items()
        for level in range(min(limit.floor, limit.cap))
    ]
    return [key for _, key in sorted(levels, key=lambda item: item[0])]


@dataclass(frozen=True, slots=True)
class _Demand(Generic[K]):
    """One key's calls per second, and what its pages are worth."""

    key: K
    rate: float
    curve: Curve
    limit: Limit


def _demands(
    rates: Mapping[K, float],
    warm_ups: Mapping[K, float],
    limits: Mapping[K, Limit],
    headrooms: Mapping[K, float],
) -> list[_Demand[K]]:
    return [
        _Demand(
            key,
            rates[key],
            Curve.of(headrooms.get(key, HEADROOM) * rates[key] * warm_ups.get(key, 0.0)),
            Limit(min(limit.floor, limit.cap), limit.cap),
        )
        for key, limit in limits.items()
        if rates.get(key, 0.0) > 0.0
    ]


def _cut(
    demands: Sequence[_Demand[K]],
    budget: Budget,
    limits: Mapping[K, Limit],
    coverage: float,
    wanted: float = 1.0,
) -> tuple[list[K], int]:
    """The grants up to `coverage`, and how many of them cover `wanted` already."""
    given = floors(limits)[: budget.pages]
    enough = len(given)
    for key, share in _greedy(demands):
        if share >= coverage or len(given) >= budget.pages:
            break
        given.append(key)
        enough += share < wanted
    return given, enough


def _greedy(demands: Sequence[_Demand[K]]) -> Iterator[tuple[K, float]]:
    """The keys by falling gain beyond their floors, each with the share covered before it."""
    most = sum(each.rate * each.curve.covered(each.limit.cap) for each in demands)
    done = sum(each.rate * each.curve.covered(each.limit.floor) for each in demands)
    series = [
        islice(each.curve.gains(each.limit.floor), max(0, each.limit.cap - each.limit.floor))
        for each in demands
    ]
    heap = [(-each.rate * next(series[i], 0.0), i) for i, each in enumerate(demands)]
    heapq.heapify(heap)
    while heap and heap[0][0] < 0.0:
        loss, i = heap[0]
        yield demands[i].key, done / most
        done -= loss
        heapq.heapreplace(heap, (-demands[i].rate * next(series[i], 0.0), i))


def plan(
    sites: Sequence[SiteConfig],
    stock: Mapping[str, Stock],
    load: Load,
    *,
    max_slots: int,
    refills: int,
    resting: Collection[str] = (),
    sizes: Sizes | None = None,
) -> list[Refill | Shrink]:
    """What to do now, most urgent first. Without `sizes`: min_warm pages of every site.

    Every site gets its first page before any gets its second, as far as `min_warm` goes; then
    demand decides. Nothing is warmed while somebody acquires (a refill under way costs an acquire
    half its speed), nor for a resting site, nor beyond the room there is. Pages above `max_warm`
    are closed at once, those above what demand keeps when nobody acquires, and those above what
    it wants when others miss the room.
    """
    if load.acquiring:
        return _surplus(sites, stock, {site.name: site.max_warm for site in sites})
    tidy = sizes is not None  # fixed numbers never take one site's page for another's
    sizes = sizes or _fixed(sites)
    awake = {site.name: site for site in sites if site.name not in resting}
    missing = [awake[name] for name in _missing(sizes.wanted, stock) if name in awake]
    room = max(0, max_slots - load.live)
    free = max(0, refills - load.warming)
    decisions = _surplus(sites, stock, sizes.kept)
    crowded = min(len(missing), free) - room - len(decisions)
    if tidy and crowded > 0:
        decisions = _surplus(sites, stock, Counter(sizes.wanted))[: len(decisions) + crowded]
    return [*decisions, *(Refill(site) for site in missing[: min(room, free)])]


def _fixed(sites: Sequence[SiteConfig]) -> Sizes:
    limits = {site.name: Limit(site.min_warm, site.max_warm) for site in sites}
    return Sizes(floors(limits), {site.name: site.max_warm for site in sites})


def _surplus(
    sites: Sequence[SiteConfig], stock: Mapping[str, Stock], kept: Mapping[str, int]
) -> list[Refill | Shrink]:
    """One entry for each ready page above what is kept."""
    return [
        Shrink(site)
        for site in sites
        for _ in range(stock.get(site.name, NOTHING).ready - kept.get(site.name, 0))
    ]


def _missing(wanted: Sequence[str], stock: Mapping[str, Stock]) -> list[str]:
    """One entry for each wanted page that is neither there nor under way."""
    there = {name: have.ready + have.warming for name, have in stock.items()}
    missing: list[str] = []
    for name in wanted:
        left = there.get(name, 0)
        if left > 0:
            there[name] = left - 1
        else:
            missing.append(name)
    return missing


def admit(
    *, ready: bool, live: int, max_slots: int, evictable: bool, closing: int, waiting: int
) -> Admission:
    """What to do with one caller. `waiting` counts the caller and those ahead of him."""
    if ready:
        return Admission.TAKE
    if live < max_slots:
        return Admission.OPEN
    if evictable and closing < waiting:
        return Admission.EVICT
    return Admission.WAIT


def pause_after(failures: int, first_s: float, longest_s: float) -> float:
    """Seconds a site rests after so many failures in a row."""
    if failures < 1:
        return 0.0
    return min(longest_s, first_s * 2.0 ** min(failures - 1, 30))
