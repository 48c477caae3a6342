"""Keeps one browser running: starts it, replaces it when it dies or hangs, and closes it."""

from __future__ import annotations

import asyncio
import logging
from typing import Generic, TypeVar

from .browser import Browser, Launcher, Session
from .errors import BrowserLost
from .tasks import TaskBag, join

S = TypeVar("S", bound=Session)

_log = logging.getLogger(__name__)


class Keeper(Generic[S]):
    """The pool's one browser."""

    def __init__(self, launcher: Launcher[S], tasks: TaskBag, close_timeout_s: float) -> None:
        self._launcher = launcher
        self._tasks = tasks
        self._close_timeout_s = close_timeout_s
        self._browser: Browser[S] | None = None
        self._launching: asyncio.Task[Browser[S]] | None = None
        self.launches = 0

    @property
    def pid(self) -> int | None:
        """Process id of the browser, None while there is none."""
        browser = self._browser
        return browser.pid if browser is not None and browser.alive else None

    async def get(self) -> Browser[S]:
        """The browser, started anew if it is gone; callers at the same time share one start.

        Raises BrowserNotFound or BrowserLaunchFailed.
        """
        if self._browser is not None and self._browser.alive:
            return self._browser
        if self._launching is None:
            if self._browser is not None:
                self.discard(self._browser, "it is gone")
            self._launching = self._tasks.spawn(self._launch(), "pool-launch")
        return await join(self._launching)

    async def _launch(self) -> Browser[S]:
        try:
            self._browser = await self._launcher.launch()
            self.launches += 1
            return self._browser
        finally:
            self._launching = None

    def discard(self, browser: Browser[S], why: str) -> None:
        """Never use this browser again, and close it in the background."""
        if browser is self._browser:
            _log.warning("Replacing the browser (pid %s): %s", browser.pid, why)
            self._browser = None
            self._tasks.spawn(browser.close(self._close_timeout_s), "pool-close-browser")

    async def probe(self, timeout_s: float) -> bool:
        """Whether the browser answers; one that does not is discarded. True if there is none."""
        browser = self._browser
        if browser is None:
            return True
        try:
            await browser.ping(timeout_s)
        except BrowserLost as error:
            self.discard(browser, error.message)
            return False
        return True

    async def wipe(self, timeout_s: float) -> None:
        """Empty the clipboard that all contexts share. Raises BrowserLost.

        A browser that was replaced takes its own along.
        """
        browser = self._browser
        if browser is not None and browser.alive:
            await browser.wipe(timeout_s)

    async def close(self) -> None:
        """Close the browser and everything that was ever launched."""
        browser, self._browser = self._browser, None
        if browser is not None:
            await browser.close(self._close_timeout_s)
        await self._launcher.close()
