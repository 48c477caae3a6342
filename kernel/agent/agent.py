"""The agent's loop: plan, then carry out step by step, and report what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ...planner import Step
from ..errors import (
    AbosError,
    CannotDecide,
    CannotPlan,
    ElementError,
    ModelFailed,
    PageError,
    TaskFailed,
    was_performed,
)
from ..handle import Process
from ..redact import hide, secrets_in
from ..task import Event, Planned, StepStarted, Task, TaskResult, failure
from .feed import Feed
from .hands import Hands
from .routines import ROUTINES
from .wording import say_step

_REPLANS = 2
"""Times that the rest of a task is planned anew."""
_MENDABLE = (CannotDecide, CannotPlan, ElementError, ModelFailed, PageError, TaskFailed)


async def run_agent(process: Process, task: Task, emit: Callable[[Event], None]) -> TaskResult:
    """Carry out a task and report it; failures become results, only cancellation is raised."""
    hands, progress = Hands(process, task, emit), _Progress()
    started = time.monotonic()
    try:
        await _perform(hands, task.goal, progress, emit)
    except AbosError as error:
        failed = failure(error, tuple(hands.moves))
        result = replace(failed, error=hide(failed.error, secrets_in(task.goal)))
    else:
        answer = "\n".join(hands.answers)
        result = TaskResult(True, 0, answer, url=hands.url, moves=tuple(hands.moves))
    return replace(
        result,
        seconds=time.monotonic() - started,
    )


@dataclass(slots=True)
class _Progress:
    """How far a task has come."""

    done: list[str] = field(default_factory=list)
    """Steps carried out, in words."""
    current: Step | None = None


async def _perform(
    hands: Hands, goal: str, progress: _Progress, emit: Callable[[Event], None]
) -> None:
    """Plan and carry out; what a model planned and could not be done is planned anew from there."""
    failed = ""
    for attempt in range(1 + _REPLANS):
        done = tuple(progress.done)
        try:
            await _follow(hands, goal, failed, progress, emit)
        except AbosError as error:
            by_model = hands.feed is not None and hands.feed.by == "cloud"
            came_on = len(progress.done) > len(done) or progress.current is not None
            if attempt == _REPLANS or not by_model or not came_on or not mendable(error, progress):
                raise
            failed = hide(_failed(error, progress.current), secrets_in(goal))
            hands.note("plan the rest anew", failed)
        else:
            return


async def _follow(
    hands: Hands, goal: str, failed: str, progress: _Progress, emit: Callable[[Event], None]
) -> None:
    """One plan from its first step to its last."""
    secrets = secrets_in(goal)
    progress.current, hands.feed = None, None
    first = await hands.sys.begin_plan(goal, done=tuple(progress.done), failed=failed)
    feed = hands.feed = Feed(hands.sys, first)
    said = tuple(hide(say_step(step), secrets) for step in first.steps)
    emit(Planned(first.by, said, first.seconds, first.complete))
    while (step := await feed.next()) is not None:
        progress.current = step
        what = hide(say_step(step), secrets)
        emit(StepStarted(len(progress.done), what))
        await ROUTINES[step.verb](hands, step)
        progress.done.append(what)
        progress.current = None


def mendable(error: AbosError, progress: _Progress) -> bool:
    """Whether another plan may get further: never after what might be done twice."""
    step = progress.current
    if step is not None and (step.irreversible or was_performed(error)):
        return False
    return isinstance(error, _MENDABLE)


def _failed(error: AbosError, step: Step | None) -> str:
    return f"{say_step(step)}: {error}" if step is not None else ""
