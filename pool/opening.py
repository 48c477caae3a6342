"""Making sessions: a context from the browser, and the caller's hooks around it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from .browser import Session
from .config import PoolConfig
from .errors import BrowserLost, PageUnresponsive
from .fleet import Fleet
from .options import SessionOptions
from .slot import Slot

S = TypeVar("S", bound=Session)
P = TypeVar("P")
T = TypeVar("T")


class Opener(Generic[S, P]):
    """Makes and prepares sessions, each step with its deadline."""

    def __init__(
        self,
        config: PoolConfig,
        fleet: Fleet[S],
        prepare: Callable[[S], Awaitable[P]],
        touch: Callable[[P], Awaitable[object]] | None,
    ) -> None:
        self._config = config
        self._fleet = fleet
        self._prepare = prepare
        self._touch = touch

    async def make(self, slot: Slot[S, P], options: SessionOptions) -> S:
        """A new session for a slot; a browser that died or hangs is replaced, once.

        To be run as a task of its own and to its end, because a context whose maker is cancelled
        half-way belongs to nobody. Raises BrowserLost and what the launcher raises.
        """
        try:
            return await self._attempt(slot, options)
        except BrowserLost:
            return await self._attempt(slot, options)

    async def _attempt(self, slot: Slot[S, P], options: SessionOptions) -> S:
        host = await self._fleet.get(self._config.tenant(slot.key.profile))
        self._fleet.joined(host)
        limit = self._config.session_timeout_s
        try:
            async with asyncio.timeout(limit):
                session = await host.browser.new_session(options)
        except BaseException as error:
            self._fleet.left(host)
            if isinstance(error, TimeoutError):
                why = f"The browser made no session within {limit:g} s"
                self._fleet.discard(host, why)
                raise BrowserLost(why) from error
            if isinstance(error, BrowserLost):
                self._fleet.discard(host, error.message)
            raise
        slot.host = host
        return session

    async def prepare(self, session: S) -> P:
        """Run the caller's `prepare`. Raises PageUnresponsive past its deadline."""
        return await self._bounded(self._prepare(session), "prepare")

    async def touch(self, prepared: P) -> None:
        """Run the caller's `touch`, if there is one. Raises PageUnresponsive past its deadline."""
        if self._touch is not None:
            await self._bounded(self._touch(prepared), "touch")

    async def _bounded(self, work: Awaitable[T], name: str) -> T:
        limit = self._config.prepare_timeout_s
        try:
            async with asyncio.timeout(limit) as deadline:
                return await work
        except TimeoutError as error:
            if not deadline.expired():
                raise
            raise PageUnresponsive(f"{name} took longer than {limit:g} s") from error
