"""One page of a process: its isolated world, its signals, and what holds or ends it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...snapshot import CAPTURE_JS, Dialog, World
from ..errors import DialogOpen, PageLost
from .background import Background
from .dialogs import Dialogs
from .pulse import Pulse
from .signals import Signals

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Download, Page, Response

CLOSING_S = 1.0
"""Calls to a page that is gone fail within this time, and its events come."""

_HERE = Path(__file__).parent
_PROBE = "\n".join(
    (_HERE / name).read_text(encoding="utf-8")
    for name in ("probe.js", "fields.js", "watch.js", "survey.js")
)


class Tab:
    """Made with `Tab.attach`. Not to be shared between tasks: the kernel calls it in order."""

    def __init__(self, page: Page, cdp: CDPSession, world: World, dialogs: Dialogs) -> None:
        self.page = page
        self.cdp = cdp
        self.world = world
        self.dialogs = dialogs
        self.signals = Signals(world.frame)
        self.performed = False
        """Whether the action under way has sent input to the page, or changed it."""
        self.crashed = False
        self.background = Background()
        self.document: Response | None = None
        """What the last navigation of ours brought, or None."""

    @classmethod
    async def attach(cls, page: Page, dialogs: Dialogs, pulse: Pulse) -> Tab:
        """Open a DevTools session to the page and listen."""
        cdp = await page.context.new_cdp_session(page)
        tab = cls(page, cdp, await World.attach(cdp, (_PROBE, CAPTURE_JS)), dialogs)
        tab.signals.pulse = pulse
        for event, handler in tab.signals.handlers().items():
            cdp.on(event, handler)
        page.on("download", tab._on_download)
        page.on("crash", tab._on_crash)
        page.on("close", tab._on_close)
        return tab

    @property
    def pulse(self) -> Pulse:
        """Rings at every event of the space."""
        return self.signals.pulse

    @property
    def dialog(self) -> Dialog | None:
        """The dialog that waits for an answer."""
        return self.dialogs.shown(self.page)

    @property
    def lost(self) -> bool:
        """The page was closed or has crashed."""
        return self.crashed or self.page.is_closed()

    @property
    def held(self) -> bool:
        """A dialog holds the page, or it is lost: no call to it would be answered."""
        return self.lost or self.dialog is not None

    def refuse_while_held(self) -> None:
        """Raise `DialogOpen` or `PageLost` when nothing would be answered."""
        if self.lost:
            raise PageLost("the tab crashed" if self.crashed else "the tab was closed")
        if self.dialog is not None:
            raise DialogOpen(f"a dialog is open: {self.dialog.message!r}")

    async def end(self, work: asyncio.Future[Any]) -> None:
        """End work whose page is gone.

        It mostly fails by itself, right after the events that say why: whoever owns the page
        has heard of them then.
        """
        await asyncio.wait({work}, timeout=CLOSING_S)
        self.background.drop(work)

    async def close(self) -> None:
        """End what still goes on in the background. The page itself is the pool's."""
        await self.background.close()

    def _on_download(self, download: Download) -> None:
        self.signals.on_download(download.suggested_filename)

    def _on_crash(self, _: Page) -> None:
        self.crashed = True
        self.pulse.ring()

    def _on_close(self, _: Page) -> None:
        self.dialogs.on_closed(self.page)
