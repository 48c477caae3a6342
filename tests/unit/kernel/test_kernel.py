"""The kernel and its agent over a browser in memory: life, ends, tasks, and recovery."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator

import pytest

from abos.kernel import errors
from abos.kernel.actions import Click, Fill
from abos.kernel.config import Config, KernelConfig, with_sites
from abos.kernel.fake import FakePage, FakeSpace, fake_hardware
from abos.kernel.kernel import Kernel
from abos.kernel.process import EXIT_LOST, State
from abos.kernel.task import Moved, Planned, RunFinished, RunStarted, StepStarted, Task
from abos.planner import LocalConfig, PlannerConfig
from abos.pool import FakeLauncher, Faults, SiteConfig
from abos.snapshot import Element

HOME = "https://shop.example/"
SITE = {
    HOME: FakePage(
        [
            Element("e1", "searchbox", "Search products"),
            Element("e2", "link", "Cart"),
            Element("e3", "button", "Reject optional cookies", context="We use cookies"),
        ],
        {"e1": "/search", "e2": "/cart"},
        "Welcome",
    ),
    f"{HOME}search": FakePage([Element("e4", "link", "Blue Mug", landmark="main")], {"e4": "/mug"}),
    f"{HOME}mug": FakePage([Element("e5", "button", "Add to cart")], {"e5": "/cart"}),
    f"{HOME}cart": FakePage([], {}, "Total\n14.50"),
}


def quiet(**kernel: float) -> Config:
    """No models, and bounds as given."""
    config = Config(planner=PlannerConfig(local=LocalConfig(enabled=False)))
    return dataclasses.replace(config, kernel=KernelConfig(**kernel))  # type: ignore[arg-type]


@pytest.fixture
async def kernel() -> AsyncIterator[Kernel]:
    async with Kernel(quiet(), hardware=fake_hardware(SITE)) as kernel:
        yield kernel


async def test_spawn_use_exit(kernel: Kernel) -> None:
    async with await kernel.spawn(HOME, profile="ada", task="look") as process:
        assert process.how == "cold"
        assert [e.name for e in (await process.observe()).elements][1] == "Cart"
        assert (await process.act(Fill("e1", "mug"))).value == "mug"
        (row,) = kernel.ps()
        assert (row.state, row.site, row.profile) == (State.READY, "shop.example", "ada")
        assert (row.task, row.syscalls, row.last_call) == ("look", 2, "ACT")
    (row,) = kernel.ps()
    assert (row.state, row.exit_code) == (State.EXITED, 0)
    await process.exit()  # ending twice is fine


async def test_an_exception_inside_ends_the_process_with_1(kernel: Kernel) -> None:
    with pytest.raises(ValueError, match="mine"):
        async with await kernel.spawn(HOME):
            raise ValueError("mine")
    assert kernel.ps()[0].exit_code == 1


async def test_a_warm_page_of_the_site_is_used_first() -> None:
    config = with_sites(quiet(), SiteConfig("shop", HOME))
    async with Kernel(config, hardware=fake_hardware(SITE)) as kernel:
        assert await kernel.pool.wait_warm(timeout_s=5)
        async with await kernel.spawn(HOME) as process:
            assert process.how == "warm"


async def test_failed_starts_give_everything_back(kernel: Kernel) -> None:
    with pytest.raises(errors.NavigationFailed):
        await kernel.spawn("https://elsewhere.example/")
    (row,) = kernel.ps()
    assert (row.state, row.exit_code) == (State.FAILED, EXIT_LOST)
    assert not kernel._leases
    async with asyncio.timeout(5):
        while sum(kernel.pool_statistics().slots.values()):
            await asyncio.sleep(0)


async def test_a_crashed_page_ends_its_process_and_no_other(kernel: Kernel) -> None:
    doomed = await kernel.spawn(HOME)
    other = await kernel.spawn(HOME)
    kernel._leases[doomed.pid].session.crash()
    async with asyncio.timeout(5):
        while kernel.ps()[0].state is not State.FAILED:
            await asyncio.sleep(0)
    with pytest.raises(errors.ProcessGone, match="crashed"):
        await doomed.observe()
    assert (await other.observe()).elements


async def test_a_browser_that_does_not_launch_is_an_error_at_boot() -> None:
    launcher = FakeLauncher(Faults(fail_launch=True))
    kernel = Kernel(quiet(), hardware=fake_hardware(SITE, launcher))
    with pytest.raises(errors.BrowserError) as caught:
        await kernel.boot()
    assert caught.value.hint
    with pytest.raises(errors.Interrupted):
        await kernel.spawn(HOME)


async def test_too_many_processes(kernel: Kernel) -> None:
    async with Kernel(quiet(max_processes=1), hardware=fake_hardware(SITE)) as small:
        async with await small.spawn(HOME):
            with pytest.raises(errors.TooBusy):
                await small.spawn(HOME)
        async with await small.spawn(HOME) as again:
            assert (await again.observe()).elements


# ---- tasks -------------------------------------------------------------------------------------


async def test_a_task_from_words_to_result(kernel: Kernel) -> None:
    run = await kernel.submit(
        Task("search for blue mug, open the first result, add it to the cart", HOME)
    )
    events = [event async for event in run]
    assert [type(event) for event in events[:3]] == [RunStarted, Planned, StepStarted]
    assert isinstance(events[-1], RunFinished)
    result = await run.result()
    assert result.ok, result.error
    assert result.url == f"{HOME}cart"
    moves = [event.move for event in events if isinstance(event, Moved)]
    assert moves == list(result.moves)
    assert moves[-1].what == 'click button "Add to cart"'
    assert {move.by for move in moves} <= {"exact", "ranker"}


async def test_events_can_be_read_again_and_by_two(kernel: Kernel) -> None:
    run = await kernel.submit(Task("click Cart", HOME))
    first = [event async for event in run]
    assert [event async for event in run] == first


async def test_what_covers_an_element_is_dismissed() -> None:
    faults: dict[str, list[Exception]] = {
        "e2": [errors.ElementCovered("e2", "covered by a banner", cover="e3")]
    }
    async with Kernel(quiet(), hardware=fake_hardware(SITE, faults=faults)) as kernel:
        result = await (await kernel.submit(Task("click Cart", HOME))).result()
    assert result.ok, result.error
    assert [(move.what, move.ok) for move in result.moves] == [
        ('click link "Cart"', False),
        ('click button "Reject optional cookies"', True),
        ('click link "Cart"', True),
    ]


async def test_an_element_that_went_away_is_looked_for_again() -> None:
    faults: dict[str, list[Exception]] = {"e2": [errors.ElementGone("e2", "gone")]}
    async with Kernel(quiet(), hardware=fake_hardware(SITE, faults=faults)) as kernel:
        result = await (await kernel.submit(Task("click Cart", HOME))).result()
    assert result.ok, result.error


async def test_a_task_has_a_step_budget(kernel: Kernel) -> None:
    run = await kernel.submit(Task("click Cart, go back, go forward, go back", HOME, max_steps=2))
    result = await run.result()
    assert not result.ok
    assert result.error_type == "TaskFailed"
    assert "2 moves" in result.error


async def test_reading_an_answer(kernel: Kernel) -> None:
    result = await (await kernel.submit(Task("click Cart, tell me the total", HOME))).result()
    assert result.ok, result.error
    assert "14.50" in result.answer


async def test_tasks_queue_and_the_queue_is_bounded() -> None:
    config = quiet(max_tasks=1, max_queued_tasks=1)
    async with Kernel(config, hardware=fake_hardware(SITE)) as kernel:
        first = await kernel.submit(Task("click Cart", HOME))
        second = await kernel.submit(Task("click Cart", HOME))
        with pytest.raises(errors.TooBusy):
            await kernel.submit(Task("click Cart", HOME))
        assert (await first.result()).ok
        assert (await second.result()).ok


async def test_a_task_ends_at_its_deadline() -> None:
    site = {HOME: FakePage([Element("e1", "button", "x")], {}, "")}
    hardware = fake_hardware(site)

    async def slow(session: object) -> FakeSpace:
        space = FakeSpace(site)

        async def never(max_tokens: int) -> None:
            await asyncio.sleep(60)

        space.observe = never  # type: ignore[method-assign,assignment]
        return space

    slow_hardware = dataclasses.replace(hardware, prepare=slow)
    async with Kernel(quiet(), hardware=slow_hardware) as kernel:
        run = await kernel.submit(Task("click x", HOME, timeout_s=0.05))
        result = await run.result()
        assert result.error_type == "DeadlinePassed"
        assert kernel.ps()[0].state is State.EXITED


async def test_cancelling_a_run(kernel: Kernel) -> None:
    run = await kernel.submit(Task('wait for "never"', HOME))
    await asyncio.sleep(0)
    run.cancel()
    result = await run.result()
    assert not result.ok
    assert result.error_type == "Interrupted"


async def test_closing_ends_tasks_and_processes() -> None:
    kernel = Kernel(quiet(max_tasks=1), hardware=fake_hardware(SITE))
    await kernel.boot()
    process = await kernel.spawn(HOME)
    runs = [await kernel.submit(Task("click Cart", HOME)) for _ in range(3)]
    await kernel.close()
    assert [(await run.result()).ok for run in runs] == [False, False, False]
    with pytest.raises(errors.Interrupted):
        await process.act(Click("e2"))
    await kernel.close()
