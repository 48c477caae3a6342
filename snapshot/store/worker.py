"""One thread for what blocks: calls in their order, not too many waiting, each with a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ..errors import StoreBusy, StoreClosed

T = TypeVar("T")


class Worker:
    """For one event loop."""

    def __init__(self, max_waiting: int, timeout_s: float) -> None:
        self._max_waiting = max_waiting
        self._timeout_s = timeout_s
        self._thread: ThreadPoolExecutor | None = ThreadPoolExecutor(1, "abos-snapshots")
        self.waiting = 0
        """Calls that wait or are under way."""

    async def do(
        self, work: Callable[[], T], timeout_s: float | None = None, *, bounded: bool = True
    ) -> T:
        """What `work` returns or raises, called in the thread.

        After the deadline a call that waits is withdrawn; one that is under way runs on.
        `bounded` calls are refused while too many wait. Raises StoreBusy, StoreClosed.
        """
        if self._thread is None:
            raise StoreClosed("the store is closed")
        if bounded and self.waiting >= self._max_waiting:
            raise StoreBusy(f"{self.waiting} calls of the store are waiting already")
        limit = self._timeout_s if timeout_s is None else timeout_s
        self.waiting += 1
        try:
            async with asyncio.timeout(limit) as deadline:
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except TimeoutError as error:
            if not deadline.expired():
                raise
            raise StoreBusy(f"the store did not answer within {limit:g} s") from error
        finally:
            self.waiting -= 1

    def close(self) -> None:
        """Take no more calls. What is under way ends by itself."""
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)
            self._thread = None
