"""The agent's loop: plan, then carry out step by step, and report what came of it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace

from ...planner import Plan, Usage
from ..errors import AbosError, CannotDecide, CannotPlan, ModelFailed, TaskFailed
from ..handle import Process
from ..redact import hide, secrets_in
from ..task import Event, Move, Planned, StepStarted, Task, TaskResult, failure
from .hands import Hands
from .routines import ROUTINES
from .wording import say_step

_LOOKS = re.compile(
    r"(?:open|read|scroll|hover|wait|go|back|forward|verify|dismiss)\b|click (?:link|tab)\b"
    r"|click button \"(?:edit|more|menu|details?|filters?|options|search|next|previous)\b"
    r"|(?:fill|press Enter in) (?:searchbox|textbox \"[^\"]*search)",
    re.IGNORECASE,
)


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
    try:
        await _carry_out(hands, plan, goal, emit)
    except (CannotDecide, TaskFailed) as error:
        if plan.by != "instructions" or not all(map(_only_looked, hands.moves)):
            raise
        return await _otherwise(hands, goal, emit, error)
    return plan.usage


async def _otherwise(
    hands: Hands, goal: str, emit: Callable[[Event], None], error: AbosError
) -> Usage:
    """Steps read from the words led nowhere, and nothing was done yet: ask a model for others.

    Raises `error` when there is none.
    """
    try:
        plan = await hands.sys.plan(goal, anew=True)
    except (CannotPlan, ModelFailed):
        raise error from None
    hands.answers.clear()
    await _carry_out(hands, plan, goal, emit)
    return plan.usage


def _only_looked(move: Move) -> bool:
    """Whether a move changed nothing that a second plan could do twice."""
    return not move.ok or move.note == "no change" or _LOOKS.match(move.what) is not None


async def _carry_out(hands: Hands, plan: Plan, goal: str, emit: Callable[[Event], None]) -> None:
    secrets = secrets_in(goal)
    said = tuple(hide(say_step(step), secrets) for step in plan.steps)
    emit(Planned(plan.by, said, plan.seconds))
    for index, step in enumerate(plan.steps):
        hands.ahead = plan.steps[index + 1 :]
        emit(StepStarted(index, said[index]))
        try:
            await ROUTINES[step.verb](hands, step)
        except CannotDecide:
            if hands.moves:
                raise
            # Scripts may have filled the first page between the look at it and the wait for more.
            await ROUTINES[step.verb](hands, step)
