"""The kernel: boots browser, pool and models, keeps the process table, and is the one door."""

from __future__ import annotations

import asyncio
import logging
import math
import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from ..planner import paying
from ..pool import PoolStatistics, SessionOptions, WarmPool
from . import config as configuration
from .config import Config
from .control import ControlServer, mind_commands, pool_commands
from .errors import DeadlinePassed, Interrupted, UsageError, WrongState
from .executor import Executor
from .handle import Process
from .handlers import HANDLERS, Space
from .hardware import Hardware, chromium
from .lifecycle import Lifecycle
from .minds import Minds
from .personas import Personas
from .process import (
    EXIT_KILLED,
    Event,
    Limits,
    ProcessInfo,
    ProcessRecord,
    State,
    info,
    used,
)
from .procfs import ProcessFile, Publisher
from .syscalls import (
    ALL_CAPABILITIES,
    TABLE,
    Exit,
    Kill,
    Pause,
    Request,
    Resume,
    Spawn,
    Wait,
)
from .task import Run, Task
from .tasks import TaskRunner
from .telemetry import Telemetry
from .translate import translate
from .tuning import hand_over_within, spare_the_collector
from .version import version

_log = logging.getLogger(__name__)

INIT = 0
"""The pid of the kernel's owner, who may do everything; it is not listed and never ends."""


class Kernel:
    """An operating system for browser agents, in this process.

    Use it as an async context manager; `boot` and `close` are for those who can't.
    """

    def __init__(self, config: Config | None = None, *, hardware: Hardware | None = None) -> None:
        self.config = config or configuration.load()
        self.telemetry = Telemetry(self.config.telemetry, version())
        hardware = hardware or chromium(self.config.browser)
        self.pool: WarmPool[Any, Space] = WarmPool(
            self.config.pool,
            hardware.launcher,
            prepare=hardware.prepare,
            touch=lambda space: space.touch(),
            options_of=self._options_of,
        )
        self.pool.on_refill(lambda key, seconds: self.telemetry.refilled(key.site, seconds))
        self._personas = Personas(self.config.kernel.profiles, self.pool.forget)
        self._minds = Minds(self.config.planner)
        self._published = Publisher(ProcessFile(), self.ps)
        self._life = Lifecycle(
            self.config,
            self.pool,
            self._personas,
            self.telemetry,
            changed=self._published.changed,
            background=self._in_background,
        )
        self._init = _init_record()
        self._executor = Executor(self.telemetry)
        self._tasks = TaskRunner(self.config.kernel, self.telemetry, self.syscall)
        self._control = ControlServer(
            {**pool_commands(self.pool), **mind_commands(self._minds.decider, self._minds.why)}
        )
        self._background: set[asyncio.Task[None]] = set()
        self._booted = False
        self._closing: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Self:
        await self.boot()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    # ---- life ------------------------------------------------------------------------------

    async def boot(self) -> None:
        """Start the browser; pages are warmed and models loaded in the background after that."""
        try:
            with self.telemetry.span("abos.boot"):
                await self.pool.start()
        except BaseException as error:
            await self.close()
            if isinstance(error, Exception):
                raise translate(error) from error
            raise
        self.telemetry.watch_pool(self.pool.statistics)
        self.telemetry.watch_minds(self._minds.decider)
        spare_the_collector(self.config.kernel.freeze_heap)
        hand_over_within(self.config.kernel.switch_s)
        self._booted = True
        self._in_background(self._minds.warm_up())
        self._in_background(self._control.run())
        self._published.changed()

    async def close(self) -> None:
        """End every process, then browser and models. Bounded, and fine to call twice.

        A cancelled caller still waits for the end: a browser must not outlive its kernel.
        """
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._shut_down())
        try:
            await asyncio.shield(self._closing)
        except asyncio.CancelledError:
            await asyncio.wait({self._closing})
            raise

    async def _shut_down(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.kernel.close_timeout_s):
                await self._tasks.close()
                for record in tuple(self._life.table.living()):
                    await self._life.end(record, Event.KILL, EXIT_KILLED, "the kernel shut down")
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self.pool.close()
        await self._minds.close()
        await self._published.close()
        await asyncio.to_thread(self.telemetry.close)

    async def _options_of(self, profile: str) -> SessionOptions | None:
        return await self._personas.options(profile, self.config.pool.options)

    # ---- the public surface -----------------------------------------------------------------

    async def spawn(
        self,
        url: str,
        *,
        profile: str = "default",
        capabilities: frozenset[str] = ALL_CAPABILITIES,
        limits: Limits | None = None,
        task: str = "",
    ) -> Process:
        """Start a process on a page, from a warm context if there is one."""
        request = Spawn(url, profile, capabilities, limits or Limits(), task)
        return Process(self.syscall, await self.syscall(INIT, request))

    async def submit(self, task: Task) -> Run:
        """Queue a task for the agent. Raises `TooBusy` when the queue is full."""
        self._refuse_unless_up()
        return self._tasks.submit(task)

    async def syscall(self, pid: int, request: Request, *, deadline_s: float | None = None) -> Any:
        """The one door: check, charge, trace and perform a request of process `pid`.

        Raises only errors of `kernel/errors.py`.
        """
        self._refuse_unless_up()
        if type(request) not in TABLE:
            raise UsageError(f"not a system call: {request!r}")
        record = self._init if pid == INIT else self._life.table.get(pid)
        if isinstance(request, Exit) and record.final:
            return used(record)
        if isinstance(request, Spawn):
            deadline_s = deadline_s or self.config.kernel.spawn_timeout_s
        return await self._executor.run(
            record, request, lambda: self._handle(record, request), deadline_s
        )

    async def kill(self, pid: int, reason: str = "killed") -> None:
        """End a process at once."""
        await self.syscall(INIT, Kill(pid, reason))

    async def wait(self, pid: int, timeout_s: float = 60.0) -> int:
        """Wait until a process has ended, and return its exit code."""
        code: int = await self.syscall(INIT, Wait(pid, timeout_s))
        return code

    def ps(self) -> tuple[ProcessInfo, ...]:
        """All processes remembered, oldest first."""
        now = time.monotonic()
        return tuple(info(record, now) for record in self._life.table.all())

    def pool_statistics(self) -> PoolStatistics:
        """The pool as it is now."""
        return self.pool.statistics()

    def metrics(self) -> str:
        """All metrics in the Prometheus text format."""
        return self.telemetry.metrics_text()

    # ---- system calls about processes ---------------------------------------------------------

    async def _handle(self, record: ProcessRecord, request: Request) -> Any:
        match request:
            case Spawn():
                return await self._life.spawn(record, request)
            case Exit(code, reason):
                await self._life.end(record, Event.EXIT, code, reason)
                return used(record)
            case Kill(pid, reason):
                other = self._life.table.get(pid)
                return await self._life.end(other, Event.KILL, EXIT_KILLED, reason)
            case Wait(pid, timeout_s):
                return await self._wait(record, self._life.table.get(pid), timeout_s)
            case Pause() | Resume():
                return self._hold(record, paused=isinstance(request, Pause))
            case _:
                space, key = self._life.space(record), self._personas.snapshot_key
                at = self._minds.resources(space, record, key)
                paying.set(record.usage.cloud)  # a call has a task, and so a context, of its own
                return await HANDLERS[type(request)](at, request)

    def _hold(self, record: ProcessRecord, *, paused: bool) -> None:
        if paused:
            record.move(Event.RETURN)  # this very call, so that it can be paused
            record.move(Event.PAUSE)
            record.resumed.clear()
        else:
            record.move(Event.RESUME)
            record.resumed.set()
        self._published.changed()

    async def _wait(self, record: ProcessRecord, other: ProcessRecord, timeout_s: float) -> int:
        if other is record:
            raise UsageError("a process can't wait for itself")
        if record is not self._init:
            record.move(Event.BLOCK)
        try:
            async with asyncio.timeout(timeout_s):
                await other.ended.wait()
        except TimeoutError:
            raise DeadlinePassed(f"process {other.pid} lives after {timeout_s:g} s") from None
        finally:
            if record.state is State.BLOCKED:
                record.move(Event.WAKE)
        return other.exit_code or 0

    # ---- small things -------------------------------------------------------------------------

    def _refuse_unless_up(self) -> None:
        if self._closing is not None:
            raise Interrupted("the kernel is closed", hint="Make a new one.")
        if not self._booted:
            raise WrongState("the kernel is not booted", hint="Use `async with Kernel()`.")

    def _in_background(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._done_in_background)

    def _done_in_background(self, task: asyncio.Task[None]) -> None:
        self._background.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.warning("background work failed: %s", error)


def _init_record() -> ProcessRecord:
    unlimited = Limits(syscalls=sys.maxsize, cost=math.inf, wall_s=math.inf)
    record = ProcessRecord(INIT, "", "", ALL_CAPABILITIES, unlimited, time.monotonic())
    record.move(Event.LOADED)
    return record
