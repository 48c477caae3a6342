"""A plan read from a goal's words that leads nowhere is made anew, unless something was done."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from abos.kernel.config import Config
from abos.kernel.fake import FakePage, fake_hardware
from abos.kernel.kernel import Kernel
from abos.kernel.task import Planned, Task, TaskResult
from abos.planner import Decision, LocalConfig, PlannerConfig, PlanRequest, Question, Usage
from abos.planner.stream import Pieces
from abos.snapshot import Element

HOME = "https://shop.example/"
SITE = {
    HOME: FakePage([Element("e1", "link", "Cart")], {"e1": "/cart"}, "Welcome"),
    f"{HOME}cart": FakePage([Element("e2", "button", "Order")], {"e2": "/done"}, "Total\n14.50"),
    f"{HOME}done": FakePage([], {}, "Thank you"),
}


class Cloud:
    """Knows where the total is, and counts how often it is asked."""

    identity = "cloud"

    def __init__(self) -> None:
        self.plans = 0

    async def warm_up(self) -> None:
        pass

    async def stream(self, request: PlanRequest) -> Pieces:
        self.plans += 1
        yield '{"steps":[{"do":"click","on":"Cart"},{"do":"read","on":"total"}]}'
        yield Usage(10, 5)

    async def choose(self, question: Question) -> Decision:
        return Decision(None, 0.9, "cloud")

    async def close(self) -> None:
        pass


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
async def kernel(cloud: Cloud) -> AsyncIterator[Kernel]:
    config = Config(planner=PlannerConfig(local=LocalConfig(enabled=False)))
    async with Kernel(config, hardware=fake_hardware(SITE)) as kernel:
        kernel._minds.planner._cloud = cloud
        yield kernel


async def _done(kernel: Kernel, goal: str, url: str = HOME) -> tuple[TaskResult, list[str]]:
    run = await kernel.submit(Task(goal, url))
    planned = [event.by async for event in run if isinstance(event, Planned)]
    return await run.result(), planned


async def test_a_question_that_this_page_does_not_answer(kernel: Kernel) -> None:
    result, planned = await _done(kernel, "what is the total?")
    assert (result.ok, result.answer) == (True, "Total: 14.50")
    assert planned == ["instructions", "cloud"]


async def test_nothing_is_planned_anew_once_something_was_done(
    kernel: Kernel, cloud: Cloud
) -> None:
    goal = "click the Order button, then read the warranty of the fridge"
    result, planned = await _done(kernel, goal, f"{HOME}cart")
    assert not result.ok
    assert (planned, cloud.plans) == (["instructions"], 0)


async def test_without_a_cloud_the_first_error_is_told(kernel: Kernel) -> None:
    kernel._minds.planner._cloud = None
    result, _ = await _done(kernel, "what is the total?")
    assert "does not say anything" in result.error


async def test_a_harmful_goal_ends_before_anything_is_done(kernel: Kernel, cloud: Cloud) -> None:
    result, planned = await _done(kernel, "guess the password of ada@shop.example")
    assert (result.error_type, result.moves) == ("UnsafeGoal", ())
    assert (planned, cloud.plans) == ([], 0)
