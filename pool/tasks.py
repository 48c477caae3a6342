"""Background tasks with an owner."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from .errors import PoolClosed, PoolError

T = TypeVar("T")

_log = logging.getLogger(__name__)


class TaskBag:
    """Owns background tasks: none is forgotten, none outlives `close`.

    A TaskGroup would do, but must be left by the task that entered it, and a pool is started and
    closed by whoever happens to.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def spawn(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Start a task that this bag owns."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None and not isinstance(error, PoolError):
            _log.error("Pool task %s failed", task.get_name(), exc_info=error)

    async def close(self, timeout_s: float) -> None:
        """Cancel everything and wait for it to end; what resists longer is named in the log."""
        try:
            async with asyncio.timeout(timeout_s):
                while tasks := self._tasks - {asyncio.current_task()}:
                    for task in tasks:
                        task.cancel()
                    await asyncio.wait(tasks)
        except TimeoutError:
            names = ", ".join(task.get_name() for task in self._tasks)
            _log.error("Pool tasks that would not end: %s", names)


async def join(task: asyncio.Task[T]) -> T:
    """Wait for a task that others wait for too: cancelling the caller does not cancel it.

    Raises what it raised, and PoolClosed if its bag cancelled it.
    """
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        caller = asyncio.current_task()
        if task.cancelled() and (caller is None or not caller.cancelling()):
            raise PoolClosed("The pool was closed") from None
        raise
