"""One action from beginning to end: watch, perform, let the page settle, say what changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from ...snapshot import WorldLost
from ..actions import Action, Effect
from .perform import PERFORM, Outcome, missed
from .problems import ref_number
from .tab import Tab

NAVIGATION_S = 15.0
"""A navigation that an action began may take this long to be parsed."""
ANSWERS_S = 3.0
"""Requests that an action began are waited for this long; a page may poll for ever."""
_ROUNDS = 3
"""Answers may begin new requests; after so many rounds the page counts as settled."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Before:
    """Where the page's counters stood before an action."""

    navigations: int
    windows: int
    downloads: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What the page's observer counted."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    hit: bool = True


async def run(tab: Tab, action: Action) -> Effect:
    """Perform an action of `PERFORM` and report its effect, without the time.

    Raises the element errors of `kernel/errors.py`.
    """
    tab.refuse_while_dialog()
    before = await _begin(tab, getattr(action, "ref", ""))
    try:
        worker = await _unless_dialog(tab, PERFORM[type(action)](tab, action))
        if worker.done():
            outcome = worker.result()
            changes = await _settle(tab, before)
        else:
            tab.blocked, outcome, changes = worker, Outcome(), Changes()
    finally:
        # Events for each request cost time in this process; they are on only around actions.
        tab.in_background(tab.cdp.send("Network.disable"))
    if outcome.press and not changes.hit and tab.signals.navigations == before.navigations:
        raise missed(outcome.press)
    return _effect(tab, before, outcome, changes)


async def _begin(tab: Tab, ref: str) -> Before:
    signals = tab.signals
    before = Before(signals.navigations, signals.windows, len(signals.downloads))
    signals.watch_requests()
    number = ref_number(ref) if ref else 0
    await asyncio.gather(tab.world.call("begin", number), tab.cdp.send("Network.enable"))
    return before


async def _unless_dialog(tab: Tab, work: Awaitable[T]) -> asyncio.Future[T]:
    """Start `work` and come back when it is done or a dialog holds the page, whichever is first.

    Input events return only after the page's handlers have, and a dialog keeps those waiting.
    """
    worker = asyncio.ensure_future(work)
    opened = asyncio.ensure_future(tab.dialog_open.wait())
    try:
        await asyncio.wait({worker, opened}, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        worker.cancel()
        raise
    finally:
        opened.cancel()
    return worker


async def _settle(tab: Tab, before: Before) -> Changes:
    signals = tab.signals
    changes = Changes()
    seen = 0
    for _ in range(_ROUNDS):
        changes = await _changes(tab, changes)
        if signals.navigating or signals.navigations > before.navigations:
            await signals.until(lambda: not signals.navigating, NAVIGATION_S)
            break
        if tab.dialog is not None or (not signals.busy and signals.answered == seen):
            break
        # An answer may have come before the page could act on it: read once more after each.
        await signals.until(
            lambda: not signals.busy or signals.navigating or tab.dialog is not None, ANSWERS_S
        )
        seen = signals.answered
    return changes


async def _changes(tab: Tab, last: Changes) -> Changes:
    worker = await _unless_dialog(tab, tab.world.call("settle"))
    if not worker.done():
        worker.cancel()
        return last
    try:
        answer = worker.result()
    except WorldLost:
        return last
    return Changes(answer["added"], answer["removed"], answer["changed"], answer["hit"])


def _effect(tab: Tab, before: Before, outcome: Outcome, changes: Changes) -> Effect:
    signals = tab.signals
    dialog = tab.dialog
    return Effect(
        url=tab.page.url,
        navigated=signals.navigations > before.navigations,
        dialog=dialog.message if dialog else "",
        downloads=tuple(signals.downloads[before.downloads :]),
        added=changes.added,
        removed=changes.removed,
        changed=changes.changed + outcome.changed,
        value=outcome.value,
    )
