"""Two agents on the suite: one that asks the cloud for every plan and decision, and ABOS as it is."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from _standin import StandIn
from _suite import Request, unmet

from abos import Kernel, Task
from abos.kernel.actions import WaitFor
from abos.kernel.agent.choice import Choice
from abos.kernel.agent.hands import Hands
from abos.kernel.agent.routines import ROUTINES
from abos.kernel.demo import DemoSite
from abos.kernel.errors import AbosError, CannotDecide, CannotPlan, WaitFailed
from abos.kernel.handle import Process
from abos.kernel.task import Move, Planned
from abos.planner import (
    Decision,
    Plan,
    PlannerError,
    PlanRequest,
    PlanStream,
    Step,
    Verb,
    goal_route,
)
from abos.planner.models.cloud import OpenAICloud
from abos.planner.question import Question, candidates_from
from abos.snapshot import Observation

TIMEOUT_S = 60.0
PATIENCE_S = 2.0
_PLAN_S = 30.0
_ANSWER_TOKENS = 200


@dataclass(frozen=True)
class Ended:
    """How a request ended. `well` is the whole verdict: ended as it should, and the outcome holds."""

    request: Request
    well: bool
    ok: bool
    calls: int
    seconds: float
    route: str = ""
    error: str = ""
    unmet: tuple[str, ...] = ()
    log: tuple[str, ...] = field(default=(), repr=False)


def judge(
    request: Request, site: DemoSite, fresh: dict[str, Any], ok: bool, answer: str
) -> tuple[bool, tuple[str, ...]]:
    """Whether a request ended well, and what of its outcome does not hold."""
    missing = tuple(unmet(request, site.state(), fresh, answer))
    return not missing and ok != request.refused, missing


async def filled(process: Process) -> Observation:
    """The page, once scripts have put something into it."""
    view = await process.observe()
    if not view.elements:
        with contextlib.suppress(WaitFailed):
            await process.act(WaitFor(change=True, timeout_s=PATIENCE_S))
        view = await process.observe()
    return view


async def settled(process: Process) -> None:
    """Until what the last step began has reached the server: processes end at once."""
    with contextlib.suppress(WaitFailed):
        await process.act(WaitFor(idle=True, timeout_s=PATIENCE_S))


# -- everything asks the cloud ---------------------------------------------------------------


class CloudMind:
    """A process handle whose plans and decisions all come from the cloud."""

    def __init__(self, process: Process, cloud: OpenAICloud) -> None:
        self._process = process
        self.cloud = cloud

    def __getattr__(self, name: str) -> Any:
        return getattr(self._process, name)

    async def decide(
        self, target: str, action: str = "", *, value: str = "", irreversible: bool = False
    ) -> Decision:
        """The element that the cloud chooses. Raises CannotDecide."""
        view = await filled(self._process)
        question = Question(target, action, candidates_from(view, action), value, irreversible)
        decision = await self.cloud.choose(question)
        if decision.ref is None:
            raise CannotDecide(f"the cloud finds no {target!r}")
        return decision


async def whole_plan(mind: OpenAICloud, request: PlanRequest) -> Plan:
    """All of a plan, before anything is done."""
    stream = PlanStream(mind.stream, request, total_s=_PLAN_S)
    try:
        return await stream.whole()
    finally:
        await stream.close()


async def cloud_only(
    request: Request, kernel: Kernel, site: DemoSite, cloud: StandIn, mind: OpenAICloud
) -> Ended:
    """Plan, every choice and every reading by the cloud; the hands are ABOS's own."""
    site.reset()
    fresh = site.state()
    cloud.begin(request)
    started = time.monotonic()
    error = ""
    answers: list[str] = []
    moves: list[Move] = []
    try:
        async with await kernel.spawn(site.url) as process:
            handle = cast("Process", CloudMind(process, mind))
            hands = Hands(handle, Task(request.goal, site.url), lambda _: None)
            moves = hands.moves
            plan = await whole_plan(mind, PlanRequest(request.goal, await filled(process)))
            for step in plan.steps:
                await _ROUTINES.get(step.verb, ROUTINES[step.verb])(hands, step)
            answers = hands.answers
            await settled(process)
    except (AbosError, PlannerError) as problem:
        error = f"{type(problem).__name__}: {problem}"
    well, missing = judge(request, site, fresh, not error, "\n".join(answers))
    seconds = time.monotonic() - started
    log = (*_told(moves), *cloud.log)
    return Ended(request, well, not error, cloud.counts.calls, seconds, "", error, missing, log)


async def _select(hands: Hands, step: Step) -> None:
    from abos.kernel.actions import Check, Click, Select

    def make(choice: Choice) -> Any:
        if choice.tag == "select":
            return Select(choice.ref, (step.value,))
        return (
            Check(choice.ref)
            if choice.what.startswith(("radio", "checkbox"))
            else Click(choice.ref)
        )

    await hands.decide_and_do(step, step.target or step.value, "select", make)


async def _read(hands: Hands, step: Step) -> None:
    mind = cast("CloudMind", hands.sys)
    text = (await hands.sys.extract())[:6000]
    asked = [{"role": "user", "content": f"Question: {step.target}\n<page>\n{text}\n</page>"}]
    told = await mind.cloud._client.ask(asked, max_tokens=_ANSWER_TOKENS)
    answer = told.choices[0].message.content
    if not answer:
        raise CannotPlan(f"the page does not say anything about {step.target!r}")
    hands.answers.append(answer)


_ROUTINES = {Verb.SELECT: _select, Verb.READ: _read}


# -- ABOS ------------------------------------------------------------------------------------


async def routed(
    request: Request,
    kernel: Kernel,
    site: DemoSite,
    cloud: StandIn,
    before: Request | None = None,
) -> Ended:
    """ABOS as it is shipped, with the stand-in as its cloud."""
    if before is not None:
        site.reset()
        cloud.begin(before)
        await (await kernel.submit(_task(before, site))).result()
    site.reset()
    fresh = site.state()
    cloud.begin(request)
    started = time.monotonic()
    run = await kernel.submit(_task(request, site))
    planned = ""
    async for event in run:
        if isinstance(event, Planned):
            planned = event.by
    result = await run.result()
    seconds = time.monotonic() - started
    well, missing = judge(request, site, fresh, result.ok, result.answer)
    route = route_taken(request.goal, site.url, planned, result.error_type)
    error = f"{result.error_type}: {result.error}" if result.error else ""
    log = (*_told(result.moves), *cloud.log)
    return Ended(request, well, result.ok, cloud.counts.calls, seconds, route, error, missing, log)


def _told(moves: Iterable[Move]) -> Iterator[str]:
    return (f"{move.what} [{move.by} {move.probability:.2f}] {move.note}" for move in moves)


def _task(request: Request, site: DemoSite) -> Task:
    return Task(request.goal, site.url, timeout_s=TIMEOUT_S)


def route_taken(goal: str, url: str, planned_by: str, error_type: str) -> str:
    """What ABOS took a goal for, by what it did with it."""
    if error_type == "UnsafeGoal":
        return "unsafe"
    return "skill" if planned_by == "skill" else goal_route(goal, url=url).kind
