"""The warm pool: acquire, release, statistics, and the loop that keeps pages ready.

State changes are plain synchronous code between awaits, so no lock is needed: a slot is assigned
first and its I/O done after. How pages get warm is in `refilling`, how they end in `closing`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Generic, Literal, Self, TypeVar, cast

from . import looking, upkeep
from .browser import Launcher, Session
from .config import DEFAULT_PROFILE, PoolConfig, SiteConfig
from .errors import AcquireTimeout, PageUnresponsive, PoolClosed, PoolError
from .housekeeping import Housekeeper
from .lease import How, Lease, Lent
from .line import Line
from .memory import Memory, read_memory
from .options import SessionOptions
from .parking import sweep
from .parts import Hooks, assemble
from .refilling import Refiller
from .shelf import Key
from .slot import Event, Reason, Slot, State
from .stands import Kind, OptionsOf
from .statistics import PoolStatistics, SlotInfo
from .tasks import join

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
        hooks = Hooks(prepare, touch, clock, memory, options_of)
        self._parts = parts = assemble(config, launcher, hooks, self._stir)
        self._line: Line[Slot[S, P]] = Line(config.max_waiting, self._offer, self._take_back)
        self._refiller = Refiller(parts)
        self._housekeeper = Housekeeper(parts, self._refiller, lambda: self._acquiring)
        self._acquiring = 0
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
            swept = self._parts.tasks.spawn(asyncio.to_thread(sweep), "pool-sweep")
            await self._parts.fleet.start_spare()
            await join(swept)
            self._begin()
        if self._state == "closed":
            raise PoolClosed("This pool was closed")

    def _begin(self) -> None:
        if self._state == "new":  # of several callers, the first begins
            self._state = "open"
            self._parts.diary.probed_at = self._parts.clock()
            self._parts.tasks.spawn(self._housekeeper.run(), "pool-upkeep")

    async def close(self) -> None:
        """End every task, session and browser. Bounded; calling it again waits for the first."""
        if self._shutdown is None:
            self._state = "closed"
            self._parts.closer.stop()
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
        await self._parts.tasks.close(self._config.close_timeout_s)
        await self._parts.fleet.close()
        self._parts.closer.end()
        self._stir()

    # -- lending -------------------------------------------------------------------------------

    async def acquire(
        self,
        url: str,
        *,
        profile: str = DEFAULT_PROFILE,
        options: SessionOptions | None = None,
        timeout_s: float | None = None,
        greet: Callable[[P], Awaitable[object]] | None = None,
    ) -> Lease[S, P]:
        """Lend a session for `url`: a warm page of its site, else a cold one on a blank page.

        The page is never navigated here: `Lease.url` says where it is. Without `options` it has
        those of the profile, if pages of it are kept, else the pool's. A warm page is lent only to
        a caller of the same profile and equal options. A cancelled acquire leaves nothing behind.
        Whatever `prepare` and `options_of` raise comes through.

        A warm page is pinged before it is lent. With `greet` it is asked that instead, which saves
        a round trip: what `greet(prepared)` gives is `Lease.greeting`. A page that takes longer
        than `ping_timeout_s` to answer is not lent; one that only greets slowly, or with an error,
        is, without the greeting.

        Raises AcquireTimeout, BrowserNotFound, BrowserLaunchFailed, BrowserLost, PageCrashed,
        PageUnresponsive, PoolClosed.
        """
        if self._state != "open":
            raise PoolClosed(f"The pool is {self._state}, not open")
        limit = self._config.acquire_timeout_s if timeout_s is None else timeout_s
        site = self._parts.stands.site(url)
        started = self._parts.clock()
        self._acquiring += 1
        try:
            async with asyncio.timeout(limit) as deadline:
                kind = await self._kind(site, profile, options)
                key = Key(site.name if site else "", profile, kind.fingerprint)
                self._parts.forecast.acquired(key, started)
                slot, how, greeting = await self._obtain(key, kind.options, greet)
        except TimeoutError as error:
            if not deadline.expired():
                raise
            raise AcquireTimeout(f"No session within {limit:g} s ({self._parts.roster})") from error
        finally:
            self._acquiring -= 1
            self._parts.diary.acquired(self._parts.clock())
            # Not now: there is nothing to refill before, and looking costs the caller half a ms.
            asyncio.get_running_loop().call_later(self._config.refill_delay_s, self._stir)
        seconds = self._parts.clock() - started
        origins = site.storage_origins if site is not None and options is None else ()
        return self._lend(slot, Lent(how, seconds, origins, greeting))

    async def release(self, lease: Lease[S, P], *, broken: bool = False) -> None:
        """Give a session back. Behind the caller it is destroyed, or reset where its site says so.

        Releasing twice, or after `close`, does nothing.
        """
        slot = self._parts.roster.slots.get(lease.slot)
        if slot is None or not slot.held:
            return
        slot.held = False
        stand = None if broken else self._reuse(slot)
        if stand is not None:
            self._refiller.recycle(slot, stand)
        else:
            self._parts.closer.retire(slot, Reason.BROKEN if broken else Reason.USED)

    def _reuse(self, slot: Slot[S, P]) -> SiteConfig | None:
        """The stand that a lent context is to serve again; None = it is to be destroyed."""
        stand = self._parts.stands.of_key(slot.key)
        if stand is None or self._state != "open":
            return None
        stock = self._parts.roster.shelf.counts()[slot.key] + self._refiller.warming[stand.name]
        again = upkeep.reusable(
            stand,
            uses=slot.uses,
            sound=slot.state is State.LEASED and slot.session is not None and slot.session.alive,
            leaving=slot.host is None or self._parts.fleet.leaves(slot.host.id),
            stock=stock,
            waiting=len(self._line) + self._acquiring,
        )
        return stand if again else None

    async def _kind(
        self, site: SiteConfig | None, profile: str, options: SessionOptions | None
    ) -> Kind:
        if options is not None:
            return Kind(options, options.fingerprint)
        return await self._parts.stands.load(site, profile)

    def _lend(self, slot: Slot[S, P], lent: Lent) -> Lease[S, P]:
        assert slot.session is not None
        slot.uses += 1
        if lent.how == "warm":
            self._parts.tally.hits += 1
        else:
            self._parts.tally.misses += 1
        prepared = cast(P, slot.prepared)  # set before a slot is READY or LEASED
        return Lease(slot.session, prepared, slot.session.url, slot.key, slot.id, *lent)

    async def _obtain(
        self,
        key: Key,
        options: SessionOptions,
        greet: Callable[[P], Awaitable[object]] | None,
    ) -> tuple[Slot[S, P], How, object]:
        while True:
            slot = await self._line.take(key)
            slot.held = True
            try:
                if slot.state is State.WARMING:
                    self._missed(key)
                    await self._refiller.open(slot, options)
                    slot.move(Event.LEASE)
                    return slot, "cold", None
                answered, greeting = await self._answers(slot, greet)
                if answered:
                    return slot, "warm", greeting
            except BaseException:
                slot.held = False
                self._parts.closer.retire(slot, Reason.FAILED)
                raise
            slot.held = False
            self._parts.closer.retire(slot, Reason.PING)

    def _missed(self, key: Key) -> None:
        stand = self._parts.stands.of_key(key)
        if stand is not None:
            self._parts.diary.missed(stand.name, self._parts.clock())

    def _take_back(self, slot: Slot[S, P]) -> None:
        self._parts.closer.retire(slot, Reason.FAILED)

    def _offer(self, key: Key, place: int) -> Slot[S, P] | None:
        given, evicted = self._parts.roster.offer(key, place, self._parts.clock())
        if evicted is not None:
            self._parts.closer.retire(evicted, Reason.EVICTED)
        return given

    async def _answers(
        self, slot: Slot[S, P], greet: Callable[[P], Awaitable[object]] | None
    ) -> tuple[bool, object]:
        """Whether a warm page still lives, and what it greets with.

        A silent one may mean that the browser hangs.
        """
        assert slot.session is not None
        woken = slot.session.parked
        slot.session.unpark()
        if greet is not None:
            greeting = await self._greeting(slot, greet)
            if greeting is not None:
                return slot.state is State.LEASED, greeting
        try:
            seconds = await slot.session.ping(self._config.ping_timeout_s)
        except PageUnresponsive:
            if slot.host is not None:
                self._parts.diary.probed_at = self._parts.clock()
                await self._parts.closer.probe(slot.host)
            return False, None
        except PoolError:
            return False, None
        self._parts.tender.answered(slot, seconds, woken=woken)
        return slot.state is State.LEASED, None

    async def _greeting(
        self, slot: Slot[S, P], greet: Callable[[P], Awaitable[object]]
    ) -> object | None:
        try:
            async with asyncio.timeout(self._config.ping_timeout_s):
                return await greet(cast(P, slot.prepared))
        except Exception as error:  # noqa: BLE001 - the caller's code; a ping decides
            _log.debug("Slot %d did not greet: %s", slot.id, error)
            return None

    # -- upkeep --------------------------------------------------------------------------------

    def _stir(self) -> None:
        """Something changed: serve those who wait, wake the loop and the watchers."""
        if self._state == "open":
            self._line.serve()
        self._housekeeper.wake()
        self._changed.set()

    # -- orders --------------------------------------------------------------------------------

    def forget(self, profile: str) -> None:
        """A profile changed: its ready pages go, and others are made of what it holds now."""
        self._parts.stands.forget(profile)
        for slot in self._parts.roster.shelved():
            if slot.key.profile == profile:
                self._parts.closer.retire(slot, Reason.CHANGED)
        self._stir()

    def warm(self, site: str, count: int = 1) -> int:
        """Keep `count` ready pages more of a site than there are now, of each of its profiles.

        As far as there is room now; until `drain`, whose end it is too. Returns how many there will
        be. Raises BadSite.
        """
        stands, ready = self._parts.stands, self._parts.roster.shelf.counts()
        room = self._config.max_slots - len(self._parts.roster.slots)
        there = 0
        for stand in stands.known(site):
            have = ready[stands.key(stand)] + self._refiller.warming[stand.name]
            more = max(0, min(ready[stands.key(stand)] + count - have, room))
            room -= more
            stands.keep(stand, have + more)
            there += have + more
        self._ordered()
        return there

    def drain(self, site: str | None = None) -> int:
        """Close the ready pages of a site, or of all, and make none until `warm`.

        Lent ones stay lent. Returns how many were closed. Raises BadSite.
        """
        keys = set()
        for stand in self._parts.stands.known(site):
            keys.add(self._parts.stands.key(stand))
            self._parts.stands.drain(stand)
        gone = [slot for slot in self._parts.roster.shelved() if slot.key in keys]
        for slot in gone:
            self._parts.closer.retire(slot, Reason.DRAINED)
        self._ordered()
        return len(gone)

    def _ordered(self) -> None:
        self._parts.forecast.changed()
        self._stir()

    # -- looking -------------------------------------------------------------------------------

    def statistics(self) -> PoolStatistics:
        """The pool at this moment."""
        return looking.statistics(self._parts, len(self._line))

    def slots(self) -> tuple[SlotInfo, ...]:
        """Every slot in use, oldest first."""
        return looking.slots(self._parts)

    def on_refill(self, listener: Callable[[Key, float], object]) -> None:
        """Call back for every page warmed, with the seconds it took."""
        self._refiller.listeners.append(listener)

    async def wait_warm(self, site: str | None = None, *, timeout_s: float = 30.0) -> bool:
        """Wait until a site, or every site, has its `min_warm` pages; False if it takes longer.

        Of a site, all its profiles; "ada@shop" is the site "shop" for the profile "ada" alone.
        """
        wanted = self._parts.stands.of(site)
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
        counts = self._parts.roster.shelf.counts()
        return all(counts[self._parts.stands.key(site)] >= site.min_warm for site in sites)
