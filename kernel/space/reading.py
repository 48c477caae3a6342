"""Asking a page something that changes nothing: past navigations, and never behind a dialog."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from ...snapshot import WorldLost
from ..errors import PageLost, WaitFailed
from .pulse import race
from .tab import Tab

T = TypeVar("T")

NAVIGATION_S = 15.0
"""A navigation that an action began may take this long to bring its document."""
READ_S = 7.0
"""A reading call waits so long for a navigation that is under way."""
PARSE_S = 10.0
"""A document that is not parsed after this long is taken as it is; some stream for ever."""
_RETRIES = 4
_LAST_TRY_S = 1.5


async def arrived(tab: Tab, timeout_s: float) -> None:
    """Wait until no navigation is under way and the document is parsed, or time is up."""
    signals = tab.signals
    end = time.monotonic() + timeout_s
    await signals.until(lambda: not signals.pending or tab.held, timeout_s)
    if signals.pending or tab.held:
        return
    patience = min(PARSE_S, max(0.0, end - time.monotonic()))
    parsed = await signals.until(lambda: not signals.navigating or tab.held, patience)
    # Not after a short look: it may have come just now, and most are parsed a moment later.
    if not parsed and patience >= PARSE_S / 2:
        signals.parsed_enough()


async def read(tab: Tab, ask: Callable[[], Awaitable[T]], *, wait_s: float = READ_S) -> T:
    """The answer to `ask()`, which may be asked again when the document changes under it.

    Raises `DialogOpen`, `PageLost`, and `WaitFailed` when a navigation keeps the page waiting.
    """
    for _ in range(_RETRIES):
        tab.refuse_while_held()
        await arrived(tab, wait_s)
        tab.refuse_while_held()
        if tab.signals.pending:
            return await _last_try(tab, ask)
        worker = await race(tab.pulse, ask(), lambda: tab.held or tab.signals.pending)
        if not worker.done():
            await _leave(tab, worker)
            continue
        try:
            return worker.result()
        except WorldLost:
            continue
    tab.refuse_while_held()
    raise PageLost("the page goes from one document to the next", hint="Wait for a text of it.")


async def once(tab: Tab, work: Awaitable[T]) -> T:
    """The result of work that must not be repeated; a dialog that it opens keeps it waiting.

    Raises `DialogOpen` and `PageLost`.
    """
    worker = await race(tab.pulse, work, lambda: tab.held)
    if worker.done():
        return worker.result()
    if tab.dialog is not None:
        tab.dialogs.hold(worker)
    else:
        await tab.end(worker)
    tab.refuse_while_held()
    raise PageLost("the page is gone")


async def _leave(tab: Tab, worker: asyncio.Future[Any]) -> None:
    if tab.lost:
        await tab.end(worker)
    else:
        tab.background.drop(worker)


async def _last_try(tab: Tab, ask: Callable[[], Awaitable[T]]) -> T:
    # Should Chromium have dropped a navigation without a word, the page answers as ever.
    try:
        async with asyncio.timeout(_LAST_TRY_S):
            answer = await once(tab, ask())
    except TimeoutError as error:
        raise WaitFailed(
            "the page has begun to load another one, which does not come",
            hint="Wait and observe again, or navigate elsewhere.",
        ) from error
    tab.signals.still_there()
    return answer
