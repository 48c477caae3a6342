"""Errors of the disk and of SQLite, as the errors of the store. One place."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from ..errors import StoreBusy, StoreError, StoreFull

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
# SQLite says "full" for ENOSPC only; a quota or a limit on file sizes ends in one of these.
_CANNOT_GROW = {
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_SHMSIZE,
}


@contextlib.contextmanager
def translated(folder: Path) -> Iterator[None]:
    """Turn what the store's files can raise into `StoreError`s."""
    try:
        yield
    except TimeoutError as error:
        raise StoreBusy(f"{folder}: {error.strerror or error}") from error
    except OSError as error:
        kind = StoreFull if error.errno in _NO_ROOM else StoreError
        reason = error.strerror or os.strerror(error.errno or errno.EIO)
        raise kind(f"{error.filename or folder}: {reason.lower()}") from error
    except sqlite3.Error as error:
        raise _of_sqlite(error)(f"{folder}: {error}") from error


def _of_sqlite(error: sqlite3.Error) -> type[StoreError]:
    code = getattr(error, "sqlite_errorcode", 0) or 0
    if code & 0xFF == sqlite3.SQLITE_FULL or code in _CANNOT_GROW:
        return StoreFull
    return StoreBusy if code & 0xFF in _BUSY else StoreError
