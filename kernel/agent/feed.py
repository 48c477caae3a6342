"""The steps of a plan one after the other, some of which may still be on their way."""

from __future__ import annotations

from ...planner import Step, Steps
from ..handle import Process


class Feed:
    """Steps for one process; `first` is what its plan began with."""

    def __init__(self, process: Process, first: Steps) -> None:
        self._process = process
        self._steps = list(first.steps)
        self._complete = first.complete
        self._taken = 0
        self.by = first.by

    async def next(self) -> Step | None:
        """The next step; None behind the last one. Raises what planning may raise."""
        await self._reach(self._taken + 1)
        if self._taken >= len(self._steps):
            return None
        self._taken += 1
        return self._steps[self._taken - 1]

    async def ahead(self) -> tuple[Step, ...]:
        """The steps after the one that was taken last: at least the next one, if there is one."""
        await self._reach(self._taken + 1)
        return tuple(self._steps[self._taken :])

    async def _reach(self, count: int) -> None:
        while len(self._steps) < count and not self._complete:
            more = await self._process.more_steps(len(self._steps))
            self._steps += more.steps
            self._complete = more.complete
