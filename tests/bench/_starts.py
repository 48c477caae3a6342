"""The ways of coming to a first observation, each timed alone.

All end with the same thing: an observation of the page, as `proc.observe()` makes it by default.
"""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from _sites import Site
from playwright.async_api import Browser, BrowserContext, Playwright, async_playwright

from abos import Config, Kernel, Process
from abos.kernel.config import KernelConfig, with_sites
from abos.kernel.space import AddressSpace
from abos.pool import (
    ProfileStore,
    SessionOptions,
    SiteConfig,
    State,
    open_vault,
)

PROFILE = "ada"
MARK = "bench-identity"
TOKENS = 1500
"""The text budget of `proc.observe()`."""
_POLL_S = 0.001
_SETTLE_S = 60.0
_WHO = f"[document.cookie, localStorage.getItem('{MARK}')]"
_NOT_GONE = (State.LEASED, State.QUARANTINED, State.CLOSING)


def configured(
    site: Site, folder: Path, profile: str = "default", *, pages: int, refill_delay_s: float
) -> Config:
    """A kernel that keeps `pages` of a site for one profile; `folder` is where profiles lie.

    Differs from the defaults in this: no model is loaded; the number of pages is fixed; pages that
    wait are not parked (`make bench-density` times the waking); refills begin `refill_delay_s`
    after an acquire.
    """
    base = Config(kernel=KernelConfig(profiles=folder))
    local = replace(base.planner.local, enabled=False)
    pool = replace(base.pool, adaptive=False, park=False, refill_delay_s=refill_delay_s)
    bare = replace(base, planner=replace(base.planner, local=local), pool=pool)
    kept = SiteConfig(site.name, site.url, min_warm=pages, max_warm=pages, profiles=(profile,))
    return with_sites(bare, kept)


def store_identity(site: Site, folder: Path) -> None:
    """Store `PROFILE`, signed in to the site: a cookie and something in its localStorage."""
    cookie = {
        "name": MARK,
        "value": PROFILE,
        "domain": "127.0.0.1",
        "path": "/",
        "expires": time.time() + 86400,
        "httpOnly": False,
        "secure": False,
        "sameSite": "Lax",
    }
    stored = {"origin": site.url.rstrip("/"), "localStorage": [{"name": MARK, "value": PROFILE}]}
    ProfileStore(folder, open_vault(folder)).import_state(
        PROFILE, {"cookies": [cookie], "origins": [stored]}
    )


# ---- the baselines ----------------------------------------------------------------------------


async def launch(playwright: Playwright, executable: Path) -> Browser:
    return await playwright.chromium.launch(
        executable_path=executable, chromium_sandbox=os.geteuid() != 0
    )


async def first_view(browser: Browser, site: Site) -> tuple[BrowserContext, AddressSpace]:
    """Context, page, load of the site up to its DOM, first observation.

    The DOM is what the pool waits for, too; images may come later.
    """
    usual = SessionOptions()
    width, height = usual.viewport
    context = await browser.new_context(
        viewport={"width": width, "height": height}, locale=usual.locale
    )
    page = await context.new_page()
    space = await AddressSpace.attach(page)
    await page.goto(site.url, wait_until="domcontentloaded")
    site.check(await space.observe(TOKENS))
    return context, space


async def cold(site: Site, executable: Path) -> float:
    """Milliseconds from nothing: driver, browser, and what `first_view` does. No pool, no kernel.

    Finding the browser's file, importing Playwright and closing are not timed.
    """
    started = time.perf_counter()
    async with async_playwright() as playwright:
        browser = await launch(playwright, executable)
        await first_view(browser, site)
        milliseconds = since(started)
        await browser.close()
    return milliseconds


async def browser_up(browser: Browser, site: Site) -> tuple[float, float]:
    """Milliseconds of `first_view` in a browser that runs, and of observing the page once more."""
    started = time.perf_counter()
    context, space = await first_view(browser, site)
    first = since(started)
    started = time.perf_counter()
    site.check(await space.observe(TOKENS))
    again = since(started)
    await context.close()
    return first, again


# ---- a kernel's starts ------------------------------------------------------------------------


@dataclass
class Starts:
    """Starts of one kind. Each is in the samples, also one that was not what it was meant to be."""

    samples: list[float] = field(default_factory=list)
    """Milliseconds from the call of `spawn` to the return of the first `observe`."""
    spawned: list[float] = field(default_factory=list)
    """Milliseconds of these until `spawn` returned."""
    cold: int = 0
    """Found no warm page."""
    refilling: int = 0
    """Had a refill running when they began, or when they ended."""
    outlived: int = 0
    """Had a refill running when they began, and none when they ended."""
    strangers: int = 0
    """Lacked the profile's cookie or its localStorage."""

    async def add(self, kernel: Kernel, site: Site, profile: str = "default") -> Process:
        """One more start, timed; returns its process."""
        before = refills(kernel)
        started = time.perf_counter()
        process = await kernel.spawn(site.url, profile=profile)
        spawned = since(started)
        view = await process.observe()
        self.samples.append(since(started))
        self.spawned.append(spawned)
        after = refills(kernel)
        site.check(view)
        self.cold += process.how != "warm"
        self.refilling += bool(before or after)
        self.outlived += bool(before and not after)
        return process

    async def recognise(self, process: Process) -> None:
        """See whether a page has what its profile has stored, and count it if not."""
        cookies, stored = await process.evaluate(_WHO)
        self.strangers += f"{MARK}={PROFILE}" not in cookies or stored != PROFILE


@dataclass
class Ends:
    """How processes ended."""

    waited: list[float] = field(default_factory=list)
    """Milliseconds until `exit` returned."""
    gone: list[float] = field(default_factory=list)
    """Milliseconds from the call of `exit` until the slot was EMPTY; up to 1 too many."""

    async def add(self, kernel: Kernel, process: Process) -> None:
        """End a process, the only one there is, and wait for its slot."""
        started = time.perf_counter()
        await process.exit()
        self.waited.append(since(started))
        while not gone(kernel):
            await asyncio.sleep(_POLL_S)
        self.gone.append(since(started))


def since(started: float) -> float:
    """Milliseconds."""
    return (time.perf_counter() - started) * 1000


def refills(kernel: Kernel) -> int:
    """Pages that are being warmed."""
    return kernel.pool_statistics().slots[State.WARMING]


def gone(kernel: Kernel) -> bool:
    """Whether no slot is lent, or still being destroyed."""
    slots = kernel.pool_statistics().slots
    return not any(slots[state] for state in _NOT_GONE)


async def settled(kernel: Kernel) -> None:
    """Wait until all pages are there and nothing is being made or destroyed."""
    assert await kernel.pool.wait_warm(timeout_s=_SETTLE_S), kernel.pool_statistics().last_error
    async with asyncio.timeout(_SETTLE_S):
        while refills(kernel) or not gone(kernel):
            await asyncio.sleep(_POLL_S)


async def within_refill(kernel: Kernel, site: Site, after_s: float) -> None:
    """Wait until one refill, and one only, has run for a time; the pool makes one at a time.

    A refill that is too short for that is followed by another, which gets half the time.
    """
    async with asyncio.timeout(_SETTLE_S):
        while True:
            while not refills(kernel):
                await asyncio.sleep(_POLL_S)
            await asyncio.sleep(after_s)
            if refills(kernel) == 1:
                return
            after_s /= 2
            await settled(kernel)
            await (await kernel.spawn(site.url)).exit()
