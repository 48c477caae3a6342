"""From one document to another: navigation and history."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from ..actions import Effect
from ..errors import NavigationFailed, PageLost
from .pulse import race
from .reading import PARSE_S, arrived
from .tab import Tab

if TYPE_CHECKING:
    from playwright.async_api import Page

_TOLD_S = 5.0


async def move(tab: Tab, go: Callable[[Page], Awaitable[Any]]) -> Effect:
    """Let `go` begin a navigation; done when its document is parsed, or a dialog holds it.

    `go` ends when the document has come ("commit"). A document that goes on streaming is taken as
    it is after `PARSE_S`. Raises Playwright's errors, `DialogOpen`, `PageLost`, and
    `NavigationFailed` when there is nothing of the document by then.
    """
    tab.refuse_while_held()
    before, address = tab.signals.navigations, tab.page.url
    worker = await race(tab.pulse, go(tab.page), lambda: tab.held)
    if worker.done():
        tab.document = worker.result()
        if tab.document is not None or tab.page.url != address:
            await _arrive(tab, before)
    elif tab.dialog is not None:
        tab.dialogs.hold(worker)
    else:
        await tab.end(worker)
        raise PageLost("the tab was closed")
    dialog = tab.dialog
    return Effect(
        tab.page.url,
        navigated=tab.signals.navigations > before,
        dialog=dialog.message if dialog else "",
        status=tab.document.status if worker.done() and tab.document is not None else 0,
    )


async def _arrive(tab: Tab, before: int) -> None:
    signals = tab.signals
    # Playwright hears of it on another session than we do.
    await signals.until(lambda: signals.navigations > before or tab.held, _TOLD_S)
    await arrived(tab, PARSE_S)
    if tab.held or not signals.cut_short:
        return
    if not await tab.world.call("hasBody"):
        raise NavigationFailed(f"nothing of {tab.page.url} came within {PARSE_S:g} s")
