"""Operating-system processes: finding ours, watching them, and leaving none behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterable

import psutil

_POLL_S = 0.01


def find_marked(marker: str) -> psutil.Process | None:
    """The process below ours whose command line holds `marker`.

    Where a wrapper script passed the marker on, the innermost one: the browser itself. (A browser
    does not pass switches it does not know to its own children.)
    """
    found = None
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if marker in process.cmdline():
                found = process
    return found


def running(process: psutil.Process) -> bool:
    """Whether the process exists and is more than an entry waiting to be reaped."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def tree(root: psutil.Process) -> list[psutil.Process]:
    """The process, its descendants, and the rest of the group it leads.

    A browser leads a group of its own, which still names its children when it is dead itself and
    they hang, stopped, below init.
    """
    found = {root.pid: root}
    with contextlib.suppress(psutil.Error):
        found.update((child.pid, child) for child in root.children(recursive=True))
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) == root.pid:
                found[process.pid] = process
    leader = found[root.pid]
    return [root] if leader != root else list(found.values())  # the pid may belong to a stranger


def kill(processes: Iterable[psutil.Process]) -> None:
    """SIGKILL them all. psutil checks by start time that a pid was not given to somebody else."""
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()


async def gone(processes: Iterable[psutil.Process], timeout_s: float) -> bool:
    """Wait until none of them runs any more.

    Polls, because only a parent can wait for a process on every system, and ours is the
    grandparent.
    """
    left = list(processes)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            while left := [process for process in left if running(process)]:  # noqa: ASYNC110
                await asyncio.sleep(_POLL_S)
    return not left


def watch(pid: int, on_exit: Callable[[], None]) -> Callable[[], None]:
    """Call back when a process ends; returns a function that stops watching.

    A dead driver reports nothing by itself. Without pidfds (Linux only) nobody is called: the
    pool's heartbeat finds out later.
    """
    if not hasattr(os, "pidfd_open"):
        return lambda: None
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        on_exit()
        return lambda: None
    loop = asyncio.get_running_loop()
    open_handles = {handle}

    def stop() -> None:
        if open_handles:
            open_handles.clear()
            loop.remove_reader(handle)
            os.close(handle)

    def ended() -> None:
        stop()
        on_exit()

    loop.add_reader(handle, ended)
    return stop
