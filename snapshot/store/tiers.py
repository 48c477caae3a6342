"""The files of one store: two databases and a folder of objects, behind one lock.

The bytes are the truth, and each carries its labels; the index only says where they are. So the
order of writes is always: bytes first, then the row, and for what goes: the row first, then the
bytes. Killed between the two, a store holds bytes without a row (taken in at the next opening) or
a second copy (removed then). A row without bytes never comes of a kill.

Writers hold the lock of the folder, in this and in other processes. Readers hold nothing: when
bytes are not where the row said, they look again under the lock before they call it damage.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from ..errors import SnapshotDamaged
from . import durable
from .cold import Cold
from .config import MIB
from .database import Database, is_corrupt
from .entry import Entry, Tier, snapshot_id, to_note
from .failures import is_full, translated
from .index import Index
from .mending import Report, reconcile, succeed, sweep
from .warm import Warm

_log = logging.getLogger(__name__)
_RESERVE = 4 * MIB
T = TypeVar("T")
D = TypeVar("D", bound=Database)


class Tiers:
    """The open files of a folder, for one thread. `reading` and `writing` raise `StoreError`."""

    def __init__(self, folder: Path, timeout_s: float) -> None:
        """Opens or makes the folder (0700), and tidies up after writers that were killed."""
        self._folder = folder
        self._timeout_s = timeout_s
        self._reserve = folder / ".reserve"
        self._is_open = False
        self.aside = folder / "damaged"
        with translated(folder):
            durable.make_folder(folder)
            durable.make_folder(self.aside)
            self.cold = Cold(folder / "objects")
            with self._lock():
                self._with_room(self._open)
                try:
                    self._with_room(self._tidy)
                    self.hold_reserve()
                except BaseException:
                    self._close()
                    raise

    def close(self) -> None:
        """Under the lock, as the last one to close a database folds its log in."""
        with translated(self._folder), self._lock():
            self._close()

    def reading(self, work: Callable[[], T]) -> T:
        """Do something that only reads. A broken database is mended, and it is done again."""

        def current() -> T:
            if self._is_stale:
                with self._exclusive():
                    pass
            return work()

        return self._guarded(current)

    def writing(self, work: Callable[[], T]) -> T:
        """Do something under the lock; otherwise like `reading`."""

        def alone() -> T:
            with self._exclusive():
                return work()

        return self._guarded(alone)

    # ---- one snapshot --------------------------------------------------------------------------

    def sound(self, entry: Entry) -> bytes | None:
        """The bytes of a snapshot; None if they are gone or others."""
        found = self.tier(entry.tier).read(entry.id)
        return found[1] if found and snapshot_id(found[1]) == entry.id else None

    def sound_alone(self, entry: Entry) -> bytes:
        """The same under the lock, where nobody moves anything: what is wrong now is damage.

        Raises SnapshotDamaged, and moves the snapshot aside.
        """
        with self._exclusive():
            current = self.index.resolve(entry.id)
            data = self.sound(current)
            if data is None:
                raise self.put_aside(current)
            return data

    def keep(self, entry: Entry, data: bytes) -> None:
        """Write bytes, then the row."""
        try:
            self.tier(entry.tier).write(entry.id, to_note(entry.created, entry.labels), data)
            self.index.put(entry)
        except BaseException:
            with contextlib.suppress(OSError, sqlite3.Error):
                if not self.index.get(entry.id):
                    self.tier(entry.tier).remove(entry.id)
            self._fold()
            raise

    def move(self, entry: Entry, data: bytes) -> None:
        """Take a snapshot from the warm tier to the cold one."""
        self.cold.write(entry.id, to_note(entry.created, entry.labels), data)
        self.index.put(replace(entry, tier=Tier.COLD))
        self.warm.remove(entry.id)

    def forget(self, entry: Entry) -> None:
        """Remove the row, then the bytes: in both tiers, as a mover may have been killed."""
        for one in (self.index, self.warm, self.cold):
            self._with_room(partial(one.remove, entry.id))

    def put_aside(self, entry: Entry) -> SnapshotDamaged:
        """Take a damaged snapshot out, and keep what is left of it for a person."""
        found = self.tier(entry.tier).read(entry.id)
        left = found[1] if found else b""
        self._with_room(lambda: durable.write_file(self.aside / entry.id, (left,)))
        self.forget(entry)
        _log.warning("snapshot %s was damaged and is moved aside", entry.id)
        what = "other bytes than were put" if found else "no bytes any more"
        return SnapshotDamaged(f"snapshot {entry.id} has {what}")

    def tier(self, tier: Tier) -> Warm | Cold:
        return self.warm if tier is Tier.WARM else self.cold

    # ---- the whole -----------------------------------------------------------------------------

    def reconcile(self) -> Report:
        """Bring the index into step with the bytes. The caller holds the lock."""
        durable.sweep(self.aside)
        sweep(self._folder)
        report = reconcile(self.index, self.warm, self.cold)
        for key in report.lost:
            durable.write_file(self.aside / key, ())
            _log.warning("snapshot %s is lost: its bytes are gone", key)
        return report

    def mend(self) -> Report:
        """Replace databases that are broken, then reconcile. The caller holds the lock."""
        broken = [one for one in (self.index, self.warm) if not one.is_sound()]
        self._close()
        for one in broken:
            self._succeed(type(one))
        self._open()  # also makes the tables again, if the file was cut to nothing
        return replace(self.reconcile(), mended=tuple(one.name for one in broken))

    def hold_reserve(self) -> None:
        """Keep some of the disk back: where nothing can be written, nothing can be removed."""
        durable.hold_reserve(self._reserve, _RESERVE)

    def _with_room(self, work: Callable[[], T]) -> T:
        """Do something, on a full disk in the place of the reserve. It must bear a second try."""
        try:
            return work()
        except (OSError, sqlite3.Error) as error:
            if not is_full(error):
                raise
        self._reserve.unlink(missing_ok=True)
        self._fold()
        return work()

    def _fold(self) -> None:
        """Give back what the logs of the databases take, as far as that goes."""
        for one in (self.index, self.warm) if self._is_open else ():
            with contextlib.suppress(sqlite3.Error):
                one.fold()

    def _guarded(self, work: Callable[[], T]) -> T:
        with translated(self._folder):
            try:
                return work()
            except sqlite3.Error as error:
                if not is_corrupt(error):
                    raise
                _log.warning("a database of %s is broken: %s", self._folder, error)
            with self._exclusive():
                self.mend()
            return work()

    def _tidy(self) -> None:
        try:
            self.reconcile()
        except sqlite3.Error as error:
            if not is_corrupt(error):
                raise
            self.mend()

    def _open(self) -> None:
        self.index = self._opened(Index)
        try:
            self.warm = self._opened(Warm)
        except BaseException:
            self.index.close()
            raise
        self._is_open = True

    def _opened(self, kind: type[D]) -> D:
        try:
            return kind(self._folder, self._timeout_s)
        except sqlite3.Error as error:
            if not is_corrupt(error):
                raise
            self._succeed(kind)
            return kind(self._folder, self._timeout_s)

    def _succeed(self, kind: type[Database]) -> None:
        _log.warning("the %s database of %s is made again", kind.name, self._folder)
        succeed(self._folder, kind, self.aside, self._timeout_s)

    @contextlib.contextmanager
    def _exclusive(self) -> Iterator[None]:
        """The lock, and databases that no other process has replaced."""
        with self._lock():
            if self._is_stale:
                self._close()
                self._open()
            yield

    @property
    def _is_stale(self) -> bool:
        return not (self._is_open and self.index.current and self.warm.current)

    def _close(self) -> None:
        self._is_open = False
        self.index.close()
        self.warm.close()

    def _lock(self) -> contextlib.AbstractContextManager[None]:
        return durable.locked(self._folder / ".lock", self._timeout_s)
