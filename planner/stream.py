"""A plan that is acted on while it arrives: steps in order, each as soon as it may be taken.

What cannot be undone is held back until the whole plan is there and was found in order: a plan
that breaks off must not have paid already.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Literal

from .errors import BadPlan, CloudError, CloudUnavailable, PlannerError
from .plan_reader import PlanReader
from .policy import refuse_plan
from .prompting import PlanRequest
from .steps import Plan, Step, Usage

Piece = str | Usage
"""What a model sends: text as it comes, and at the end what it cost."""

Pieces = AsyncGenerator[Piece, None]
Ask = Callable[[PlanRequest], Pieces]


@dataclass(frozen=True, slots=True)
class Steps:
    """Some steps of a plan, in order."""

    steps: tuple[Step, ...]
    complete: bool
    """There are no more behind these."""
    by: Literal["instructions", "cloud"]
    usage: Usage = field(default_factory=Usage)
    """What the plan cost so far."""
    seconds: float = 0.0
    """Since it was asked for."""


class PlanStream:
    """The steps of one plan. `close` it in any case: it owns the task that reads the model.

    ``total_s`` is how long it may take in all, seconds.
    """

    def __init__(
        self,
        ask: Ask,
        request: PlanRequest,
        *,
        total_s: float,
    ) -> None:
        self._ask = ask
        self._request = request
        self._total_s = total_s
        self._started = time.perf_counter()
        self._steps: list[Step] = []
        self._complete = False
        self._error: PlannerError | None = None
        self._usage = Usage()
        self._news = asyncio.Event()
        self._reading = asyncio.ensure_future(self._read())

    async def more(self, after: int) -> Steps:
        """The steps behind the first ``after``, once there are some, or the plan is complete.

        Raises CloudError, BadPlan and PlanRefused, but only behind the last step that was good.
        """
        while True:
            given = self._releasable()[after:]
            if given or self._complete:
                whole = self._complete and after + len(given) == len(self._steps)
                seconds = time.perf_counter() - self._started
                return Steps(tuple(given), whole, "cloud", self._usage, seconds)
            if self._error is not None:
                raise self._error
            self._news.clear()
            await self._news.wait()

    async def whole(self) -> Plan:
        """The complete plan. Raises what `more` raises."""
        await asyncio.wait({self._reading})
        if self._error is not None:
            raise self._error
        return Plan(tuple(self._steps), "cloud", time.perf_counter() - self._started, self._usage)

    async def close(self) -> None:
        """Stop reading; the rest of the plan is not paid for where the endpoint notices."""
        self._reading.cancel()
        with suppress(asyncio.CancelledError):
            await self._reading

    def _releasable(self) -> Sequence[Step]:
        if self._complete:
            return self._steps
        return list(takewhile(lambda step: not step.irreversible, self._steps))

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(self._total_s):
                await self._with_repair()
            refuse_plan(self._request.goal, self._steps)
            self._complete = True
        except TimeoutError:
            self._error = _late(self._total_s)
        except PlannerError as error:
            self._error = error
        finally:
            self._news.set()

    async def _with_repair(self) -> None:
        """An answer of which nothing was given out yet is sent back once, then asked elsewhere."""
        try:
            await self._once(self._request)
        except BadPlan as wrong:
            if self._steps:
                raise
            try:
                await self._once(self._request.corrected(wrong.message))
            except BadPlan as again:
                if self._steps:
                    raise
                with suppress(CloudError):  # there may be no other
                    return await self._once(replace(self._request, elsewhere=True))
                raise again from None

    async def _once(self, request: PlanRequest) -> None:
        reader = PlanReader()
        async with aclosing(self._ask(request)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Usage):
                    self._usage += piece
                elif found := reader.feed(piece):
                    self._steps += found
                    self._news.set()
        reader.end()


def _late(seconds: float) -> CloudUnavailable:
    return CloudUnavailable(
        f"No plan within {seconds:g} s.",
        "Raise plan_deadline_s, or spell out the steps.",
    )


def known(plan: Plan) -> Steps:
    """A plan that is there already."""
    return Steps(plan.steps, True, plan.by, plan.usage, plan.seconds)
