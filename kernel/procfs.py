"""A file per kernel with its process table, so that `abos ps` sees kernels of other processes.

It lies in the user's runtime folder, readable by that user only, as /proc is for a Unix kernel.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import psutil

from .process import ProcessInfo

_KEPT = 200
_SOON_S = 0.1
_LAST_WRITE_S = 1.0


def folder() -> Path:
    """Where kernels publish their tables: the user's runtime folder, else a private one."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return Path(runtime) / "abos" if runtime else Path(gettempdir()) / f"abos-{os.getuid()}"


class ProcessFile:
    """The file of this kernel. A folder that can't be written to costs `ps`, never the kernel."""

    def __init__(self, directory: Path | None = None) -> None:
        self._path = (directory or folder()) / f"{os.getpid()}.{id(self):x}.json"

    def write(self, processes: Sequence[ProcessInfo]) -> None:
        """Replace the file by the newest 200 processes, atomically."""
        rows = [dataclasses.asdict(each) for each in processes[-_KEPT:]]
        draft = self._path.with_suffix(".tmp")
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not is_private(self._path.parent):
                return
            draft.write_text(json.dumps({"kernel": os.getpid(), "processes": rows}))
            draft.replace(self._path)

    def remove(self) -> None:
        """Take the file away when the kernel closes."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


class Publisher:
    """Writes the file soon after a change. Many changes at once are one write, off the loop."""

    def __init__(self, file: ProcessFile, processes: Callable[[], Sequence[ProcessInfo]]) -> None:
        self._file = file
        self._processes = processes
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Future[None] | None = None
        self._closed = False

    def changed(self) -> None:
        """The table has changed."""
        if self._timer is None and not self._closed:
            self._timer = asyncio.get_running_loop().call_later(_SOON_S, self._start)

    async def close(self) -> None:
        """Take the file away, after the write that is under way."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._writing is not None:
            await asyncio.wait({self._writing}, timeout=_LAST_WRITE_S)
        self._file.remove()

    def _start(self) -> None:
        self._timer = None
        if self._writing is not None and not self._writing.done():
            self.changed()  # one at a time, so that the newest table is written last
            return
        loop = asyncio.get_running_loop()
        self._writing = loop.run_in_executor(None, self._file.write, self._processes())


def read_all(directory: Path | None = None) -> list[dict[str, Any]]:
    """The tables of all kernels that live, each row with its kernel's pid.

    Files that dead kernels left behind are removed.
    """
    rows: list[dict[str, Any]] = []
    place = directory or folder()
    if not place.is_dir() or not is_private(place):
        return []
    for path in sorted(place.glob("*.json")):
        kernel = int(path.name.split(".")[0]) if path.name.split(".")[0].isdigit() else 0
        if not psutil.pid_exists(kernel):
            with suppress(OSError):
                path.unlink()
            continue
        with suppress(OSError, ValueError, KeyError, TypeError):
            table = json.loads(path.read_text())
            rows.extend({"kernel": kernel, **row} for row in table["processes"])
    return rows


def is_private(place: Path) -> bool:
    """Whether the folder is this user's alone; in /tmp somebody else may have made it first."""
    status = place.stat()
    return status.st_uid == os.getuid() and not status.st_mode & 0o077
