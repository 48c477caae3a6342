"""Runs submitted tasks: queues them, starts as many as may run, owns each until it has ended."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace

from .agent import run_agent
from .config import KernelConfig
from .errors import AbosError, DeadlinePassed, Interrupted, TooBusy
from .handle import Process, SyscallDoor
from .redact import shown_goal
from .scheduler import Waiting, next_deadline, schedule
from .syscalls import AGENT_CAPABILITIES, Spawn, Spawned
from .task import Run, RunFinished, RunStarted, Task, TaskResult, failure
from .telemetry import Telemetry
from .translate import translate

_OWNER = 0
"""Tasks are started in the name of the kernel's owner."""


@dataclass(slots=True)
class _Job:
    run: Run
    arrived: float

    @property
    def waiting(self) -> Waiting:
        return Waiting(self.run.id, self.arrived, self.arrived + self.run.task.timeout_s)


class TaskRunner:
    """A bounded first-come first-served queue in front of the agent."""

    def __init__(self, config: KernelConfig, telemetry: Telemetry, door: SyscallDoor) -> None:
        self._config = config
        self._telemetry = telemetry
        self._door = door
        self._queue: dict[int, _Job] = {}
        self._workers: dict[int, asyncio.Task[None]] = {}
        self._last = 0
        self._alarm: asyncio.TimerHandle | None = None

    def submit(self, task: Task) -> Run:
        """Queue a task. Raises `TooBusy` when the queue is full."""
        if len(self._queue) >= self._config.max_queued_tasks:
            raise TooBusy(f"{self._config.max_queued_tasks} tasks are waiting already")
        self._last += 1
        run = Run(self._last, task, _withdraw=self._withdraw)
        self._queue[run.id] = _Job(run, time.monotonic())
        self._look()
        return run

    async def close(self) -> None:
        """Cancel what runs; what waits ends with `Interrupted`."""
        if self._alarm is not None:
            self._alarm.cancel()
        for job in self._queue.values():
            job.run.emit(RunFinished(failure(Interrupted("the kernel shut down"))))
        self._queue.clear()
        for worker in self._workers.values():
            worker.cancel()
        await asyncio.gather(*self._workers.values(), return_exceptions=True)

    def _withdraw(self, run: Run) -> None:
        """Cancel a run, whether it waits or is under way."""
        job = self._queue.pop(run.id, None)
        if job is not None:
            run.emit(RunFinished(failure(Interrupted("the task was cancelled"))))
        elif run.id in self._workers:
            self._workers[run.id].cancel()

    def _look(self) -> None:
        now = time.monotonic()
        waiting = [job.waiting for job in self._queue.values()]
        verdict = schedule(waiting, len(self._workers), self._config.max_tasks, now)
        for number in verdict.expire:
            late = DeadlinePassed("no place became free before the task's deadline")
            self._queue.pop(number).run.emit(RunFinished(failure(late)))
        for number in verdict.start:
            self._start(self._queue.pop(number))
        self._set_alarm(now)

    def _set_alarm(self, now: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        deadline = next_deadline([job.waiting for job in self._queue.values()])
        loop = asyncio.get_running_loop()
        self._alarm = loop.call_later(deadline - now, self._look) if deadline else None

    def _start(self, job: _Job) -> None:
        worker = asyncio.ensure_future(self._perform(job))
        self._workers[job.run.id] = worker
        worker.add_done_callback(lambda _: self._finished(job.run))

    def _finished(self, run: Run) -> None:
        del self._workers[run.id]
        if not run.finished:  # cancelled before its first step
            run.emit(RunFinished(failure(Interrupted("the task was cancelled"))))
        self._look()

    async def _perform(self, job: _Job) -> None:
        run, started = job.run, time.monotonic()
        result: TaskResult | None = None
        try:
            left = job.waiting.deadline - started
            async with asyncio.timeout(left):
                result = await self._in_process(run)
        except TimeoutError:
            late = DeadlinePassed(f"the task did not finish within {run.task.timeout_s:g} s")
            result = failure(late, run.moves)
        except AbosError as error:
            result = failure(error, run.moves)
        except Exception as error:  # noqa: BLE001 - a task of its own: nobody else would see it
            result = failure(translate(error), run.moves)
        finally:
            cancelled = failure(Interrupted("the task was cancelled"), run.moves)
            run.emit(RunFinished(result or cancelled))

    async def _in_process(self, run: Run) -> TaskResult:
        task = run.task
        shown = shown_goal(task.goal)[:200]
        with self._telemetry.span("abos.task", {"abos.goal": shown}) as span:
            run.trace = span.get_span_context().trace_id
            spawned: Spawned = await self._door(
                _OWNER, Spawn(task.url, task.profile, AGENT_CAPABILITIES, task=shown)
            )
            async with Process(self._door, spawned) as process:
                run.emit(RunStarted(spawned.pid, spawned.how, spawned.startup_s))
                result = await run_agent(process, task, run.emit)
                used = await process.exit(result.exit_code, result.error)
        return replace(result, tokens_in=used.tokens_in, tokens_out=used.tokens_out)
