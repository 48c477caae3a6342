"""Files that are there whole or not at all, and the lock that every writer of a store holds."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

_POLL_S = 0.002
_NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP}


@contextlib.contextmanager
def locked(path: Path, timeout_s: float) -> Iterator[None]:
    """Hold the lock file, against other threads and other processes of this machine.

    The kernel lets go of it when its holder dies. Raises TimeoutError, OSError.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _wait(handle, timeout_s)
        try:
            yield
        finally:
            # A child forked meanwhile shares the handle: closing ours would not be enough.
            fcntl.flock(handle, fcntl.LOCK_UN)
    finally:
        os.close(handle)


def _wait(handle: int, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise TimeoutError(
                    errno.ETIMEDOUT, f"another process held the store for {timeout_s:g} s"
                ) from None
            time.sleep(_POLL_S)
        else:
            return


def make_folder(path: Path) -> None:
    """A folder (0700) that outlives a power cut, with those above it."""
    if path.is_dir():
        return
    make_folder(path.parent)
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    sync_folder(path.parent)


def write_file(path: Path, parts: Iterable[bytes]) -> None:
    """Put a file (0600) in place for good; a crash leaves what was there, or all of the new one.

    The caller holds the store's lock. Raises OSError.
    """
    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(handle)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    sync_folder(path.parent)


def remove_file(path: Path) -> None:
    """Remove a file for good, if it is there."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames and deletions in `folder` outlive a power cut, where its file system can."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(handle)


def sweep(folder: Path) -> None:
    """Remove what writers that were killed left behind. The caller holds the store's lock."""
    for path in folder.glob(".*.tmp"):
        path.unlink(missing_ok=True)


def hold_reserve(path: Path, size: int) -> None:
    """Keep some of the disk back, if it has that much and it is not kept already."""
    if path.exists() and path.stat().st_size >= size:
        return
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(handle, 0, size)
    except OSError:
        path.unlink()
    finally:
        os.close(handle)
