"""One page of a process: its isolated world, its signals, and the dialog that may hold it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...snapshot import CAPTURE_JS, Dialog, World
from ..errors import DialogOpen
from .signals import Signals

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Download, Page
    from playwright.async_api import Dialog as PlaywrightDialog

_PROBE = Path(__file__).with_name("probe.js").read_text(encoding="utf-8")


class Tab:
    """Made with `Tab.attach`. Not to be shared between tasks: the kernel calls it in order."""

    def __init__(self, page: Page, cdp: CDPSession, world: World) -> None:
        self.page = page
        self.cdp = cdp
        self.world = world
        self.signals = Signals(world.frame)
        self.dialog_open = asyncio.Event()
        self.blocked: asyncio.Future[Any] | None = None
        """The action that opened the current dialog; it goes on when the dialog is answered."""
        self._dialog: PlaywrightDialog | None = None
        self._background: set[asyncio.Future[Any]] = set()

    @classmethod
    async def attach(cls, page: Page) -> Tab:
        """Open a DevTools session to the page and listen."""
        cdp = await page.context.new_cdp_session(page)
        tab = cls(page, cdp, await World.attach(cdp, (_PROBE, CAPTURE_JS)))
        for event, handler in tab.signals.handlers().items():
            cdp.on(event, handler)
        page.on("dialog", tab._on_dialog)
        page.on("download", tab._on_download)
        return tab

    @property
    def dialog(self) -> Dialog | None:
        """The dialog that waits for an answer."""
        held = self._dialog
        return Dialog(held.type, held.message, held.default_value) if held else None

    def refuse_while_dialog(self) -> None:
        """Raise `DialogOpen` when a dialog holds the page, for then nothing else would answer."""
        if self._dialog is not None:
            raise DialogOpen(f"a dialog is open: {self._dialog.message!r}")

    async def answer(self, *, accept: bool, text: str, timeout_s: float) -> None:
        """Answer the open dialog and let the action that opened it finish."""
        held, self._dialog = self._dialog, None
        self.dialog_open.clear()
        if held is None:
            return
        async with asyncio.timeout(timeout_s):
            await (held.accept(text) if accept else held.dismiss())
            blocked, self.blocked = self.blocked, None
            if blocked is not None:
                await blocked

    def in_background(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run a command whose outcome does not matter; it ends with the tab at the latest."""
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._forget)

    async def close(self) -> None:
        """End what still hangs on a dialog or in the background. The page itself is the pool's."""
        left = [*self._background, *([self.blocked] if self.blocked else [])]
        self.blocked = None
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _forget(self, task: asyncio.Future[Any]) -> None:
        self._background.discard(task)
        if not task.cancelled():
            task.exception()  # taken, so that asyncio does not report it

    async def _on_dialog(self, dialog: PlaywrightDialog) -> None:
        if dialog.type == "beforeunload":
            await dialog.accept()  # an agent that leaves a page means it
            return
        self._dialog = dialog
        self.dialog_open.set()
        self.signals.pulse()

    def _on_download(self, download: Download) -> None:
        self.signals.on_download(download.suggested_filename)
