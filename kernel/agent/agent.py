"""The agent's loop: plan, then for each step decide, act, check, and recover within a budget."""

from __future__ import annotations

import time
from collections.abc import Callable

from ...planner import Plan, Step
from ..actions import Action, AnswerDialog, Effect, SwitchTab, WaitFor
from ..errors import AbosError, ElementCovered, ElementGone, PageLost, TaskFailed, WaitFailed
from ..handle import Process
from ..task import Event, Move, Moved, Planned, StepStarted, Task, TaskResult, failure
from .choosing import Choice, choose
from .obstacles import clear_the_way
from .routines import ROUTINES
from .wording import say_action, say_effect, say_step

_TRIES = 3
"""Times an action is tried when its element is covered or went away."""


async def run_agent(process: Process, task: Task, emit: Callable[[Event], None]) -> TaskResult:
    """Carry out a task and report it; failures become results, only cancellation is raised."""
    agent = Agent(process, task, emit)
    started = time.monotonic()
    try:
        await agent.run()
    except AbosError as error:
        return failure(error, tuple(agent.moves), time.monotonic() - started)
    view = await process.observe(200)
    return TaskResult(
        ok=True,
        exit_code=0,
        answer="\n".join(agent.answers),
        url=view.url,
        moves=tuple(agent.moves),
        seconds=time.monotonic() - started,
        tokens_in=agent.tokens_in,
        tokens_out=agent.tokens_out,
    )


class Agent:
    """One task's worth of state. The routines of `ROUTINES` drive it step by step."""

    def __init__(self, process: Process, task: Task, emit: Callable[[Event], None]) -> None:
        self.sys = process
        self.task = task
        self.moves: list[Move] = []
        self.answers: list[str] = []
        self.tokens_in = 0
        self.tokens_out = 0
        self._emit = emit

    async def run(self) -> None:
        """Plan and carry out the whole task. Raises the error that stopped it."""
        plan = await self.sys.plan(self.task.goal)
        self._note_plan(plan)
        for index, step in enumerate(plan.steps):
            self._emit(StepStarted(index, say_step(step)))
            try:
                await ROUTINES[step.verb](self, step)
            except AbosError as error:
                error.add_note(f"at step {index + 1}: {say_step(step)}")
                raise

    def _note_plan(self, plan: Plan) -> None:
        self.tokens_in += plan.usage.tokens_in
        self.tokens_out += plan.usage.tokens_out
        steps = tuple(say_step(step) for step in plan.steps)
        self._emit(Planned(plan.by, steps, plan.seconds))

    # ---- what the routines are made of -------------------------------------------------------

    async def do(self, action: Action, choice: Choice | None = None) -> Effect:
        """Perform an action, clear the way when something covers its element, and note it."""
        for attempt in range(_TRIES):
            try:
                return await self._once(action, choice)
            except ElementCovered as covered:
                if attempt + 1 == _TRIES or not await clear_the_way(self, covered):
                    raise
        raise AssertionError("unreachable")

    async def decide_and_do(
        self, step: Step, target: str, kind: str, make: Callable[[Choice], Action]
    ) -> Effect:
        """Find the element that `target` means and act on it; look again when it went away."""
        for attempt in range(_TRIES):
            choice = await choose(self, target, kind, irreversible=step.irreversible)
            try:
                return await self.do(make(choice), choice)
            except (ElementGone, PageLost):
                if attempt + 1 == _TRIES:
                    raise
        raise AssertionError("unreachable")

    async def changes(self, timeout_s: float) -> bool:
        """Wait until the page changes; False when it did not in time."""
        try:
            await self.sys.act(WaitFor(change=True, timeout_s=timeout_s))
        except WaitFailed:
            return False
        return True

    def note(self, move: Move) -> None:
        """Add a move to the record. Raises `TaskFailed` past the task's `max_steps`."""
        self.moves.append(move)
        self._emit(Moved(move))
        if len(self.moves) >= self.task.max_steps:
            raise TaskFailed(
                f"the task took {self.task.max_steps} moves and is not done",
                hint="Raise max_steps, or make the task smaller.",
            )

    async def _once(self, action: Action, choice: Choice | None) -> Effect:
        started = time.monotonic()
        chosen = choice or Choice()
        what = say_action(action, chosen)
        try:
            effect = await self.sys.act(action)
        except AbosError as error:
            self.note(self._move(what, chosen, started, ok=False, note=str(error)))
            raise
        self.note(self._move(what, chosen, started, note=say_effect(effect)))
        return await self._follow(effect)

    async def _follow(self, effect: Effect) -> Effect:
        """Answer dialogs and go along to tabs, as the person who asked for the action would."""
        if effect.dialog:
            # The goal asked for the action that this dialog wants confirmed.
            return await self._once(AnswerDialog(accept=True), None)
        if effect.new_tab:
            view = await self.sys.observe(1)
            await self._once(SwitchTab(len(view.tabs) - 1), None)
        return effect

    def _move(
        self, what: str, choice: Choice, started: float, *, ok: bool = True, note: str = ""
    ) -> Move:
        return Move(
            number=len(self.moves) + 1,
            what=what,
            by=choice.by,
            probability=choice.probability,
            decide_s=choice.seconds,
            act_s=time.monotonic() - started,
            ok=ok,
            note=note,
        )
