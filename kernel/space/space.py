"""The address space of a process: the tabs of one browser context."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from playwright.async_api import Error as PlaywrightError

from ...pool import navigation_failed
from ...snapshot import Observation, RestoreReport, Snapshot, capture, observe, restore
from ...snapshot import WorldLost as _WorldLost
from ..actions import (
    Action,
    AnswerDialog,
    Back,
    CloseTab,
    Effect,
    Forward,
    OpenTab,
    SwitchTab,
)
from ..errors import BadAction, BadUrl, TooBusy, UnknownElement
from . import acting
from .problems import raise_problem, ref_number
from .tab import Tab

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

T = TypeVar("T")

MAX_TABS = 20
_TAB_S = 5.0
_DIALOG_S = 10.0
_PAGE_S = 20.0
_WORLD_RETRIES = 3
_TOUCHES = 3


def checked_url(url: str) -> str:
    """`url` when it is a full http(s) address. Raises `BadUrl`."""
    try:
        parts = urlsplit(url)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        valid = False
    if not valid:
        raise BadUrl(f"not an http(s) address: {url!r}")
    return url


class AddressSpace:
    """What a process can reach. Made with `AddressSpace.attach`; calls must not overlap."""

    def __init__(self, context: BrowserContext, first: Tab) -> None:
        self._context = context
        self._tabs = [first]
        self._current = 0
        self._next_ref = 1
        self._arrivals: set[asyncio.Task[None]] = set()
        context.on("page", self._on_page)

    @classmethod
    async def attach(cls, page: Page) -> AddressSpace:
        """Take over a context that has one page."""
        return cls(page.context, await Tab.attach(page))

    @property
    def tab(self) -> Tab:
        """The current tab."""
        return self._tabs[self._current]

    @property
    def url(self) -> str:
        """Address of the current tab."""
        return self.tab.page.url

    async def touch(self) -> None:
        """Read the page a few times, so that the first real observation finds our code compiled."""
        for _ in range(_TOUCHES):
            await self.observe(1)

    async def navigate(self, url: str) -> Effect:
        """Open an address in the current tab; done when its document is parsed."""
        checked_url(url)
        try:
            return await self._move(lambda page: page.goto(url, wait_until="domcontentloaded"))
        except PlaywrightError as error:
            raise navigation_failed(url, error) from error

    async def observe(self, max_tokens: int) -> Observation:
        """Read the current tab. A tab that a dialog holds shows the dialog and nothing else."""
        tab = self.tab
        tabs = tuple(each.page.url for each in self._tabs)
        if tab.dialog is not None:
            return Observation(tab.page.url, "", dialog=tab.dialog, tabs=tabs, tab=self._current)
        walked = await _while_documents_change(
            lambda: observe(tab.world, first_ref=self._next_ref, max_tokens=max_tokens)
        )
        self._next_ref = max(self._next_ref, walked.next_ref)
        return dataclasses.replace(walked.observation, tabs=tabs, tab=self._current)

    async def act(self, action: Action) -> Effect:
        """Perform an action. Raises the element and page errors of `kernel/errors.py`."""
        for ref in (getattr(action, "ref", ""), getattr(action, "onto", "")):
            self._check_ref(ref)
        started = time.monotonic()
        known = len(self._tabs)
        windows = self.tab.signals.windows
        effect = await self._dispatch(action)
        opened = await self._opened_tab(known, windows)
        return dataclasses.replace(effect, new_tab=opened, seconds=time.monotonic() - started)

    async def extract(self, ref: str, kind: str, max_chars: int) -> Any:
        """Read text, markup, a value, links or a table from an element or the whole page."""
        self.tab.refuse_while_dialog()
        number = self._check_ref(ref)
        answer = await self.tab.world.call("extract", number, kind, max_chars)
        raise_problem(ref, answer)
        return answer["result"]

    async def evaluate(self, expression: str) -> Any:
        """Run JavaScript in the page's own world."""
        self.tab.refuse_while_dialog()
        return await self.tab.page.evaluate(expression)

    async def snapshot(self) -> Snapshot:
        """The current tab as bytes."""
        self.tab.refuse_while_dialog()
        tab = self.tab
        return await _while_documents_change(lambda: capture(tab.world, taken_at=time.time()))

    async def restore(self, data: bytes) -> RestoreReport:
        """Bring a snapshot back into the current tab."""
        self.tab.refuse_while_dialog()
        snapshot = Snapshot.from_bytes(data)

        async def navigate(url: str) -> None:
            await self.navigate(url)

        return await restore(self.tab.world, navigate, snapshot, clock=time.monotonic)

    async def close(self) -> None:
        """Let go of the tabs. The context itself belongs to the pool."""
        for task in self._arrivals:
            task.cancel()
        await asyncio.gather(*self._arrivals, return_exceptions=True)
        for tab in self._tabs:
            await tab.close()

    # ---- actions that concern tabs and dialogs ---------------------------------------------

    async def _dispatch(self, action: Action) -> Effect:
        match action:
            case Back():
                return await self._move(lambda page: page.go_back(wait_until="domcontentloaded"))
            case Forward():
                return await self._move(lambda page: page.go_forward(wait_until="domcontentloaded"))
            case AnswerDialog(accept, text):
                await self.tab.answer(accept=accept, text=text, timeout_s=_DIALOG_S)
                return Effect(self.url, changed=1)
            case OpenTab() | SwitchTab() | CloseTab():
                return await self._on_tabs(action)
            case _:
                return await acting.run(self.tab, action)

    async def _on_tabs(self, action: OpenTab | SwitchTab | CloseTab) -> Effect:
        match action:
            case OpenTab(url):
                return await self._open_tab(checked_url(url))
            case SwitchTab(index):
                return await self._switch(index)
            case CloseTab(index):
                return await self._close_tab(index)

    async def _move(self, go: Callable[[Page], Awaitable[Any]]) -> Effect:
        tab = self.tab
        tab.refuse_while_dialog()
        before = tab.signals.navigations
        async with asyncio.timeout(_PAGE_S):
            await go(tab.page)
        return Effect(tab.page.url, navigated=tab.signals.navigations > before)

    async def _open_tab(self, url: str) -> Effect:
        if len(self._tabs) >= MAX_TABS:
            raise TooBusy(f"a process may have {MAX_TABS} tabs", hint="Close one first.")
        known = len(self._tabs)
        async with asyncio.timeout(_PAGE_S):
            page = await self._context.new_page()
            await self._tab_count(known + 1)
            self._current = next(i for i, tab in enumerate(self._tabs) if tab.page is page)
            await page.goto(url, wait_until="domcontentloaded")
        return Effect(page.url, navigated=True, new_tab=page.url)

    async def _switch(self, index: int) -> Effect:
        self._check_index(index)
        self._current = index
        await self.tab.page.bring_to_front()
        return Effect(self.url, navigated=True)

    async def _close_tab(self, index: int) -> Effect:
        self._check_index(index)
        if len(self._tabs) == 1:
            raise BadAction("the last tab can't be closed", hint="Exit the process instead.")
        tab = self._tabs.pop(index)
        if self._current >= index:
            self._current = max(0, self._current - 1)
        await tab.close()
        async with asyncio.timeout(_TAB_S):
            await tab.page.close()
        return Effect(self.url, navigated=True)

    def _check_ref(self, ref: str) -> int:
        """The number of a ref that was given out, 0 for none; whether it lives the page knows."""
        number = ref_number(ref) if ref else 0
        if number >= self._next_ref:
            raise UnknownElement(ref, "no observation of this process gave out such a ref")
        return number

    def _check_index(self, index: int) -> None:
        if not 0 <= index < len(self._tabs):
            raise BadAction(f"no tab {index}", hint=f"Tabs are 0 to {len(self._tabs) - 1}.")

    # ---- tabs that the page opens ----------------------------------------------------------

    def _on_page(self, page: Page) -> None:
        task = asyncio.ensure_future(self._arrive(page))
        self._arrivals.add(task)
        task.add_done_callback(self._arrivals.discard)

    async def _arrive(self, page: Page) -> None:
        if len(self._tabs) >= MAX_TABS:
            await page.close()
            return
        async with asyncio.timeout(_TAB_S):
            tab = await Tab.attach(page)
        page.on("close", lambda _: self._drop(tab))
        self._tabs.append(tab)
        for each in self._tabs:
            each.signals.pulse()

    def _drop(self, tab: Tab) -> None:
        if tab in self._tabs and len(self._tabs) > 1:
            index = self._tabs.index(tab)
            del self._tabs[index]
            if self._current >= index:
                self._current = max(0, self._current - 1)

    async def _opened_tab(self, known: int, windows: int) -> str:
        tab = self.tab
        if tab.signals.windows > windows:
            await self._tab_count(known + 1)
        if len(self._tabs) <= known:
            return ""
        page = self._tabs[-1].page
        async with asyncio.timeout(_PAGE_S):
            await page.wait_for_load_state("domcontentloaded")
        return page.url

    async def _tab_count(self, count: int) -> None:
        await self.tab.signals.until(lambda: len(self._tabs) >= count, _TAB_S)


async def _while_documents_change(read: Callable[[], Awaitable[T]]) -> T:
    """Reading is safe to repeat when the document went away under it."""
    for _ in range(_WORLD_RETRIES):
        try:
            return await read()
        except _WorldLost:
            continue
    return await read()
