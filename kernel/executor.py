"""Performs system calls: checks, charges, times, traces, translates errors. The only such place."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from opentelemetry.trace import Span

from ..planner import Decision
from .errors import (
    AbosError,
    BudgetSpent,
    DeadlinePassed,
    NotPermitted,
    ProcessGone,
    TooBusy,
)
from .process import Event, ProcessRecord, State
from .syscalls import Request, Spec, spec_of
from .telemetry import Telemetry
from .translate import translate

MAX_WAITING_CALLS = 64
"""Calls of one process that may wait for an earlier one of it."""
_GRACE_S = 1.0

Handler = Callable[[], Awaitable[Any]]


def refuse(record: ProcessRecord, spec: Spec, now: float) -> AbosError | None:
    """Why a process may not make this call now, or None. Pure; `now` in monotonic seconds."""
    if record.final:
        why = record.reason or f"exit code {record.exit_code}"
        return ProcessGone(f"process {record.pid} has {record.state}: {why}")
    if spec.capability and spec.capability not in record.capabilities:
        return NotPermitted(f"process {record.pid} lacks the capability {spec.capability!r}")
    spent = record.usage.exceeds(record.limits, now - record.born)
    if spent and spec.cost:
        return BudgetSpent(f"process {record.pid} has used up {spent}")
    if spec.in_order and len(record.inflight) >= MAX_WAITING_CALLS:
        return TooBusy(f"process {record.pid} has {MAX_WAITING_CALLS} calls under way")
    return None


class Executor:
    """Runs one handler at a time for each process."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    async def run(
        self, record: ProcessRecord, request: Request, handler: Handler, deadline_s: float | None
    ) -> Any:
        """Perform one call. Raises errors of `kernel/errors.py` only (and cancellation)."""
        started = time.monotonic()
        spec = spec_of(request)
        attributes = {"abos.pid": record.pid, "abos.site": record.site, **_attributes(request)}
        outcome = "ok"
        with self._telemetry.span(f"abos.{spec.name.lower()}", attributes) as span:
            try:
                _admit(record, spec, started)
                result = await self._perform(record, spec, handler, _limit(request, deadline_s))
                self._note(span, result)
            except BaseException as error:
                outcome = type(error).__name__
                raise
            finally:
                self._telemetry.called(spec.name, time.monotonic() - started, outcome)
        return result

    async def _perform(
        self, record: ProcessRecord, spec: Spec, handler: Handler, seconds: float
    ) -> Any:
        # The owner of the kernel has no order to keep among its calls.
        in_order = spec.in_order and record.pid != 0
        task = asyncio.ensure_future(_in_order(record, handler, seconds) if in_order else handler())
        if in_order:
            record.inflight.add(task)
        try:
            async with asyncio.timeout(None if in_order else seconds) as limit:
                return await task
        except asyncio.CancelledError:
            this = asyncio.current_task()
            if record.final and not (this and this.cancelling()):
                raise ProcessGone(f"process {record.pid} ended: {record.reason}") from None
            raise
        except _Late as error:
            raise DeadlinePassed(f"{spec.name} did not finish within {seconds:g} s") from error
        except Exception as error:
            if record.final and in_order:
                raise ProcessGone(f"process {record.pid} ended: {record.reason}") from error
            if limit.expired():
                raise DeadlinePassed(f"{spec.name} did not finish within {seconds:g} s") from error
            raise translate(error) from error
        finally:
            record.inflight.discard(task)

    def _note(self, span: Span, result: Any) -> None:
        if isinstance(result, Decision):
            self._telemetry.decided(result.by)
            span.set_attribute("abos.decision.id", result.id)
            span.set_attribute("abos.decision.by", result.by)
            span.set_attribute("abos.decision.probability", result.probability)


class _Late(Exception):
    """The call's own deadline passed, in contrast to one inside the handler."""


async def _in_order(record: ProcessRecord, handler: Handler, seconds: float) -> Any:
    """Run a handler after the process's earlier ones, and not while it is paused.

    The deadline counts from when the process is not paused.
    """
    await _until_resumed(record)
    try:
        async with asyncio.timeout(seconds) as limit:
            async with record.gate:
                await _until_resumed(record)
                record.move(Event.CALL)
                try:
                    return await handler()
                finally:
                    if record.state is State.RUNNING:
                        record.move(Event.RETURN)
    except TimeoutError as error:
        if limit.expired():
            raise _Late from error
        raise


async def _until_resumed(record: ProcessRecord) -> None:
    if record.resumed.is_set():
        return
    left = record.born + record.limits.wall_s - time.monotonic()
    async with asyncio.timeout(left):
        await record.resumed.wait()


def _admit(record: ProcessRecord, spec: Spec, now: float) -> None:
    """Charge the call, or raise why it is refused."""
    refusal = refuse(record, spec, now)
    if refusal is not None:
        raise refusal
    record.usage.syscalls += 1
    record.usage.cost += spec.cost
    record.last_call = spec.name


def _limit(request: Request, deadline_s: float | None) -> float:
    """Seconds for a call. Some requests name a time of their own; the deadline lies behind it."""
    inner = getattr(request, "action", request)
    own = float(getattr(inner, "timeout_s", 0.0))
    return deadline_s or max(spec_of(request).deadline_s, own + _GRACE_S)


def _attributes(request: Request) -> dict[str, Any]:
    action = getattr(request, "action", None)
    if action is None or isinstance(action, str):
        return {}
    return {"abos.action": type(action).__name__, "abos.ref": getattr(action, "ref", "")}
