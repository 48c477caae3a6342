"""The API for scripts without asyncio: the same names, blocking.

One background thread runs the event loop of a kernel; every call here hands a coroutine to it and
waits. A kernel and its processes may be used from several threads.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import wait
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from ...planner import Decision, Kind, Plan, Thing
from ...snapshot import Network, Observation, RestoreReport, Snapshot
from .. import handle, kernel
from ..actions import Action, Effect
from ..config import Config
from ..errors import Interrupted
from ..hardware import Hardware
from ..process import Limits, ProcessInfo
from ..syscalls import ALL_CAPABILITIES, Request
from ..task import Event, RunFinished, Task, TaskResult
from ..task import Run as _Run

T = TypeVar("T")


_CANCEL_S = 15.0
"""How long an interrupted call may take to clean up behind itself."""


class _Loop:
    """An event loop in a thread of its own, from the first call until `stop`."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self.stopped = False

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for a coroutine; an interrupt here cancels it there, and waits for that.

        Raises `Interrupted` after `stop`.
        """
        if self.stopped:
            work.close()
            raise Interrupted("the kernel is closed", hint="Make a new one.")
        future = asyncio.run_coroutine_threadsafe(work, self._started())
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            wait((future,), _CANCEL_S)
            raise

    def stop(self) -> None:
        """Cancel what is left and end the thread. Fine to call twice."""
        self.stopped = True
        loop, thread = self._loop, self._thread
        if loop is None or thread is None or loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(_cancel_others(), loop).result(_CANCEL_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_CANCEL_S)
        if not thread.is_alive():
            loop.close()

    def _started(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="abos", daemon=True)
            self._thread.start()
        return self._loop


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


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

    def things(self) -> tuple[Thing, ...]:
        """Everything that the page shows, controls or not, in document order."""
        return self._loop.run(self._process.things())

    def evaluate(self, expression: str) -> Any:
        """Run JavaScript in the page's own world."""
        return self._loop.run(self._process.evaluate(expression))

    def snapshot(self, *, boxes: bool = True, pierce: bool = False, live: bool = False) -> Snapshot:
        """Turn the page into bytes; see `TakeSnapshot`."""
        return self._loop.run(self._process.snapshot(boxes=boxes, pierce=pierce, live=live))

    def restore(
        self,
        snapshot: Snapshot | bytes,
        *,
        mode: Literal["auto", "live", "inert"] = "auto",
        assets: bool = False,
        network: Network = "live",
    ) -> RestoreReport:
        """Bring a snapshot back into the current tab; see `Restore`."""
        work = self._process.restore(snapshot, mode=mode, assets=assets, network=network)
        return self._loop.run(work)

    def decide(
        self,
        instruction: str,
        action: str = "",
        *,
        value: str = "",
        irreversible: bool = False,
        kind: Kind = "element",
        or_none: bool = False,
    ) -> Decision:
        """Decide something small about the page: by default, which element is meant."""
        work = self._process.decide(
            instruction, action, value=value, irreversible=irreversible, kind=kind, or_none=or_none
        )
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

    def cancel(self) -> None:
        """Stop the task, also while it waits."""

        async def cancel() -> None:
            self._run.cancel()

        self._loop.run(cancel())


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
        """Shut the kernel down and end its thread. Fine to call twice."""
        if self._loop.stopped:
            return
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

    def kill(self, pid: int, reason: str = "killed") -> None:
        """End a process at once."""
        self._loop.run(self._kernel.kill(pid, reason))

    def wait(self, pid: int, timeout_s: float = 60.0) -> int:
        """Wait until a process has ended, and return its exit code."""
        return self._loop.run(self._kernel.wait(pid, timeout_s))

    def ps(self) -> tuple[ProcessInfo, ...]:
        """All processes remembered, oldest first."""
        return self._kernel.ps()
