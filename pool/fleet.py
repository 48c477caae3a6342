"""The pool's browsers: one for all who have none of their own, one for each profile that has.

The fleet starts them, replaces what died or hangs, and closes them. When one is worn is decided in
`rotation`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from .browser import Browser, Launcher, Session
from .errors import BrowserLost
from .memory import total_pss_mb
from .rotation import BrowserInfo, Standing, Wear
from .tasks import TaskBag, join

S = TypeVar("S", bound=Session)

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Host(Generic[S]):
    """A browser, and what it has to do with whom."""

    id: int
    browser: Browser[S]
    idle_since: float
    tenant: str = ""
    standing: Standing = Standing.SPARE
    served: int = 0
    sessions: int = 0
    pss_mb: float | None = None


@dataclass(slots=True)
class FleetTally:
    """What the fleet has done."""

    launches: int = 0
    retirements: Counter[Wear] = field(default_factory=Counter)


class Fleet(Generic[S]):
    """The browsers that run. `clock` gives seconds; `changed` is called when one came or went."""

    def __init__(
        self,
        launcher: Launcher[S],
        tasks: TaskBag,
        close_timeout_s: float,
        clock: Callable[[], float],
        changed: Callable[[], None],
    ) -> None:
        self._launcher = launcher
        self._tasks = tasks
        self._close_timeout_s = close_timeout_s
        self._clock = clock
        self._changed = changed
        self._hosts: dict[int, Host[S]] = {}
        self._launching: dict[str | None, asyncio.Task[Host[S]]] = {}
        self.tally = FleetTally()

    # -- which browser ---------------------------------------------------------------------------

    async def get(self, tenant: str) -> Host[S]:
        """The browser for new contexts of a tenant: his, else the spare, else a new one.

        Callers at the same time share one start. Raises BrowserNotFound or BrowserLaunchFailed.
        """
        while True:
            for host in self._alive():
                if host.standing is Standing.CURRENT and host.tenant == tenant:
                    return host
            spare = self._spare()
            if spare is not None:
                _install(spare, tenant)
                return spare
            # A spare under way is nobody's yet: whoever comes first gets it, the next starts his.
            host = await self._launched(None if None in self._launching else tenant)
            if host.browser.alive and host.standing is Standing.SPARE:
                _install(host, tenant)
                return host

    async def start_spare(self) -> None:
        """Start a browser for whoever needs one next. Raises like `get`."""
        if self._spare() is None:
            await self._launched(None)

    async def _launched(self, tenant: str | None) -> Host[S]:
        if tenant not in self._launching:
            name = "pool-launch" if tenant is None else f"pool-launch-{tenant or 'shared'}"
            self._launching[tenant] = self._tasks.spawn(self._launch(tenant), name)
        return await join(self._launching[tenant])

    async def _launch(self, tenant: str | None) -> Host[S]:
        try:
            browser = await self._launcher.launch()
            self.tally.launches += 1
            host = Host(self.tally.launches, browser, self._clock())
            self._hosts[host.id] = host
            return host
        finally:
            del self._launching[tenant]
            self._changed()

    def _alive(self) -> list[Host[S]]:
        """What runs. What died is dropped on the way."""
        for host in list(self._hosts.values()):
            if not host.browser.alive:
                self.discard(host, "it is gone")
        return list(self._hosts.values())

    def _spare(self) -> Host[S] | None:
        return next((h for h in self._alive() if h.standing is Standing.SPARE), None)

    # -- who uses it -----------------------------------------------------------------------------

    def joined(self, host: Host[S]) -> None:
        """A context is about to be made in it."""
        host.served += 1
        host.sessions += 1

    def left(self, host: Host[S]) -> None:
        """A context of it is gone; a retiring browser goes with its last."""
        host.sessions -= 1
        if host.sessions == 0:
            host.idle_since = self._clock()
            if host.standing is Standing.RETIRING and host.id in self._hosts:
                self._close(host)

    def retire(self, number: int, wear: Wear) -> None:
        """Make no more contexts in it; a spare that runs takes its place at once."""
        host = self._hosts.get(number)
        if host is None or host.standing is not Standing.CURRENT:
            return
        self.tally.retirements[wear] += 1
        host.standing = Standing.RETIRING
        spare = self._spare() if wear is not Wear.IDLE else None
        if spare is not None:
            _install(spare, host.tenant)
        _log.info(
            "Retiring browser %s (%s): %d contexts served, %s",
            host.browser.pid,
            wear,
            host.served,
            "another takes its place" if spare is not None else "nobody needs it",
        )
        if host.sessions == 0:
            self._close(host)

    def leaves(self, number: int | None) -> bool:
        """Whether this browser is retiring."""
        host = self._hosts.get(number) if number is not None else None
        return host is not None and host.standing is Standing.RETIRING

    # -- health ----------------------------------------------------------------------------------

    def discard(self, host: Host[S], why: str) -> None:
        """Never use this browser again, and close it in the background."""
        if host.id in self._hosts:
            _log.warning("Replacing the browser (pid %s): %s", host.browser.pid, why)
            self.tally.retirements[Wear.LOST] += 1
            self._close(host)

    def _close(self, host: Host[S]) -> None:
        self._hosts.pop(host.id, None)
        self._tasks.spawn(host.browser.close(self._close_timeout_s), "pool-close-browser")
        self._changed()

    async def probe(self, timeout_s: float) -> None:
        """See whether each browser answers; those that do not are discarded."""
        await asyncio.gather(*(self.probe_one(host, timeout_s) for host in self._alive()))

    async def probe_one(self, host: Host[S], timeout_s: float) -> None:
        """See whether it answers; discard it if not."""
        if host.id not in self._hosts:
            return
        try:
            await host.browser.ping(timeout_s)
        except BrowserLost as error:
            self.discard(host, error.message)

    async def weigh(self) -> None:
        """Read the memory of each browser."""
        for host in self._alive():
            if host.browser.pid is not None:
                size = await asyncio.to_thread(total_pss_mb, [host.browser.pid])
                host.pss_mb = size or host.pss_mb

    # -- life ------------------------------------------------------------------------------------

    def browsers(self) -> list[BrowserInfo]:
        """Every browser that runs, oldest first."""
        return [
            BrowserInfo(
                id=host.id,
                pid=host.browser.pid,
                tenant=host.tenant,
                standing=host.standing,
                served=host.served,
                sessions=host.sessions,
                pss_mb=host.pss_mb,
                idle_since=host.idle_since if host.sessions == 0 else None,
            )
            for host in self._hosts.values()
        ]

    async def close(self) -> None:
        """Close every browser, and everything that was ever launched."""
        hosts, self._hosts = list(self._hosts.values()), {}
        await asyncio.gather(*(host.browser.close(self._close_timeout_s) for host in hosts))
        await self._launcher.close()


def _install(host: Host[S], tenant: str) -> None:
    host.tenant, host.standing = tenant, Standing.CURRENT
