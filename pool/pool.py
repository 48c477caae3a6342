"""The warm pool: acquire, release, statistics, and the loop that keeps pages ready.

State changes are plain synchronous code between awaits, so no lock is needed: a slot is assigned
first and its I/O done after. Whoever gives a slot up calls `_retire`, once; a task owned by the
pool then destroys its session and makes room for the next caller.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from types import TracebackType
from typing import Generic, Literal, Self, TypeVar, cast

from . import upkeep
from .browser import PAGE_CRASHED, Launcher, Session
from .config import DEFAULT_PROFILE, PoolConfig, SiteConfig
from .errors import (
    AcquireTimeout,
    BrowserLost,
    NavigationFailed,
    PageUnfit,
    PageUnresponsive,
    PoolClosed,
    PoolError,
)
from .forecast import Forecast
from .health import Verdict, looks_like_sign_in
from .keeper import Keeper
from .lease import How, Lease
from .line import Line
from .memory import Memory, read_memory
from .opening import Opener
from .options import SessionOptions
from .parking import sweep
from .patience import Patience
from .roster import Roster
from .shelf import Key
from .sites import site_for
from .slot import SHELVED, Event, Reason, Slot, State
from .stands import OptionsOf, Stands
from .statistics import PoolStatistics, Tally
from .tasks import TaskBag, join
from .tending import Tender

S = TypeVar("S", bound=Session)
P = TypeVar("P")

_log = logging.getLogger(__name__)


class WarmPool(Generic[S, P]):
    """Keeps pages of configured sites open, and lends each to one caller.

    `prepare(session)` is called once for every new session, warm or cold, while its page is still
    blank, so that what it installs holds for the first document too. `touch(prepared)` is called
    once for every warm page after it loaded, to pay for its first use ahead of the caller; then
    the page is pinged. Both have `prepare_timeout_s`.

    `clock` gives seconds for ages and durations; deadlines are the event loop's. `memory` tells
    the machine's memory, None = not known: then it is never short.

    `options_of(profile)` gives the options of pages kept for a profile, None = the pool's; it is
    asked when one is first needed, and again after `forget`.
    """

    def __init__(
        self,
        config: PoolConfig,
        launcher: Launcher[S],
        *,
        prepare: Callable[[S], Awaitable[P]],
        touch: Callable[[P], Awaitable[object]] | None = None,
        clock: Callable[[], float] = time.monotonic,
        memory: Callable[[], Memory | None] = read_memory,
        options_of: OptionsOf | None = None,
    ) -> None:
        self._config = config
        self._clock = clock
        self._stands = Stands(config, options_of)
        self._tasks = TaskBag()
        self._keeper = Keeper(launcher, self._tasks, config.close_timeout_s)
        self._opener = Opener(config, self._keeper, prepare, touch)
        self._roster: Roster[S, P] = Roster(config.max_slots)
        self._tender: Tender[S, P] = Tender(config, self._roster, memory, clock)
        self._checked_at = 0.0
        self._line: Line[Slot[S, P]] = Line(config.max_waiting, self._offer, self._take_back)
        self._warming: Counter[str] = Counter()
        self._patience = Patience(config.patience_s, self._stir)
        self._acquiring = 0
        self._diary = upkeep.Diary(self._stands.config)
        self._forecast = Forecast(
            config.rate_window_s, refills=config.refills, predict=config.predict
        )
        self._tally = Tally()
        self._wake = asyncio.Event()
        self._changed = asyncio.Event()
        self._state: Literal["new", "open", "closed"] = "new"
        self._shutdown: asyncio.Task[None] | None = None

    # -- life ----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Launch the browser and begin refilling; returns when the browser is up.

        Raises BrowserNotFound, BrowserLaunchFailed, or PoolClosed on a pool that was closed.
        """
        if self._state == "new":
            # Beside the launch: it takes as long as this machine has processes.
            swept = self._tasks.spawn(asyncio.to_thread(sweep), "pool-sweep")
            await self._keeper.get()
            await join(swept)
            self._begin()
        if self._state == "closed":
            raise PoolClosed("This pool was closed")

    def _begin(self) -> None:
        if self._state == "new":  # of several callers, the first begins
            self._state = "open"
            self._diary.probed_at = self._checked_at = self._clock()
            self._tasks.spawn(self._keep(), "pool-upkeep")

    async def close(self) -> None:
        """End every task, session and browser. Bounded; calling it again waits for the first."""
        if self._shutdown is None:
            self._state = "closed"
            self._line.close()
            loop = asyncio.get_running_loop()
            self._shutdown = loop.create_task(self._end(), name="pool-shutdown")
        await asyncio.shield(self._shutdown)

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def _end(self) -> None:
        await self._tasks.close(self._config.close_timeout_s)
        await self._keeper.close()
        for slot in list(self._roster.slots.values()):
            if self._roster.retire(slot):
                self._tally.retirements[Reason.SHUTDOWN] += 1
            self._roster.closed(slot)
        self._stir()

    # -- lending -------------------------------------------------------------------------------

    async def acquire(
        self,
        url: str,
        *,
        profile: str = DEFAULT_PROFILE,
        options: SessionOptions | None = None,
        timeout_s: float | None = None,
    ) -> Lease[S, P]:
        """Lend a session for `url`: a warm page of its site, else a cold one on a blank page.

        The page is never navigated here: `Lease.url` says where it is. Without `options` it has
        those of the profile, if pages of it are kept, else the pool's. A warm page is lent only to
        a caller of the same profile and equal options. A cancelled acquire leaves nothing behind.
        Whatever `prepare` and `options_of` raise comes through.

        Raises AcquireTimeout, BrowserNotFound, BrowserLaunchFailed, BrowserLost, PageCrashed,
        PageUnresponsive, PoolClosed.
        """
        if self._state != "open":
            raise PoolClosed(f"The pool is {self._state}, not open")
        limit = self._config.acquire_timeout_s if timeout_s is None else timeout_s
        site = site_for(url, self._config.warm_sites)
        started = self._clock()
        self._acquiring += 1
        try:
            async with asyncio.timeout(limit) as deadline:
                wanted = options or await self._stands.load(profile)
                key = Key(site.name if site else "", profile, wanted.fingerprint)
                self._forecast.acquired(key, started)
                slot, how = await self._obtain(key, wanted)
        except TimeoutError as error:
            if not deadline.expired():
                raise
            raise AcquireTimeout(f"No session within {limit:g} s ({self._roster})") from error
        finally:
            self._acquiring -= 1
            self._diary.acquired(self._clock())
            self._stir()
        return self._lend(slot, how, self._clock() - started)

    async def release(self, lease: Lease[S, P], *, broken: bool = False) -> None:
        """Give a session back; it is destroyed behind the caller, never used again.

        Releasing twice, or after `close`, does nothing.
        """
        slot = self._roster.slots.get(lease.slot)
        if slot is not None and slot.held:
            slot.held = False
            self._retire(slot, Reason.BROKEN if broken else Reason.USED)

    def _lend(self, slot: Slot[S, P], how: How, seconds: float) -> Lease[S, P]:
        assert slot.session is not None
        if how == "warm":
            self._tally.hits += 1
        else:
            self._tally.misses += 1
        prepared = cast(P, slot.prepared)  # set before a slot is READY or LEASED
        return Lease(slot.session, prepared, how, seconds, slot.session.url, slot.key, slot.id)

    async def _obtain(self, key: Key, options: SessionOptions) -> tuple[Slot[S, P], How]:
        while True:
            slot = await self._line.take(key)
            slot.held = True
            try:
                if slot.state is State.WARMING:
                    await self._open(slot, options)
                    slot.move(Event.LEASE)
                    return slot, "cold"
                if await self._answers(slot):
                    return slot, "warm"
            except BaseException:
                slot.held = False
                self._retire(slot, Reason.FAILED)
                raise
            slot.held = False
            self._retire(slot, Reason.PING)

    def _take_back(self, slot: Slot[S, P]) -> None:
        self._retire(slot, Reason.FAILED)

    def _offer(self, key: Key, place: int) -> Slot[S, P] | None:
        given, evicted = self._roster.offer(key, place, self._clock())
        if evicted is not None:
            self._retire(evicted, Reason.EVICTED)
        return given

    async def _answers(self, slot: Slot[S, P]) -> bool:
        """Whether a warm page still lives. A silent one may mean that the browser hangs."""
        assert slot.session is not None
        woken = slot.session.parked
        slot.session.unpark()
        try:
            seconds = await slot.session.ping(self._config.ping_timeout_s)
        except PageUnresponsive:
            await self._probe()
            return False
        except PoolError:
            return False
        self._tender.answered(slot, seconds, woken=woken)
        return slot.state is State.LEASED

    # -- making and destroying -----------------------------------------------------------------

    async def _open(self, slot: Slot[S, P], options: SessionOptions) -> S:
        """Put a prepared session into a WARMING slot."""
        slot.making = self._tasks.spawn(self._opener.make(options), f"pool-open-{slot.id}")
        session = slot.session = await join(slot.making)
        session.on_lost(lambda reason: self._lost(slot, reason))
        slot.prepared = await self._opener.prepare(session)
        if not session.alive:
            raise BrowserLost("The session was lost while it was prepared")
        return session

    def _lost(self, slot: Slot[S, P], reason: str) -> None:
        waited = slot.state in SHELVED
        if self._roster.doubt(slot):
            _log.info("Slot %d (%s) is lost: %s", slot.id, slot.key.site or "-", reason)
            if waited and reason == PAGE_CRASHED:
                self._died(slot.key)
            self._stir()

    def _died(self, key: Key) -> None:
        for stand in self._stands.config.sites:
            if self._stands.key(stand) == key:
                rest = self._diary.died(stand.name, self._clock())
                _log.warning("A ready page of %s crashed (again in %g s)", stand.name, rest)

    def _retire(self, slot: Slot[S, P], reason: Reason) -> None:
        if self._state == "closed" or not self._roster.retire(slot):
            return
        self._tally.retirements[reason] += 1
        self._tasks.spawn(self._destroy(slot), f"pool-close-{slot.id}")

    async def _destroy(self, slot: Slot[S, P]) -> None:
        try:
            if slot.session is None and slot.making is not None:
                await asyncio.wait({slot.making})
                if not slot.making.cancelled() and slot.making.exception() is None:
                    slot.session = slot.making.result()
            if slot.session is not None:
                await self._close_session(slot.session)
                await self._wipe()
        finally:
            if slot.state is State.CLOSING:  # or the pool, closing, was faster
                self._roster.closed(slot)
            self._stir()

    async def _close_session(self, session: S) -> None:
        try:
            await session.close(self._config.close_timeout_s)
        except PoolError as error:
            self._tally.unclosed += 1
            self._tally.last_error = str(error)
            await self._probe()

    async def _wipe(self) -> None:
        """Before the slot's place is free: the next caller must not paste what this one copied.

        Leases that are open at the same time still share the clipboard of their browser.
        """
        try:
            await self._keeper.wipe(self._config.close_timeout_s)
        except PoolError as error:
            self._tally.last_error = str(error)
            _log.warning("%s", error.message)
            await self._probe()

    async def _probe(self) -> None:
        self._diary.probed_at = self._clock()
        await self._keeper.probe(self._config.browser_ping_timeout_s)

    # -- upkeep --------------------------------------------------------------------------------

    def _stir(self) -> None:
        """Something changed: serve those who wait, wake the loop and the watchers."""
        if self._state == "open":
            self._line.serve()
        self._wake.set()
        self._changed.set()

    async def _keep(self) -> None:
        config = self._stands.config
        while True:
            self._wake.clear()
            for job in upkeep.due(
                config, self._view(), self._diary, self._stands.key, self._clock()
            ):
                self._perform(job)
            pause = upkeep.pause(config, self._view(), self._diary, self._clock())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    def _view(self) -> upkeep.View:
        roster = self._roster
        return upkeep.View(
            roster.shelf,
            self._warming,
            roster.doubtful(),
            len(roster.slots),
            self._acquiring,
            self._forecast,
            awake=self._tender.awake(),
            parking=self._tender.parking,
            checked_at=self._checked_at,
            memory=self._tender.memory(),
            ready_mb=self._tender.ready_mb(),
            late=self._patience.late,
        )

    def _perform(self, job: upkeep.Job) -> None:
        match job:
            case upkeep.Warm(site):
                self._warming[site.name] += 1
                slot = self._roster.open(self._stands.key(site))
                self._tasks.spawn(self._refill(slot, site), f"pool-warm-{site.name}")
            case upkeep.Retire(number, reason):
                level = logging.WARNING if reason is Reason.MEMORY else logging.DEBUG
                _log.log(level, "Slot %d is retired: %s", number, reason)
                self._retire(self._roster.slots[number], reason)
            case upkeep.Probe():
                self._diary.probed_at = self._clock()
                self._tasks.spawn(self._probe(), "pool-probe")
            case upkeep.Park(number):
                self._tender.parking = True  # at once: the task begins later
                self._tasks.spawn(self._park(self._roster.slots[number]), f"pool-park-{number}")
            case upkeep.Check():
                self._checked_at = self._clock()
                if not self._tender.checking:
                    self._tasks.spawn(self._tender.check(self._unfit), "pool-check")

    async def _park(self, slot: Slot[S, P]) -> None:
        try:
            await self._tender.park(slot)
        finally:
            self._stir()

    def _unfit(self, slot: Slot[S, P], verdict: Verdict) -> None:
        """A page on the shelf must not be lent."""
        if self._roster.doubt(slot):
            why = ", ".join(verdict.reasons)
            _log.warning("Slot %d (%s) is not fit to be lent: %s", slot.id, slot.key.site, why)
            self._retire(slot, Reason.HEALTH)
            self._stir()

    async def _refill(self, slot: Slot[S, P], site: SiteConfig) -> None:
        started = self._clock()
        profile = self._stands.profile(site)
        generation = self._stands.generation(profile)
        try:
            async with asyncio.timeout(self._config.prepare_timeout_s):
                options = await self._stands.load(profile)
            slot.key = replace(slot.key, fingerprint=options.fingerprint)
            with self._patience.watch():
                await self._warm(slot, site, options)
        except Exception as error:  # noqa: BLE001 - the hooks are the caller's code
            self._failed(slot, site, error)
        else:
            now = self._clock()
            self._diary.succeeded(site.name)
            self._tally.refills += 1
            self._tally.last_refill_s = now - started
            self._forecast.warmed(slot.key, now - started)
            self._roster.shelve(slot, now + site.ttl_s)
            self._tender.shelved(slot)
            if generation != self._stands.generation(profile):  # forgotten meanwhile
                self._retire(slot, Reason.CHANGED)
        finally:
            self._warming[site.name] -= 1
            self._stir()

    async def _warm(self, slot: Slot[S, P], site: SiteConfig, options: SessionOptions) -> None:
        """Prepare, then navigate, then touch: the first use of a page costs several times more."""
        session = await self._open(slot, options)
        try:
            await session.open(site.url, site.ready, self._config.warm_timeout_s)
        except NavigationFailed as error:
            # A sign-in page has nothing of what members see: that is why it never got ready.
            if error.kind == "not-ready" and looks_like_sign_in(session.url, site.url):
                raise PageUnfit(f"It was sent to a sign-in page, {error.cause}") from error
            raise
        await self._opener.touch(cast(P, slot.prepared))
        seconds = await session.ping(self._config.session_timeout_s)
        if not session.alive:
            raise BrowserLost("The page was lost while it was warmed")
        self._tender.answered(slot, seconds)
        signed_out = looks_like_sign_in(session.url, site.url)
        verdict = self._tender.verdict(slot, signed_out=signed_out)
        if verdict.quarantine:
            raise PageUnfit(f"It is not fit to be lent: {', '.join(verdict.reasons)}")

    def _failed(self, slot: Slot[S, P], site: SiteConfig, error: Exception) -> None:
        rest = self._diary.failed(site.name, self._clock())
        self._tally.refill_failures += 1
        cause = next(iter(str(error).splitlines()), "") or type(error).__name__
        self._tally.last_error = f"{site.name}: {cause}"
        _log.warning("Could not warm %s (again in %g s)", self._tally.last_error, rest)
        self._retire(slot, Reason.HEALTH if isinstance(error, PageUnfit) else Reason.FAILED)

    def forget(self, profile: str) -> None:
        """A profile changed: its ready pages go, and others are made of what it holds now."""
        self._stands.forget(profile)
        for slot in self._roster.shelved():
            if slot.key.profile == profile:
                self._retire(slot, Reason.CHANGED)
        self._stir()

    # -- looking -------------------------------------------------------------------------------

    def statistics(self) -> PoolStatistics:
        """The pool at this moment."""
        tally = self._tally
        counts = self._roster.states()
        return PoolStatistics(
            slots={state: counts[state] for state in State if state is not State.EMPTY},
            ready={
                stand.name: self._roster.shelf.counts()[self._stands.key(stand)]
                for stand in self._stands.config.sites
            },
            waiting=len(self._line),
            hits=tally.hits,
            misses=tally.misses,
            refills=tally.refills,
            refill_failures=tally.refill_failures,
            retirements=dict(tally.retirements),
            unclosed=tally.unclosed,
            browser_pid=self._keeper.pid,
            launches=self._keeper.launches,
            last_refill_s=tally.last_refill_s,
            last_error=tally.last_error,
            scores={slot.id: self._tender.verdict(slot).score for slot in self._roster.shelved()},
        )

    async def wait_warm(self, site: str | None = None, *, timeout_s: float = 30.0) -> bool:
        """Wait until a site, or every site, has its `min_warm` pages; False if it takes longer.

        Of a site, all its profiles; "ada@shop" is the site "shop" for the profile "ada" alone.
        """
        wanted = self._stands.of(site)
        if site is not None and not wanted:
            return False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while not self._all_warm(wanted):
                    if self._state == "closed":
                        return False
                    self._changed.clear()
                    await self._changed.wait()
        return self._all_warm(wanted)

    def _all_warm(self, sites: list[SiteConfig]) -> bool:
        counts = self._roster.shelf.counts()
        return all(counts[self._stands.key(site)] >= site.min_warm for site in sites)
