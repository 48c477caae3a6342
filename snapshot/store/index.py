"""The one index over the durable tiers. It can be made again from what they hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..errors import AmbiguousId, UnknownSnapshot
from .database import Database
from .entry import Entry, Labels, SnapshotId, Tier, Uses, added, checked_prefix
from .evict import Totals

_COLUMNS = "id, size, tier, created, used, score, name, url, title, pid, base, pinned"
_KEPT_BYTES = """
    WITH RECURSIVE kept(id) AS (
        SELECT id FROM objects WHERE pinned OR name <> ''
        UNION SELECT base FROM objects JOIN kept USING (id) WHERE base <> ''
    ) SELECT coalesce(sum(size), 0) FROM objects WHERE id IN kept
"""


@dataclass(frozen=True, slots=True)
class Query:
    """What `find` looks for; empty fields match everything."""

    name: str = ""
    url: str = ""
    """The beginning of an address."""
    pid: int = 0
    base: str = ""
    pinned: bool | None = None
    since: float = 0.0
    """Seconds since 1970: put then or later."""
    limit: int = 1000
    """Rows at most, newest first."""


class Index(Database):
    """Methods raise sqlite3.Error. Those that write need the store's lock."""

    name = "index"
    schema = """
        CREATE TABLE IF NOT EXISTS objects (
            id TEXT PRIMARY KEY, size INTEGER NOT NULL, tier TEXT NOT NULL,
            created REAL NOT NULL, used REAL NOT NULL, score REAL NOT NULL,
            name TEXT NOT NULL, url TEXT NOT NULL, title TEXT NOT NULL,
            pid INTEGER NOT NULL, base TEXT NOT NULL, pinned INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS by_base ON objects (base) WHERE base <> '';
        CREATE INDEX IF NOT EXISTS by_name ON objects (name) WHERE name <> '';
        CREATE INDEX IF NOT EXISTS by_created ON objects (created);
        CREATE INDEX IF NOT EXISTS by_tier ON objects (tier, size, used, created);
    """

    # ---- reading -------------------------------------------------------------------------------

    def get(self, key: SnapshotId) -> Entry | None:
        row = f"SELECT {_COLUMNS} FROM objects WHERE id = ?"
        found = self.sql.execute(row, (key,)).fetchone()
        return _entry(found) if found else None

    def resolve(self, which: str) -> Entry:
        """The entry whose id begins so. Raises UnknownSnapshot, AmbiguousId."""
        prefix = checked_prefix(which)
        rows = f"SELECT {_COLUMNS} FROM objects WHERE id >= ? AND id < ? LIMIT 2"
        found = self.sql.execute(rows, (prefix, prefix + "g")).fetchall()
        if not found:
            raise UnknownSnapshot(f"no snapshot {which} is stored")
        if len(found) > 1:
            raise AmbiguousId(f"several snapshots begin with {which}")
        return _entry(found[0])

    def all(self) -> list[Entry]:
        return [_entry(row) for row in self.sql.execute(f"SELECT {_COLUMNS} FROM objects")]

    def places(self) -> dict[SnapshotId, Tier]:
        """Where every snapshot lies."""
        tiers = {tier.value: tier for tier in Tier}
        rows = self.sql.execute("SELECT id, tier FROM objects")
        return {SnapshotId(key): tiers[tier] for key, tier in rows}

    def find(self, query: Query) -> tuple[Entry, ...]:
        """The entries that match, newest first."""
        wanted: list[tuple[str, Any]] = [("created >= ?", query.since)]
        if query.url:
            wanted.append(("instr(url, ?) = 1", query.url))
        pairs = {"name": query.name, "pid": query.pid, "base": query.base}
        wanted += [(f"{column} = ?", value) for column, value in pairs.items() if value]
        if query.pinned is not None:
            wanted.append(("pinned = ?", query.pinned))
        where = " AND ".join(text for text, _ in wanted)
        values = [value for _, value in wanted]
        rows = f"SELECT {_COLUMNS} FROM objects WHERE {where} ORDER BY created DESC, id LIMIT ?"
        return tuple(_entry(row) for row in self.sql.execute(rows, (*values, query.limit)))

    def deltas(self, key: SnapshotId) -> list[SnapshotId]:
        """Which snapshots this one is the base of."""
        rows = "SELECT id FROM objects WHERE base = ?1 AND base <> ''"
        return [SnapshotId(found) for (found,) in self.sql.execute(rows, (key,))]

    def totals(self) -> dict[Tier, Totals]:
        """What each durable tier holds."""
        rows = (
            "SELECT tier, count(*), sum(size), min(used), min(created) FROM objects GROUP BY tier"
        )
        found = {Tier(tier): Totals(*rest) for tier, *rest in self.sql.execute(rows)}
        return {tier: found.get(tier, Totals()) for tier in Tier}

    def kept_bytes(self) -> int:
        """Bytes that are never dropped for want of room: pinned, named, and what these need."""
        (total,) = self.sql.execute(_KEPT_BYTES).fetchone()
        return int(total)

    # ---- writing -------------------------------------------------------------------------------

    def put(self, *entries: Entry) -> None:
        """Add entries, or take the place of those with the same id."""
        marks = ", ".join("?" * (_COLUMNS.count(",") + 1))
        with self.transaction():
            self.sql.executemany(
                f"INSERT OR REPLACE INTO objects ({_COLUMNS}) VALUES ({marks})",
                [_row(entry) for entry in entries],
            )

    def remove(self, *keys: SnapshotId) -> None:
        with self.transaction():
            self.sql.executemany("DELETE FROM objects WHERE id = ?", [(key,) for key in keys])

    def record(self, uses: Iterable[tuple[SnapshotId, Uses]], half_life_s: float) -> None:
        """Add uses; of what is gone they are forgotten."""
        change = "UPDATE objects SET score = ?, used = ? WHERE id = ?"
        with self.transaction():
            for key, more in uses:
                if entry := self.get(key):
                    total = added(Uses(entry.score, entry.used), more, half_life_s)
                    self.sql.execute(change, (total.score, total.used, key))


def _entry(row: tuple[Any, ...]) -> Entry:
    key, size, tier, created, used, score, name, url, title, pid, base, pinned = row
    labels = Labels(name, url, title, pid, base, bool(pinned))
    return Entry(SnapshotId(key), size, Tier(tier), created, used, score, labels)


def _row(entry: Entry) -> tuple[Any, ...]:
    said = entry.labels
    head = (entry.id, entry.size, entry.tier.value, entry.created, entry.used, entry.score)
    return (*head, said.name, said.url, said.title, said.pid, said.base, said.pinned)
