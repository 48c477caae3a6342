"""How slots end: retired once, destroyed in the background, their place free only then."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Generic, TypeVar

from .browser import Session
from .config import PoolConfig
from .errors import PoolError
from .fleet import Fleet, Host
from .roster import Roster
from .slot import Reason, Slot, State
from .statistics import Tally
from .tasks import TaskBag

S = TypeVar("S", bound=Session)
P = TypeVar("P")

_log = logging.getLogger(__name__)


class Closer(Generic[S, P]):
    """Retires slots. `changed` is called when a place is free."""

    def __init__(
        self,
        config: PoolConfig,
        roster: Roster[S, P],
        fleet: Fleet[S],
        tasks: TaskBag,
        tally: Tally,
        changed: Callable[[], None],
    ) -> None:
        self._config = config
        self._roster = roster
        self._fleet = fleet
        self._tasks = tasks
        self._tally = tally
        self._changed = changed
        self._over = False

    def retire(self, slot: Slot[S, P], reason: Reason) -> None:
        """Destroy a slot behind the caller's back. Retiring twice is fine."""
        if self._over or not self._roster.retire(slot):
            return
        self._tally.retirements[reason] += 1
        self._tasks.spawn(self._destroy(slot), f"pool-close-{slot.id}")

    def stop(self) -> None:
        """The pool closes: what is retired from now on goes with its browser."""
        self._over = True

    def end(self) -> None:
        """All browsers are closed: no slot is left, whatever state it was in."""
        for slot in list(self._roster.slots.values()):
            if self._roster.retire(slot):
                self._tally.retirements[Reason.SHUTDOWN] += 1
            self._roster.closed(slot)

    async def _destroy(self, slot: Slot[S, P]) -> None:
        try:
            if slot.session is None and slot.making is not None:
                await asyncio.wait({slot.making})
                if not slot.making.cancelled() and slot.making.exception() is None:
                    slot.session = slot.making.result()
            if slot.session is not None and slot.host is not None:
                await self._close_session(slot.session, slot.host)
                await self._wipe(slot.host)
        finally:
            if slot.host is not None:
                self._fleet.left(slot.host)
            if slot.state is State.CLOSING:  # or the pool, closing, was faster
                self._roster.closed(slot)
            self._changed()

    async def _close_session(self, session: S, host: Host[S]) -> None:
        try:
            await session.close(self._config.close_timeout_s)
        except PoolError as error:
            self._tally.unclosed += 1
            self._tally.last_error = str(error)
            await self.probe(host)

    async def _wipe(self, host: Host[S]) -> None:
        """Before the slot's place is free: the next caller must not paste what this one copied.

        Leases of one tenant that are open at the same time share the clipboard of their browser.
        A browser that was replaced takes its own along.
        """
        if not host.browser.alive:
            return
        try:
            await host.browser.wipe(self._config.close_timeout_s)
        except PoolError as error:
            self._tally.last_error = str(error)
            _log.warning("%s", error.message)
            await self.probe(host)

    async def probe(self, host: Host[S]) -> None:
        """A page of it was silent: perhaps the browser hangs."""
        await self._fleet.probe_one(host, self._config.browser_ping_timeout_s)
