"""The warm tier: snapshots as rows of a database of their own.

Apart from the index, so that neither is lost with the other.
"""

from __future__ import annotations

from collections.abc import Iterator

from .database import Database
from .entry import SnapshotId


class Warm(Database):
    """Methods raise sqlite3.Error. Those that write need the store's lock."""

    name = "warm"
    schema = """
        CREATE TABLE IF NOT EXISTS blobs (
            id TEXT PRIMARY KEY, note BLOB NOT NULL, data BLOB NOT NULL
        );
    """

    def write(self, key: SnapshotId, note: bytes, data: bytes) -> None:
        """Keep bytes for good, in place of what was there."""
        with self.transaction():
            self.sql.execute("INSERT OR REPLACE INTO blobs VALUES (?, ?, ?)", (key, note, data))

    def read(self, key: SnapshotId) -> tuple[bytes, bytes] | None:
        """The note and the bytes, unchecked; None if there is no such row."""
        found = self.sql.execute("SELECT note, data FROM blobs WHERE id = ?", (key,)).fetchone()
        return (bytes(found[0]), bytes(found[1])) if found else None

    def glance(self, key: SnapshotId) -> tuple[bytes, int]:
        """The note and the number of bytes, without reading them."""
        row = "SELECT note, length(data) FROM blobs WHERE id = ?"
        note, size = self.sql.execute(row, (key,)).fetchone()
        return bytes(note), size

    def remove(self, key: SnapshotId) -> None:
        with self.transaction():
            self.sql.execute("DELETE FROM blobs WHERE id = ?", (key,))

    def ids(self) -> Iterator[SnapshotId]:
        """All there are, in no order."""
        for (key,) in self.sql.execute("SELECT id FROM blobs").fetchall():
            yield SnapshotId(key)
