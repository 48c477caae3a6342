"""Playwright's driver process, started and stopped so that nothing of it can stay behind."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from . import process as processes

if TYPE_CHECKING:
    from playwright.async_api import Playwright

_LAST_WORDS_S = 1.0
_DYING_S = 5.0
"""How long processes that were killed may take to be gone, and to write no more."""
_AGAIN_S = 0.05
_PROFILE_SWITCH = "--user-data-dir="
_PROFILE_NAME = "playwright_chromiumdev_profile"


class Driver:
    """One driver with its one browser.

    Each browser has a driver of its own: a driver costs 0.2 s to start, and a dead or stopped one
    would take every browser with it. `marker` is a switch for the browser's command line, by which
    its process is found; `folder` takes its downloads and goes with it.
    """

    def __init__(self, playwright: Playwright) -> None:
        self.playwright = playwright
        self.marker = f"--abos-kernel={secrets.token_hex(8)}"
        self.folder = Path(tempfile.mkdtemp(prefix="abos-browser-"))
        self.browser: psutil.Process | None = None
        self.process: psutil.Process | None = None
        self._folders = [self.folder]

    @classmethod
    async def start(cls) -> Driver:
        """Start a driver. Cancelling waits for the start to end, then stops it."""
        from playwright.async_api import async_playwright

        manager = async_playwright()
        starting = asyncio.create_task(manager.start(), name="pool-driver-start")
        try:
            driver = cls(await asyncio.shield(starting))
        except asyncio.CancelledError:
            with contextlib.suppress(Exception):  # whatever it was, nobody waits for it now
                await cls(await starting).stop(_LAST_WORDS_S)
            raise
        _adopt(driver, manager)
        return driver

    def locate(self) -> psutil.Process | None:
        """Find the browser by its marker, and the driver as its parent."""
        if self.browser is None and (found := processes.find_marked(self.marker)):
            self.browser = found
            with contextlib.suppress(psutil.Error):
                self.process = self.process or _driver_of(found)
                self._folders += _profile_folders(found)
        return self.browser

    def kill_browser(self) -> list[psutil.Process]:
        """Kill the browser and all that belongs to it; returns what was killed."""
        browser = self.locate()
        victims = processes.tree(browser) if browser is not None else []
        processes.kill(victims)
        return victims

    def kill(self) -> None:
        """Kill browser and driver at once."""
        self.kill_browser()
        if self.process is not None:
            processes.kill(processes.tree(self.process))

    async def stop(self, timeout_s: float) -> None:
        """End the driver, and the browser if it still runs; killed after `timeout_s`.

        Cancelled half-way, it leaves no folder behind either.
        """
        try:
            await self._end(timeout_s)
            await asyncio.to_thread(self._tidy, _DYING_S)
        except BaseException:
            self._tidy()  # at once: the event loop may be about to close
            raise

    async def _end(self, timeout_s: float) -> None:
        self.locate()
        family = processes.tree(self.browser) if self.browser is not None else []
        if self.process is not None:
            family.append(self.process)
        stopping = asyncio.create_task(self.playwright.stop(), name="pool-driver-stop")
        try:
            await asyncio.wait({stopping}, timeout=timeout_s)
        finally:
            self.kill()
            processes.kill(family)
        await asyncio.wait({stopping}, timeout=_LAST_WORDS_S)
        stopping.cancel()
        await processes.gone(family, _DYING_S)

    def _tidy(self, patience_s: float = 0.0) -> None:
        """Remove the folders; one that somebody who is dying still writes to, again and again."""
        ends = time.monotonic() + patience_s
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)
            while folder.exists() and time.monotonic() < ends:
                time.sleep(_AGAIN_S)
                shutil.rmtree(folder, ignore_errors=True)


def _driver_of(browser: psutil.Process) -> psutil.Process | None:
    """The nearest ancestor that is Playwright's driver."""
    for parent in browser.parents():
        if "run-driver" in parent.cmdline():
            return parent
    return None


def _profile_folders(browser: psutil.Process) -> list[Path]:
    """The browser's throw-away profile: a driver that was killed cannot remove it any more."""
    switches = [a for a in browser.cmdline() if a.startswith(_PROFILE_SWITCH)]
    folders = [Path(switch.removeprefix(_PROFILE_SWITCH)) for switch in switches]
    return [folder for folder in folders if folder.name.startswith(_PROFILE_NAME)]


def _adopt(driver: Driver, manager: Any) -> None:
    """Learn the driver's pid, and keep asyncio from printing a traceback when it dies.

    Playwright keeps a future for that error which nobody reads once the driver is up. Both are
    private, so their absence is no error: the pid is then learnt from the browser's parent.
    """
    transport = getattr(getattr(manager, "_client", None), "_transport", None)
    future = getattr(transport, "on_error_future", None)
    if isinstance(future, asyncio.Future):
        future.add_done_callback(lambda f: None if f.cancelled() else f.exception())
    pid = getattr(getattr(transport, "_proc", None), "pid", None)
    with contextlib.suppress(psutil.Error):
        driver.process = psutil.Process(pid) if isinstance(pid, int) else None
