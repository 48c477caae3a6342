"""The store of snapshots, for an event loop.

    async with SnapshotStore(folder) as store:
        key = await store.put(snapshot.data, Labels(url=snapshot.url, title=snapshot.title))
        data = await store.get(key)

`put` returns once the bytes are on disk, in the warm tier. The hot tier is a cache above that.
One thread does all that blocks; one task moves snapshots down and drops old ones. Several
processes may use one folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from ..errors import SnapshotDamaged, StoreClosed, StoreError, StoreFull, UnknownSnapshot
from .config import StoreConfig
from .depot import Depot
from .entry import Entry, Labels, SnapshotId, Tier, is_id
from .evict import Decision, Drop, Totals
from .hot import HotTier
from .index import Query
from .mending import Report
from .statistics import Collected, Statistics
from .worker import Worker

_log = logging.getLogger(__name__)
_EARLY = 16
"""A collection comes early once a sixteenth of the warm tier was put."""
_CHECK_TIMEOUT_S = 600.0
"""To check or to mend the warm tier, SQLite reads all of it."""
_EVERYTHING = Query(limit=-1)
T = TypeVar("T")


class SnapshotStore:
    """The snapshots of one folder, for one event loop. Methods raise `StoreError`s.

    Where a snapshot is asked for, at least 8 digits of its id do if no other begins so.
    """

    def __init__(
        self,
        folder: Path,
        config: StoreConfig | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` gives seconds since 1970."""
        self._folder = folder
        self._config = config or StoreConfig()
        self._clock = clock
        self._hot = HotTier(self._config.hot, self._config.half_life_s)
        self._worker: Worker | None = None
        self._depot: Depot | None = None
        self._owner: asyncio.Task[None] | None = None
        self._early = asyncio.Event()
        self._collecting = asyncio.Lock()
        self._totals = dict.fromkeys(Tier, Totals())
        self._hits = self._misses = self._puts = self._fresh_bytes = 0
        self._last_error = ""

    async def __aenter__(self) -> Self:
        if self._worker is not None:
            raise StoreError("this store is open already")
        self._worker = Worker(self._config.max_waiting, self._config.timeout_s)
        try:
            await self._worker.do(self._open, _CHECK_TIMEOUT_S)
            self._totals = await self._do(Depot.totals)
        except BaseException:
            await self._close()
            raise
        if self._config.collect_every_s < math.inf:
            self._owner = asyncio.create_task(self._look_after(), name="abos snapshot store")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        owner, self._owner = self._owner, None
        try:
            if owner is not None:
                owner.cancel()
                (ended,) = await asyncio.gather(owner, return_exceptions=True)
                if isinstance(ended, Exception):  # a defect: it must not go unseen
                    raise ended
        finally:
            await self._close()

    # ---- for callers ---------------------------------------------------------------------------

    async def put(
        self,
        data: bytes | bytearray | memoryview,
        labels: Labels | None = None,
        *,
        timeout_s: float | None = None,
    ) -> SnapshotId:
        """Keep bytes; the id they are found by. Once it returns, no kill loses them.

        Bytes that are stored already become as young as new ones, take the new labels, and keep
        a name, a pin and a base. Raises StoreFull, StoreBusy (then they may be stored or not),
        UnknownSnapshot for a base that is not stored.
        """
        fixed, said, now = bytes(data), labels or Labels(), self._clock()
        entry = await self._do(lambda depot: depot.put(fixed, said, now), timeout_s)
        self._hot.put(entry.id, fixed, now)
        self._puts += 1
        self._fresh_bytes += len(fixed)
        if self._fresh_bytes > self._config.warm.max_bytes / _EARLY:
            self._early.set()
        return entry.id

    async def get(self, which: str, *, timeout_s: float | None = None) -> bytes:
        """The bytes of a snapshot, their hash checked when they were read from disk.

        What another process removed may be served from memory until the next collection.
        Raises UnknownSnapshot, AmbiguousId, SnapshotDamaged.
        """
        now = self._clock()
        if is_id(which) and (copy := self._hot.get(SnapshotId(which), now)) is not None:
            self._open_only()
            self._hits += 1
            self._hot.count(SnapshotId(which), now)
            return copy
        entry, data = await self._do(lambda depot: depot.get(which), timeout_s)
        self._misses += 1
        self._hot.put(entry.id, data, now)
        self._hot.count(entry.id, now)
        return data

    async def entry(self, which: str) -> Entry:
        """Size, tier, times and labels. Raises UnknownSnapshot, AmbiguousId, SnapshotDamaged."""
        return await self._do(lambda depot: depot.entry(which))

    async def find(self, query: Query | None = None) -> tuple[Entry, ...]:
        """The snapshots that match, newest first; all (1000 at most) without a query."""
        return await self._do(lambda depot: depot.find(query or Query()))

    async def pin(self, which: str) -> Entry:
        """Keep a snapshot until it is unpinned or removed. Raises StoreFull, and as `entry`."""
        return await self._do(lambda depot: depot.pin(which, True))

    async def unpin(self, which: str) -> Entry:
        """Let a snapshot go in its time again. Raises as `entry`."""
        return await self._do(lambda depot: depot.pin(which, False))

    async def remove(self, which: str) -> Entry:
        """Forget a snapshot, pinned or not. Raises SnapshotNeeded for a base, and as `entry`."""
        entry = await self._do(lambda depot: depot.remove(which))
        self._hot.discard(entry.id)
        return entry

    async def collect(self, now: float | None = None) -> Collected:
        """Bring all tiers inside their bounds; the store does it by itself, too."""
        async with self._collecting:
            moment = self._clock() if now is None else now
            self._fresh_bytes = 0
            await self._settle(moment)
            done = Collected()
            for decision in await self._owned(lambda depot: depot.decisions(moment)):
                if not await self._owned(partial(_perform, decision)):
                    continue
                if isinstance(decision, Drop):
                    self._hot.discard(decision.entry.id)
                    freed = done.freed_bytes + decision.entry.size
                    done = replace(done, dropped=done.dropped + 1, freed_bytes=freed)
                else:
                    done = replace(done, moved=done.moved + 1)
            await self._owned(Depot.shrink)
            self._totals = await self._owned(Depot.totals)
            return done

    async def verify(self) -> Report:
        """Read and hash everything; mend what can be, move damaged snapshots aside."""
        report = await self._owned(Depot.check, _CHECK_TIMEOUT_S)
        checked, damaged = 0, []
        for entry in await self._owned(lambda depot: depot.find(_EVERYTHING)):
            try:
                await self._owned(partial(_read, entry.id))
            except SnapshotDamaged:
                damaged.append(entry.id)
            except UnknownSnapshot:
                continue  # removed meanwhile
            checked += 1
        return replace(report, checked=checked, damaged=tuple(damaged))

    def statistics(self) -> Statistics:
        """Counts and sizes; does no I/O."""
        return Statistics(
            hot=self._hot.totals(),
            warm=self._totals[Tier.WARM],
            cold=self._totals[Tier.COLD],
            hits=self._hits,
            misses=self._misses,
            puts=self._puts,
            waiting=self._worker.waiting if self._worker else 0,
            last_error=self._last_error,
        )

    # ---- inside --------------------------------------------------------------------------------

    async def _look_after(self) -> None:
        """The owner of all movement: collects from time to time, and early when much was put."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._config.collect_every_s):
                    await self._early.wait()
            self._early.clear()
            try:
                await self.collect()
                self._last_error = ""
            except StoreError as error:
                self._last_error = str(error)
                _log.warning("snapshots could not be moved or dropped: %s", error)

    async def _settle(self, now: float) -> None:
        """Tell the index of uses, and give up copies of what is too old or removed."""
        self._hot.cool(now)
        if uses := self._hot.take_uses():
            with contextlib.suppress(StoreFull):  # what can be dropped must be, all the more
                await self._owned(lambda depot: depot.record(uses))
        held = self._hot.ids()
        known = await self._owned(lambda depot: depot.known(held))
        for key in held:
            if key not in known:
                self._hot.discard(key)

    def _open(self) -> None:
        self._depot = Depot(self._folder, self._config)

    async def _close(self) -> None:
        worker, self._worker = self._worker, None
        if worker is None:
            return
        uses = self._hot.take_uses()

        def end() -> None:
            depot, self._depot = self._depot, None
            if depot is None:
                return
            try:
                if uses:
                    depot.record(uses)
            finally:
                depot.close()

        try:
            await worker.do(end, bounded=False)
        finally:
            worker.close()

    def _open_only(self) -> Worker:
        if self._worker is None:
            raise StoreClosed("the store is not open")
        return self._worker

    async def _owned(self, work: Callable[[Depot], T], timeout_s: float | None = None) -> T:
        """A call of the store's own, which no crowd of callers may refuse."""
        return await self._do(work, timeout_s, bounded=False)

    async def _do(
        self, work: Callable[[Depot], T], timeout_s: float | None = None, *, bounded: bool = True
    ) -> T:
        def called() -> T:
            if self._depot is None:
                raise StoreClosed("the store is not open")
            return work(self._depot)

        return await self._open_only().do(called, timeout_s, bounded=bounded)


def _perform(decision: Decision, depot: Depot) -> bool:
    return depot.perform(decision)


def _read(key: SnapshotId, depot: Depot) -> None:
    depot.get(key)
