"""From a goal to its first action, with a cloud model of everyday speed. `make bench-plan`.

The model is a local server of the OpenAI protocol: 250 ms to the first token, 150 tokens a second,
and the same plan of 8 steps for every goal. On a warm page of the demo shop, in turn:

- stream: from handing in the goal until the first action on the page is done, the steps taken as
  they arrive. `begun` is when that action begins, `own` is what of that was not the server's.
- whole: the same agent, which waits for the whole plan first.

Then what a step of an agent costs beside the model: observe, decide, act, and look at the effect,
on pages of 1000 and 10 000 elements, against the same calls made bare, without kernel, policy,
spans and decision. `--rounds` is for each.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from _harness import Row, report
from _tokens import counter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from abos import Click, Config, Kernel, Process, Task
from abos.kernel.agent import run_agent
from abos.kernel.config import with_sites
from abos.kernel.demo import DemoShop
from abos.kernel.space import AddressSpace
from abos.kernel.syscalls import Spawned
from abos.kernel.task import Event, Moved
from abos.planner import CloudConfig, Steps, known
from abos.pool import SiteConfig
from tests.integration.cloud_server import CHARS_A_TOKEN, CloudServer, cloud_server

FIRST_S, TOKENS_S = 0.25, 150.0
STEPS = [
    {"do": "search", "with": "mug"}, {"do": "click", "on": "Blue Mug"},
    {"do": "fill", "on": "Quantity", "with": "2"}, {"do": "click", "on": "Add to cart"},
    {"do": "search", "with": "teapot"}, {"do": "click", "on": "Teapot"},
    {"do": "click", "on": "Add to cart"}, {"do": "read", "on": "total"},
]  # fmt: skip
PLAN = json.dumps({"steps": STEPS}, separators=(",", ":"))
FIRST_TOKENS = -(-PLAN.index("},") // CHARS_A_TOKEN)
GOAL = "a table set for two would be nice"
_MANY = 1000


class Patient(Process):
    """A process whose plans come whole."""

    async def begin_plan(
        self, goal: str, *, done: tuple[str, ...] = (), failed: str = "", anew: bool = False
    ) -> Steps:
        return known(await self.plan(goal))


class _FirstDone(Exception):
    """The first action was made: that is all that is measured."""


@dataclass
class Starts:
    """Milliseconds from the goal."""

    begun: list[float] = field(default_factory=list)
    done: list[float] = field(default_factory=list)

    def watch(self) -> Callable[[Event], None]:
        started = time.perf_counter()

        def emit(event: Event) -> None:
            if isinstance(event, Moved):
                now = (time.perf_counter() - started) * 1000
                self.done.append(now)
                self.begun.append(now - event.move.act_s * 1000)
                raise _FirstDone

        return emit


def configured(server: CloudServer, shop: DemoShop, folder: Path) -> Config:
    config = Config()
    local = dataclasses.replace(config.planner.local, enabled=False)
    cloud = CloudConfig(server.url, "m")
    book = folder / "ledger.sqlite"
    planner = dataclasses.replace(config.planner, local=local, cloud=cloud, ledger=book)
    site = SiteConfig("shop", shop.url, min_warm=2, max_warm=2)
    return with_sites(dataclasses.replace(config, planner=planner), site)


async def first_actions(rounds: int) -> list[Row]:
    stream, whole = Starts(), Starts()
    with DemoShop() as shop, cloud_server() as server, TemporaryDirectory() as folder:
        server.first_s, server.tokens_s = FIRST_S, TOKENS_S
        server.script = lambda _: PLAN
        async with Kernel(configured(server, shop, Path(folder))) as kernel:
            for number in range(rounds + 1):
                for kind, starts in ((Process, stream), (Patient, whole)):
                    assert await kernel.pool.wait_warm(timeout_s=30)
                    await asyncio.sleep(0.1)
                    # A first round is not counted: connections are made, and modules loaded.
                    await one(kernel, shop.url, kind, starts if number else Starts())
    model = 1000 * (FIRST_S + FIRST_TOKENS / TOKENS_S)
    tokens, by = counter()
    own = [begun - model for begun in stream.begun]
    return [
        Row("plan.whole", "first action, after the whole plan", whole.done),
        Row("plan.stream", "first action, as the plan arrives", stream.done,
            baseline="plan.whole", target="p95 <= 400 and ratio >= 2.5"),
        Row("plan.begun", "until it begins", stream.begun),
        Row("plan.own", f"of that not the model's ({model:.0f} ms)", own, target="p95 <= 40"),
        Row("plan.tokens", f"tokens a step ({by})", [tokens(json.dumps(step, separators=(",", ":")))
            for step in STEPS], unit="tokens", target="p95 <= 16"),
    ]  # fmt: skip


async def one(kernel: Kernel, url: str, kind: type[Process], starts: Starts) -> None:
    emit = starts.watch()
    process = await kernel.spawn(url)
    mine = kind(process._door, Spawned(process.pid, process.how, process.startup_s, url))
    try:
        await run_agent(mine, Task(GOAL, url), emit)
    except _FirstDone:
        pass
    finally:
        await process.exit()


async def steps(rounds: int) -> list[Row]:
    rows = []
    for count, target in ((1000, "p50 <= 30 and ratio >= 0.77"), (10_000, "p50 <= 120")):
        ours, bare = await step_costs(count, rounds if count <= _MANY else max(5, rounds // 5))
        rows += [
            Row(f"step.bare.{count}", f"observe, act, bare, {count} elements", bare),
            Row(f"step.{count}", f"observe, decide, act, effect, {count} elements", ours,
                baseline=f"step.bare.{count}", target=target),
        ]  # fmt: skip
    return rows


def _page(count: int) -> str:
    rows = "".join(f"<p>Row {i} <a href='#{i}'>Link {i}</a>" for i in range(count - 1))
    button = "<button onclick='this.nextSibling.data = ++count'>Count</button>0"
    return f"<!doctype html><script>let count = 0</script>{button}{rows}"


async def step_costs(count: int, rounds: int) -> tuple[list[float], list[float]]:
    from tests.integration.serving import serving

    async def show(request: Request) -> HTMLResponse:
        return HTMLResponse(_page(count))

    ours, bare = [], []
    config = Config()
    local = dataclasses.replace(config.planner.local, enabled=False)
    config = dataclasses.replace(config, planner=dataclasses.replace(config.planner, local=local))
    with serving(Starlette(routes=[Route("/", show)])) as url:
        async with Kernel(config) as kernel, await kernel.spawn(url) as process:
            space: Any = kernel._life.space(kernel._life.table.get(process.pid))
            for _ in range(rounds):
                ours.append(await timed(by_kernel(process)))
                bare.append(await timed(by_hand(space)))
    return ours, bare


async def timed(work: Any) -> float:
    started = time.perf_counter()
    await work
    return (time.perf_counter() - started) * 1000


async def by_kernel(process: Process) -> None:
    await process.observe()
    choice = await process.decide("Count", "click")
    effect = await process.act(Click(choice.ref or ""))
    assert effect.changed


async def by_hand(space: AddressSpace) -> None:
    view = await space.observe(1500)
    effect = await space.act(Click(view.elements[0].ref))
    assert effect.changed


async def measure(rounds: int) -> list[Row]:
    return [*await first_actions(rounds), *await steps(rounds)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    rows = asyncio.run(measure(parser.parse_args().rounds))
    return 0 if report("plan", rows) else 1


if __name__ == "__main__":
    sys.exit(main())
