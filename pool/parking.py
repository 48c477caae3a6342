"""Warm pages that wait without costing anything: their renderers are stopped (SIGSTOP).

What was measured on headless-shell 156, two cores shared with other work:

- A stopped renderer uses no processor time, animated or not, and keeps its memory. The browser's
  own memory does not grow meanwhile (two minutes, six animated pages).
- It answers 4-6 ms after SIGCONT (median; a running page takes 1). Animations go on where they
  were; timers that came due fire once, those missed are not made up for.
- The browser's own ping does not notice, so the heartbeat stays right. The *page's* ping does: a
  parked page must be woken before it is pinged.
- `context.close()` with a stopped renderer returns at once, and leaves the process behind, stopped,
  for 1-4 s. Continued first, it is gone within 50 ms. `browser.close()` hangs on it until killed.
- A trace (`Tracing.start`, Playwright's `start_tracing`) hangs 10 s on every stopped renderer.
- Servers see a client that went silent: sockets and event streams of a page may be cut meanwhile.
- A kernel that is killed (SIGKILL) cannot continue anybody: see `sweep`.

Decisions are in `Sharing`, which is pure; `Parking` carries them out for one browser.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable
from dataclasses import dataclass

import psutil

from .process import running
from .renderers import is_renderer

Find = Callable[[Collection[int]], Awaitable[frozenset[int]]]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be done to processes: ids to stop, ids to continue."""

    stop: frozenset[int] = frozenset()
    resume: frozenset[int] = frozenset()


class Sharing:
    """Who uses which renderer, and which may stand still. Pure: no process is touched.

    A guest is whatever the caller tells pages apart by. A renderer is stopped exactly when all its
    guests are asleep, so that none that is lent out ever stands still because of a neighbour.
    """

    def __init__(self) -> None:
        self._pids: dict[Hashable, frozenset[int]] = {}
        self._asleep: set[Hashable] = set()

    @property
    def stopped(self) -> frozenset[int]:
        """Renderers that are to stand still now."""
        awake = self._used_by(self._pids.keys() - self._asleep)
        return self._used_by(self._asleep) - awake

    @property
    def known(self) -> frozenset[int]:
        """Renderers that any guest uses."""
        return self._used_by(self._pids.keys())

    def others(self, guest: Hashable) -> frozenset[int]:
        """Renderers that guests other than this one use."""
        return self._used_by(self._pids.keys() - {guest})

    def asleep(self, guest: Hashable) -> bool:
        """Whether this guest sleeps. Its renderers may still run, for somebody else."""
        return guest in self._asleep

    def enter(self, guest: Hashable, pids: Collection[int]) -> Change:
        """A guest that is awake uses these renderers (and no others any more)."""
        before = self.stopped
        self._asleep.discard(guest)
        self._pids[guest] = frozenset(pids)
        return self._since(before)

    def sleep(self, guest: Hashable) -> Change:
        """A guest needs its renderers no longer. Nothing for one that never entered."""
        before = self.stopped
        if guest in self._pids:
            self._asleep.add(guest)
        return self._since(before)

    def wake(self, guest: Hashable) -> Change:
        """A guest needs its renderers. Nothing for one that is awake."""
        before = self.stopped
        self._asleep.discard(guest)
        return self._since(before)

    def leave(self, guest: Hashable) -> Change:
        """A guest goes, and its renderers must run to go with it.

        Sleepers that share them are woken too: they may be put to sleep again later.
        """
        before = self.stopped
        pids = self._pids.pop(guest, frozenset())
        self._asleep.discard(guest)
        self._asleep -= {other for other in self._asleep if self._pids[other] & pids}
        return self._since(before)

    def clear(self) -> Change:
        """All guests go."""
        before = self.stopped
        self._pids.clear()
        self._asleep.clear()
        return self._since(before)

    def _used_by(self, guests: Collection[Hashable]) -> frozenset[int]:
        return frozenset().union(*(self._pids[guest] for guest in guests))

    def _since(self, before: frozenset[int]) -> Change:
        after = self.stopped
        return Change(after - before, before - after)


class Parking:
    """Stops and continues the renderers of one browser. Synchronous: signals take microseconds.

    Process handles are kept from the moment a guest entered, and know by their start time when an
    id was given to somebody else.
    """

    def __init__(self, browser_pid: int) -> None:
        self._browser_pid = browser_pid
        self._sharing = Sharing()
        self._handles: dict[int, psutil.Process] = {}

    @property
    def stopped(self) -> frozenset[int]:
        """Ids of the renderers that stand still."""
        return self._sharing.stopped

    def others(self, guest: Hashable) -> frozenset[int]:
        """Renderers that are known to be those of guests other than this one."""
        return self._sharing.others(guest)

    def parked(self, guest: Hashable) -> bool:
        """Whether this guest is parked."""
        return self._sharing.asleep(guest)

    def hold(self, guest: Hashable, pids: Collection[int]) -> bool:
        """Keep these renderers running as long as this guest is not parked.

        False, and nothing is done, if there is none, or one of them is not a renderer of this
        browser: never the browser itself, its GPU process or network service, nor a stranger.
        """
        if not pids or not all(is_renderer(pid, self._browser_pid) for pid in pids):
            return False
        try:
            new = {pid: psutil.Process(pid) for pid in pids if pid not in self._handles}
        except psutil.Error:
            return False
        self._handles.update(new)
        self._carry_out(self._sharing.enter(guest, pids))
        return True

    def park(self, guest: Hashable, pids: Collection[int]) -> bool:
        """Stop the renderers of a guest, except those that somebody awake uses too.

        False, and nothing is done, where `hold` would refuse.
        """
        if not self.hold(guest, pids):
            return False
        self._carry_out(self._sharing.sleep(guest))
        return True

    def unpark(self, guest: Hashable) -> None:
        """Continue the renderers of a guest. Does nothing for one that is not parked."""
        self._carry_out(self._sharing.wake(guest))

    def leave(self, guest: Hashable) -> None:
        """Continue a guest's renderers and forget it: to be called before its context is closed."""
        self._carry_out(self._sharing.leave(guest))

    def clear(self) -> None:
        """Continue and forget all: to be called before the browser is closed."""
        self._carry_out(self._sharing.clear())

    def _carry_out(self, change: Change) -> None:
        for pids, act in (
            (change.resume, psutil.Process.resume),
            (change.stop, psutil.Process.suspend),
        ):
            for pid in pids:
                with contextlib.suppress(psutil.Error):  # it is gone: nothing to be done to it
                    act(self._handles[pid])
        for pid in self._handles.keys() - self._sharing.known:
            del self._handles[pid]


class Berth:
    """The place of one page in the parking of its browser.

    `find(others)` tells the page's renderers, see `Finder.locate`. Finding takes time, and whoever
    wants the page meanwhile need not wait: `unpark` and `leave` call a `park` under way off.
    """

    def __init__(self, parking: Parking, find: Find) -> None:
        self._parking = parking
        self._find = find
        self._attempt = 0

    @property
    def parked(self) -> bool:
        """Whether the page stands still."""
        return self._parking.parked(self)

    async def park(self) -> bool:
        """Stop the page. False if its renderers are not known, or somebody wanted it meanwhile."""
        self._attempt += 1
        attempt = self._attempt
        pids = await self._find(self._parking.others(self))
        return attempt == self._attempt and self._parking.park(self, pids)

    def unpark(self) -> None:
        """Let the page run; at once, and for any number of times."""
        self._attempt += 1
        self._parking.unpark(self)

    def leave(self) -> None:
        """Let the page run and forget it: to be called before its context is closed."""
        self._attempt += 1
        self._parking.leave(self)


def sweep(processes: Iterable[psutil.Process] | None = None) -> int:
    """Kill stopped renderers whose browser is gone; returns how many.

    A kernel that is killed by SIGKILL leaves its parked renderers stopped for ever: they cannot
    notice that their browser went. Such a process is of no use to anybody, whoever stopped it: it
    is a renderer of this user, stands still, and the browser that led its group does not exist.
    To be called when a pool starts. Looks at every process once, unless told at which.
    """
    killed = 0
    for process in psutil.process_iter() if processes is None else processes:
        with contextlib.suppress(psutil.Error, OSError):
            if _abandoned(process):
                process.kill()
                killed += 1
    if killed:
        _log.warning("Killed %d stopped renderers whose browser was gone", killed)
    return killed


def _abandoned(process: psutil.Process) -> bool:
    """Whether neither the group's leader nor any ancestor is a browser that could still want it."""
    if process.status() != psutil.STATUS_STOPPED or "--type=renderer" not in process.cmdline():
        return False
    family = process.parents()
    with contextlib.suppress(psutil.NoSuchProcess):
        family.append(psutil.Process(os.getpgid(process.pid)))
    return not any(one.name() == process.name() and running(one) for one in family)
