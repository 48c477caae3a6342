"""Tends the pages on the shelf: parks them, looks after their health, and weighs them.

What to do when is decided in `upkeep` and `health`; here it is done, with one rule: a parked page
is neither pinged nor touched.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic, TypeVar

from .browser import Session
from .config import PoolConfig
from .errors import PageUnresponsive, PoolError
from .health import Pulse, Signs, Verdict, examine
from .memory import Memory
from .roster import Roster
from .slot import SHELVED, Event, Slot, State

S = TypeVar("S", bound=Session)
P = TypeVar("P")

READ_S = 1.0
"""The machine's memory is read anew when the last reading is this old, seconds."""
WEIGH_S = 30.0
"""So often the memory of each page is read: it costs 2 ms of kernel time a page."""
RETRY_S = 30.0
"""A page that would not be parked is tried again after this long, seconds."""

_log = logging.getLogger(__name__)


class Tender(Generic[S, P]):
    """Knows how the pages on the shelf are. `clock` gives seconds."""

    def __init__(
        self,
        config: PoolConfig,
        roster: Roster[S, P],
        read_memory: Callable[[], Memory | None],
        clock: Callable[[], float],
    ) -> None:
        self._config = config
        self._roster = roster
        self._read_memory = read_memory
        self._clock = clock
        self._usual = Pulse()
        self._memory: tuple[float, Memory | None] | None = None
        self._weighed_at: float | None = None
        self.parking = False
        """A page is being parked: one at a time."""
        self.checking = False

    # -- what is known -------------------------------------------------------------------------

    def memory(self) -> Memory | None:
        """The machine's memory, a second old at most; None where it does not tell."""
        now = self._clock()
        if self._memory is None or not 0.0 <= now - self._memory[0] < READ_S:
            self._memory = now, self._read_memory()
        return self._memory[1]

    def ready_mb(self) -> dict[int, float]:
        """What each page on the shelf takes, megabytes, stalest first; the usual if not known."""
        usual = self._config.slot_mb
        return {slot.id: slot.pss_mb or usual for slot in self._roster.shelved()}

    def awake(self) -> dict[int, float]:
        """Pages on the shelf that run, stalest first, and when each may be parked."""
        return {s.id: s.park_at for s in self._roster.shelved() if s.state is State.READY}

    def verdict(self, slot: Slot[S, P], *, signed_out: bool = False) -> Verdict:
        """How fit a slot is to be lent."""
        session = slot.session
        signs = Signs(
            disconnected=session is None or not session.alive,
            ping_timeouts=slot.missed,
            pings=slot.pulse.times,
            baseline_ping_s=self._usual.baseline_s,
            age_s=self._clock() - slot.ready_at if slot.state in SHELVED else 0.0,
            pss_mb=slot.pss_mb,
            last_status=None if session is None else session.last_status,
            signed_out=signed_out,
        )
        return examine(signs, self._config.health)

    # -- what happens --------------------------------------------------------------------------

    def shelved(self, slot: Slot[S, P]) -> None:
        """A page was put on the shelf just now."""
        slot.ready_at = self._clock()
        slot.park_at = slot.ready_at + self._config.park_after_s

    def answered(self, slot: Slot[S, P], seconds: float, *, woken: bool = False) -> None:
        """A page answered; one that had to be woken says nothing about what is usual."""
        slot.missed = 0
        if not woken:
            slot.pulse = slot.pulse.beat(seconds)
            self._usual = self._usual.beat(seconds)

    async def park(self, slot: Slot[S, P]) -> None:
        """Stop a page, unless somebody takes it meanwhile."""
        assert slot.session is not None
        self.parking = True
        try:
            stopped = slot.state is State.READY and await slot.session.park()
        finally:
            self.parking = False
        if slot.state is not State.READY:
            slot.session.unpark()
        elif stopped:
            slot.move(Event.PARK)
        else:
            slot.park_at = self._clock() + RETRY_S

    async def check(self, unfit: Callable[[Slot[S, P], Verdict], None]) -> bool:
        """Ask the pages that run how they are, weigh all now and then, and tell who is unfit.

        Returns whether it weighed.
        """
        self.checking = True
        try:
            weigh = self._weighing()
            for slot in self._roster.shelved():
                self._woken(slot)
                await self._ping(slot)
                if weigh or slot.pss_mb is None:
                    await self._weigh(slot)
                if slot.state in SHELVED and (verdict := self.verdict(slot)).quarantine:
                    unfit(slot, verdict)
            return weigh
        finally:
            self.checking = False

    def _weighing(self) -> bool:
        now = self._clock()
        due = self._weighed_at is None or now - self._weighed_at >= WEIGH_S
        if due:
            self._weighed_at = now
        return due

    def _woken(self, slot: Slot[S, P]) -> None:
        """A neighbour that shared its renderer went, and woke it."""
        if slot.state is State.PARKED and slot.session is not None and not slot.session.parked:
            slot.move(Event.UNPARK)
            slot.park_at = self._clock() + self._config.park_after_s

    async def _ping(self, slot: Slot[S, P]) -> None:
        session = slot.session
        if slot.state is not State.READY or session is None:
            return
        try:
            seconds = await session.ping(self._config.ping_timeout_s)
        except PageUnresponsive:
            # A page that was parked or lent meanwhile had its reason to be silent.
            if slot.state is State.READY:
                slot.missed += 1
        except PoolError as error:
            _log.debug("Slot %d did not answer: %s", slot.id, error)  # its bell rings by itself
        else:
            if slot.state is State.READY:
                self.answered(slot, seconds)

    async def _weigh(self, slot: Slot[S, P]) -> None:
        if slot.state in SHELVED and slot.session is not None:
            slot.pss_mb = await slot.session.pss_mb()
