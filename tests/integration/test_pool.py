"""The pool on a real browser: warm and cold, killed and stopped, and nothing left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest

from abos.pool import (
    BadOptions,
    BrowserConfig,
    BrowserLaunchFailed,
    ChromiumLauncher,
    ChromiumSession,
    NavigationFailed,
    PageCrashed,
    PageUnresponsive,
    PoolConfig,
    Ready,
    Reason,
    SessionOptions,
    SiteConfig,
    State,
    WarmPool,
    Wear,
)
from abos.pool.driver import Driver

from .machine import Quiet, is_running, served, until

pytestmark = pytest.mark.usefixtures("nothing_left")

PAGE = b"<!doctype html><title>Shop</title><main id=shop>Welcome</main>"


class Handler(Quiet):
    def do_GET(self) -> None:
        if self.path == "/account":
            self.answer(b"", 302, location="/login?next=/account")
        else:
            self.answer(PAGE, 500 if self.path == "/broken" else 200)


@pytest.fixture(scope="module")
def site_url() -> Iterator[str]:
    with served(Handler) as url:
        yield url


POLITE_S = 40.0
"""A page that is not continued before it is closed takes this long."""
PING_S = 10.0
"""On a busy machine a page that is well may take seconds to answer."""


def config(url: str, **changes: object) -> PoolConfig:
    site = SiteConfig("shop", url, ready=Ready(selector="#shop", text="Welcome"))
    return PoolConfig(**({"sites": (site,), "ping_timeout_s": PING_S} | changes))  # type: ignore[arg-type]


async def prepare(session: ChromiumSession) -> str:
    await session.page.add_init_script("window.prepared = true")
    return "prepared"


def make_pool(url: str, **changes: object) -> WarmPool[ChromiumSession, str]:
    return WarmPool(config(url, **changes), ChromiumLauncher(), prepare=prepare)


async def test_a_warm_page_is_handed_out_loaded_and_prepared(site_url: str) -> None:
    async with make_pool(site_url) as pool:
        assert await pool.wait_warm("shop", timeout_s=20)
        lease = await pool.acquire(site_url + "item/1")
        assert (lease.how, lease.url, lease.prepared) == ("warm", site_url, "prepared")
        assert await lease.session.page.evaluate("window.prepared") is True
        assert await lease.session.page.title() == "Shop"
        await pool.release(lease)
        assert await pool.wait_warm(timeout_s=20)
        statistics = pool.statistics()
        assert statistics.hit_rate == 1.0
        assert psutil.pid_exists(statistics.browser_pid or 0)
        assert statistics.retirements == {Reason.USED: 1}


async def test_an_unknown_address_gets_a_cold_blank_session(site_url: str) -> None:
    async with make_pool(site_url) as pool:
        lease = await pool.acquire("http://other.example/")
        assert (lease.how, lease.url) == ("cold", "about:blank")
        await lease.session.open(site_url, Ready(), 10)
        assert lease.session.url == site_url


async def test_options_of_the_caller_reach_the_page(site_url: str) -> None:
    wanted = SessionOptions(viewport=(640, 480), locale="de-DE", timezone="Asia/Tokyo")
    async with make_pool(site_url) as pool:
        assert await pool.wait_warm(timeout_s=20)
        lease = await pool.acquire(site_url, options=wanted)
        assert lease.how == "cold"
        seen = await lease.session.page.evaluate(
            "[innerWidth, navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone]"
        )
        assert seen == [640, "de-DE", "Asia/Tokyo"]
        with pytest.raises(BadOptions):
            await pool.acquire(site_url, options=SessionOptions(timezone="Not/AZone"))
        missing = SessionOptions(storage_state=Path("no-such-file.json"))
        with pytest.raises(BadOptions):
            await pool.acquire(site_url, options=missing)
        assert pool.statistics().launches == 1


async def test_a_killed_browser_is_replaced(site_url: str) -> None:
    async with make_pool(site_url) as pool:
        assert await pool.wait_warm(timeout_s=20)
        lease = await pool.acquire(site_url)
        lost = asyncio.Event()
        lease.session.on_lost(lambda _: lost.set())
        pid = pool.statistics().browser_pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await asyncio.wait_for(lost.wait(), 20)
        again = await pool.acquire("http://other.example/")
        assert again.how == "cold"
        assert pool.statistics().browser_pid not in {None, pid}
        assert await pool.wait_warm(timeout_s=20)
        assert (await pool.acquire(site_url)).how == "warm"


async def test_a_killed_driver_is_replaced(site_url: str) -> None:
    async with make_pool(site_url) as pool:
        assert await pool.wait_warm(timeout_s=20)
        driver = psutil.Process(pool.statistics().browser_pid).parent()
        assert driver is not None
        driver.kill()
        lease = await pool.acquire(site_url)
        assert await lease.session.ping(20) < 20


async def test_a_stopped_browser_is_replaced_and_killed(site_url: str) -> None:
    async with make_pool(site_url, browser_ping_timeout_s=0.5) as pool:
        assert await pool.wait_warm(timeout_s=20)
        pid = pool.statistics().browser_pid
        assert pid is not None
        for process in [*psutil.Process(pid).children(recursive=True), psutil.Process(pid)]:
            process.suspend()
        lease = await pool.acquire(site_url, timeout_s=20)
        assert await lease.session.ping(20) < 20
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("victim", ["browser", "driver"])
async def test_a_stopped_process_does_not_keep_close_from_ending(
    site_url: str, victim: str
) -> None:
    pool = make_pool(site_url, close_timeout_s=0.5)
    await pool.start()
    await pool.acquire(site_url)
    browser = psutil.Process(pool.statistics().browser_pid)
    driver = browser.parent()
    assert driver is not None
    (browser if victim == "browser" else driver).suspend()
    async with asyncio.timeout(20):
        await pool.close()


async def test_a_crashed_page_is_told_and_retired(site_url: str) -> None:
    async with make_pool(site_url) as pool:
        assert await pool.wait_warm(timeout_s=20)
        lease = await pool.acquire(site_url)
        reasons: list[str] = []
        lease.session.on_lost(reasons.append)
        control = await lease.session.context.new_cdp_session(lease.session.page)
        crash = asyncio.create_task(control.send("Page.crash"))
        await until(lambda: reasons == ["the page crashed"])
        with pytest.raises(PageCrashed):
            await lease.session.ping(2)
        assert not lease.session.alive
        await pool.release(lease, broken=True)
        await asyncio.gather(crash, return_exceptions=True)
        assert await pool.wait_warm(timeout_s=20)
        assert pool.statistics().launches == 1


async def pinged(session: ChromiumSession) -> None:
    """Until it answers no more: a loop begins when it is its turn."""
    while True:
        await session.ping(0.25)


async def test_a_hung_page_misses_its_ping_and_still_closes(site_url: str) -> None:
    async with make_pool(site_url) as pool:
        lease = await pool.acquire("http://other.example/")
        loop = asyncio.create_task(lease.session.page.evaluate("for (;;) ;"))
        async with asyncio.timeout(20):
            with pytest.raises(PageUnresponsive):
                await pinged(lease.session)
        await pool.release(lease, broken=True)
        await asyncio.gather(loop, return_exceptions=True)


async def test_a_cancelled_acquire_leaves_no_context(site_url: str) -> None:
    async with make_pool("http://127.0.0.1:1/") as pool:
        first = await pool.acquire(site_url)
        browser = first.session.context.browser
        assert browser is not None
        for pause in (0.0, 0.002, 0.01, 0.03):
            task = asyncio.create_task(pool.acquire(site_url))
            await asyncio.sleep(pause)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await pool.release(first)
        await until(lambda: not sum(pool.statistics().slots.values()))
        await until(lambda: len(browser.contexts) == 1)  # the one that wipes the clipboard
        (context,) = browser.contexts
        assert [page.url for page in context.pages] == ["about:blank"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("http://no-such-host.invalid/", "unresolved"),
        ("http://127.0.0.1:2/", "refused"),
        ("http://127.0.0.1:1/", "blocked"),
        ("/broken", "http"),
        ("not an address", "invalid"),
    ],
)
async def test_navigation_errors_name_their_cause(site_url: str, path: str, kind: str) -> None:
    url = site_url + path[1:] if path.startswith("/") else path
    async with make_pool(site_url) as pool:
        lease = await pool.acquire("http://other.example/")
        with pytest.raises(NavigationFailed) as caught:
            await lease.session.open(url, Ready(), 10)
        assert caught.value.kind == kind
        assert "\n" not in str(caught.value)


async def test_a_page_that_never_gets_ready_is_not_shelved(site_url: str) -> None:
    site = SiteConfig("shop", site_url, ready=Ready(selector="#never"))
    pool = WarmPool(
        PoolConfig(sites=(site,), warm_timeout_s=2.0), ChromiumLauncher(), prepare=prepare
    )
    async with pool:
        await until(lambda: pool.statistics().refill_failures >= 1)
        assert not await pool.wait_warm(timeout_s=0)
        assert "#never" in pool.statistics().last_error
        assert (await pool.acquire(site_url)).how == "cold"


@pytest.mark.parametrize(
    ("output", "hint"),
    [
        ("error while loading shared libraries: libx.so", "install-deps"),
        ("[1:1:FATAL] No usable sandbox! Update your kernel", "user namespaces"),
        ("Running as root without --no-sandbox is not supported.", "another user"),
        ("what nobody expected", "abos doctor"),
    ],
)
async def test_a_browser_that_will_not_start_says_why(
    tmp_path: Path, site_url: str, output: str, hint: str
) -> None:
    script = tmp_path / "chromium"
    script.write_text(f"#!/bin/sh\necho '{output}' >&2\nexit 1\n")
    script.chmod(0o755)
    launcher = ChromiumLauncher(BrowserConfig(executable=str(script)))
    pool = WarmPool(config(site_url), launcher, prepare=prepare)
    with pytest.raises(BrowserLaunchFailed, match=hint) as caught:
        await pool.start()
    assert "\n" not in str(caught.value)
    await pool.close()


async def test_a_browser_that_never_gets_up_is_given_up(tmp_path: Path, site_url: str) -> None:
    script = tmp_path / "chromium"
    script.write_text("#!/bin/sh\nexec sleep 100\n")
    script.chmod(0o755)
    launcher = ChromiumLauncher(BrowserConfig(executable=str(script), launch_timeout_s=0.5))
    with pytest.raises(BrowserLaunchFailed, match="launch_timeout_s"):
        await launcher.launch()


async def test_a_cancelled_start_leaves_nothing(site_url: str) -> None:
    for pause in (0.0, 0.05, 0.2, 0.25, 0.3):
        pool = make_pool(site_url, close_timeout_s=POLITE_S)
        task = asyncio.create_task(pool.start())
        await asyncio.sleep(pause)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await pool.close()


async def test_a_stop_that_is_cut_short_leaves_no_folder() -> None:
    driver = await Driver.start()
    stopping = asyncio.create_task(driver.stop(POLITE_S))
    await asyncio.sleep(0)
    assert driver.folder.exists()
    stopping.cancel()
    await asyncio.gather(stopping, return_exceptions=True)
    assert not driver.folder.exists()
    await until(lambda: all(t.get_name() != "pool-driver-stop" for t in asyncio.all_tasks()))


async def test_two_pools_do_not_touch_each_other(site_url: str) -> None:
    async with make_pool(site_url) as one, make_pool(site_url) as two:
        lease = await one.acquire(site_url)
        await two.close()
        assert await lease.session.ping(20) < 20


# -- scripts, and browsers that are worn ----------------------------------------------------------


async def test_a_script_runs_once_the_page_is_ready(site_url: str) -> None:
    script = "await 0; document.title = document.querySelector('#shop').textContent"
    site = SiteConfig("shop", site_url, script=script)
    async with make_pool(site_url, sites=(site,)) as pool:
        assert await pool.wait_warm(timeout_s=20)
        lease = await pool.acquire(site_url)
        assert "Welcome" in await lease.session.page.title()


async def test_a_script_that_fails_says_so_and_no_page_is_lent(site_url: str) -> None:
    site = SiteConfig("shop", site_url, script="document.querySelector('#none').click()")
    async with make_pool(site_url, sites=(site,)) as pool:
        await until(lambda: pool.statistics().refill_failures >= 1)
        assert not await pool.wait_warm(timeout_s=0)
        assert "its script failed" in pool.statistics().last_error
        assert (await pool.acquire(site_url)).how == "cold"


async def test_a_worn_browser_gives_way_to_a_spare(site_url: str) -> None:
    async with make_pool(site_url, browser_contexts=3, refill_delay_s=0.0) as pool:
        first = pool.statistics().browser_pid
        for _ in range(4):
            assert await pool.wait_warm(timeout_s=20)
            lease = await pool.acquire(site_url)
            assert await lease.session.page.title() == "Shop"
            await pool.release(lease)
        async with asyncio.timeout(20):
            while psutil.pid_exists(first or 0):
                await asyncio.sleep(0.02)
        assert pool.statistics().browser_retirements[Wear.CONTEXTS] >= 1
        assert await pool.wait_warm(timeout_s=20)


# -- parked pages --------------------------------------------------------------------------------

linux = pytest.mark.skipif(sys.platform != "linux", reason="parking needs Linux")


@contextlib.asynccontextmanager
async def parked_pool(url: str) -> AsyncIterator[WarmPool[ChromiumSession, str]]:
    """Three ready pages, two of them parked."""
    site = SiteConfig("shop", url, min_warm=3, max_warm=3)
    wanted = PoolConfig(
        sites=(site,),
        adaptive=False,
        refills=2,
        park_after_s=0.1,
        ping_timeout_s=PING_S,
        close_timeout_s=POLITE_S,
    )
    async with WarmPool(wanted, ChromiumLauncher(), prepare=prepare) as pool:
        assert await pool.wait_warm(timeout_s=20)
        await until(lambda: pool.statistics().slots[State.PARKED] == 2)
        yield pool


def stopped(pool: WarmPool[ChromiumSession, str]) -> list[psutil.Process]:
    tree = psutil.Process(pool.statistics().browser_pid).children(recursive=True)
    return [process for process in tree if process.status() == psutil.STATUS_STOPPED]


@linux
async def test_parked_pages_are_lent_and_answer(site_url: str) -> None:
    async with parked_pool(site_url) as pool:
        assert len(stopped(pool)) == 2
        leases = [await pool.acquire(site_url) for _ in range(3)]
        assert [lease.how for lease in leases] == ["warm"] * 3
        assert not stopped(pool)
        for lease in leases:
            assert await lease.session.page.title() == "Shop"
        parked = [lease for lease in leases if await lease.session.pss_mb()]
        assert len(parked) == 2
        for lease in leases:
            await pool.release(lease)
        await until(lambda: not pool.statistics().slots[State.CLOSING])
        assert pool.statistics().unclosed == 0


@linux
async def test_a_browser_killed_with_parked_pages_leaves_none_behind(site_url: str) -> None:
    async with parked_pool(site_url) as pool:
        browser, left = pool.statistics().browser_pid, stopped(pool)
        assert browser is not None
        assert len(left) == 2
        os.kill(browser, signal.SIGKILL)
        await until(lambda: not any(map(is_running, left)))
        assert await pool.wait_warm(timeout_s=20)
        assert (await pool.acquire(site_url)).how == "warm"


@linux
async def test_closing_with_parked_pages_is_quick(site_url: str) -> None:
    """And leaves nothing, as the fixture sees to."""
    async with parked_pool(site_url) as pool:
        left = stopped(pool)
        async with asyncio.timeout(POLITE_S / 2):
            await pool.close()
        assert not any(map(is_running, left))


@linux
async def test_a_parked_page_that_is_retired_goes_at_once(site_url: str) -> None:
    async with parked_pool(site_url) as pool:
        left = stopped(pool)
        for slot in pool._parts.roster.shelved():
            pool._parts.closer.retire(slot, Reason.MEMORY)
        await until(lambda: not any(map(is_running, left)))
        assert pool.statistics().unclosed == 0


async def test_a_page_that_is_redirected_to_sign_in_is_not_shelved(site_url: str) -> None:
    site = SiteConfig("shop", site_url + "account")
    pool = WarmPool(PoolConfig(sites=(site,)), ChromiumLauncher(), prepare=prepare)
    async with pool:
        await until(lambda: pool.statistics().retirements.get(Reason.HEALTH, 0) >= 1)
        assert "sign-in page" in pool.statistics().last_error
        assert (await pool.acquire(site_url)).how == "cold"
