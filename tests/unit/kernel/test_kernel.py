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
from abos.kernel.process import EXIT_KILLED, EXIT_LOST, State
from abos.kernel.syscalls import Evaluate, Pause, Resume, Spawn
from abos.kernel.task import Moved, Planned, RunFinished, RunStarted, StepStarted, Task
from abos.planner import LocalConfig, PlannerConfig
from abos.pool import FakeLauncher, FakeSession, Faults, SiteConfig
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
    assert not kernel._life._owned
    await until_empty(kernel)


async def test_a_crashed_page_ends_its_process_and_no_other(kernel: Kernel) -> None:
    doomed = await kernel.spawn(HOME)
    other = await kernel.spawn(HOME)
    kernel._life._owned[doomed.pid].lease.session.crash()
    async with asyncio.timeout(20):
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


# ---- what a review found, kept from coming back -----------------------------------------------


async def test_killing_a_process_that_is_still_starting_leaks_nothing() -> None:
    launcher = FakeLauncher(Faults(session_s=0.1))
    async with Kernel(quiet(), hardware=fake_hardware(SITE, launcher)) as kernel:
        starting = asyncio.ensure_future(kernel.spawn(HOME))
        await asyncio.sleep(0.02)
        await kernel.kill(1, "no longer needed")
        with pytest.raises(errors.ProcessGone, match="no longer needed"):
            await starting
        await until_empty(kernel)


async def test_an_exit_that_is_cancelled_half_way_leaks_nothing() -> None:
    hardware = fake_hardware(SITE)

    async def prepare(session: FakeSession) -> FakeSpace:
        space = FakeSpace(SITE, session=session)

        async def slow() -> None:
            await asyncio.sleep(0.2)

        space.close = slow  # type: ignore[method-assign]
        return space

    slow_close = dataclasses.replace(hardware, prepare=prepare)
    async with Kernel(quiet(), hardware=slow_close) as kernel:
        process = await kernel.spawn(HOME)
        leaving = asyncio.ensure_future(process.exit())
        await asyncio.sleep(0.02)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        await until_empty(kernel)


async def test_a_child_gets_no_more_than_its_parent_has(kernel: Kernel) -> None:
    parent = await kernel.spawn(HOME, capabilities=frozenset({"process", "observe"}))
    spawned = await parent.syscall(Spawn(HOME))
    with pytest.raises(errors.NotPermitted):
        await kernel.syscall(spawned.pid, Evaluate("1"))
    with pytest.raises(errors.NoSuchProcess):
        await kernel.syscall(999, Spawn(HOME))
    watcher = await kernel.spawn(HOME, capabilities=frozenset({"observe"}))
    with pytest.raises(errors.NotPermitted):
        await watcher.syscall(Spawn(HOME))
    await watcher.exit()


async def test_the_owner_can_kill_and_wait(kernel: Kernel) -> None:
    process = await kernel.spawn(HOME)
    with pytest.raises(errors.DeadlinePassed, match=r"lives after 0\.01 s"):
        await kernel.wait(process.pid, timeout_s=0.01)
    waiting = asyncio.ensure_future(kernel.wait(process.pid))
    await kernel.kill(process.pid)
    assert await waiting == EXIT_KILLED


async def test_a_cancelled_run_that_waits_never_starts() -> None:
    async with Kernel(quiet(max_tasks=1), hardware=fake_hardware(SITE)) as kernel:
        first = await kernel.submit(Task("click Cart", HOME))
        second = await kernel.submit(Task("click Cart", HOME))
        second.cancel()
        assert (await second.result()).error_type == "Interrupted"
        assert (await first.result()).ok
        assert len(kernel.ps()) == 1


async def test_an_action_that_may_have_reached_the_page_is_not_repeated() -> None:
    lost = errors.PageLost("the popup went away")
    lost.performed = True  # type: ignore[attr-defined]
    faults: dict[str, list[Exception]] = {"e2": [lost]}
    async with Kernel(quiet(), hardware=fake_hardware(SITE, faults=faults)) as kernel:
        result = await (await kernel.submit(Task("click Cart", HOME))).result()
    assert not result.ok
    assert len(result.moves) == 1


async def test_a_last_allowed_move_may_finish_the_task(kernel: Kernel) -> None:
    result = await (await kernel.submit(Task("click Cart", HOME, max_steps=1))).result()
    assert result.ok, result.error


async def test_an_apply_button_of_a_form_is_not_pressed_unasked() -> None:
    form = FakePage(
        [
            Element("e1", "textbox", "Name", states=frozenset({"focused"}), landmark="form"),
            Element("e2", "textbox", "Email", landmark="form"),
            Element("e3", "button", "Apply", landmark="form"),
        ]
    )
    async with Kernel(quiet(), hardware=fake_hardware({HOME: form})) as kernel:
        goal = 'fill Name with Ada, fill Email with ada@example.com, click "Apply"'
        result = await (await kernel.submit(Task(goal, HOME))).result()
    assert result.ok, result.error
    assert [move.what.split()[0] for move in result.moves] == ["fill", "fill", "click"]


async def test_users_in_addresses_are_not_shown(kernel: Kernel) -> None:
    address = HOME.replace("https://", "https://ada:secret@")
    with pytest.raises(errors.NavigationFailed):
        await kernel.spawn(address)
    assert kernel.ps()[0].site == "shop.example"


async def test_passwords_are_masked_whatever_the_field_is_called() -> None:
    page = FakePage([Element("e1", "textbox", "Kennwort", type="password")])
    async with Kernel(quiet(), hardware=fake_hardware({HOME: page})) as kernel:
        run = await kernel.submit(Task("type hunter2 into Kennwort", HOME))
        shown = repr([event async for event in run]) + repr(kernel.ps())
    assert "hunter2" not in shown


async def test_a_paused_task_goes_on_when_it_is_resumed(kernel: Kernel) -> None:
    run = await kernel.submit(Task("click Cart", HOME))
    async for event in run:
        if isinstance(event, RunStarted):
            await kernel.syscall(event.pid, Pause())
            await asyncio.sleep(0.05)
            assert not run.finished
            await kernel.syscall(event.pid, Resume())
    assert (await run.result()).ok


async def test_before_boot_and_after_close_are_typed_errors() -> None:
    kernel = Kernel(quiet(), hardware=fake_hardware(SITE))
    with pytest.raises(errors.WrongState, match="not booted"):
        await kernel.spawn(HOME)
    await kernel.close()
    with pytest.raises(errors.Interrupted):
        await kernel.spawn(HOME)


async def test_a_cancelled_boot_leaves_nothing_running() -> None:
    launcher = FakeLauncher(Faults(hang_launch=True))
    kernel = Kernel(quiet(), hardware=fake_hardware(SITE, launcher))
    booting = asyncio.ensure_future(kernel.boot())
    await asyncio.sleep(0.02)
    booting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await booting
    others = asyncio.all_tasks() - {asyncio.current_task()}
    assert not others


async def until_empty(kernel: Kernel) -> None:
    async with asyncio.timeout(20):
        while sum(kernel.pool_statistics().slots.values()):
            await asyncio.sleep(0.005)
