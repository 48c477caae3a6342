"""The line of callers waiting for something to be handed to them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from .errors import AcquireTimeout, PoolClosed
from .shelf import Key

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Waiter(Generic[T]):
    key: Key
    future: asyncio.Future[T]


class Line(Generic[T]):
    """First come, first served; bounded.

    `offer(key, place)` is asked for each waiter in order (places count from 1) and returns what to
    hand over, or None. `give_back` gets what was handed to somebody who had just been cancelled.
    """

    def __init__(
        self,
        limit: int,
        offer: Callable[[Key, int], T | None],
        give_back: Callable[[T], None],
    ) -> None:
        self._limit = limit
        self._offer = offer
        self._give_back = give_back
        self._waiters: list[_Waiter[T]] = []
        self._closed = False

    def __len__(self) -> int:
        return len(self._waiters)

    def serve(self) -> None:
        """Hand over what there is. Call it whenever something may have become free."""
        place = 0
        for waiter in list(self._waiters):
            if waiter.future.done():
                continue
            place += 1
            gift = self._offer(waiter.key, place)
            if gift is not None:
                self._waiters.remove(waiter)
                waiter.future.set_result(gift)

    async def take(self, key: Key) -> T:
        """Stand in line until served. Raises AcquireTimeout over the bound, PoolClosed."""
        if self._closed:
            raise PoolClosed("The pool was closed")
        waiter: _Waiter[T] = _Waiter(key, asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        try:
            self.serve()
            if not waiter.future.done() and len(self._waiters) > self._limit:
                raise AcquireTimeout(f"{self._limit} callers are waiting for a session already")
            return await waiter.future
        except asyncio.CancelledError:
            self._return(waiter.future)
            raise
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    def _return(self, future: asyncio.Future[T]) -> None:
        if future.done() and not future.cancelled() and future.exception() is None:
            self._give_back(future.result())

    def close(self) -> None:
        """Send everyone away with PoolClosed, and all who come later."""
        self._closed = True
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.future.done():
                waiter.future.set_exception(PoolClosed("The pool was closed"))
