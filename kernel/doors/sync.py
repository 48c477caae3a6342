"""The API for scripts without asyncio: the same names, blocking.

One background thread runs the event loop of a kernel; every call here hands a coroutine to it and
waits. A kernel and its processes may be used from several threads.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from ...planner import Decision, Plan
from ...snapshot import Observation, RestoreReport, Snapshot
from .. import handle, kernel
from ..actions import Action, Effect
from ..config import Config
from ..hardware import Hardware
from ..process import Limits, ProcessInfo
from ..syscalls import ALL_CAPABILITIES, Request
from ..task import Event, RunFinished, Task, TaskResult
from ..task import Run as _Run

T = TypeVar("T")


class _Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="abos", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for a coroutine; an interrupt here cancels it there."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            raise

    def stop(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        if not self._thread.is_alive():
            self._loop.close()


class Process:
    """Blocking mirror of `abos.Process`."""

    def __init__(self, loop: _Loop, process: handle.Process) -> None:
        self._loop = loop
        self._process = process
        self.pid = process.pid
        self.how = process.how
        self.startup_s = process.startup_s

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.exit(1 if kind else 0, str(error) if error else "")

    def syscall(self, request: Request) -> Any:
        """Perform any system call as this process."""
        return self._loop.run(self._process.syscall(request))

    def navigate(self, url: str) -> Effect:
        """Open an address in the current tab."""
        return self._loop.run(self._process.navigate(url))

    def observe(self, max_tokens: int = 1500) -> Observation:
        """Read the page; `max_tokens` bounds the text view."""
        return self._loop.run(self._process.observe(max_tokens))

    def act(self, action: Action) -> Effect:
        """Do something to the page and learn what changed."""
        return self._loop.run(self._process.act(action))

    def extract(
        self, ref: str = "", kind: Literal["text", "html", "value", "links", "table"] = "text"
    ) -> Any:
        """Read more of an element, or of the page."""
        return self._loop.run(self._process.extract(ref, kind))

    def evaluate(self, expression: str) -> Any:
        """Run JavaScript in the page's own world."""
        return self._loop.run(self._process.evaluate(expression))

    def snapshot(self) -> Snapshot:
        """Turn the page into bytes."""
        return self._loop.run(self._process.snapshot())

    def restore(self, snapshot: Snapshot | bytes) -> RestoreReport:
        """Bring a snapshot back into the current tab."""
        return self._loop.run(self._process.restore(snapshot))

    def decide(
        self, instruction: str, action: str = "", *, value: str = "", irreversible: bool = False
    ) -> Decision:
        """Choose the element that an instruction means."""
        work = self._process.decide(instruction, action, value=value, irreversible=irreversible)
        return self._loop.run(work)

    def plan(self, goal: str) -> Plan:
        """Turn a goal into steps."""
        return self._loop.run(self._process.plan(goal))

    def pause(self) -> None:
        """Refuse further system calls until `resume`."""
        self._loop.run(self._process.pause())

    def resume(self) -> None:
        """Take the process up again."""
        self._loop.run(self._process.resume())

    def exit(self, code: int = 0, reason: str = "") -> None:
        """End the process and give its context back."""
        self._loop.run(self._process.exit(code, reason))


class Run:
    """Blocking mirror of `abos.Run`."""

    def __init__(self, loop: _Loop, run: _Run) -> None:
        self._loop = loop
        self._run = run

    def __iter__(self) -> Iterator[Event]:
        events = self._run.__aiter__()
        while True:
            event = self._loop.run(_next(events))
            yield event
            if isinstance(event, RunFinished):
                return

    def result(self) -> TaskResult:
        """Wait for the end of the task."""
        return self._loop.run(self._run.result())


async def _next(events: Any) -> Event:
    event: Event = await anext(events)
    return event


class Kernel:
    """Blocking mirror of `abos.Kernel`; use it with `with`."""

    def __init__(self, config: Config | None = None, *, hardware: Hardware | None = None) -> None:
        self._kernel = kernel.Kernel(config, hardware=hardware)
        self._loop = _Loop()

    def __enter__(self) -> Self:
        try:
            self._loop.run(self._kernel.boot())
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Shut the kernel down and end its thread."""
        try:
            self._loop.run(self._kernel.close())
        finally:
            self._loop.stop()

    def spawn(
        self,
        url: str,
        *,
        profile: str = "default",
        capabilities: frozenset[str] = ALL_CAPABILITIES,
        limits: Limits | None = None,
        task: str = "",
    ) -> Process:
        """Start a process on a page."""
        work = self._kernel.spawn(
            url, profile=profile, capabilities=capabilities, limits=limits, task=task
        )
        return Process(self._loop, self._loop.run(work))

    def submit(self, task: Task) -> Run:
        """Queue a task for the agent."""
        return Run(self._loop, self._loop.run(self._kernel.submit(task)))

    def syscall(self, pid: int, request: Request) -> Any:
        """The one door."""
        return self._loop.run(self._kernel.syscall(pid, request))

    def ps(self) -> tuple[ProcessInfo, ...]:
        """All processes remembered, oldest first."""
        return self._kernel.ps()
