"""SQLite files: opened safely, never replaced under their name.

Every write, checkpoint and close happens under the store's lock. That keeps the objects and the
index in step, and it also rules out the race by which SQLite before 3.51.3 can lose pages when
one connection checkpoints while another writes.

A database that broke is succeeded by one of the next number (`index.2.sqlite`). Taking its name
away would be unsafe: a process that still has it open deletes the log by name when it closes.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_SETTINGS = (
    "PRAGMA auto_vacuum = INCREMENTAL",  # only heard before the first table
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = FAST",  # ON would write as much to delete as to put
    "PRAGMA trusted_schema = OFF",
    "PRAGMA wal_autocheckpoint = 256",  # of 4 KiB: a log that a full disk has room to fold in
    "PRAGMA journal_size_limit = 1048576",
)


class Database:
    """One SQLite file of a store. Not for several threads."""

    name = ""
    schema = ""

    def __init__(self, folder: Path, timeout_s: float, name: str = "") -> None:
        """Opens the newest of its name, or makes one. Raises sqlite3.Error, OSError."""
        self._folder = folder
        self.name = name or self.name
        self.number = max([1, *numbers(folder, self.name)])
        self.path = path_of(folder, self.name, self.number)
        # SQLite would make it readable for all, and its log after it.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        self.sql = sqlite3.connect(self.path, timeout=timeout_s, isolation_level=None)
        try:
            for setting in _SETTINGS:
                self.sql.execute(setting)
            self.sql.executescript(self.schema)
        except BaseException:
            self.sql.close()
            raise

    @property
    def current(self) -> bool:
        """False once another process put a successor in this one's place."""
        return not path_of(self._folder, self.name, self.number + 1).exists()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and for good once it ends. The caller holds the store's lock."""
        self.sql.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.sql.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):  # a full disk may have rolled back already
                self.sql.execute("ROLLBACK")
            raise

    def is_sound(self) -> bool:
        """Whether SQLite finds the file in order."""
        try:
            return bool(self.sql.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
        except sqlite3.Error as error:
            if is_corrupt(error):
                return False
            raise

    def shrink(self, pages: int = 4096) -> None:
        """Give free pages back to the disk, some at a time."""
        # `execute` would stop after one page: it takes each for a row.
        self.sql.executescript(f"PRAGMA incremental_vacuum({pages})")

    def fold(self) -> None:
        """Take the log into the file and cut it to nothing, if nobody reads just now."""
        self.sql.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        self.sql.close()


def numbers(folder: Path, name: str) -> list[int]:
    """The numbers of the databases of this name."""
    pattern = re.compile(rf"{re.escape(name)}\.([1-9][0-9]{{0,8}})\.sqlite")
    found = (pattern.fullmatch(path.name) for path in folder.iterdir())
    return sorted(int(match[1]) for match in found if match)


def path_of(folder: Path, name: str, number: int) -> Path:
    return folder / f"{name}.{number}.sqlite"


def is_corrupt(error: sqlite3.Error) -> bool:
    """Whether an error says that the file itself is broken."""
    code = getattr(error, "sqlite_errorcode", 0) or 0
    return code & 0xFF in _CORRUPT or "no such table" in str(error)
