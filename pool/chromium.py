"""Chromium behind the pool's protocol, through Playwright.

No exception of Playwright leaves this file, and no wait here lasts longer than it was told: a hung
page, a stopped browser and a dead driver report nothing by themselves.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from . import process as processes
from .chromium_session import ChromiumSession, is_closed
from .clipboard import Clipboard
from .config import BrowserConfig
from .discover import find_chromium
from .driver import Driver
from .errors import (
    BadOptions,
    BrowserLaunchFailed,
    BrowserLost,
)
from .navigation import first_line
from .options import Proxy, SessionOptions
from .parking import Parking
from .renderers import Finder

if TYPE_CHECKING:
    from playwright.async_api import Browser, CDPSession

_GRACE_S = 0.5
_LATE_S = 0.1
"""A timeout that fires so much too late tells of our own event loop, not of the browser."""
_HALF_STARTED_S = 5.0

# Beyond what Playwright switches off already: nothing is fetched or sent that no page asked for.
_QUIET = (
    "--disable-client-side-phishing-detection",
    "--disable-domain-reliability",
    "--no-pings",
)

# ABOS_ENCRYPTION_KEY, ABOS_CLOUD_API_KEY and the like.
_OUR_KEY = re.compile(r"ABOS_.*KEY$|\w+_API_KEY$")

_LAUNCH_HINTS = (
    ("--no-sandbox is not supported", "Run as another user, or set sandbox = false"),
    ("sandboxing failed", "Allow unprivileged user namespaces, or set sandbox = false"),
    ("usable sandbox", "Allow unprivileged user namespaces, or set sandbox = false"),
    ("shared libraries", "Install the missing system library: `playwright install-deps chromium`"),
    ("X server", "Set headless = true, or provide a display"),
    ("Timeout", "Raise launch_timeout_s, or see whether the machine is overloaded"),
    ("EACCES", "Make the file executable"),
    ("ENOEXEC", "Install a browser built for this machine"),
)


class ChromiumBrowser:
    """A running Chromium with the driver that speaks to it."""

    def __init__(
        self, driver: Driver, browser: Browser, control: CDPSession, *, headless: bool = True
    ) -> None:
        self._driver = driver
        self._browser = browser
        self._control = control
        self._lost = ""
        self._hung = False
        self._sessions: WeakSet[ChromiumSession] = WeakSet()
        self._closing: asyncio.Task[None] | None = None
        self._clipboard = Clipboard(browser) if headless else None
        self._parking: Parking | None = None
        self._finder: Finder | None = None
        if self.pid is not None and sys.platform == "linux":
            self._parking = Parking(self.pid)
            self._finder = Finder(control, self.pid)
        browser.on("disconnected", lambda _: self._lose("the browser is gone"))
        self._watches = [
            processes.watch(process.pid, partial(self._lose, f"the {name} died"))
            for name, process in (("browser", driver.browser), ("driver", driver.process))
            if process is not None
        ]

    @property
    def pid(self) -> int | None:
        """Process id of the browser."""
        return self._driver.browser.pid if self._driver.browser is not None else None

    @property
    def alive(self) -> bool:
        """False once browser or driver are known to be gone."""
        return not self._lost

    @property
    def closed(self) -> bool:
        """Whether `close` has finished: no process of this browser is left."""
        return self._closing is not None and self._closing.done()

    @property
    def version(self) -> str:
        """Chromium's version, e.g. "140.0.7339.16"."""
        return self._browser.version

    async def new_session(self, options: SessionOptions) -> ChromiumSession:
        """A new context with a blank page. Raises BrowserLost or BadOptions."""
        with _options_refused():
            context = await self._browser.new_context(**_context_options(options))
            try:
                page = await context.new_page()
            except BaseException:
                # Nobody else knows this context. If the close fails too, the browser is gone.
                await asyncio.wait({asyncio.create_task(context.close())}, timeout=_GRACE_S)
                raise
        session = ChromiumSession(context, page)
        if self._parking is not None and self._finder is not None:
            session.moor(self._parking, self._finder)
        self._sessions.add(session)
        if self._lost:
            session.lose(self._lost)
        return session

    async def ping(self, timeout_s: float) -> float:
        """Have the browser process answer; returns seconds. Raises BrowserLost.

        Where it was this process that stood still (a debugger, a blocked event loop), the answer
        may have been here in time: the browser is asked once more.
        """
        started = time.monotonic()
        try:
            return await self._answered(timeout_s)
        except TimeoutError:
            late = time.monotonic() - started - timeout_s
        try:
            if late > _LATE_S:
                return await self._answered(timeout_s)
        except TimeoutError:
            pass  # it is the browser after all
        self._hung = True
        raise BrowserLost(f"The browser did not answer within {timeout_s:g} s")

    async def _answered(self, timeout_s: float) -> float:
        from playwright.async_api import Error

        started = time.monotonic()
        try:
            async with asyncio.timeout(timeout_s):
                await self._control.send("Browser.getVersion")
        except Error as error:
            raise BrowserLost("The browser is gone") from error
        return time.monotonic() - started

    async def wipe(self, timeout_s: float) -> None:
        """Empty the clipboard, where it is the browser's own. Raises BrowserLost."""
        if self._clipboard is not None:
            await self._clipboard.wipe(timeout_s)

    def _lose(self, reason: str) -> None:
        self._lost = self._lost or reason
        for session in list(self._sessions):
            session.lose(reason)

    async def close(self, timeout_s: float) -> None:
        """Close politely, then kill; whoever calls at the same time shares one close."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._end(timeout_s), name="pool-browser-end")
        try:
            await asyncio.shield(self._closing)
        except asyncio.CancelledError:
            self._driver.kill()  # whoever cancels a close cannot wait for manners
            raise

    async def _end(self, timeout_s: float) -> None:
        if self._parking is not None:
            self._parking.clear()  # a browser waits for stopped renderers until it is killed
        self._lose("the browser was closed")
        if self._clipboard is not None:
            self._clipboard.close()
        for stop in self._watches:
            stop()
        if self._hung:
            self._driver.kill()  # manners would cost the time in which the pool heals
        polite = asyncio.create_task(self._browser.close(), name="pool-browser-close")
        await asyncio.wait({polite}, timeout=timeout_s)
        self._driver.kill_browser()
        await self._driver.stop(timeout_s / 2)
        polite.cancel()
        await asyncio.gather(polite, return_exceptions=True)


class ChromiumLauncher:
    """Starts Chromium as configured; every browser gets a driver of its own."""

    def __init__(self, config: BrowserConfig | None = None) -> None:
        self._config = config or BrowserConfig()
        self._browsers: set[ChromiumBrowser] = set()

    async def launch(self) -> ChromiumBrowser:
        """Start one. Raises BrowserNotFound or BrowserLaunchFailed."""
        from playwright.async_api import Error

        executable = find_chromium(self._config.executable)
        limit = self._config.launch_timeout_s
        try:
            async with asyncio.timeout(limit + _GRACE_S):
                driver = await Driver.start()
                browser = await self._start(driver, executable)
        except TimeoutError as error:  # first, for it is an OSError too
            raise _launch_failed(executable, f"Timeout: no browser within {limit:g} s") from error
        except (Error, OSError) as error:
            raise _launch_failed(executable, str(error)) from error
        self._browsers = {other for other in self._browsers if not other.closed} | {browser}
        return browser

    async def _start(self, driver: Driver, executable: Path) -> ChromiumBrowser:
        starting = asyncio.create_task(self._run(driver, executable), name="pool-browser-start")
        try:
            return await asyncio.shield(starting)
        except BaseException:
            # A browser that is half started has a folder that only its driver knows: the start is
            # let come to its end, which tells what there is to be removed.
            await asyncio.wait({starting}, timeout=_HALF_STARTED_S)
            starting.cancel()
            (started,) = await asyncio.gather(starting, return_exceptions=True)
            if isinstance(started, ChromiumBrowser):
                await started.close(_GRACE_S)
            else:
                await driver.stop(_GRACE_S)
            raise

    async def _run(self, driver: Driver, executable: Path) -> ChromiumBrowser:
        browser = await driver.playwright.chromium.launch(
            executable_path=executable,
            headless=self._config.headless,
            chromium_sandbox=_sandboxed(self._config),
            args=[*_QUIET, *self._config.args, driver.marker],
            timeout=self._config.launch_timeout_s * 1000,
            artifacts_dir=driver.folder,
            env=_without_keys(os.environ),
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
        )
        driver.locate()
        control = await browser.new_browser_cdp_session()
        return ChromiumBrowser(driver, browser, control, headless=self._config.headless)

    async def close(self) -> None:
        """Close whatever still runs of all that was launched."""
        await asyncio.gather(*(browser.close(_GRACE_S) for browser in list(self._browsers)))


def _sandboxed(config: BrowserConfig) -> bool:
    if config.sandbox is not None:
        return config.sandbox
    return not (hasattr(os, "geteuid") and os.geteuid() == 0)


def _without_keys(environ: Mapping[str, str]) -> dict[str, str | float | bool]:
    """The environment without our own keys: pages run in these processes."""
    return {name: value for name, value in environ.items() if not _OUR_KEY.match(name)}


def _context_options(options: SessionOptions) -> dict[str, Any]:
    width, height = options.viewport
    given: dict[str, Any] = {
        "viewport": {"width": width, "height": height},
        "locale": options.locale or None,
        "timezone_id": options.timezone or None,
        "user_agent": options.user_agent,
        "storage_state": options.storage_state,
        "extra_http_headers": dict(options.extra_headers) or None,
        "ignore_https_errors": options.ignore_https_errors or None,
        "permissions": list(options.permissions) or None,
        "proxy": _proxy(options.proxy),
    }
    return {name: value for name, value in given.items() if value is not None}


def _proxy(proxy: Proxy | None) -> dict[str, str] | None:
    """As Playwright takes it: what is empty is left out."""
    if proxy is None:
        return None
    return {name: value for name, value in asdict(proxy).items() if value}


@contextmanager
def _options_refused() -> Iterator[None]:
    from playwright.async_api import Error

    try:
        yield
    except Error as error:
        if is_closed(error):
            raise BrowserLost("The browser went while it made a session") from error
        raise BadOptions(f"No session with these options: {first_line(str(error))}") from error
    except (OSError, ValueError) as error:
        raise BadOptions(f"The storage state cannot be read: {error}") from error


def _launch_failed(executable: Path, text: str) -> BrowserLaunchFailed:
    """One line of cause, and the hint that fits it."""
    said = re.findall(r"\[err\] (.+)", text)
    cause = said[-1].strip() if said else first_line(text)
    hint = next((hint for sign, hint in _LAUNCH_HINTS if sign in text), "")
    return BrowserLaunchFailed(f"{executable} did not start: {cause}", hint=hint)
