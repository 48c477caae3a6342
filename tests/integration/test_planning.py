"""Open goals: a model's plan is carried out while it arrives, and mended when it fails."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from abos import Config, Kernel, Task
from abos.kernel.config import with_sites
from abos.kernel.demo import DemoShop
from abos.kernel.task import Moved, Planned, StepStarted
from abos.planner import CloudConfig, Ledger
from abos.pool import SiteConfig

from .cloud_server import CloudServer, cloud_server

SEARCH = {"do": "search", "with": "blue mug"}
OPEN = {"do": "click", "on": "Blue mug"}
ADD = {"do": "click", "on": "Add to cart"}
GOAL = "I need something nice for my coffee"


def unsure(request: dict[str, Any]) -> Any:
    """No element fits; and no plan but those that are given."""
    choosing = "You choose" in request["messages"][0]["content"]
    return '{"ref":null,"probability":0.9}' if choosing else 500


def plans(server: CloudServer) -> list[str]:
    """What it was asked to plan."""
    asked = [request["messages"] for request in server.requests]
    return [messages[1]["content"] for messages in asked if "You plan" in messages[0]["content"]]


def plan(*steps: dict[str, Any], rest: str = "") -> str:
    return json.dumps({"steps": steps})[: -2 if rest else None] + rest


@pytest.fixture(scope="module")
def shop() -> Iterator[DemoShop]:
    with DemoShop() as shop:
        yield shop


@pytest.fixture(scope="module")
def server() -> Iterator[CloudServer]:
    with cloud_server() as server:
        yield server


@pytest.fixture
async def kernel(shop: DemoShop, server: CloudServer, tmp_path: Path) -> AsyncIterator[Kernel]:
    shop.reset()
    server.reset()
    server.script = unsure
    config = Config()
    local = dataclasses.replace(config.planner.local, enabled=False)
    cloud = CloudConfig(server.url, "m", retries=0)
    book = tmp_path / "ledger.sqlite"
    planner = dataclasses.replace(config.planner, local=local, cloud=cloud, ledger=book)
    config = with_sites(dataclasses.replace(config, planner=planner), SiteConfig("shop", shop.url))
    async with Kernel(config) as kernel:
        yield kernel


async def test_the_first_step_is_taken_before_the_last_has_arrived(
    kernel: Kernel, shop: DemoShop, server: CloudServer
) -> None:
    read = {"do": "read", "on": "price", "note": "x" * 40}
    server.answers, server.tokens_s = [plan(SEARCH, OPEN, read)], 8.0
    run = await kernel.submit(Task(GOAL, shop.url))
    finished = [(type(event), server.finished) async for event in run]
    assert (Moved, 0) in finished
    planned = next(event for event in run._events if isinstance(event, Planned))
    assert not planned.complete
    assert len(planned.steps) < 3
    result = await run.result()
    assert result.ok, result.error
    assert server.finished == 1
    assert result.tokens_in == 100


async def test_a_step_that_cannot_be_done_is_planned_anew(
    kernel: Kernel, shop: DemoShop, server: CloudServer
) -> None:
    given = [plan(SEARCH, {"do": "click", "on": "Frobnicate"}, ADD), plan(OPEN, ADD)]
    server.script = lambda request: given.pop(0) if "You plan" in str(request) else unsure(request)
    result = await (await kernel.submit(Task(GOAL, shop.url))).result()
    assert result.ok, result.error
    asked = plans(server)[1]
    assert "Done already: search blue mug" in asked
    assert "Frobnicate" in asked.split("Then failed:")[1]
    assert "/search?q=blue+mug" in asked  # from the page as it is
    assert result.tokens_in > 200  # two plans, and a choice that the cloud was asked for
    made = Ledger(kernel.config.planner.ledger or Path()).calls(0.0)
    assert [call.purpose for call in made] == ["plan", "choose", "plan"]
    assert made[0].parts.keys() == {"system", "page", "goal"}
    assert made[2].parts.keys() == {"system", "page", "goal", "history"}
    assert sum(call.usage.tokens_in for call in made) == result.tokens_in


async def test_a_connection_that_is_cut_in_the_middle(
    kernel: Kernel, shop: DemoShop, server: CloudServer
) -> None:
    whole = plan(SEARCH, OPEN, ADD)
    server.answers, server.cut, server.tokens_s = [whole], whole.index("Add to"), 200.0
    run = await kernel.submit(Task(GOAL, shop.url))
    async for event in run:
        if isinstance(event, StepStarted):
            server.cut, server.answers = 0, [plan(ADD)]
    result = await run.result()
    assert result.ok, result.error
    assert "Done already: search blue mug; click" in plans(server)[1]


async def test_nothing_is_bought_by_half_a_plan(
    kernel: Kernel, shop: DemoShop, server: CloudServer
) -> None:
    buy = {"do": "click", "on": "Add to cart", "final": True}
    server.answers = [plan(SEARCH, OPEN, buy, rest=', {"do": "explode"}]}'), 500, 500]
    result = await (await kernel.submit(Task(GOAL, shop.url))).result()
    assert not result.ok
    assert not any("Add to cart" in move.what for move in result.moves)


async def test_what_nobody_asked_for_is_refused(
    kernel: Kernel, shop: DemoShop, server: CloudServer
) -> None:
    server.answers = [plan(SEARCH, {"do": "form", "with": "delete account"}, {"do": "click",
                           "on": "Delete account"})]  # fmt: skip
    result = await (await kernel.submit(Task("look at something nice", shop.url))).result()
    assert result.error_type == "GoalRefused"
    assert len(plans(server)) == 1


async def test_a_model_that_says_no(kernel: Kernel, shop: DemoShop, server: CloudServer) -> None:
    server.answers = ['{"steps":[],"why":"this shop has no cars"}']
    result = await (await kernel.submit(Task("I need a fast red car by monday", shop.url))).result()
    assert result.error_type == "GoalRefused"
    assert "this shop has no cars" in result.error


async def test_a_process_that_ends_gives_its_plan_up(
    kernel: Kernel, shop: DemoShop, server: CloudServer
) -> None:
    server.answers, server.tokens_s = [plan(*[SEARCH] * 30)], 20.0
    async with await kernel.spawn(shop.url) as process:
        steps = await process.begin_plan(GOAL)
        assert not steps.complete
        record = kernel._life.table.get(process.pid)
        stream = record.plan
        assert stream is not None
    assert record.plan is None
    assert stream._reading.done() or stream._reading.cancelling()
    assert server.finished == 0


async def test_a_task_that_may_not_cost_more_stops_in_time(
    shop: DemoShop, server: CloudServer, tmp_path: Path
) -> None:
    server.reset()
    server.answers = [plan(SEARCH, ADD)]
    cloud = CloudConfig(server.url, "m", retries=0, price_in=1e6, max_task_cost=10.0)
    config = Config()
    local = dataclasses.replace(config.planner.local, enabled=False)
    book = tmp_path / "ledger.sqlite"
    planner = dataclasses.replace(config.planner, local=local, cloud=cloud, ledger=book)
    async with Kernel(dataclasses.replace(config, planner=planner)) as kernel:
        result = await (await kernel.submit(Task(GOAL, shop.url))).result()
    assert result.error_type == "BudgetSpent"
    assert "max_task_cost" in result.hint
    assert server.requests == []
    assert not book.exists()
