"""Waiting for whatever happens in a space: every event rings, whoever waits looks again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


class Pulse:
    """One for all tabs of a space, so that a wait sees a dialog or a closing in any of them."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake whoever waits, to look again."""
        self._event.set()

    async def when(self, done: Callable[[], bool]) -> None:
        """Wait until `done()`, without a deadline: only for races that something else ends."""
        while not done():
            self._event.clear()
            await self._event.wait()

    async def until(self, done: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until `done()`; False when the deadline passed first."""
        try:
            async with asyncio.timeout(timeout_s):
                await self.when(done)
        except TimeoutError:
            return done()
        return True


async def race(pulse: Pulse, work: Awaitable[T], stop: Callable[[], bool]) -> asyncio.Future[T]:
    """Start `work`; come back when it is done or `stop()`, whichever is first.

    Work that is not done goes on: the caller keeps it or cancels it.
    """
    worker = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(pulse.when(stop))
    try:
        await asyncio.wait({worker, stopped}, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        worker.cancel()
        raise
    finally:
        stopped.cancel()
    return worker
