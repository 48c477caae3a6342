"""Work that takes longer than usual no longer counts as work: it waits for somebody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Patience:
    """Counts the pieces of work that are under way for more than `limit_s` seconds.

    Needs a running event loop.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self.late = 0

    @contextmanager
    def watch(self, on_late: Callable[[], None]) -> Iterator[None]:
        """One piece of work; `on_late` is called when it takes longer."""
        ran_late = False

        def pass_limit() -> None:
            nonlocal ran_late
            ran_late = True
            self.late += 1
            on_late()

        timer = asyncio.get_running_loop().call_later(self._limit_s, pass_limit)
        try:
            yield
        finally:
            timer.cancel()
            self.late -= ran_late
