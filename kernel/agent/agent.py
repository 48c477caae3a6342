"""The agent's loop: plan, then carry out step by step, and report what came of it."""

from __future__ import annotations

import re
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
from ..task import Event, Move, Planned, StepStarted, Task, TaskResult, failure
from .feed import Feed
from .hands import Hands
from .routines import ROUTINES
from .wording import say_step

_REPLANS = 2
"""Times that the rest of a task is planned anew."""
_LOOKS = re.compile(
    r"(?:open|read|scroll|hover|wait|go|back|forward|verify|dismiss)\b|click (?:link|tab)\b"
    r"|click button \"(?:edit|more|menu|details?|filters?|options|search|next|previous)\b"
    r"|(?:fill|press Enter in) (?:searchbox|textbox \"[^\"]*search)",
    re.IGNORECASE,
)
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
    return replace(result, seconds=time.monotonic() - started)


@dataclass(slots=True)
class _Progress:
    """How far a task has come."""

    done: list[str] = field(default_factory=list)
    """Steps carried out, in words."""
    current: Step | None = None
    planned: bool = False
    """Whether there is a plan to follow."""


@dataclass(frozen=True, slots=True)
class _Aim:
    """What a plan is asked for."""

    goal: str
    failed: str
    """What the plan before could not do."""
    anew: bool


async def _perform(
    hands: Hands, goal: str, progress: _Progress, emit: Callable[[Event], None]
) -> None:
    """Plan and carry out; what could not be done is planned anew from there, by a model."""
    failed, first = "", None
    for attempt in range(1 + _REPLANS):
        done = len(progress.done)
        try:
            await _follow(hands, _Aim(goal, failed, attempt > 0), progress, emit)
        except AbosError as error:
            if first is not None and not progress.planned:
                raise first from None  # there is nobody to plan it anew
            came_on = len(progress.done) > done or progress.current is not None
            if attempt == _REPLANS or not came_on or not mendable(error, hands, progress):
                raise
            first = error
            failed = hide(_failed(error, progress.current), secrets_in(goal))
            hands.answers.clear()
        else:
            return


async def _follow(
    hands: Hands, aim: _Aim, progress: _Progress, emit: Callable[[Event], None]
) -> None:
    """One plan from its first step to its last."""
    secrets = secrets_in(aim.goal)
    progress.current, progress.planned = None, False
    done = tuple(progress.done)
    first = await hands.sys.begin_plan(aim.goal, done=done, failed=aim.failed, anew=aim.anew)
    progress.planned = True
    feed = hands.feed = Feed(hands.sys, first)
    said = tuple(hide(say_step(step), secrets) for step in first.steps)
    emit(Planned(first.by, said, first.seconds, first.complete))
    while (step := await feed.next()) is not None:
        progress.current = step
        what = hide(say_step(step), secrets)
        emit(StepStarted(len(progress.done), what))
        await _step(hands, step)
        progress.done.append(what)
        progress.current = None


async def _step(hands: Hands, step: Step) -> None:
    try:
        await ROUTINES[step.verb](hands, step)
    except CannotDecide:
        if hands.moves:
            raise
        # Scripts may have filled the first page between the look at it and the wait for more.
        await ROUTINES[step.verb](hands, step)


def mendable(error: AbosError, hands: Hands, progress: _Progress) -> bool:
    """Whether another plan may get further: never after what might be done twice."""
    step = progress.current
    if step is not None and (step.irreversible or was_performed(error)):
        return False
    if hands.feed is not None and hands.feed.by == "instructions":
        # What words have led to is only given up while nothing was changed.
        looked = all(map(_only_looked, hands.moves))
        return looked and isinstance(error, (CannotDecide, TaskFailed))
    return isinstance(error, _MENDABLE)


def _only_looked(move: Move) -> bool:
    """Whether a move changed nothing that a second plan could do twice."""
    return not move.ok or move.note == "no change" or _LOOKS.match(move.what) is not None


def _failed(error: AbosError, step: Step | None) -> str:
    return f"{say_step(step)}: {error}" if step is not None else ""
