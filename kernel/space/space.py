"""The address space of a process: the tabs of one browser context."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.async_api import Error as PlaywrightError

from ...pool import navigation_failed
from ...snapshot import Observation, RestoreReport, Snapshot, Walked, observe
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
from ..errors import BadAction, BadUrl, DialogOpen, UnknownElement
from ..syscalls import Restore, TakeSnapshot
from . import acting, keeping, moving
from .dialogs import Dialogs
from .problems import raise_problem, ref_number
from .pulse import Pulse
from .reading import once, read
from .tab import Tab
from .windows import Windows

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

_TAB_S = 5.0
_PAGE_S = 20.0
_TOUCHES = 3
_MOST_THINGS = 3000
_TOUCH_TOKENS = 1500
"""As many as of a real one, so that what writes the view is compiled, too."""
_FRESH_S = 0.05
"""A page may have changed by itself meanwhile; in this time it may while it is read, too."""


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


@dataclasses.dataclass(frozen=True, slots=True)
class _Greeting:
    """What a page showed when it was lent."""

    view: Observation
    max_tokens: int
    at: float
    tab: Tab
    navigations: int

    def holds(self, tab: Tab, max_tokens: int, urls: tuple[str, ...], now: float) -> bool:
        """Whether an observation made `now` may be answered with it: nothing was heard since."""
        return (
            now - self.at <= _FRESH_S
            and max_tokens == self.max_tokens
            and tab is self.tab
            and urls == self.view.tabs
            and tab.signals.navigations == self.navigations
            and not tab.held
            and not tab.signals.pending
        )


@dataclasses.dataclass(frozen=True, slots=True)
class _Known:
    """The last reading of a tab. It may be asked whether it still holds, while nothing is done."""

    walked: Walked
    max_tokens: int
    tab: Tab


class AddressSpace:
    """What a process can reach. Made with `AddressSpace.attach`; calls must not overlap."""

    def __init__(self, context: BrowserContext, windows: Windows, dialogs: Dialogs) -> None:
        self._context = context
        self._windows = windows
        self._dialogs = dialogs
        self._next_ref = 1
        self._greeting: _Greeting | None = None
        self._known: _Known | None = None

    @classmethod
    async def attach(cls, page: Page) -> AddressSpace:
        """Take over a context that has one page."""
        pulse = Pulse()
        dialogs = Dialogs(pulse)
        windows = Windows(dialogs, pulse)
        page.context.on("dialog", dialogs.on_dialog)
        windows.add(await Tab.attach(page, dialogs, pulse))
        page.context.on("page", windows.on_page)
        return cls(page.context, windows, dialogs)

    @property
    def tab(self) -> Tab:
        """The current tab. Raises `PageLost` when the last one was closed."""
        return self._windows.tab

    @property
    def url(self) -> str:
        """Address of the current tab."""
        return self._windows.tabs[self._windows.current].page.url

    async def touch(self) -> None:
        """Read the page a few times, so that the first real observation finds our code compiled.

        Mostly it won't be read again then: the page only says that it is still the same.
        """
        for _ in range(_TOUCHES):
            self._known = None
            await self._observe(_TOUCH_TOKENS)
        await self._observe(_TOUCH_TOKENS)

    async def navigate(self, url: str) -> Effect:
        """Open an address in the current tab; done when its document is parsed.

        A dialog that opens meanwhile ends the wait; the effect tells it.
        """
        return await self._go(self._mine(), checked_url(url))

    async def greet(self, max_tokens: int) -> Observation:
        """Read the page, and keep what it shows for an `observe` that follows at once."""
        tab, before = self.tab, self.tab.signals.navigations
        view = await self._observe(max_tokens)
        self._greeting = _Greeting(view, max_tokens, time.monotonic(), tab, before)
        return view

    async def observe(self, max_tokens: int) -> Observation:
        """Read the current tab. A tab that a dialog holds shows the dialog and nothing else."""
        greeting = self._greeting
        tab = self._mine()
        if greeting is not None and greeting.holds(tab, max_tokens, self._urls(), time.monotonic()):
            return greeting.view
        try:
            return await self._observe(max_tokens)
        except DialogOpen:
            tab = self.tab
            at = self._windows.current
            return Observation(tab.page.url, "", dialog=tab.dialog, tabs=self._urls(), tab=at)

    async def act(self, action: Action) -> Effect:
        """Perform an action. Raises the element and page errors of `kernel/errors.py`.

        An error after input was sent has an attribute `performed`, which is True.
        """
        for ref in (getattr(action, "ref", ""), getattr(action, "onto", "")):
            self._check_ref(ref)
        started = time.monotonic()
        tab = self._mine()
        self._known = None
        mark = self._windows.mark(tab)
        effect = await self._dispatch(tab, action)

        def left(most_s: float) -> float:
            return max(0.0, min(most_s, started + acting.ACT_S - time.monotonic()))

        opened = effect.new_tab or await self._windows.opened(tab, mark, left)
        return dataclasses.replace(
            effect,
            url=self.url,
            new_tab=opened,
            downloads=tab.signals.newest(mark.downloaded),
            seconds=time.monotonic() - started,
        )

    async def extract(self, ref: str, kind: str, max_chars: int) -> Any:
        """Read text, markup, a value, links or a table from an element or the whole page."""
        tab = self._mine()
        number = self._check_ref(ref)
        if kind == "things":
            return await self._survey(tab)
        answer = await read(tab, lambda: tab.world.call("extract", number, kind, max_chars))
        raise_problem(ref, answer)
        return answer["result"]

    async def evaluate(self, expression: str) -> Any:
        """Run JavaScript in the page's own world."""
        tab = self._mine()
        self._known = None
        tab.refuse_while_held()
        return await once(tab, tab.page.evaluate(expression))

    async def snapshot(self, how: TakeSnapshot | None = None, key: bytes | None = None) -> Snapshot:
        """The current tab as bytes, sealed with `key` if they are taken live."""
        return await keeping.take(self._mine(), how or TakeSnapshot(), key)

    async def restore(self, what: Restore, key: bytes | None = None) -> RestoreReport:
        """Bring a snapshot back into the current tab; `key` opens it if it is sealed."""
        tab = self._mine()
        self._known = None
        tab.refuse_while_held()

        async def navigate(url: str) -> None:
            await self._go(tab, checked_url(url))

        return await once(tab, keeping.bring_back(tab, navigate, what, key))

    async def close(self) -> None:
        """Let go of the tabs. The context itself belongs to the pool."""
        self._context.remove_listener("page", self._windows.on_page)
        self._context.remove_listener("dialog", self._dialogs.on_dialog)
        await self._dialogs.close()
        await self._windows.close()

    # ---- actions that concern tabs and dialogs ---------------------------------------------

    async def _dispatch(self, tab: Tab, action: Action) -> Effect:
        match action:
            case Back():
                return await moving.move(tab, lambda page: page.go_back(wait_until="commit"))
            case Forward():
                return await moving.move(tab, lambda page: page.go_forward(wait_until="commit"))
            case AnswerDialog():
                held = self._dialogs.take(tab.page)
                return await acting.answer(tab, held, action) if held else Effect(self.url)
            case OpenTab() | SwitchTab() | CloseTab():
                return await self._on_tabs(action)
            case _:
                return await acting.run(tab, action)

    async def _on_tabs(self, action: OpenTab | SwitchTab | CloseTab) -> Effect:
        match action:
            case OpenTab(url):
                return await self._open_tab(checked_url(url))
            case SwitchTab(index):
                return await self._switch(index)
            case CloseTab(index):
                return await self._close_tab(index)

    async def _go(self, tab: Tab, url: str) -> Effect:
        try:
            return await moving.move(tab, lambda page: page.goto(url, wait_until="commit"))
        except PlaywrightError as error:
            raise navigation_failed(url, error) from error

    async def _open_tab(self, url: str) -> Effect:
        before = self.tab
        async with asyncio.timeout(_PAGE_S):
            tab = await self._windows.open(self._context.new_page)
        try:
            effect = await self._go(tab, url)
        except BaseException:
            await self._windows.shut(tab)
            self._windows.show(before)
            raise
        return dataclasses.replace(effect, navigated=True, new_tab=effect.url)

    async def _switch(self, index: int) -> Effect:
        tab = self._at(index)
        self._windows.current = index
        async with asyncio.timeout(_TAB_S):
            await tab.page.bring_to_front()
        return Effect(self.url, navigated=True)

    async def _close_tab(self, index: int) -> Effect:
        tab = self._at(index)
        if len(self._windows.tabs) == 1:
            raise BadAction("the last tab can't be closed", hint="Exit the process instead.")
        await self._windows.shut(tab)
        return Effect(self.url, navigated=True)

    # ---- what the calls share --------------------------------------------------------------

    def _mine(self) -> Tab:
        """The current tab, for a call of the process: from now on it answers its own dialogs."""
        self._dialogs.wanted = True
        self._greeting = None
        return self.tab

    async def _observe(self, max_tokens: int) -> Observation:
        tab, known = self.tab, self._known
        same = known is not None and known.tab is tab and known.max_tokens == max_tokens
        walked = await read(
            tab,
            lambda: observe(
                tab.world,
                first_ref=self._next_ref,
                max_tokens=max_tokens,
                known=known.walked if known is not None and same else None,
            ),
        )
        self._known = _Known(walked, max_tokens, tab)
        self._next_ref = max(self._next_ref, walked.next_ref)
        current = self._windows.current
        return dataclasses.replace(walked.observation, tabs=self._urls(), tab=current)

    async def _survey(self, tab: Tab) -> list[dict[str, Any]]:
        asked = {"base": self._next_ref, "most": _MOST_THINGS}
        found = json.loads(await read(tab, lambda: tab.world.call("survey", asked)))
        self._next_ref = max(self._next_ref, int(found["next"]))
        things: list[dict[str, Any]] = found["things"]
        return things

    def _urls(self) -> tuple[str, ...]:
        return tuple(tab.page.url for tab in self._windows.tabs)

    def _check_ref(self, ref: str) -> int:
        """The number of a ref that was given out, 0 for none; whether it lives the page knows."""
        number = ref_number(ref) if ref else 0
        if number >= self._next_ref:
            raise UnknownElement(ref, "no observation of this process gave out such a ref")
        return number

    def _at(self, index: int) -> Tab:
        tabs = self._windows.tabs
        if not 0 <= index < len(tabs):
            raise BadAction(f"no tab {index}", hint=f"Tabs are 0 to {len(tabs) - 1}.")
        return tabs[index]
