"""Empties a browser's clipboard: headless Chromium has one for all its contexts.

What a lease copied, the next could paste. So a blank page of the browser's own copies nothing, once
after every lease: 0.8 ms. Leases that are open at the same time still share the clipboard, and one
that ends empties it for the others; nothing in Chromium keeps them apart.

A browser with a window uses the clipboard of the desktop, which is not ours to wipe.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from .errors import BrowserLost
from .navigation import first_line

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

_GRACE_S = 0.5
_WIPE = """() => {
  document.addEventListener('copy', event => {
    event.clipboardData.setData('text/plain', '');
    event.preventDefault();
  }, {once: true});
  return document.execCommand('copy');
}"""


class Clipboard:
    """The clipboard of one browser, reached through a page of its own, made at first need."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._lock = asyncio.Lock()
        self._page: asyncio.Task[Page] | None = None

    async def wipe(self, timeout_s: float) -> None:
        """Empty it; with another page, if the first does not do it. Raises BrowserLost."""
        from playwright.async_api import Error

        cause = f"nothing happened within {timeout_s:g} s"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._lock:
                for _ in range(2):
                    try:
                        async with asyncio.timeout(timeout_s / 2):
                            page = await self._blank()
                            if await page.evaluate(_WIPE):
                                return
                            cause = "the page was refused"
                    except Error as error:
                        cause = first_line(str(error))
                    except TimeoutError:
                        pass
                    await self._drop()
        raise BrowserLost(f"The clipboard could not be wiped: {cause}")

    async def _blank(self) -> Page:
        """The page. A task of its own makes it, for half a context would belong to nobody."""
        if self._page is None:
            self._page = asyncio.create_task(self._make(), name="pool-clipboard")
            self._page.add_done_callback(_heard)
        return await asyncio.shield(self._page)

    async def _make(self) -> Page:
        context = await self._browser.new_context()
        return await context.new_page()

    async def _drop(self) -> None:
        """Do without this page: it crashed, or hangs."""
        task, self._page = self._page, None
        if task is None:
            return
        if not task.done():
            task.cancel()
        elif not task.cancelled() and task.exception() is None:
            closing = asyncio.create_task(task.result().context.close())
            closing.add_done_callback(_heard)
            await asyncio.wait({closing}, timeout=_GRACE_S)

    def close(self) -> None:
        """Forget the page; it goes with its browser."""
        task, self._page = self._page, None
        if task is not None:
            task.cancel()


def _heard(task: asyncio.Task[Page] | asyncio.Task[None]) -> None:
    """Its error was taken note of: that the browser went is told elsewhere."""
    if not task.cancelled():
        task.exception()
