"""The kernel on a real browser and the demo shop."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest

from abos import Config, Kernel, Limits, Task, sync
from abos.kernel import errors
from abos.kernel.actions import Click, Fill, WaitFor
from abos.kernel.config import with_sites
from abos.kernel.demo import DemoShop
from abos.kernel.process import EXIT_KILLED, EXIT_LOST, State
from abos.kernel.space import AddressSpace
from abos.kernel.syscalls import Kill, Observe, Restore, Wait
from abos.planner import CloudConfig
from abos.pool import BrowserConfig, SiteConfig
from abos.snapshot import Observation

from .cloud_server import cloud_server


@pytest.fixture(scope="module")
def shop() -> Iterator[DemoShop]:
    with DemoShop() as shop:
        yield shop


def without_models(config: Config) -> Config:
    local = dataclasses.replace(config.planner.local, enabled=False)
    return dataclasses.replace(config, planner=dataclasses.replace(config.planner, local=local))


@pytest.fixture
async def kernel(shop: DemoShop) -> AsyncIterator[Kernel]:
    shop.reset()
    config = with_sites(without_models(Config()), SiteConfig("shop", shop.url))
    async with Kernel(config) as kernel:
        yield kernel


def browsers() -> list[psutil.Process]:
    """Chromium processes below this one."""
    below = psutil.Process().children(recursive=True)
    return [each for each in below if "headless" in each.name() or "chrom" in each.name()]


async def test_warm_first_cold_second(kernel: Kernel, shop: DemoShop) -> None:
    assert await kernel.pool.wait_warm(timeout_s=20)
    async with await kernel.spawn(shop.url) as warm, await kernel.spawn(shop.url) as second:
        assert warm.how == "warm"
        assert (await warm.observe()).url == shop.url
        assert (await second.observe()).url == shop.url
    async with await kernel.spawn(shop.url, profile="somebody") as cold:
        assert cold.how == "cold"
    assert {row.exit_code for row in kernel.ps()} == {0}
    metrics = kernel.metrics()
    assert 'abos_agent_startup_seconds_count{type="warm"}' in metrics
    assert 'abos_agent_startup_seconds_count{type="cold"}' in metrics
    for name in (
        "abos_warm_pool_hit_rate",
        'abos_warm_pool_acquire_total{result="warm"} 1.0',
        'abos_warm_pool_refill_seconds_count{site="shop"}',
        'abos_warm_pool_slots{state="ready"}',
        'abos_warm_pool_retirements_total{reason="used"}',
        'abos_browsers{standing="current"}',
    ):
        assert name in metrics


async def test_a_start_and_its_first_observation_ask_the_page_once(
    kernel: Kernel, shop: DemoShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    real = AddressSpace._observe

    async def counting(space: AddressSpace, max_tokens: int) -> Observation:
        asked.append(max_tokens)
        return await real(space, max_tokens)

    assert await kernel.pool.wait_warm(timeout_s=20)
    monkeypatch.setattr(AddressSpace, "_observe", counting)
    monkeypatch.setattr("abos.kernel.space.space._FRESH_S", 60.0)
    async with await kernel.spawn(shop.url) as process:
        first = await process.observe()
        assert first.elements
        assert len(asked) == 1
        await process.observe()
        assert len(asked) == 2
    assert await kernel.pool.wait_warm(timeout_s=20)
    asked.clear()
    async with await kernel.spawn(shop.url) as process:
        await process.act(Click(next(e.ref for e in first.elements if e.name == "Help")))
        assert (await process.observe()).url == f"{shop.url}help"


async def test_a_greeting_that_is_old_is_not_an_observation(
    kernel: Kernel, shop: DemoShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("abos.kernel.space.space._FRESH_S", 0.0)
    assert await kernel.pool.wait_warm(timeout_s=20)
    async with await kernel.spawn(shop.url) as process:
        space = kernel._life.space(kernel._life.table.get(process.pid))
        assert isinstance(space, AddressSpace)
        await space.tab.page.evaluate("document.title = 'Changed'")
        assert (await process.observe()).title == "Changed"


async def test_a_page_that_changed_while_it_waited_is_shown_as_it_is(
    kernel: Kernel, shop: DemoShop
) -> None:
    assert await kernel.pool.wait_warm(timeout_s=20)
    (slot,) = kernel.pool._parts.roster.shelved()
    space = slot.prepared
    assert isinstance(space, AddressSpace)
    assert space._known is not None
    before = space._known.walked.observation
    await space.tab.page.evaluate("document.querySelector('h1').textContent = 'Closing sale'")
    async with await kernel.spawn(shop.url) as process:
        assert process.how == "warm"
        view = await process.observe()
        assert "Closing sale" in view.text
        assert "Closing sale" not in before.text


async def test_after_an_action_the_page_is_read_anew(kernel: Kernel, shop: DemoShop) -> None:
    async with await kernel.spawn(shop.url) as process:
        view = await process.observe()
        space = kernel._life.space(kernel._life.table.get(process.pid))
        assert isinstance(space, AddressSpace)
        await process.act(Fill(next(e.ref for e in view.elements if e.role == "searchbox"), "mug"))
        assert space._known is None
        assert "mug" in (await process.observe()).text


async def test_a_warm_start_on_another_page_of_the_site(kernel: Kernel, shop: DemoShop) -> None:
    assert await kernel.pool.wait_warm(timeout_s=20)
    async with await kernel.spawn(f"{shop.url}help") as process:
        assert process.how == "warm"
        assert (await process.observe()).url == f"{shop.url}help"


async def test_two_processes_share_nothing(kernel: Kernel, shop: DemoShop) -> None:
    async with await kernel.spawn(shop.url) as one, await kernel.spawn(shop.url) as other:
        await one.evaluate("document.cookie = 'mine=1'")
        assert "mine" not in await other.evaluate("document.cookie")


async def test_a_whole_task_and_its_trace(kernel: Kernel, shop: DemoShop) -> None:
    run = await kernel.submit(
        Task(
            "search for blue mug, open the first result, add it to the cart "
            "and check out as Ada Lovelace, 12 Main St, London, N1 9GU, ada@example.com",
            shop.url,
        )
    )
    kinds = [type(event).__name__ async for event in run]
    result = await run.result()
    assert result.ok, result.error
    assert kinds[0] == "RunStarted"
    assert kinds[-1] == "RunFinished"
    (order,) = shop.orders()
    assert [item["name"] for item in order["items"]] == ["Blue Mug"]
    assert (order["name"], order["city"]) == ("Ada Lovelace", "London")
    parts = kernel.telemetry.timeline.parts(run.trace)
    assert {"abos.task", "abos.spawn", "abos.plan", "abos.decide", "abos.act"} <= {
        part.name for part in parts
    }
    assert len({part.trace for part in parts}) == 1


async def test_an_open_goal_without_a_cloud_says_so_and_loses_nothing(
    kernel: Kernel, shop: DemoShop
) -> None:
    run = await kernel.submit(Task("find me a nice present for my mother", shop.url))
    result = await run.result()
    assert not result.ok
    assert result.error_type == "CannotPlan"
    assert "ABOS_CLOUD" in result.hint
    async with await kernel.spawn(shop.url) as process:
        assert (await process.observe()).elements


async def test_a_step_nobody_can_do_fails_with_its_reason(kernel: Kernel, shop: DemoShop) -> None:
    run = await kernel.submit(Task('click "Fly to the moon"', shop.url))
    result = await run.result()
    assert not result.ok
    assert result.error_type == "CannotDecide"
    assert "Fly to the moon" in result.error


async def test_what_the_server_refuses_is_not_done(kernel: Kernel, shop: DemoShop) -> None:
    goal = "search for blue mug, open the first result, set the quantity to 99, add it to the cart"
    result = await (await kernel.submit(Task(goal, shop.url))).result()
    assert not result.ok
    assert result.error_type == "TaskFailed"
    assert not shop.state()["carts"]


async def test_an_account_is_not_closed_by_a_button_that_does_not_say_so(
    kernel: Kernel, shop: DemoShop
) -> None:
    goal = "sign in as ada@example.com with password lovelace and close my account"
    result = await (await kernel.submit(Task(goal, shop.url))).result()
    assert not result.ok
    assert result.error_type == "CannotDecide"


async def test_kill_ends_a_call_under_way(kernel: Kernel, shop: DemoShop) -> None:
    victim = await kernel.spawn(shop.url)
    killer = await kernel.spawn(shop.url)
    call = asyncio.ensure_future(victim.act(WaitFor(text="never", timeout_s=20)))
    await asyncio.sleep(0.1)
    await killer.syscall(Kill(victim.pid, "enough"))
    with pytest.raises(errors.ProcessGone, match="enough"):
        await call
    assert await killer.syscall(Wait(victim.pid)) == EXIT_KILLED
    with pytest.raises(errors.ProcessGone):
        await victim.observe()
    await killer.exit()


async def test_pause_and_resume(kernel: Kernel, shop: DemoShop) -> None:
    async with await kernel.spawn(shop.url) as process:
        await process.pause()
        reading = asyncio.ensure_future(process.observe())
        await asyncio.sleep(0.1)
        assert not reading.done()
        await process.resume()
        assert (await reading).elements


async def test_bad_requests_have_typed_errors(kernel: Kernel, shop: DemoShop) -> None:
    with pytest.raises(errors.NoSuchProcess):
        await kernel.syscall(4711, Observe())
    with pytest.raises(errors.BadUrl):
        await kernel.spawn("file:///etc/passwd")
    with pytest.raises(errors.BadUrl):
        await kernel.spawn("javascript:alert(1)")
    with pytest.raises(errors.NavigationFailed):
        await kernel.spawn("http://no-such-host.invalid/")
    with pytest.raises(errors.UsageError):
        await kernel.syscall(1, "OBSERVE")  # type: ignore[arg-type]
    async with await kernel.spawn(shop.url) as process:
        with pytest.raises(errors.BadUrl):
            await process.navigate("about:config")
        with pytest.raises(errors.BadSnapshot):
            await process.syscall(Restore(b"not a snapshot"))
        snapshot = await process.snapshot()
        with pytest.raises(errors.BadSnapshot):
            await process.restore(snapshot.data[:-10])
        assert (await process.observe()).elements


async def test_budgets_and_capabilities(kernel: Kernel, shop: DemoShop) -> None:
    process = await kernel.spawn(
        shop.url, capabilities=frozenset({"observe", "process"}), limits=Limits(syscalls=2)
    )
    with pytest.raises(errors.NotPermitted, match="evaluate"):
        await process.evaluate("1")
    await process.observe()
    await process.observe()
    with pytest.raises(errors.BudgetSpent):
        await process.observe()
    await process.exit()


async def test_snapshot_brings_form_state_back(kernel: Kernel, shop: DemoShop) -> None:
    async with await kernel.spawn(f"{shop.url}contact") as process:
        view = await process.observe()
        field = next(e for e in view.elements if e.tag == "textarea")
        await process.act(Fill(field.ref, "Hello"))
        snapshot = await process.snapshot()
        await process.navigate(shop.url)
        report = await process.restore(snapshot)
        assert report.state == "exact"
        view = await process.observe()
        assert next(e.value for e in view.elements if e.tag == "textarea") == "Hello"


async def test_a_killed_browser_ends_its_task_and_the_next_one_is_served(
    kernel: Kernel, shop: DemoShop
) -> None:
    process = await kernel.spawn(shop.url)
    call = asyncio.ensure_future(process.act(WaitFor(text="never", timeout_s=20)))
    await asyncio.sleep(0.2)
    pid = kernel.pool_statistics().browser_pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(errors.AbosError) as caught:
        await call
    assert isinstance(caught.value, (errors.ProcessGone, errors.PageLost, errors.BrowserError))
    for row in kernel.ps():
        assert row.state is State.FAILED
        assert row.exit_code == EXIT_LOST
    async with await kernel.spawn(shop.url) as process:
        assert (await process.observe()).elements


async def test_a_killed_browser_in_mid_task(kernel: Kernel, shop: DemoShop) -> None:
    run = await kernel.submit(Task('search for mug, wait for "never shown"', shop.url))
    async for event in run:
        if type(event).__name__ == "Moved":
            pid = kernel.pool_statistics().browser_pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            break
    async with asyncio.timeout(20):
        result = await run.result()
    assert not result.ok
    assert result.error_type in {"ProcessGone", "PageLost", "BrowserError"}
    run = await kernel.submit(Task("search for blue mug", shop.url))
    assert (await run.result()).ok


async def test_closing_leaves_no_process_behind(shop: DemoShop) -> None:
    async with Kernel(without_models(Config())) as kernel:
        process = await kernel.spawn(shop.url)
        run = await kernel.submit(Task('wait for "never"', shop.url))
        await process.observe()
        assert browsers()
    assert not browsers()
    assert not (await run.result()).ok
    with pytest.raises(errors.Interrupted):
        await kernel.spawn(shop.url)


async def test_a_browser_that_will_not_start() -> None:
    config = dataclasses.replace(Config(), browser=BrowserConfig(executable="/bin/false"))
    with pytest.raises(errors.BrowserError) as caught:
        async with Kernel(config):
            pass
    assert caught.value.hint
    assert not browsers()


async def test_a_missing_model_file_costs_the_tier_alone(shop: DemoShop) -> None:
    planner = Config().planner
    local = dataclasses.replace(planner.local, path=Path("/nonexistent/model.gguf"))
    config = dataclasses.replace(Config(), planner=dataclasses.replace(planner, local=local))
    async with Kernel(config) as kernel, await kernel.spawn(shop.url) as process:
        assert (await process.decide("the search button", "click")).ref


async def test_decisions_carry_who_how_sure_and_how_long(kernel: Kernel, shop: DemoShop) -> None:
    async with await kernel.spawn(shop.url) as process:
        decision = await process.decide("Sign in", "click")
        assert decision.by == "exact"
        assert 0.9 < decision.probability <= 1
        assert decision.seconds > 0
        await process.act(Click(decision.ref or ""))
        assert (await process.observe()).url.startswith(f"{shop.url}sign-in")


def test_the_blocking_mirror(shop: DemoShop) -> None:
    with sync.Kernel(without_models(Config())) as kernel:
        with kernel.spawn(shop.url) as process:
            view = process.observe()
            assert view.url == shop.url
            assert process.snapshot().element_count > 10
        run = kernel.submit(Task("search for blue mug", shop.url))
        assert [type(event).__name__ for event in run][-1] == "RunFinished"
        assert run.result().ok
    assert not browsers()
    kernel.close()
    with pytest.raises(errors.Interrupted):
        kernel.spawn(shop.url)


def test_a_blocking_kernel_that_is_never_entered_starts_nothing() -> None:
    before = set(threading.enumerate())
    sync.Kernel(without_models(Config()))
    assert set(threading.enumerate()) <= before


async def test_an_open_goal_is_planned_by_the_cloud(shop: DemoShop, tmp_path: Path) -> None:
    with cloud_server() as server:
        server.streams = False  # a plain server: it takes no notice of being asked to stream
        server.answers = [json.dumps({"steps": [{"verb": "search", "value": "blue mug"}]})] * 2
        config = without_models(Config())
        cloud = CloudConfig(server.url, "m", "key")
        book = tmp_path / "ledger.sqlite"
        planner = dataclasses.replace(config.planner, cloud=cloud, ledger=book)
        async with Kernel(dataclasses.replace(config, planner=planner)) as kernel:
            run = await kernel.submit(Task("find something nice for my coffee", shop.url))
            result = await run.result()
    assert result.ok, result.error
    assert result.url.endswith("/search?q=blue+mug")
    assert result.tokens_in == 100
    assert "Search products" in json.dumps(server.requests[0]["messages"])
