"""The JavaScript dialogs that hold pages of a space until they are answered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ...snapshot import Dialog
from .background import Background
from .pulse import Pulse

if TYPE_CHECKING:
    from playwright.async_api import Dialog as Held
    from playwright.async_api import Page


class Dialogs:
    """One for all tabs of a space: a dialog in a window often holds the one that opened it, too."""

    def __init__(self, pulse: Pulse) -> None:
        self.blocked: asyncio.Future[Any] | None = None
        """What the oldest dialog interrupted; it goes on when the dialog is answered."""
        self.wanted = False
        """Whether anybody could answer: before the first call of a process nobody can."""
        self._held: list[Held] = []
        self._pulse = pulse
        self._background = Background()

    @property
    def any(self) -> bool:
        """Whether any dialog waits for an answer."""
        return bool(self._held)

    def on_dialog(self, dialog: Held) -> None:
        """A page opened a dialog."""
        if dialog.type == "beforeunload":
            # An agent that leaves a page means it.
            self._background.run(dialog.accept())
        elif not self.wanted:
            # Kept open, it would hold up the very load that the process is waiting for.
            self._background.run(dialog.dismiss())
        else:
            self._held.append(dialog)
            self._pulse.ring()

    def on_closed(self, page: Page) -> None:
        """A page is gone, and its dialogs with it."""
        self._held = [dialog for dialog in self._held if dialog.page is not page]
        self._pulse.ring()

    def shown(self, page: Page) -> Dialog | None:
        """The dialog that holds a page: its own, or else that of another one."""
        held = self._of(page)
        return Dialog(held.type, held.message, held.default_value) if held else None

    def take(self, page: Page) -> Held | None:
        """As `shown`, to be answered: from now on it counts as gone."""
        held = self._of(page)
        if held is not None:
            self._held.remove(held)
        return held

    def take_blocked(self) -> asyncio.Future[Any] | None:
        """What the dialogs interrupted, for the caller to wait for."""
        blocked, self.blocked = self.blocked, None
        return blocked

    def hold(self, work: asyncio.Future[Any]) -> None:
        """Keep what a dialog interrupted."""
        self.blocked = self._background.run(work)

    async def close(self) -> None:
        """End what still hangs on a dialog."""
        self.blocked = None
        await self._background.close()

    def _of(self, page: Page) -> Held | None:
        own = (dialog for dialog in self._held if dialog.page is page)
        return next(own, self._held[0] if self._held else None)
