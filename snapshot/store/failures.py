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
        kind = StoreFull if is_full(error) else StoreError
        reason = error.strerror or os.strerror(error.errno or errno.EIO)
        raise kind(f"{error.filename or folder}: {reason.lower()}") from error
    except sqlite3.Error as error:
        kind = StoreFull if is_full(error) else StoreBusy if _is_busy(error) else StoreError
        raise kind(f"{folder}: {error}") from error


def is_full(error: OSError | sqlite3.Error) -> bool:
    """Whether there was no room to write."""
    if isinstance(error, OSError):
        return error.errno in _NO_ROOM
    code = _code(error)
    return code & 0xFF == sqlite3.SQLITE_FULL or code in _CANNOT_GROW


def _is_busy(error: sqlite3.Error) -> bool:
    return _code(error) & 0xFF in _BUSY


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) or 0
