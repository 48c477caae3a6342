"""The durable store: what callers and the store's owner can do with it. Every method blocks."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ..errors import SnapshotDamaged, SnapshotNeeded, StoreFull, UnknownSnapshot
from . import durable
from .config import StoreConfig
from .entry import Entry, Labels, SnapshotId, Tier, Uses, added, is_id, merged, snapshot_id
from .evict import Decision, Drop, Totals, due, place, plan
from .index import Query
from .mending import Report
from .tiers import Tiers

_SHOWN = 12


class Depot:
    """One folder, for one thread; other processes may use it too. Raises `StoreError`s only."""

    def __init__(self, folder: Path, config: StoreConfig) -> None:
        """Opens the folder (0700), makes it if need be, and tidies up after killed writers."""
        self._config = config
        self._tiers = Tiers(folder, config.timeout_s)

    def close(self) -> None:
        self._tiers.close()

    # ---- for callers ---------------------------------------------------------------------------

    def put(self, data: bytes, labels: Labels, now: float) -> Entry:
        """Keep bytes for good. Once it returns, no kill and no power cut loses them.

        Bytes that are there already are written again: then they are certainly sound, and as
        young as new ones. Raises StoreFull, and UnknownSnapshot if the base is not there.
        """
        return self._tiers.writing(lambda: self._put(data, labels, now))

    def get(self, which: str) -> tuple[Entry, bytes]:
        """A snapshot by its id or the beginning of it, its hash checked.

        Raises UnknownSnapshot, AmbiguousId, SnapshotDamaged.
        """

        def read() -> tuple[Entry, bytes]:
            entry = self._resolve(which)
            data = self._tiers.sound(entry)
            return entry, self._tiers.sound_alone(entry) if data is None else data

        return self._tiers.reading(read)

    def entry(self, which: str) -> Entry:
        """What is known of a snapshot. Raises UnknownSnapshot, AmbiguousId, SnapshotDamaged."""
        return self._tiers.reading(lambda: self._resolve(which))

    def find(self, query: Query) -> tuple[Entry, ...]:
        """The snapshots that match, newest first."""
        return self._tiers.reading(lambda: self._tiers.index.find(query))

    def pin(self, which: str, pinned: bool) -> Entry:
        """Set or take away a pin. Raises StoreFull, and as `entry`."""

        def labelled() -> Entry:
            old = self._resolve(which)
            entry = replace(old, labels=replace(old.labels, pinned=pinned))
            self._refuse_kept(entry, old)
            data = self._tiers.sound(old)
            if data is None:
                raise self._tiers.put_aside(old)
            self._tiers.keep(entry, data)
            return entry

        return self._tiers.writing(labelled)

    def remove(self, which: str) -> Entry:
        """Forget a snapshot, pinned or not. Raises UnknownSnapshot, AmbiguousId, SnapshotNeeded."""

        def removed() -> Entry:
            entry = self._resolve(which)
            if deltas := self._tiers.index.deltas(entry.id):
                names = ", ".join(delta[:_SHOWN] for delta in deltas[:3])
                what = f"{len(deltas)} stored deltas ({names})"
                raise SnapshotNeeded(f"{entry.id[:_SHOWN]} is the base of {what}")
            self._tiers.forget(entry)
            return entry

        return self._tiers.writing(removed)

    def record(self, uses: Iterable[tuple[SnapshotId, Uses]]) -> None:
        """Add uses that were counted elsewhere."""
        counted = list(uses)
        half_life_s = self._config.half_life_s
        self._tiers.writing(lambda: self._tiers.index.record(counted, half_life_s))

    # ---- for the owner -------------------------------------------------------------------------

    def known(self, keys: Iterable[SnapshotId]) -> set[SnapshotId]:
        """Those of the ids that are still stored."""
        return self._tiers.reading(lambda: {key for key in keys if self._tiers.index.get(key)})

    def decisions(self, now: float) -> list[Decision]:
        """What has to move or go."""

        def planned() -> list[Decision]:
            totals = self._tiers.index.totals()
            if not due(totals[Tier.WARM], totals[Tier.COLD], self._config, now):
                return []
            return plan(self._tiers.index.all(), self._config, now)

        return self._tiers.reading(planned)

    def perform(self, decision: Decision) -> bool:
        """Carry out one decision; False if what it was based on has changed."""

        def performed() -> bool:
            entry = self._tiers.index.get(decision.entry.id)
            if entry is None or _bare(entry) != _bare(decision.entry):
                return False
            if isinstance(decision, Drop):
                return self._drop(entry)
            data = self._tiers.sound(entry)
            if data is None:
                self._tiers.put_aside(entry)
                return False
            self._tiers.move(entry, data)
            return True

        return self._tiers.writing(performed)

    def shrink(self) -> None:
        """Give free pages of the databases, and damage past its age, back to the disk."""

        def shrunk() -> None:
            self._tiers.warm.shrink()
            self._tiers.index.shrink()
            oldest = time.time() - self._config.cold.max_age_s
            for path in self._tiers.aside.iterdir():
                if path.stat().st_mtime < oldest:
                    durable.remove_file(path)
            self._tiers.hold_reserve()

        self._tiers.writing(shrunk)

    def totals(self) -> dict[Tier, Totals]:
        """What each durable tier holds."""

        def summed() -> dict[Tier, Totals]:
            return self._tiers.index.totals()

        return self._tiers.reading(summed)

    def check(self) -> Report:
        """Check the databases, mend what is broken, bring index and bytes into step."""
        return self._tiers.writing(self._tiers.mend)

    # ---- inside --------------------------------------------------------------------------------

    def _put(self, data: bytes, labels: Labels, now: float) -> Entry:
        key = snapshot_id(data)
        old = self._tiers.index.get(key)
        uses = Uses(1.0, now)
        tier = place(len(data), self._config)
        if old:
            labels, tier = merged(old.labels, labels), old.tier
            uses = added(uses, Uses(old.score, old.used), self._config.half_life_s)
        entry = Entry(key, len(data), tier, now, uses.used, uses.score, labels)
        self._refuse_kept(entry, old)
        base = labels.base
        if base and not old and not self._tiers.index.get(SnapshotId(base)):
            raise UnknownSnapshot(f"the base {base[:_SHOWN]} of this delta is not stored")
        if entry.size > self._config.cold.max_bytes:
            raise StoreFull(f"{entry.size} bytes are more than the whole store may hold")
        self._tiers.keep(entry, data)
        return entry

    def _refuse_kept(self, entry: Entry, old: Entry | None) -> None:
        """Raise StoreFull if what is never dropped would come to fill the store."""
        limit = self._config.cold.max_bytes
        if not entry.kept or (old and old.kept):
            return
        if self._tiers.index.kept_bytes() + entry.size > limit:
            raise StoreFull(f"pinned and named snapshots would fill more than {limit} bytes")

    def _drop(self, entry: Entry) -> bool:
        if self._tiers.index.deltas(entry.id):
            return False
        self._tiers.forget(entry)
        return True

    def _resolve(self, which: str) -> Entry:
        try:
            return self._tiers.index.resolve(which)
        except UnknownSnapshot:
            if is_id(which) and (self._tiers.aside / which).exists():
                raise SnapshotDamaged(f"snapshot {which} was damaged and is moved aside") from None
            raise


def _bare(entry: Entry) -> Entry:
    """An entry without what every reader changes."""
    return replace(entry, used=0.0, score=0.0)
