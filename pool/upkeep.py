"""What the pool's one loop has to do, as values: pure decisions from a view and the time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from .config import PoolConfig, SiteConfig
from .forecast import Forecast
from .memory import Memory, affordable, relief
from .rotation import BrowserInfo, StartSpare, Turn, departing, rotate
from .shelf import Key, Shelf
from .sizing import Budget, Limit, Load, Refill, Sizes, Stock, pause_after, plan
from .slot import Reason


@dataclass(frozen=True, slots=True)
class Warm:
    """Make one warm page of this site."""

    site: SiteConfig


@dataclass(frozen=True, slots=True)
class Retire:
    """Destroy this slot."""

    slot: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Probe:
    """See whether the browser still answers."""


@dataclass(frozen=True, slots=True)
class Park:
    """Stop this ready page: it waits, and need not run for it."""

    slot: int


@dataclass(frozen=True, slots=True)
class Check:
    """See how the ready pages are."""


Job = Warm | Retire | Probe | Park | Check | Turn

SPARE = "the spare browser"
"""What a failed start of it is noted as; no site is named so."""


@dataclass(frozen=True, slots=True)
class View:
    """What the decisions look at."""

    shelf: Shelf
    warming: Mapping[str, int]
    """Refills under way, by site."""
    doubtful: tuple[int, ...]
    """Quarantined slots that no caller holds."""
    live: int
    acquiring: int
    forecast: Forecast | None = None
    """What demand is expected; None = `min_warm` pages of every site."""
    awake: Mapping[int, float] = field(default_factory=dict)
    """Ready slots that run, and when each may be parked."""
    parking: bool = False
    """One is being parked."""
    checked_at: float | None = None
    """When the ready pages were last looked at; None = they are not."""
    memory: Memory | None = None
    """None = not known, and thus not short."""
    ready_mb: Mapping[int, float] = field(default_factory=dict)
    """What each ready slot takes, megabytes, stalest first."""
    browsers: Sequence[BrowserInfo] = ()
    """Those that run."""
    starting_spare: bool = False
    leaving: frozenset[int] = frozenset()
    """Ready slots in browsers that are to go."""
    late: int = 0
    """Refills under way that wait for a slow site: others may begin beside them."""


WANTED_S = 4.0
"""A failing site that somebody asks for is tried again so long after the last time, seconds."""


class Diary:
    """When a failing site may be tried again, and when the browser was last probed."""

    def __init__(self, config: PoolConfig) -> None:
        self._config = config
        self._failures: Counter[str] = Counter()
        self._rest_until: dict[str, float] = {}
        self._failed_at: dict[str, float] = {}
        self.probed_at: float | None = None
        self._hushed_until = 0.0
        self._deaths: dict[str, tuple[int, float]] = {}

    def acquired(self, now: float) -> None:
        """Somebody starts on a session: no refill for a moment.

        A hush that lasts already is not prolonged, so that callers in a row can't stop refills.
        """
        if self._hushed_until <= now:
            self._hushed_until = now + self._config.refill_delay_s

    def hushed(self, now: float) -> bool:
        """Whether refills wait for a caller's first steps."""
        return now < self._hushed_until

    def failed(self, site: str, now: float) -> float:
        """Note a failed warm-up; returns the seconds the site rests."""
        self._failures[site] += 1
        self._failed_at[site] = now
        config = self._config
        rest = pause_after(self._failures[site], config.retry_s, config.retry_max_s)
        self._rest_until[site] = now + rest
        return rest

    def succeeded(self, site: str) -> None:
        """Note a warm-up that worked."""
        self._failures.pop(site, None)
        self._failed_at.pop(site, None)
        self._rest_until.pop(site, None)

    def missed(self, site: str, now: float) -> None:
        """Note that somebody wanted a page of a failing site: then it does not rest for long."""
        failed_at = self._failed_at.get(site)
        if failed_at is not None:
            soon = max(now, failed_at + WANTED_S)
            self._rest_until[site] = min(self._rest_until.get(site, soon), soon)

    def died(self, site: str, now: float) -> float:
        """Note that a ready page crashed; returns the seconds the site rests.

        None for the first in a while, nor for several at once: those have one cause, which need
        not be theirs. A site whose pages crash one after the other rests longer each time.
        """
        config = self._config
        count, last = self._deaths.get(site, (0, -math.inf))
        if now - last < config.retry_s:
            return 0.0
        count = count + 1 if now - last < config.retry_max_s else 1
        self._deaths[site] = count, now
        rest = pause_after(count - 1, config.retry_s, config.retry_max_s)
        self._rest_until[site] = max(self._rest_until.get(site, now), now + rest)
        return rest

    def resting(self, now: float) -> frozenset[str]:
        """Sites that are not to be tried yet."""
        return frozenset(site for site, until in self._rest_until.items() if until > now)

    def next_change(self, now: float) -> float | None:
        """When the next site has rested, or the hush ends."""
        times = (*self._rest_until.values(), self._hushed_until)
        return min((until for until in times if until > now), default=None)


def due(
    config: PoolConfig, view: View, diary: Diary, key_of: Callable[[SiteConfig], Key], now: float
) -> list[Job]:
    """Everything to be done now: clean first, then check, then warm."""
    expired = view.shelf.expired(now)
    jobs: list[Job] = [Retire(slot, Reason.LOST) for slot in view.doubtful]
    jobs += [Retire(slot, Reason.EXPIRED) for slot in expired]
    if diary.probed_at is None or now - diary.probed_at >= config.heartbeat_s:
        jobs.append(Probe())
    if view.checked_at is not None and now - view.checked_at >= config.heartbeat_s:
        jobs += [Check(), *_relieve(config, view)]
    jobs += _depart(config, view)
    jobs += _rotate(config, view, diary, now)
    return jobs + _park(config, view, diary, now) + _resize(config, view, diary, key_of, now)


def _depart(config: PoolConfig, view: View) -> list[Job]:
    """Ready slots of browsers that are to go."""
    if not view.leaving:
        return []
    crowded = view.live >= config.max_slots
    gone = departing(view.shelf.entries(), view.leaving, crowded=crowded)
    return [Retire(slot, Reason.WORN) for slot in gone]


def _rotate(config: PoolConfig, view: View, diary: Diary, now: float) -> list[Job]:
    """Browsers to start and to retire; starting one takes half a second of a core."""
    held_up = view.starting_spare or view.acquiring or diary.hushed(now)
    held_up = held_up or SPARE in diary.resting(now)
    turns = rotate(view.browsers, config, now)
    return [turn for turn in turns if not (held_up and isinstance(turn, StartSpare))]


def _relieve(config: PoolConfig, view: View) -> list[Job]:
    """Ready slots that go because memory gets short."""
    if view.memory is None:
        return []
    count = relief(view.memory, list(view.ready_mb.values()), config.memory)
    return [Retire(slot, Reason.MEMORY) for slot in list(view.ready_mb)[:count]]


def _park(config: PoolConfig, view: View, diary: Diary, now: float) -> list[Job]:
    """One at a time, and none while somebody acquires: finding its process costs 35 ms."""
    if view.parking or view.acquiring or diary.hushed(now):
        return []
    ripe = [slot for slot, at in _parkable(config, view).items() if at <= now]
    return [Park(slot) for slot in ripe[:1]]


def _parkable(config: PoolConfig, view: View) -> dict[int, float]:
    """Who may be parked, and when. The next page of each key runs: waking one takes 5 ms."""
    if not config.park:
        return {}
    spared = view.shelf.freshest()
    return {slot: at for slot, at in view.awake.items() if slot not in spared}


def _refills(config: PoolConfig, view: View) -> int:
    """Pages that may be warmed at the same time, as far as memory allows."""
    if view.memory is None:
        return config.refills
    return min(config.refills, affordable(view.memory, config.slot_mb, config.memory))


def _resize(
    config: PoolConfig, view: View, diary: Diary, key_of: Callable[[SiteConfig], Key], now: float
) -> list[Job]:
    counts = Counter(at for slot, at in view.shelf.entries() if slot not in view.leaving)
    stock = {
        site.name: Stock(counts[key_of(site)], view.warming.get(site.name, 0))
        for site in config.warm_sites
    }
    busy = sum(view.warming.values()) - view.late
    load = Load(view.live, busy, view.acquiring + diary.hushed(now))
    decisions = plan(
        config.warm_sites,
        stock,
        load,
        max_slots=config.max_slots,
        refills=_refills(config, view),
        resting=diary.resting(now),
        sizes=None if load.acquiring else _sizes(config, view, key_of, now),
    )
    jobs: list[Job] = []
    for decision in decisions:
        if isinstance(decision, Refill):
            jobs.append(Warm(decision.site))
        elif (slot := view.shelf.stalest(key_of(decision.site))) is not None:
            jobs.append(Retire(slot, Reason.SURPLUS))
    return jobs


def reusable(
    stand: SiteConfig, *, uses: int, sound: bool, leaving: bool, stock: int, waiting: int
) -> bool:
    """Whether a context that was lent is to serve again: only if nobody waits for its place.

    `sound`: its page did not crash; `leaving`: its browser is to go; `stock`: pages of its kind
    that are ready or under way.
    """
    return (
        sound and not leaving and not waiting and uses < stand.max_uses and stock < stand.max_warm
    )


def _sizes(
    config: PoolConfig, view: View, key_of: Callable[[SiteConfig], Key], now: float
) -> Sizes | None:
    """What demand asks for, within what callers and closing slots leave."""
    if view.forecast is None or not config.adaptive:
        return None
    held = view.live - len(view.shelf) - sum(view.warming.values())
    budget = Budget(config.max_slots - held, config.budget_mb, config.slot_mb)
    keys = {site.name: key_of(site) for site in config.warm_sites}
    limits = {site.name: Limit(site.min_warm, site.max_warm) for site in config.warm_sites}
    return view.forecast.sizes(keys, limits, budget, now)


def pause(config: PoolConfig, view: View, diary: Diary, now: float) -> float:
    """Seconds until there may be something to do without anybody saying so."""
    times = [now + config.heartbeat_s, view.shelf.next_expiry(), diary.next_change(now)]
    times += [at for at in _parkable(config, view).values() if at > now]  # else it is held up
    return max(0.0, min(time for time in times if time is not None) - now)
