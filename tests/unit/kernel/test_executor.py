"""The door: what it refuses, how it bounds, how it reports; with a space made of plain Python."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from abos.kernel.config import TelemetryConfig
from abos.kernel.errors import (
    AbosError,
    BudgetSpent,
    DeadlinePassed,
    NotPermitted,
    ProcessGone,
    TooBusy,
)
from abos.kernel.executor import MAX_WAITING_CALLS, Executor, refuse
from abos.kernel.process import Event, Limits, ProcessRecord, State
from abos.kernel.syscalls import ALL_CAPABILITIES, Evaluate, Exit, Observe, spec_of
from abos.kernel.telemetry import Telemetry

OBSERVE = spec_of(Observe())


def living(**values: Any) -> ProcessRecord:
    settings: dict[str, Any] = {"capabilities": ALL_CAPABILITIES, "limits": Limits()} | values
    record = ProcessRecord(pid=7, site="s", profile="p", born=time.monotonic(), **settings)
    record.move(Event.LOADED)
    return record


@pytest.fixture
def executor() -> Executor:
    return Executor(Telemetry(TelemetryConfig(), "0"))


async def perform(
    executor: Executor, record: ProcessRecord, handler: Any, deadline_s: float | None = None
) -> Any:
    return await executor.run(record, Observe(), handler, deadline_s)


def test_a_capability_is_needed() -> None:
    record = living(capabilities=frozenset({"observe"}))
    assert refuse(record, OBSERVE, 1.0) is None
    assert isinstance(refuse(record, spec_of(Evaluate("1")), 1.0), NotPermitted)


def test_budgets_end() -> None:
    record = living(limits=Limits(syscalls=1, wall_s=10.0))
    assert isinstance(refuse(record, OBSERVE, record.born + 10.0), BudgetSpent)
    record.usage.syscalls = 1
    assert "1 system calls" in str(refuse(record, OBSERVE, record.born))


def test_the_dead_are_refused() -> None:
    record = living()
    record.move(Event.KILL)
    record.reason = "out of memory"
    refusal = refuse(record, OBSERVE, 1.0)
    assert isinstance(refusal, ProcessGone)
    assert "out of memory" in str(refusal)


async def test_calls_of_one_process_keep_their_order(executor: Executor) -> None:
    record = living()
    seen: list[str] = []

    def handler(name: str, seconds: float) -> Any:
        async def work() -> None:
            seen.append(f"{name} in")
            await asyncio.sleep(seconds)
            seen.append(f"{name} out")

        return work

    await asyncio.gather(
        perform(executor, record, handler("a", 0.01)), perform(executor, record, handler("b", 0))
    )
    assert seen == ["a in", "a out", "b in", "b out"]
    assert record.state is State.READY
    assert record.usage.syscalls == 2


async def test_a_deadline_ends_the_call_and_not_the_process(executor: Executor) -> None:
    record = living()
    with pytest.raises(DeadlinePassed, match="OBSERVE"):
        await perform(executor, record, lambda: asyncio.sleep(5), deadline_s=0.01)
    assert record.state is State.READY
    assert not record.inflight


async def test_a_killed_process_reports_to_its_caller(executor: Executor) -> None:
    record = living()
    call = asyncio.ensure_future(perform(executor, record, lambda: asyncio.sleep(5)))
    await asyncio.sleep(0.01)
    record.move(Event.KILL)
    record.reason = "killed"
    for task in tuple(record.inflight):
        task.cancel()
    with pytest.raises(ProcessGone, match="killed"):
        await call


async def test_a_cancelled_caller_stays_cancelled(executor: Executor) -> None:
    record = living()
    ended: list[bool] = []

    async def work() -> None:
        try:
            await asyncio.sleep(5)
        finally:
            ended.append(True)

    call = asyncio.ensure_future(perform(executor, record, work))
    await asyncio.sleep(0.01)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert ended == [True]
    assert record.state is State.READY


async def test_foreign_errors_are_translated(executor: Executor) -> None:
    async def work() -> None:
        raise KeyError("x")

    with pytest.raises(AbosError, match="KeyError") as caught:
        await perform(executor, living(), work)
    assert "defect" in caught.value.hint


async def test_waiting_calls_are_bounded(executor: Executor) -> None:
    record = living()
    gate = asyncio.Event()
    calls = [
        asyncio.ensure_future(perform(executor, record, gate.wait))
        for _ in range(MAX_WAITING_CALLS)
    ]
    await asyncio.sleep(0.01)
    with pytest.raises(TooBusy):
        await perform(executor, record, gate.wait)
    gate.set()
    await asyncio.gather(*calls)


async def test_a_paused_process_waits_and_its_deadline_waits_with_it(executor: Executor) -> None:
    record = living()
    record.move(Event.PAUSE)
    record.resumed.clear()

    async def work() -> str:
        return "done"

    call = asyncio.ensure_future(perform(executor, record, work, deadline_s=0.05))
    await asyncio.sleep(0.1)
    assert not call.done()
    record.move(Event.RESUME)
    record.resumed.set()
    assert await call == "done"


async def test_a_timeout_inside_is_not_reported_as_the_call_s_own(executor: Executor) -> None:
    async def work() -> None:
        raise TimeoutError("the file took too long")

    with pytest.raises(DeadlinePassed, match="the file took too long"):
        await perform(executor, living(), work)


async def test_exit_needs_no_capability_and_no_place_in_the_line(executor: Executor) -> None:
    record = living(capabilities=frozenset())
    assert refuse(record, spec_of(Exit()), record.born) is None
    record.inflight = {asyncio.Future() for _ in range(MAX_WAITING_CALLS)}
    assert refuse(record, spec_of(Exit()), record.born) is None
