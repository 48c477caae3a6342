"""The pool's one loop: asks `upkeep` what is due, and does it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Generic, TypeVar

from . import upkeep
from .browser import Session
from .errors import PoolError
from .health import Verdict
from .parts import Parts
from .refilling import Refiller
from .rotation import RetireBrowser, StartSpare
from .slot import Reason, Slot

S = TypeVar("S", bound=Session)
P = TypeVar("P")

_log = logging.getLogger(__name__)


class Housekeeper(Generic[S, P]):
    """Keeps pages ready. `acquiring` tells how many callers are inside an acquire."""

    def __init__(
        self, parts: Parts[S, P], refiller: Refiller[S, P], acquiring: Callable[[], int]
    ) -> None:
        self._parts = parts
        self._refiller = refiller
        self._acquiring = acquiring
        self._checked_at = parts.clock()
        self._starting_spare = False
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Something changed: look again."""
        self._wake.set()

    async def run(self) -> None:
        while True:
            self._wake.clear()
            config = self._parts.stands.config
            for job in upkeep.due(
                config, self._view(), self._parts.diary, self._parts.stands.key, self._parts.clock()
            ):
                self._perform(job)
            pause = upkeep.pause(config, self._view(), self._parts.diary, self._parts.clock())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    def _view(self) -> upkeep.View:
        roster = self._parts.roster
        return upkeep.View(
            roster.shelf,
            self._refiller.warming,
            roster.doubtful(),
            len(roster.slots),
            self._acquiring(),
            self._parts.forecast,
            awake=self._parts.tender.awake(),
            parking=self._parts.tender.parking,
            checked_at=self._checked_at,
            memory=self._parts.tender.memory(),
            ready_mb=self._parts.tender.ready_mb(),
            late=self._refiller.patience.late,
            browsers=self._parts.fleet.browsers(),
            starting_spare=self._starting_spare,
            leaving=frozenset(
                slot.id
                for slot in roster.shelved()
                if slot.host is not None and self._parts.fleet.leaves(slot.host.id)
            ),
        )

    def _perform(self, job: upkeep.Job) -> None:
        match job:
            case upkeep.Warm(stand):
                self._refiller.refill(stand)
            case upkeep.Retire(number, reason):
                level = logging.WARNING if reason is Reason.MEMORY else logging.DEBUG
                _log.log(level, "Slot %d is retired: %s", number, reason)
                self._parts.closer.retire(self._parts.roster.slots[number], reason)
            case upkeep.Probe():
                self._parts.diary.probed_at = self._parts.clock()
                self._parts.tasks.spawn(
                    self._parts.fleet.probe(self._parts.config.browser_ping_timeout_s), "pool-probe"
                )
            case upkeep.Park(number):
                self._parts.tender.parking = True  # at once: the task begins later
                self._parts.tasks.spawn(
                    self._park(self._parts.roster.slots[number]), f"pool-park-{number}"
                )
            case upkeep.Check():
                self._checked_at = self._parts.clock()
                if not self._parts.tender.checking:
                    self._parts.tasks.spawn(self._check(), "pool-check")
            case StartSpare():
                self._starting_spare = True
                self._parts.tasks.spawn(self._start_spare(), "pool-spare")
            case RetireBrowser(number, wear):
                self._parts.fleet.retire(number, wear)

    async def _start_spare(self) -> None:
        try:
            await self._parts.fleet.start_spare()
        except PoolError as error:
            rest = self._parts.diary.failed(upkeep.SPARE, self._parts.clock())
            self._parts.tally.last_error = str(error)
            _log.warning("No spare browser (again in %g s): %s", rest, error.message)
        else:
            self._parts.diary.succeeded(upkeep.SPARE)
        finally:
            self._starting_spare = False
            self._parts.changed()

    async def _check(self) -> None:
        if await self._parts.tender.check(self._unfit):
            await self._parts.fleet.weigh()

    async def _park(self, slot: Slot[S, P]) -> None:
        try:
            await self._parts.tender.park(slot)
        finally:
            self._parts.changed()

    def _unfit(self, slot: Slot[S, P], verdict: Verdict) -> None:
        """A page on the shelf must not be lent."""
        if self._parts.roster.doubt(slot):
            why = ", ".join(verdict.reasons)
            _log.warning("Slot %d (%s) is not fit to be lent: %s", slot.id, slot.key.site, why)
            self._parts.closer.retire(slot, Reason.HEALTH)
            self._parts.changed()
