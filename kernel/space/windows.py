"""The tabs of a space, and the windows that its pages ask for until they are tabs or gone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import PageLost, TooBusy
from .background import Background
from .dialogs import Dialogs
from .pulse import Pulse, race
from .reading import NAVIGATION_S
from .tab import Tab

if TYPE_CHECKING:
    from playwright.async_api import Page

MAX_TABS = 20
_ATTACH_S = 5.0
_CLOSE_S = 5.0
_BLANK_S = 1.0
"""The window of a link that was a download comes right after the download."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where things stood before an action."""

    asked: int
    settled: int
    tabs: tuple[Tab, ...]
    downloaded: int


class Windows:
    """Keeps the list of tabs true to the browser, whoever opens or closes them."""

    def __init__(self, dialogs: Dialogs, pulse: Pulse) -> None:
        self.tabs: list[Tab] = []
        self.current = 0
        self.asked = 0
        """Windows that pages asked for."""
        self.settled = 0
        """Pages that came and were listed, refused or closed again."""
        self.asked_url = ""
        self._dialogs = dialogs
        self._pulse = pulse
        self._background = Background()

    @property
    def tab(self) -> Tab:
        """The current tab. Raises `PageLost` when it is gone and no other is there."""
        tab = self.tabs[self.current]
        if tab.lost:
            tab.refuse_while_held()
        return tab

    def on_page(self, page: Page) -> None:
        """A page was opened, by another one or by us."""
        self._background.run(self._arrive(page))

    def on_window(self, url: str) -> None:
        """A page asked for a window."""
        self.asked += 1
        self.asked_url = url
        self._pulse.ring()

    def add(self, tab: Tab) -> None:
        """List a tab, and strike it off when it closes or crashes."""
        tab.signals.on_window = self.on_window
        tab.page.on("close", lambda _: self._drop(tab))
        tab.page.on("crash", lambda _: self._drop(tab))
        self.tabs.append(tab)
        for lost in [each for each in self.tabs if each.lost]:
            self._drop(lost)

    def of(self, page: Page) -> Tab | None:
        """The tab of a page."""
        return next((tab for tab in self.tabs if tab.page is page), None)

    def mark(self, tab: Tab) -> Mark:
        """Where things stand, to be asked later what has come since."""
        return Mark(self.asked, self.settled, tuple(self.tabs), tab.signals.downloaded)

    async def opened(self, opener: Tab, mark: Mark, left: Callable[[float], float]) -> str:
        """Address of a tab that an action opened, or "". Never raises.

        A window that has not come in time is told by the address that was asked for.
        """
        came = await self._pulse.until(lambda: self._over(opener, mark), left(NAVIGATION_S))
        if opener.signals.downloaded > mark.downloaded:
            await self._shut_blank(mark, left(_BLANK_S))
        new = self._since(mark)
        if new:
            await self._loaded(new[-1], left(_ATTACH_S))
            return "" if new[-1].lost else new[-1].page.url or self.asked_url
        late = not came or (self._dialogs.any and self._coming(mark))
        return self.asked_url if late else ""

    async def open(self, make: Callable[[], Awaitable[Page]]) -> Tab:
        """A new tab, which is the current one from now on. Raises `TooBusy`, `PageLost`."""
        if len(self.tabs) >= MAX_TABS:
            raise TooBusy(f"a process may have {MAX_TABS} tabs", hint="Close one first.")
        page = await make()
        await self._pulse.until(lambda: self.of(page) is not None or page.is_closed(), _ATTACH_S)
        tab = self.of(page)
        if tab is None:
            self._background.run(page.close())
            raise PageLost("the new tab gave no answer", hint="Try again.")
        self.current = self.tabs.index(tab)
        return tab

    def show(self, tab: Tab) -> None:
        """Make a tab the current one, if it is still there."""
        if tab in self.tabs:
            self.current = self.tabs.index(tab)

    async def shut(self, tab: Tab) -> None:
        """Close a tab; another one is current then."""
        self._drop(tab)
        async with asyncio.timeout(_CLOSE_S):
            await tab.page.close()

    async def close(self) -> None:
        """Let go of the tabs. Their pages belong to the pool."""
        await self._background.close()
        for tab in self.tabs:
            await tab.close()

    # ---- what comes and goes ---------------------------------------------------------------

    async def _arrive(self, page: Page) -> None:
        page.on("close", lambda _: self._pulse.ring())
        try:
            tab = await self._attached(page)
            # Others may have come meanwhile, so the bound is looked at only now.
            if tab is not None and len(self.tabs) < MAX_TABS:
                self.add(tab)
            elif not page.is_closed():
                self._background.run(page.close())
        finally:
            self.settled += 1
            self._pulse.ring()

    async def _attached(self, page: Page) -> Tab | None:
        attaching = self._background.run(Tab.attach(page, self._dialogs, self._pulse))
        attaching.add_done_callback(lambda _: self._pulse.ring())

        def over() -> bool:
            return attaching.done() or page.is_closed()

        # A dialog that opens while the page loads keeps it silent; that time does not count.
        while not await self._pulse.until(over, _ATTACH_S) and self._dialogs.any:
            pass
        if not attaching.done():
            attaching.cancel()
            return None
        return None if attaching.exception() else attaching.result()

    def _drop(self, tab: Tab) -> None:
        self._dialogs.on_closed(tab.page)
        self._background.run(tab.close())
        # The last one stays listed, so that calls can say that it is lost.
        if tab not in self.tabs or len(self.tabs) == 1:
            return
        index = self.tabs.index(tab)
        del self.tabs[index]
        if self.current >= index:
            self.current = max(0, self.current - 1)
        if not tab.page.is_closed():
            self._background.run(tab.page.close())

    async def _loaded(self, tab: Tab, timeout_s: float) -> None:
        loading = tab.page.wait_for_load_state("domcontentloaded", timeout=timeout_s * 1000 + 1)
        worker = await race(self._pulse, loading, lambda: tab.held)
        if not worker.done():
            self._background.drop(worker)
        else:
            worker.exception()  # closed or too slow: its address is told all the same

    async def _shut_blank(self, mark: Mark, timeout_s: float) -> None:
        """Close the empty window that is left of a link that was a download."""
        await self._pulse.until(lambda: not self._coming(mark), timeout_s)
        for tab in self._since(mark):
            if tab.page.url in {"", ":", "about:blank"}:
                self._drop(tab)

    def _since(self, mark: Mark) -> list[Tab]:
        return [tab for tab in self.tabs if tab not in mark.tabs]

    def _coming(self, mark: Mark) -> bool:
        return self.asked - mark.asked > self.settled - mark.settled

    def _over(self, opener: Tab, mark: Mark) -> bool:
        # A window that turned into a download may never come, one behind a dialog not yet.
        downloaded = opener.signals.downloaded > mark.downloaded
        return downloaded or self._dialogs.any or not self._coming(mark)
