"""Work that takes longer than usual no longer counts as work: it waits for somebody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Patience:
    """Counts the pieces of work that are under way for more than `limit_s` seconds.

    `changed` is called when there is one more. Needs a running event loop.
    """

    def __init__(self, limit_s: float, changed: Callable[[], None]) -> None:
        self._limit_s = limit_s
        self._changed = changed
        self.late = 0

    @contextmanager
    def watch(self) -> Iterator[None]:
        """One piece of work."""
        ran_late = False

        def pass_limit() -> None:
            nonlocal ran_late
            ran_late = True
            self.late += 1
            self._changed()

        timer = asyncio.get_running_loop().call_later(self._limit_s, pass_limit)
        try:
            yield
        finally:
            timer.cancel()
            self.late -= ran_late
