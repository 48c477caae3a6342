"""Work whose outcome does not matter, kept so that it is neither lost nor reported as forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any


class Background:
    """Tasks that end with their owner at the latest."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Future[Any]] = set()

    def run(self, work: Awaitable[Any]) -> asyncio.Future[Any]:
        """Start `work`, or keep it when it has been started."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    def drop(self, work: Awaitable[Any]) -> None:
        """End `work`."""
        self.run(work).cancel()

    async def close(self) -> None:
        """End all of it."""
        left = list(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _forget(self, task: asyncio.Future[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # taken, so that asyncio does not report it
