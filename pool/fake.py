"""The browser protocol in memory, with faults on demand: test pools and agents in milliseconds.

    faults = Faults(hang_ping=True)
    pool = WarmPool(config, FakeLauncher(faults), prepare=my_prepare)

Change `faults` at any time; it holds for every browser and session of the launcher.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .browser import PAGE_CRASHED, LossBell, LostCallback
from .config import Ready
from .errors import (
    BrowserLaunchFailed,
    BrowserLost,
    NavigationFailed,
    PageCrashed,
    PageUnresponsive,
)
from .options import SessionOptions


@dataclass(slots=True)
class Faults:
    """What goes wrong. Times are seconds of the event loop."""

    fail_launch: bool = False
    fail_session: bool = False
    """The browser turns out to be gone when a session is made."""
    fail_open: bool = False
    hang_launch: bool = False
    hang_session: bool = False
    hang_open: bool = False
    hang_ping: bool = False
    hang_close: bool = False
    hang_reset: bool = False
    fail_park: bool = False
    hang_browser: bool = False
    """The browser does not answer its own ping."""
    landing: str = ""
    """Where navigations end up instead, as if redirected; "" = where they were told to."""
    session_s: float = 0.0
    """How long making a session takes."""
    open_s: float = 0.0
    park_s: float = 0.0
    """How long finding a page's renderers takes."""
    """How long a navigation takes."""


@dataclass(slots=True, eq=False)
class FakeSession:
    """A context and a page, without either."""

    browser: FakeBrowser
    options: SessionOptions
    id: int
    url: str = "about:blank"
    visited: list[str] = field(default_factory=list)
    closed: bool = False
    stored: Mapping[str, Any] = field(default_factory=dict)
    """What `storage_state` gives."""
    last_status: int | None = None
    memory_mb: float | None = 37.0
    """What `pss_mb` gives."""
    parked: bool = False
    pinged_parked: int = 0
    """Pings while parked: none, if whoever pings wakes the page first."""
    resets: int = 0
    _attempt: int = 0
    bell: LossBell = field(default_factory=LossBell)

    @property
    def alive(self) -> bool:
        """Neither closed nor lost."""
        return not self.closed and self.bell.reason is None

    def on_lost(self, callback: LostCallback) -> None:
        """Call back once when lost."""
        self.bell.listen(callback)

    def crash(self) -> None:
        """Crash the page."""
        if not self.closed:
            self.bell.ring(PAGE_CRASHED)

    async def open(self, url: str, ready: Ready, timeout_s: float, script: str = "") -> None:
        """Pretend to navigate."""
        del ready, script
        faults = self.browser.faults
        if not await _within(timeout_s, faults.open_s, hang=faults.hang_open):
            raise NavigationFailed(url, "the page did not load in time", "timeout")
        self._check()
        if faults.fail_open:
            raise NavigationFailed(url, "nothing listens at that address", "refused")
        self.last_status = 200
        self.url = self.browser.faults.landing or url
        self.visited.append(url)

    async def reset(self, options: SessionOptions, timeout_s: float) -> None:
        """Forget where it was, unless told to hang."""
        self._check()
        if not await _within(timeout_s, 0.0, hang=self.browser.faults.hang_reset):
            raise PageUnresponsive(f"A context was not reset within {timeout_s:g} s")
        self._check()
        self.url = "about:blank"
        self.options = options
        self.resets += 1

    async def storage_state(self, timeout_s: float) -> Mapping[str, Any]:
        """What `stored` says."""
        del timeout_s
        self._check()
        return self.stored

    async def ping(self, timeout_s: float) -> float:
        """Answer, unless told to hang."""
        self._check()
        self.pinged_parked += self.parked
        hang = self.parked or self.browser.faults.hang_ping
        if not await _within(timeout_s, 0.0, hang=hang):
            raise PageUnresponsive(f"The page did not answer within {timeout_s:g} s")
        self._check()
        return 0.0

    async def park(self) -> bool:
        """Stand still, unless told to fail, or woken meanwhile."""
        self._attempt += 1
        attempt = self._attempt
        await _within(None, self.browser.faults.park_s, hang=False)
        if self.browser.faults.fail_park or not self.alive or attempt != self._attempt:
            return False
        self.parked = True
        return True

    def unpark(self) -> None:
        """Run again."""
        self._attempt += 1
        self.parked = False

    async def pss_mb(self) -> float | None:
        """What `memory_mb` says."""
        return self.memory_mb

    async def close(self, timeout_s: float) -> None:
        """Close, unless told to hang."""
        self.unpark()
        if self.closed:
            return
        self.closed = True
        self.bell.mute()
        if not await _within(timeout_s, 0.0, hang=self.browser.faults.hang_close):
            raise PageUnresponsive(f"A context did not close within {timeout_s:g} s")
        self.browser.sessions.discard(self)

    def _check(self) -> None:
        if self.bell.reason == "the page crashed":
            raise PageCrashed("The page crashed")
        if not self.alive:
            raise BrowserLost(f"The session is gone: {self.bell.reason or 'it was closed'}")


@dataclass(slots=True, eq=False)
class FakeBrowser:
    """A browser without a process; `sessions` are the contexts alive in it."""

    faults: Faults
    pid: int | None
    sessions: set[FakeSession] = field(default_factory=set)
    alive: bool = True
    clipboard: str = ""
    """One for all sessions, as in a real browser."""
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def new_session(self, options: SessionOptions) -> FakeSession:
        """Make a session; it exists from the middle of the call on, as in a real browser."""
        if self.faults.fail_session:
            self.die()
        if not self.alive:
            raise BrowserLost("The browser is gone")
        session = FakeSession(self, options, next(self._ids))
        self.sessions.add(session)
        await _within(None, self.faults.session_s, hang=self.faults.hang_session)
        if not self.alive:
            raise BrowserLost("The browser is gone")
        return session

    async def ping(self, timeout_s: float) -> float:
        """Answer, unless told to hang."""
        answered = await _within(timeout_s, 0.0, hang=self.faults.hang_browser)
        if not answered or not self.alive:
            raise BrowserLost(f"The browser did not answer within {timeout_s:g} s")
        return 0.0

    async def wipe(self, timeout_s: float) -> None:
        """Empty the clipboard, unless told to hang."""
        answered = await _within(timeout_s, 0.0, hang=self.faults.hang_browser)
        if not answered or not self.alive:
            raise BrowserLost(f"The clipboard was not wiped within {timeout_s:g} s")
        self.clipboard = ""

    async def close(self, timeout_s: float) -> None:
        """Close, and take all sessions along."""
        await _within(timeout_s, 0.0, hang=False)
        self.die("the browser was closed")

    def die(self, reason: str = "the browser died") -> None:
        """Die at once, as from `kill -9`."""
        self.alive = False
        for session in list(self.sessions):
            session.bell.ring(reason)
        self.sessions.clear()


class FakeLauncher:
    """Starts fake browsers; `browsers` lists all it ever started."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.browsers: list[FakeBrowser] = []
        self.closed = False

    @property
    def sessions(self) -> set[FakeSession]:
        """Contexts alive in any browser."""
        return {session for browser in self.browsers for session in browser.sessions}

    async def launch(self) -> FakeBrowser:
        """Start a browser, or fail as told."""
        await _within(None, 0.0, hang=self.faults.hang_launch)
        if self.faults.fail_launch:
            raise BrowserLaunchFailed("The browser did not start")
        browser = FakeBrowser(self.faults, pid=1000 + len(self.browsers))
        self.browsers.append(browser)
        return browser

    async def close(self) -> None:
        """Kill everything that still runs."""
        self.closed = True
        for browser in self.browsers:
            browser.die("the launcher was closed")


async def _within(timeout_s: float | None, takes_s: float, *, hang: bool) -> bool:
    """Take that long, or hang; whether it ended within the deadline."""
    try:
        async with asyncio.timeout(timeout_s):
            await (asyncio.Event().wait() if hang else asyncio.sleep(takes_s))
    except TimeoutError:
        return False
    return True
