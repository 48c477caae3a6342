"""A context with a page, through Playwright: what is lent.

No exception of Playwright leaves this file, and no wait here lasts longer than it was told: a hung
page, a stopped browser and a dead driver report nothing by themselves.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from .browser import PAGE_CRASHED, LossBell, LostCallback
from .config import Ready
from .errors import BrowserLost, NavigationFailed, PageCrashed, PageUnresponsive, PoolError
from .memory import total_pss_mb
from .navigation import first_line, navigation_failed
from .options import SessionOptions
from .parking import Berth, Parking
from .renderers import Finder

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

_GRACE_S = 0.5
_LOCATE_S = 5.0
_BAD_STATUS = 400
_NOTHING_STORED: Any = {"cookies": [], "origins": []}


class ChromiumSession:
    """One context with one page."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self.context = context
        self.page = page
        self._bell = LossBell()
        self._closed = False
        self._status: int | None = None
        self._berth: Berth | None = None
        self._pids: frozenset[int] = frozenset()
        self._watch(page)
        context.on("close", lambda _: self.lose("the context was closed"))

    @property
    def alive(self) -> bool:
        """False once the page crashed, the session was closed or the browser went."""
        return not self._closed and self._bell.reason is None

    @property
    def url(self) -> str:
        """Where the page is."""
        return self.page.url

    @property
    def last_status(self) -> int | None:
        """HTTP status of the document `open` loaded."""
        return self._status

    @property
    def parked(self) -> bool:
        """Whether the page's renderers are stopped."""
        return self._berth is not None and self._berth.parked

    def moor(self, parking: Parking, finder: Finder) -> None:
        """Give the session a place where it may be parked."""

        async def find(others: Collection[int]) -> frozenset[int]:
            self._pids = await finder.locate(self.context, self.page, _LOCATE_S, others)
            return self._pids

        self._berth = Berth(parking, find)

    async def park(self) -> bool:
        """Stop the page's renderers; see `Session.park`."""
        return self.alive and self._berth is not None and await self._berth.park()

    def unpark(self) -> None:
        """Continue the page's renderers."""
        if self._berth is not None:
            self._berth.unpark()

    async def pss_mb(self) -> float | None:
        """Memory of the page's renderers, as they were when it was last parked."""
        pids = self._pids
        return (await asyncio.to_thread(total_pss_mb, pids) or None) if pids else None

    def on_lost(self, callback: LostCallback) -> None:
        """Call back once when the session is lost."""
        self._bell.listen(callback)

    def lose(self, reason: str) -> None:
        """Note that the session is gone, and tell the listeners."""
        self.unpark()  # a renderer that is stopped cannot notice that its browser went
        if not self._closed:
            self._bell.ring(reason)

    async def open(self, url: str, ready: Ready, timeout_s: float, script: str = "") -> None:
        """Go to `url`, wait for its DOM and then for `ready`, run `script`; see `Session.open`."""
        deadline = time.monotonic() + timeout_s
        try:
            async with asyncio.timeout(timeout_s + _GRACE_S):
                await self._goto(url, timeout_s)
                await self._settle(url, ready, deadline)
                if script:
                    await self._run(url, script)
        except TimeoutError as error:
            raise BrowserLost(f"The browser fell silent while opening {url}") from error

    async def _goto(self, url: str, timeout_s: float) -> None:
        from playwright.async_api import Error

        try:
            response = await self.page.goto(
                url, wait_until="domcontentloaded", timeout=timeout_s * 1000
            )
        except Error as error:
            raise self._loss(error) or navigation_failed(url, error) from error
        self._status = response.status if response is not None else None
        if response is not None and response.status >= _BAD_STATUS:
            status = response.status
            raise NavigationFailed(url, f"the server answered {status}", "http", status=status)

    async def _settle(self, url: str, ready: Ready, deadline: float) -> None:
        from playwright.async_api import Error

        page = self.page
        steps: list[tuple[str, Callable[[float], Awaitable[None]]]] = []
        if ready.selector:
            shown = page.locator(ready.selector).first
            steps.append((f"no {ready.selector!r} showed", lambda ms: shown.wait_for(timeout=ms)))
        if ready.text:
            text = page.get_by_text(ready.text).first
            steps.append((f"no text {ready.text!r} showed", lambda ms: text.wait_for(timeout=ms)))
        if ready.idle:
            quiet = partial(page.wait_for_load_state, "networkidle")
            steps.append(("its network never went quiet", lambda ms: quiet(timeout=ms)))
        for complaint, wait in steps:
            try:
                await wait(max(1.0, (deadline - time.monotonic()) * 1000))
            except Error as error:
                cause = f"it loaded, but {complaint} in time"
                raise self._loss(error) or NavigationFailed(url, cause, "not-ready") from error

    async def _run(self, url: str, script: str) -> None:
        from playwright.async_api import Error

        try:
            await self.page.evaluate(f"async () => {{ {script}\n}}")
        except Error as error:
            cause = f"it loaded, but its script failed: {first_line(str(error))}"
            raise self._loss(error) or NavigationFailed(url, cause, "not-ready") from error

    async def reset(self, options: SessionOptions, timeout_s: float) -> None:
        """Empty its storage, drop what was granted and routed, and give it a new page."""
        from playwright.async_api import Error

        self.unpark()
        try:
            async with asyncio.timeout(timeout_s):
                await self._clean(options)
        except TimeoutError as error:
            raise PageUnresponsive(f"A context was not reset within {timeout_s:g} s") from error
        except Error as error:
            raise self._loss(error) or PageUnresponsive(first_line(str(error))) from error

    async def _clean(self, options: SessionOptions) -> None:
        """Pages go first: they could write again what is deleted under them."""
        context = self.context
        old = context.pages
        self.page = await context.new_page()
        self._watch(self.page)
        for page in old:
            await page.close()
        await context.unroute_all()
        await context.clear_permissions()
        await context.grant_permissions(list(options.permissions))
        await context.set_extra_http_headers(dict(options.extra_headers))
        await context.set_geolocation(None)
        await context.set_offline(offline=False)
        control = await context.new_cdp_session(self.page)
        # Cache storage, workers and files of every origin, which Playwright's own reset leaves.
        await control.send("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"})
        await control.detach()
        state: Any = options.storage_state
        await context.set_storage_state(state if state is not None else _NOTHING_STORED)
        self._status = None
        self._pids = frozenset()

    def _watch(self, page: Page) -> None:
        page.on("crash", lambda _: self.lose(PAGE_CRASHED))

    async def ping(self, timeout_s: float) -> float:
        """Have the page's script engine answer; returns seconds."""
        from playwright.async_api import Error

        started = time.monotonic()
        try:
            async with asyncio.timeout(timeout_s):
                await self.page.evaluate("0")
        except TimeoutError as error:
            raise PageUnresponsive(f"The page did not answer within {timeout_s:g} s") from error
        except Error as error:
            raise self._loss(error) or PageUnresponsive(first_line(str(error))) from error
        return time.monotonic() - started

    async def storage_state(self, timeout_s: float) -> Mapping[str, Any]:
        """Cookies, localStorage and IndexedDB, as Playwright's `storageState`."""
        from playwright.async_api import Error

        try:
            async with asyncio.timeout(timeout_s):
                state: Any = await self.context.storage_state(indexed_db=True)
        except TimeoutError as error:
            raise PageUnresponsive(f"No storage state within {timeout_s:g} s") from error
        except Error as error:
            raise self._loss(error) or PageUnresponsive(first_line(str(error))) from error
        return cast("Mapping[str, Any]", state)

    async def close(self, timeout_s: float) -> None:
        """Destroy the context with all that is in it."""
        from playwright.async_api import Error

        if self._berth is not None:
            self._berth.leave()  # a stopped renderer would outlive its context by seconds
        if self._closed:
            return
        self._closed = True
        self._bell.mute()
        try:
            async with asyncio.timeout(timeout_s):
                await self.context.close()
        except TimeoutError as error:
            raise PageUnresponsive(f"A context did not close within {timeout_s:g} s") from error
        except Error:
            return  # it is gone already, with its browser

    def _loss(self, error: Exception) -> PoolError | None:
        """The error for a session that is gone; None if it is not."""
        if "crashed" in str(error) or self._bell.reason == PAGE_CRASHED:
            return PageCrashed("The page crashed")
        if is_closed(error):
            return BrowserLost(f"The session is gone: {self._bell.reason or 'it was closed'}")
        return None


def is_closed(error: Exception) -> bool:
    """Whether Playwright's error says that what it was to use is gone."""
    text = str(error)
    return "has been closed" in text or "closed while" in text or "disconnected" in text
