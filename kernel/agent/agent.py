"""The agent's loop: plan, then carry out step by step, and report what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from ...planner import Usage
from ..errors import AbosError
from ..handle import Process
from ..redact import hide, secrets_in
from ..task import Event, Planned, StepStarted, Task, TaskResult, failure
from .finishing import finish
from .hands import Hands
from .routines import ROUTINES
from .wording import say_step


async def run_agent(process: Process, task: Task, emit: Callable[[Event], None]) -> TaskResult:
    """Carry out a task and report it; failures become results, only cancellation is raised."""
    hands = Hands(process, task, emit)
    started = time.monotonic()
    try:
        usage = await _perform(hands, task.goal, emit)
    except AbosError as error:
        result = failure(error, tuple(hands.moves), time.monotonic() - started)
        return replace(result, error=hide(result.error, secrets_in(task.goal)))
    return TaskResult(
        ok=True,
        exit_code=0,
        answer="\n".join(hands.answers),
        url=hands.url,
        moves=tuple(hands.moves),
        seconds=time.monotonic() - started,
        tokens_in=usage.tokens_in,
        tokens_out=usage.tokens_out,
    )


async def _perform(hands: Hands, goal: str, emit: Callable[[Event], None]) -> Usage:
    plan = await hands.sys.plan(goal)
    secrets = secrets_in(goal)
    said = tuple(hide(say_step(step), secrets) for step in plan.steps)
    emit(Planned(plan.by, said, plan.seconds))
    for index, step in enumerate(plan.steps):
        hands.ahead = plan.steps[index + 1 :]
        emit(StepStarted(index, said[index]))
        await ROUTINES[step.verb](hands, step)
    hands.ahead = ()
    await finish(hands, plan.steps)
    return plan.usage
