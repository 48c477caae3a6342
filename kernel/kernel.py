"""The kernel: boots browser, pool and models, keeps the process table, and is the one door."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from ..pool import Lease, PoolStatistics, WarmPool
from . import config as configuration
from .config import Config
from .errors import AbosError, Interrupted, UsageError
from .executor import Executor
from .handle import Process
from .handlers import HANDLERS, Resources, Space
from .hardware import Hardware, chromium
from .minds import Minds
from .process import (
    EXIT_KILLED,
    EXIT_LOST,
    Event,
    Limits,
    ProcessInfo,
    ProcessRecord,
    State,
    info,
)
from .procfs import ProcessFile
from .space import checked_url
from .syscalls import (
    ALL_CAPABILITIES,
    TABLE,
    Exit,
    Kill,
    Pause,
    Request,
    Resume,
    Spawn,
    Spawned,
    Wait,
    spec_of,
)
from .table import ProcessTable
from .task import Run, Task
from .tasks import TaskRunner
from .telemetry import Telemetry
from .translate import translate
from .version import version

_log = logging.getLogger(__name__)

_PUBLISH_S = 0.1
_BLANK = "about:blank"
INIT = 0
"""The pid that spawns come from when no process asks for them."""


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
        )
        self._minds = Minds(self.config.planner)
        self._table = ProcessTable(self.config.kernel.max_processes)
        self._executor = Executor(self.telemetry)
        self._leases: dict[int, Lease[Any, Space]] = {}
        self._tasks = TaskRunner(self.config.kernel, self.telemetry, self.spawn_for)
        self._file = ProcessFile()
        self._background: set[asyncio.Task[None]] = set()
        self._publishing: asyncio.TimerHandle | None = None
        self._closed = False

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
        except Exception as error:
            await self.close()
            raise translate(error) from error
        self.telemetry.watch_pool(self.pool.statistics)
        self._in_background(self._minds.warm_up())
        self._publish()

    async def close(self) -> None:
        """End every process, then browser and models. Bounded, and fine to call twice."""
        if self._closed:
            return
        self._closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.kernel.close_timeout_s):
                await self._tasks.close()
                for record in tuple(self._table.living()):
                    await self._end(record, Event.KILL, EXIT_KILLED, "the kernel shut down")
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self.pool.close()
        await self._minds.close()
        if self._publishing is not None:
            self._publishing.cancel()
        self._file.remove()
        await asyncio.to_thread(self.telemetry.close)

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
        self._refuse_closed()
        return self._tasks.submit(task)

    async def syscall(self, pid: int, request: Request, *, deadline_s: float | None = None) -> Any:
        """The one door: check, charge, trace and perform a request of process `pid`.

        Raises only errors of `kernel/errors.py`.
        """
        self._refuse_closed()
        if type(request) not in TABLE:
            raise UsageError(f"not a system call: {request!r}")
        if isinstance(request, Spawn):
            return await self._spawn(request, parent=pid)
        record = self._table.get(pid)
        if isinstance(request, Exit) and record.final:
            return None
        return await self._executor.run(
            record, request, spec_of(request), lambda: self._handle(record, request), deadline_s
        )

    def ps(self) -> tuple[ProcessInfo, ...]:
        """All processes remembered, oldest first."""
        now = time.monotonic()
        return tuple(info(record, now) for record in self._table.all())

    def pool_statistics(self) -> PoolStatistics:
        """The pool as it is now."""
        return self.pool.statistics()

    def metrics(self) -> str:
        """All metrics in the Prometheus text format."""
        return self.telemetry.metrics_text()

    # ---- system calls about processes ---------------------------------------------------------

    async def _handle(self, record: ProcessRecord, request: Request) -> Any:
        match request:
            case Exit(code, reason):
                await self._end(record, Event.EXIT, code, reason)
                return None
            case Kill(pid, reason):
                await self._end(self._table.get(pid), Event.KILL, EXIT_KILLED, reason)
                return None
            case Wait(pid, timeout_s):
                return await self._wait(record, self._table.get(pid), timeout_s)
            case Pause():
                # Takes effect when this call returns; see `_in_order` of the executor.
                record.move(Event.RETURN)
                record.move(Event.PAUSE)
                self._publish()
                return None
            case Resume():
                record.move(Event.RESUME)
                self._publish()
                return None
            case _:
                lease = self._leases[record.pid]
                resources = Resources(lease.prepared, self._minds.planner, self._minds.decider)
                return await HANDLERS[type(request)](resources, request)

    async def _wait(self, record: ProcessRecord, other: ProcessRecord, timeout_s: float) -> int:
        if other is record:
            raise UsageError("a process can't wait for itself")
        record.move(Event.BLOCK)
        try:
            async with asyncio.timeout(timeout_s):
                await other.ended.wait()
        finally:
            if record.state is State.BLOCKED:
                record.move(Event.WAKE)
        return other.exit_code or 0

    # ---- starting and ending --------------------------------------------------------------------

    async def spawn_for(self, request: Spawn) -> tuple[Process, Spawned]:
        """Spawn for the task runner, which wants to report how it went."""
        spawned: Spawned = await self.syscall(INIT, request)
        return Process(self.syscall, spawned), spawned

    async def _spawn(self, request: Spawn, parent: int) -> Spawned:
        if request.url:
            checked_url(request.url)
        record = ProcessRecord(
            pid=self._table.next_pid(),
            site=urlsplit(request.url).netloc,
            profile=request.profile,
            capabilities=request.capabilities,
            limits=request.limits,
            born=time.monotonic(),
            parent=parent,
            task=request.task,
        )
        self._table.add(record)
        with self.telemetry.span("abos.spawn", {"abos.site": record.site}) as span:
            try:
                spawned = await self._load(record, request)
            except BaseException as error:
                await self._end(record, Event.FAIL, EXIT_LOST, str(error) or "cancelled")
                if isinstance(error, Exception):
                    raise translate(error) from error
                raise
            span.set_attribute("abos.start", spawned.how)
        self.telemetry.started(spawned.how, spawned.startup_s)
        self._publish()
        return spawned

    async def _load(self, record: ProcessRecord, request: Spawn) -> Spawned:
        async with asyncio.timeout(self.config.kernel.spawn_timeout_s):
            with self.telemetry.span("abos.pool.acquire"):
                lease = await self.pool.acquire(request.url or _BLANK, profile=request.profile)
            self._leases[record.pid] = lease
            lease.session.on_lost(lambda reason: self._lost(record, reason))
            if request.url and not self._is_there(lease, request.url):
                with self.telemetry.span("abos.spawn.navigate"):
                    await lease.prepared.navigate(request.url)
        if record.final:
            raise AbosError(f"process {record.pid} ended while it started: {record.reason}")
        record.how = lease.how
        record.startup_s = time.monotonic() - record.born
        record.move(Event.LOADED)
        return Spawned(record.pid, lease.how, record.startup_s, request.url)

    def _is_there(self, lease: Lease[Any, Space], url: str) -> bool:
        """Whether a warm page was opened at this address, wherever that led it (a sign-in page)."""
        sites = {site.name: site.url for site in self.config.pool.sites}
        return lease.how == "warm" and sites[lease.key.site].rstrip("/") == url.rstrip("/")

    def _lost(self, record: ProcessRecord, reason: str) -> None:
        if not record.final:
            self._in_background(self._end(record, Event.FAIL, EXIT_LOST, reason))

    async def _end(self, record: ProcessRecord, event: Event, code: int, reason: str) -> None:
        if record.final:
            return
        record.move(event)
        record.exit_code, record.reason = code, reason
        record.ended.set()
        lease = self._leases.pop(record.pid, None)
        for task in tuple(record.inflight):
            task.cancel()
        if lease is not None:
            await lease.prepared.close()
            await self.pool.release(lease, broken=event is Event.FAIL)
        self._publish()

    # ---- small things -------------------------------------------------------------------------

    def _refuse_closed(self) -> None:
        if self._closed:
            raise Interrupted("the kernel is closed", hint="Make a new one.")

    def _in_background(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._done_in_background)

    def _done_in_background(self, task: asyncio.Task[None]) -> None:
        self._background.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.warning("background work failed: %s", error)

    def _publish(self) -> None:
        """Show the table to `abos ps`, soon: many changes at once are one write."""
        if self._publishing is None and not self._closed:
            loop = asyncio.get_running_loop()
            self._publishing = loop.call_later(_PUBLISH_S, self._publish_now)

    def _publish_now(self) -> None:
        self._publishing = None
        self._file.write(self.ps())
