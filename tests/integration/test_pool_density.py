"""Parking on a real browser: the right process, stopped and continued, and nothing left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio
from playwright.async_api import Browser, CDPSession, Page

from abos.pool.memory import pss_mb
from abos.pool.parking import Berth, Parking, sweep
from abos.pool.renderers import Finder, is_renderer

from .machine import Quiet, served, until

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/schedstat").exists(), reason="needs /proc with schedstat (Linux)"
)

MOVING = """<style>@keyframes a{to{transform:rotate(360deg)}} b{animation:a 1s infinite}</style>
<b style=display:inline-block>x</b><script>
window.n = 0; (function f() { n++; requestAnimationFrame(f) })()</script>"""
BUSY = (
    "<script>setInterval(() => { const e = Date.now() + 50; while (Date.now() < e); }, 51)</script>"
)


class Handler(Quiet):
    def do_GET(self) -> None:
        port = self.headers["host"].rpartition(":")[2]
        bodies = {
            "/moving": MOVING,
            "/busy": BUSY,
            "/framed": f"<iframe src='http://localhost:{port}/moving'></iframe><iframe src=/>",
        }
        body = bodies.get(self.path, "still")
        self.answer(f"<!doctype html><title>t</title>{body}".encode())


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with served(Handler) as url:
        yield url


GONE = {"gone", psutil.STATUS_ZOMBIE}


class Rig:
    """A browser with its parking, as the pool would keep them."""

    def __init__(self, browser: Browser, control: CDPSession, pid: int) -> None:
        self.browser = browser
        self.control = control
        self.pid = pid
        self.finder = Finder(control, pid)
        self.parking = Parking(pid)

    async def open(self, url: str) -> Page:
        page = await (await self.browser.new_context()).new_page()
        await page.goto(url)
        return page

    async def locate(self, page: Page) -> frozenset[int]:
        return await self.finder.locate(page.context, page, 5)


@pytest_asyncio.fixture(loop_scope="module")
async def rig(browser: Browser) -> AsyncIterator[Rig]:
    control = await browser.new_browser_cdp_session()
    processes = (await control.send("SystemInfo.getProcessInfo"))["processInfo"]
    rig = Rig(browser, control, next(p["id"] for p in processes if p["type"] == "browser"))
    yield rig
    rig.parking.clear()
    for context in browser.contexts:
        await context.close()


async def truth(page: Page) -> set[int]:
    """Whose frames these are, by a trace: slow, and of no use once something is stopped."""
    session = await page.context.new_cdp_session(page)
    events: list[Any] = []
    complete = asyncio.Event()
    session.on("Tracing.dataCollected", lambda e: events.extend(e["value"]))
    session.on("Tracing.tracingComplete", lambda e: complete.set())
    wanted = {"includedCategories": ["disabled-by-default-devtools.timeline"]}
    await session.send("Tracing.start", {"traceConfig": wanted})
    await session.send("Tracing.end")
    await asyncio.wait_for(complete.wait(), 20)
    await session.detach()
    started = [e for e in events if e["name"] == "TracingStartedInBrowser"]
    return {frame["processId"] for e in started for frame in e["args"]["data"]["frames"]}


def status(pid: int) -> str:
    try:
        return str(psutil.Process(pid).status())
    except psutil.NoSuchProcess:
        return "gone"


async def test_the_renderer_found_is_the_one_the_browser_means(rig: Rig, site: str) -> None:
    pages = [await rig.open(site + path) for path in ("", "", "moving", "busy", "framed")]
    found = []
    for page in pages:
        pids = await rig.locate(page)
        assert pids in (await truth(page), frozenset())  # never a wrong one
        found.append(pids)
    known = [pids for pids in found if pids]
    assert len(known) >= 4  # the busy one may be given up on a machine that is busy itself
    assert len(frozenset().union(*known)) == sum(map(len, known))  # each context has its own


async def test_pages_of_one_context_and_site_share_a_renderer(rig: Rig, site: str) -> None:
    page = await rig.open(site)
    async with page.expect_popup() as popup:
        await page.evaluate("open('/moving')")
    second = await popup.value
    await second.wait_for_load_state()
    shared = await rig.locate(page)
    assert shared == await rig.locate(second)
    (pid,) = shared
    assert rig.parking.hold("leased", shared)
    assert rig.parking.park("ready", shared)
    assert status(pid) != psutil.STATUS_STOPPED
    assert await asyncio.wait_for(second.evaluate("1"), 20) == 1
    assert rig.parking.park("leased", shared)
    await until(lambda: status(pid) == psutil.STATUS_STOPPED)
    rig.parking.unpark("leased")
    assert await asyncio.wait_for(page.evaluate("1"), 20) == 1


async def test_a_parked_page_stands_still_and_goes_on(rig: Rig, site: str) -> None:
    page, neighbour = await rig.open(site + "moving"), await rig.open(site)
    berth = Berth(rig.parking, lambda others: rig.finder.locate(page.context, page, 5, others))
    assert await berth.park()
    assert berth.parked
    (pid,) = rig.parking.stopped
    await until(lambda: status(pid) == psutil.STATUS_STOPPED)
    used = psutil.Process(pid).cpu_times()
    async with asyncio.timeout(20):
        await rig.control.send("Browser.getVersion")  # what the heartbeat asks
        await neighbour.evaluate("1")
    answer = asyncio.ensure_future(page.evaluate("n"))
    await asyncio.sleep(0.3)
    assert not answer.done()
    assert psutil.Process(pid).cpu_times() == used
    berth.unpark()
    assert rig.parking.stopped == frozenset()
    frames = await asyncio.wait_for(answer, 20)
    await page.wait_for_function(f"n > {frames}", timeout=20_000)
    assert await berth.park()  # its own process is not one of the others
    berth.leave()
    await asyncio.wait_for(page.evaluate("1"), 20)


async def test_a_stopped_or_hung_page_is_not_located(rig: Rig, site: str) -> None:
    page = await rig.open(site)
    pids = await rig.locate(page)
    assert rig.parking.park("page", pids)
    assert await rig.finder.locate(page.context, page, 0.3) == frozenset()
    rig.parking.unpark("page")
    assert await rig.locate(page) == pids


async def test_a_context_that_leaves_is_gone_at_once(rig: Rig, site: str) -> None:
    page = await rig.open(site + "moving")
    pids = await rig.locate(page)
    assert rig.parking.park("page", pids)
    rig.parking.leave("page")
    await asyncio.wait_for(page.context.close(), 2)
    await until(lambda: all(status(p) in GONE for p in pids))
    assert not rig.parking.park("page", pids)


async def test_what_is_no_renderer_of_this_browser_is_refused(rig: Rig, site: str) -> None:
    (pid,) = await rig.locate(await rig.open(site))
    assert is_renderer(pid, rig.pid)
    listed = (await rig.control.send("SystemInfo.getProcessInfo"))["processInfo"]
    others = {p["type"]: p["id"] for p in listed if p["type"] != "renderer"}
    assert {"browser", "GPU"} <= others.keys()
    zygotes = [p.pid for p in psutil.Process(rig.pid).children()]
    for other in (*others.values(), *zygotes, os.getpid()):
        assert not rig.parking.park("page", [pid, other])
    assert not Parking(browser_pid=os.getppid()).park("page", [pid])
    assert status(pid) != psutil.STATUS_STOPPED


async def test_memory_of_a_page_is_told(rig: Rig, site: str) -> None:
    (pid,) = await rig.locate(await rig.open(site))
    taken = pss_mb(pid)
    assert taken is not None
    assert 3 < taken < 300


KERNEL = """
import asyncio, sys
from abos.pool import ChromiumLauncher, SessionOptions
from abos.pool.parking import Parking
from abos.pool.renderers import Finder

async def main():
    browser = await ChromiumLauncher().launch()
    session = await browser.new_session(SessionOptions())
    control = await session.context.browser.new_browser_cdp_session()
    finder, pids = Finder(control, browser.pid), ()
    while not pids:  # a busy machine may need another look
        pids = await finder.locate(session.context, session.page, 10)
    assert Parking(browser.pid).park(session, pids)
    print(browser.pid, *pids, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_what_a_killed_kernel_left_stopped_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    for _ in range(3):  # a pool that starts elsewhere on this machine sweeps too, and may be first
        if await killed_and_swept():
            return
    raise AssertionError("What was left stopped was never ours to sweep.")


async def killed_and_swept() -> bool:
    """Whether it was our sweep that took what the kernel left."""
    kernel = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KERNEL, stdout=asyncio.subprocess.PIPE
    )
    processes: list[psutil.Process] = []
    swept = 0
    try:
        assert kernel.stdout is not None
        line = await asyncio.wait_for(kernel.stdout.readline(), 60)
        processes = [psutil.Process(int(pid)) for pid in line.split()]
        browser, parked = processes
        assert sweep(processes) == 0  # its browser lives
        kernel.kill()
        await until(lambda: status(browser.pid) in GONE)

        def over() -> bool:
            nonlocal swept
            swept += sweep([psutil.Process(), parked])
            return status(parked.pid) in GONE

        await until(over)  # the zygote takes a moment
    finally:
        if kernel.returncode is None:
            kernel.kill()
        await kernel.communicate()
        for process in processes:
            with contextlib.suppress(psutil.Error):
                process.kill()
    return swept > 0
