"""Where the control sockets lie: beside the process files, in a folder that is the user's alone."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from ..procfs import folder, is_private

_LONGEST = 107
"""Bytes that the address of a Unix socket may have on Linux."""
_BACKLOG = 32
_SUFFIX = ".sock"


@dataclass(frozen=True, slots=True)
class KernelSocket:
    """The control socket of one kernel."""

    path: Path
    pid: int

    @property
    def name(self) -> str:
        """Its kernel's name; the pid alone does for the only kernel of a process."""
        return self.path.name.removesuffix(_SUFFIX)


def kernels(directory: Path | None = None) -> list[KernelSocket]:
    """The sockets of kernels whose process lives, by pid. Those of dead ones are removed."""
    place = directory or folder()
    found: list[KernelSocket] = []
    with suppress(OSError):
        if not is_private(place):
            return []
        for path in place.glob(f"*{_SUFFIX}"):
            pid = path.name.split(".")[0]
            if pid.isdecimal() and psutil.pid_exists(int(pid)):
                found.append(KernelSocket(path, int(pid)))
            else:
                forget(path)
    return sorted(found, key=lambda each: (each.pid, each.name))


def forget(path: Path) -> None:
    """Take the socket of a dead kernel away."""
    with suppress(OSError):
        path.unlink()


@contextmanager
def listening(path: Path) -> Iterator[socket.socket]:
    """A socket that listens at `path`, which is there exactly as long. Raises OSError.

    It appears when it listens already: whoever is refused there knows that its kernel is dead.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not is_private(path.parent):
        raise PermissionError(f"{path.parent} is not this user's alone")
    draft = path.with_suffix(".new")
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener,
        reachable(draft) as address,
    ):
        try:
            listener.bind(address)
            draft.chmod(0o600)
            listener.listen(_BACKLOG)
            draft.replace(path)
            yield listener
        finally:
            draft.unlink(missing_ok=True)
            path.unlink(missing_ok=True)


@contextmanager
def reachable(path: Path) -> Iterator[str]:
    """An address of `path` that a socket takes: of a long one, by way of its open folder.

    Raises OSError, also for a long path where there is no /proc.
    """
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}/{path.name}"
    finally:
        os.close(handle)
