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
    WrongState,
)
from .process import Event, ProcessRecord, State
from .syscalls import Request, Spec
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
    if spec.capability not in record.capabilities:
        return NotPermitted(f"process {record.pid} lacks the capability {spec.capability!r}")
    spent = record.usage.exceeds(record.limits, now - record.born)
    if spent and spec.cost:
        return BudgetSpent(f"process {record.pid} has used up {spent}")
    if spec.in_order and record.state is State.PAUSED:
        return WrongState(f"process {record.pid} is paused", hint="Resume it first.")
    if len(record.inflight) >= MAX_WAITING_CALLS:
        return TooBusy(f"process {record.pid} has {MAX_WAITING_CALLS} calls under way")
    return None


class Executor:
    """Runs one handler at a time for each process."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    async def run(
        self,
        record: ProcessRecord,
        request: Request,
        spec: Spec,
        handler: Handler,
        deadline_s: float | None,
    ) -> Any:
        """Perform one call. Raises errors of `kernel/errors.py` only (and cancellation)."""
        started = time.monotonic()
        attributes = {"abos.pid": record.pid, "abos.site": record.site, **_attributes(request)}
        outcome = "ok"
        with self._telemetry.span(f"abos.{spec.name.lower()}", attributes) as span:
            try:
                _admit(record, spec, started)
                result = await self._perform(record, request, spec, handler, deadline_s)
                self._note(span, result)
            except BaseException as error:
                outcome = type(error).__name__
                raise
            finally:
                self._telemetry.called(spec.name, time.monotonic() - started, outcome)
        return result

    async def _perform(
        self,
        record: ProcessRecord,
        request: Request,
        spec: Spec,
        handler: Handler,
        deadline_s: float | None,
    ) -> Any:
        seconds = deadline_s or max(spec.deadline_s, _own_timeout(request) + _GRACE_S)
        work = _in_order(record, handler) if spec.in_order else handler()
        task = asyncio.ensure_future(work)
        if spec.in_order:
            record.inflight.add(task)
        try:
            async with asyncio.timeout(seconds):
                return await task
        except TimeoutError as error:
            raise DeadlinePassed(f"{spec.name} did not finish within {seconds:g} s") from error
        except asyncio.CancelledError:
            this = asyncio.current_task()
            if record.final and not (this and this.cancelling()):
                raise ProcessGone(f"process {record.pid} ended: {record.reason}") from None
            raise
        except Exception as error:
            if record.final:
                raise ProcessGone(f"process {record.pid} ended: {record.reason}") from error
            raise translate(error) from error
        finally:
            record.inflight.discard(task)

    def _note(self, span: Span, result: Any) -> None:
        if isinstance(result, Decision):
            self._telemetry.decided(result.by)
            span.set_attribute("abos.decision.by", result.by)
            span.set_attribute("abos.decision.probability", result.probability)


async def _in_order(record: ProcessRecord, handler: Handler) -> Any:
    async with record.gate:
        record.move(Event.CALL)
        try:
            return await handler()
        finally:
            if record.state is State.RUNNING:
                record.move(Event.RETURN)


def _admit(record: ProcessRecord, spec: Spec, now: float) -> None:
    """Charge the call, or raise why it is refused."""
    refusal = refuse(record, spec, now)
    if refusal is not None:
        raise refusal
    record.usage.syscalls += 1
    record.usage.cost += spec.cost
    record.last_call = spec.name


def _own_timeout(request: Request) -> float:
    """Some requests name a time of their own; the call's deadline lies behind it."""
    inner = getattr(request, "action", request)
    return float(getattr(inner, "timeout_s", 0.0))


def _attributes(request: Request) -> dict[str, Any]:
    action = getattr(request, "action", None)
    if action is None or isinstance(action, str):
        return {}
    return {"abos.action": type(action).__name__, "abos.ref": getattr(action, "ref", "")}
