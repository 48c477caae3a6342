"""After a kill, or damage: index and bytes brought into step, broken databases made again.

What is lost with what: a broken index costs nothing but the counts of uses, because all bytes carry
their labels; the warm database costs those of its snapshots that SQLite can't read any more; a
file of the cold tier costs itself.
"""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path

from . import durable
from .cold import Cold
from .database import Database, numbers, path_of
from .entry import Entry, SnapshotId, Tier, from_note, snapshot_id
from .index import Index
from .warm import Warm

_FRESH = ".fresh-"


@dataclass(frozen=True, slots=True)
class Report:
    """What was found and put right."""

    adopted: tuple[SnapshotId, ...] = ()
    """Whose bytes were there, but not in the index."""
    lost: tuple[SnapshotId, ...] = ()
    """In the index, but their bytes are gone."""
    copies: int = 0
    """Second copies that were removed."""
    mended: tuple[str, ...] = ()
    """Databases that were broken and are made again."""
    checked: int = 0
    """Snapshots that were read and hashed."""
    damaged: tuple[SnapshotId, ...] = ()
    """Whose bytes are not what was put; moved aside."""

    @property
    def clean(self) -> bool:
        """Whether nothing is lost, damaged or was broken."""
        return not (self.lost or self.mended or self.damaged)


def reconcile(index: Index, warm: Warm, cold: Cold) -> Report:
    """Bring the index into step with the bytes. The caller holds the store's lock."""
    cold.sweep()
    places = index.places()
    lying = {Tier.WARM: set(warm.ids()), Tier.COLD: set(cold.ids())}
    there = lying[Tier.WARM] | lying[Tier.COLD]
    lost = tuple(sorted(places.keys() - there))
    adopted = tuple(sorted(there - places.keys()))
    found = [_found(key, warm if key in lying[Tier.WARM] else cold) for key in adopted]
    strayed = [key for key, tier in places.items() if key in there and key not in lying[tier]]
    found += [_turned(index, key) for key in strayed]
    if found:
        index.put(*found)
    if lost:
        index.remove(*lost)
    places |= {entry.id: entry.tier for entry in found}
    twice = lying[Tier.WARM] & lying[Tier.COLD]
    for key in twice:
        (cold if places[key] is Tier.WARM else warm).remove(key)
    return Report(adopted, lost, len(twice))


def _turned(index: Index, key: SnapshotId) -> Entry:
    """The entry of a snapshot that lies in the other tier than its row says."""
    entry = index.resolve(key)
    return replace(entry, tier=Tier.COLD if entry.tier is Tier.WARM else Tier.WARM)


def _found(key: SnapshotId, where: Warm | Cold) -> Entry:
    """An entry for bytes that the index does not know, from the note beside them."""
    note, size = where.glance(key)
    created, labels = from_note(note)
    tier = Tier.WARM if isinstance(where, Warm) else Tier.COLD
    return Entry(key, size, tier, created, created, 1.0, labels)


def succeed(folder: Path, kind: type[Database], aside: Path, timeout_s: float) -> None:
    """Let a sound database take the place of the newest of its kind, with what can be saved.

    The caller holds the store's lock and has closed it. Killed at any point, this can be done
    again: the old one is there until the new one is whole.
    """
    old = numbers(folder, kind.name)
    sweep(folder)
    fresh = kind(folder, timeout_s, f"{_FRESH}{kind.name}")
    try:
        if isinstance(fresh, Warm) and old:
            _save(path_of(folder, kind.name, old[-1]), fresh)
    finally:
        fresh.close()
    fresh.path.replace(path_of(folder, kind.name, max(old, default=0) + 1))
    durable.sync_folder(folder)
    for number in old:
        _retire(path_of(folder, kind.name, number), aside)


def sweep(folder: Path) -> None:
    """Remove a database whose making was cut short. The caller holds the store's lock."""
    for path in folder.glob(f"{_FRESH}*"):
        path.unlink(missing_ok=True)


def _save(broken: Path, warm: Warm) -> None:
    """Take over every row that can still be read and is what its id says."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(_read_only(broken)) as sql:
        keys = [key for (key,) in sql.execute("SELECT id FROM blobs")]
        for key in keys:
            with contextlib.suppress(sqlite3.DatabaseError):
                row = sql.execute("SELECT note, data FROM blobs WHERE id = ?", (key,)).fetchone()
                if row and snapshot_id(row[1]) == key:
                    warm.write(key, *row)


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _retire(path: Path, aside: Path) -> None:
    """Move a database and its log aside."""
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    for suffix in ("", "-wal"):  # without its file a log is nothing, so that goes last
        old = path.with_name(path.name + suffix)
        with contextlib.suppress(FileNotFoundError):
            old.replace(aside / old.name)
