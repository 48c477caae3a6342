"""What goes wrong around a warm pool, for real: who asks meanwhile is answered, and it heals.

For each fault: whoever asks gets a session or a typed error that says what to do, within his
deadline; a warm page is ready again by itself; statistics and the log say what happened; and no
process and no file is left (`nothing_left`). Profiles are in `test_pool_faults_profiles`.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import pytest

from abos.kernel import errors
from abos.kernel.process import EXIT_LOST
from abos.pool import (
    BrowserLost,
    ChromiumLauncher,
    ChromiumSession,
    Lease,
    Memory,
    PageCrashed,
    PageUnresponsive,
    Ready,
    Reason,
    State,
)

from .faults import (
    DEADLINE_S,
    DEVOUR,
    HEAL_S,
    SLACK,
    SMALL_HEAP,
    Machine,
    Site,
    all_warm,
    ask,
    healed,
    is_fair,
    kernel_of,
    pool_of,
    said,
    warm,
)
from .machine import is_running, until

pytestmark = [
    pytest.mark.usefixtures("nothing_left"),
    pytest.mark.skipif(sys.platform != "linux", reason="finds processes by /proc"),
]

BROWSER_FAULTS = {
    "kill_browser": "is gone",
    "stop_browser": "did not answer",
    "kill_driver": "is gone",
    "stop_driver": "did not answer",
}
browser_fault = pytest.mark.parametrize(("fault", "why"), BROWSER_FAULTS.items())


@browser_fault
async def test_a_lost_browser_is_replaced_though_nobody_asks(
    shop: Site, machine: Machine, log: pytest.LogCaptureFixture, fault: str, why: str
) -> None:
    """Nor is there room: every place is taken by what was lost, which must not be long in going."""
    async with pool_of(warm("shop", shop, min_warm=2), max_slots=2) as pool:
        await all_warm(pool)
        lost = machine.browsers
        getattr(machine, fault)()
        await healed(pool, lambda now: now.launches == 2 and now.ready["shop"] == 2)
        now = pool.statistics()
        # A page that missed its pings meanwhile is not lost, but not fit.
        gone = [now.retirements.get(why, 0) for why in (Reason.LOST, Reason.HEALTH)]
        assert sum(gone) == 2
        assert said(log, "Replacing the browser", why)
        await until(lambda: not any(map(is_running, lost)))
        lease = await pool.acquire(shop.url)
        assert lease.how == "warm"
        assert await lease.session.page.title() == "Shop"


@browser_fault
async def test_who_asks_a_lost_browser_is_answered(
    shop: Site, news: Site, machine: Machine, fault: str, why: str
) -> None:
    async with pool_of(warm("shop", shop), browser_ping_timeout_s=1.0) as pool:
        await all_warm(pool)
        lent = await pool.acquire(shop.url)
        await all_warm(pool)
        getattr(machine, fault)()
        asked = [ask(pool, site) for site in (shop, news, shop)]
        answers = await asyncio.gather(*asked)
        assert all(map(is_fair, answers)), answers
        with pytest.raises((BrowserLost, PageUnresponsive)) as caught:
            await lent.session.ping(1)
        assert caught.value.hint
        for lease in (lent, *answers):
            if isinstance(lease, Lease):
                await pool.release(lease)
        await healed(pool, lambda now: now.launches == 2 and now.ready["shop"] == 1)


async def test_a_browser_is_not_blamed_when_our_own_process_stood_still() -> None:
    launcher = ChromiumLauncher()
    browser = await launcher.launch()
    try:
        asked = asyncio.create_task(browser.ping(0.3))
        await asyncio.sleep(0)
        time.sleep(0.6)  # noqa: ASYNC251 - a debugger, a library that blocks the event loop
        assert await asked < DEADLINE_S
    finally:
        await launcher.close()


async def test_a_browser_that_hangs_is_killed_without_manners(machine: Machine) -> None:
    launcher = ChromiumLauncher()
    browser = await launcher.launch()
    machine.stop_browser()
    with pytest.raises(BrowserLost):
        await browser.ping(0.3)
    async with asyncio.timeout(HEAL_S * SLACK):
        await browser.close(HEAL_S * SLACK * 4)


# -- a site at fault -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "reason", "why"),
    [
        ("answers 500", Reason.FAILED, "the server answered 500"),
        ("signs in", Reason.HEALTH, "sent to a sign-in page"),
        ("never ends", Reason.FAILED, "did not load in time"),
        ("never quiet", Reason.FAILED, "its network never went quiet"),
    ],
)
async def test_a_site_at_fault_is_told_and_comes_back(
    shop: Site, news: Site, log: pytest.LogCaptureFixture, mode: str, reason: Reason, why: str
) -> None:
    shop.mode = mode
    quiet = warm("shop", shop, ready=Ready(selector="#shop", idle=mode == "never quiet"))
    async with pool_of(quiet, warm("news", news), warm_timeout_s=2.0) as pool:
        assert await pool.wait_warm("news", timeout_s=HEAL_S * SLACK)
        answer = await ask(pool, shop)
        assert isinstance(answer, Lease)
        assert answer.how == "cold"
        assert (await pool.acquire(news.url)).how == "warm"
        await until(lambda: why in pool.statistics().last_error)
        now = pool.statistics()
        assert now.refill_failures > 0
        assert now.retirements[reason] > 0
        assert said(log, "Could not warm shop", why)
        shop.mode = "fine"
        await healed(pool, lambda now: now.ready == {"shop": 1, "news": 1})
        assert (await pool.acquire(shop.url)).how == "warm"


async def test_a_site_that_hangs_does_not_hold_up_the_others(shop: Site, news: Site) -> None:
    """With the usual deadlines: a page that hangs is given up after 20 s."""
    shop.mode = "never ends"
    async with pool_of(warm("shop", shop), warm("news", news)) as pool:
        await healed(pool, lambda now: now.ready["news"] == 1)
        assert (await pool.acquire(news.url)).how == "warm"
        await healed(pool, lambda now: now.ready["news"] == 1)
        assert pool.statistics().ready["shop"] == 0


async def test_a_site_whose_page_dies_again_and_again_is_not_asked_without_end(
    shop: Site, news: Site, log: pytest.LogCaptureFixture
) -> None:
    shop.mode = "devours"
    both = warm("shop", shop), warm("news", news)
    async with pool_of(*both, browser=SMALL_HEAP, retry_s=0.2) as pool:
        await until(lambda: said(log, "A ready page of shop crashed", "again in 0.4 s"), 15 * SLACK)
        assert pool.statistics().retirements[Reason.LOST] >= 3
        assert (await pool.acquire(news.url)).how == "warm"
        shop.mode = "fine"
        await healed(pool, lambda now: now.ready == {"shop": 1, "news": 1})


# -- renderers and memory --------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["crash", "heap", "killed"])
async def test_a_lent_page_that_dies_is_told_and_replaced(
    shop: Site, machine: Machine, log: pytest.LogCaptureFixture, how: str
) -> None:
    async with pool_of(warm("shop", shop), browser=SMALL_HEAP) as pool:
        await all_warm(pool)
        lease = await pool.acquire(shop.url)
        await all_warm(pool)
        reasons: list[str] = []
        lease.session.on_lost(reasons.append)
        dying = asyncio.create_task(kill_page(lease.session, machine, how))
        await until(lambda: reasons == ["the page crashed"], HEAL_S * SLACK)
        with pytest.raises(PageCrashed) as caught:
            await lease.session.ping(2)
        assert caught.value.hint
        answer = await ask(pool, shop)
        assert isinstance(answer, Lease)
        assert answer.how == "warm"
        await pool.release(lease, broken=True)
        await asyncio.gather(dying, return_exceptions=True)
        await healed(pool, lambda now: now.ready["shop"] == 1)
        assert pool.statistics().retirements[Reason.BROKEN] == 1
        assert pool.statistics().launches == 1
        assert said(log, "(shop) is lost", "the page crashed")


async def kill_page(session: ChromiumSession, machine: Machine, how: str) -> None:
    """Let the page of a session die."""
    if how == "crash":
        await session.page.goto("chrome://crash")
    elif how == "heap":
        await session.page.evaluate(f"() => {DEVOUR}")
    else:  # as the kernel's OOM killer does it: the biggest goes
        await session.page.evaluate("() => { window.big = new Uint8Array(1e8).fill(1) }")
        machine.renderers[0].kill()


async def test_ready_pages_that_die_are_replaced(
    shop: Site, machine: Machine, log: pytest.LogCaptureFixture
) -> None:
    """All renderers at once: a page that runs, two that are parked, and the clipboard's."""
    site = warm("shop", shop, min_warm=3, max_warm=3)
    async with pool_of(site, park_after_s=0.0) as pool:
        await all_warm(pool)
        await until(lambda: pool.statistics().slots[State.PARKED] == 2)
        machine.kill_renderers()
        await healed(pool, lambda now: now.retirements.get(Reason.LOST) == 3)
        answers = await asyncio.gather(*(ask(pool, shop) for _ in range(2)))
        assert all(map(is_fair, answers)), answers
        await healed(pool, lambda now: now.ready["shop"] == 3)
        assert pool.statistics().launches == 1
        assert said(log, "(shop) is lost", "the page crashed")


async def test_a_ready_page_that_crashes_by_itself_is_replaced(
    shop: Site, log: pytest.LogCaptureFixture
) -> None:
    async with pool_of(warm("shop", shop)) as pool:
        cold = await pool.acquire("http://other.example/")
        await all_warm(pool)
        browser = cold.session.context.browser
        assert browser is not None
        pages = [page for context in browser.contexts for page in context.pages]
        (ready,) = [page for page in pages if page.url == shop.url]
        dying = asyncio.create_task(ready.goto("chrome://crash"))
        await healed(pool, lambda now: now.retirements.get(Reason.LOST) == 1)
        await healed(pool, lambda now: now.ready["shop"] == 1)
        await asyncio.gather(dying, return_exceptions=True)
        assert await cold.session.ping(20) < 20
        assert said(log, "(shop) is lost", "the page crashed")


async def test_ready_pages_go_while_memory_is_short(
    shop: Site, log: pytest.LogCaptureFixture
) -> None:
    machine = [Memory(total_mb=8000, available_mb=6000)]
    async with pool_of(warm("shop", shop, min_warm=2), memory=lambda: machine[0]) as pool:
        await all_warm(pool)
        machine[0] = Memory(total_mb=8000, available_mb=100)
        await healed(pool, lambda now: now.ready["shop"] == 0)
        assert pool.statistics().retirements[Reason.MEMORY] == 2
        assert said(log, "is retired: memory")
        answer = await ask(pool, shop)
        assert isinstance(answer, Lease)
        assert answer.how == "cold"
        assert pool.statistics().ready["shop"] == 0
        machine[0] = Memory(total_mb=8000, available_mb=6000)
        await healed(pool, lambda now: now.ready["shop"] == 2)


# -- the kernel ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "launches"),
    [("stop_driver", 2), ("kill_renderers", 1)],
)
@pytest.mark.usefixtures("runtime")
async def test_a_process_whose_browser_fails_ends_and_the_next_one_starts(
    shop: Site, machine: Machine, tmp_path: Path, fault: str, launches: int
) -> None:
    kernel = kernel_of(tmp_path, warm("shop", shop), browser_ping_timeout_s=1.0)
    async with kernel:
        await all_warm(kernel.pool)
        process = await kernel.spawn(shop.url)
        call = asyncio.create_task(process.evaluate("new Promise(() => {})"))
        await all_warm(kernel.pool)
        getattr(machine, fault)()
        async with asyncio.timeout(DEADLINE_S * SLACK):
            with pytest.raises(errors.AbosError) as caught:
                await call
            assert caught.value.hint
            assert await kernel.wait(process.pid) == EXIT_LOST
            async with await kernel.spawn(shop.url) as again:
                assert await again.evaluate("document.title") == "Shop"
        now = kernel.pool_statistics()
        lines = kernel.metrics().splitlines()
        assert f"abos_browser_launches_total {launches}.0" in lines
        assert any(line.startswith("abos_warm_pool_refill_failures_total") for line in lines)
        lost = now.retirements[Reason.BROKEN]
        assert f'abos_warm_pool_retirements_total{{reason="broken"}} {lost}.0' in lines
