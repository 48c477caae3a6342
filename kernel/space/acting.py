"""One action from beginning to end: watch, perform, let the page settle, say what changed."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from ...snapshot import PageHung, WorldLost
from ..actions import Action, AnswerDialog, Effect
from ..errors import AbosError, PageLost
from ..translate import translate
from .outcome import Outcome
from .perform import PERFORM, missed
from .problems import ref_number
from .pulse import race
from .reading import NAVIGATION_S, arrived, read
from .tab import CLOSING_S, Tab

if TYPE_CHECKING:
    from playwright.async_api import Dialog as Held

ANSWERS_S = 3.0
"""Requests that an action began are waited for this long in all; a page may poll for ever."""
ACT_S = 26.0
"""From here on an action waits for nothing more, so that its effect is told within its deadline."""
_DIALOG_S = 10.0
"""What a dialog interrupted may take this long once the dialog is answered."""
_ROUNDS = 3
"""Answers may begin new requests; after so many rounds the page counts as settled."""


@dataclass(frozen=True, slots=True)
class Before:
    """Where the page's counters stood before an action, and when it began (monotonic seconds)."""

    navigations: int
    documents: int
    downloads: int
    started: float

    def left(self, most_s: float) -> float:
        """How long may still be waited, at most `most_s`."""
        return max(0.0, min(most_s, self.started + ACT_S - time.monotonic()))


@dataclass(frozen=True, slots=True)
class Changes:
    """What the page's observer counted, and where the press landed."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    hit: str = "unseen"
    """`hit`, `other` (on something else) or `unseen` (the page kept it from us)."""


async def run(tab: Tab, action: Action) -> Effect:
    """Perform an action of `PERFORM` and report its effect, without the time.

    Raises the element and page errors of `kernel/errors.py`. An error that came after input was
    sent has an attribute `performed`, which is True: the same action again might do its work twice.
    """
    started = time.monotonic()
    tab.performed = False
    ref = getattr(action, "ref", "")
    number = ref_number(ref) if ref else 0
    await read(tab, lambda: _watch(tab, number), wait_s=NAVIGATION_S)
    return await _through(tab, _before(tab, started), PERFORM[type(action)](tab, action))


async def answer(tab: Tab, held: Held, action: AnswerDialog) -> Effect:
    """Answer a dialog that was taken from `tab.dialogs`, and let what it interrupted go on."""
    before = _before(tab, time.monotonic())
    tab.performed = True
    tab.signals.watch_requests()
    # The page hears of it, and of the answer, once the dialog is gone.
    tab.background.run(tab.cdp.send("Network.enable"))
    return await _through(tab, before, _answer(tab, held, action))


async def _answer(tab: Tab, held: Held, action: AnswerDialog) -> Outcome:
    text = held.default_value if action.text is None else action.text
    interrupted = tab.dialogs.take_blocked()
    # It may have gone away by itself: with its page, or with the document.
    with contextlib.suppress(PlaywrightError):
        await (held.accept(text) if action.accept else held.dismiss())
    if interrupted is None:
        return Outcome(changed=1)
    await asyncio.wait({interrupted}, timeout=_DIALOG_S)
    if not interrupted.done():
        return Outcome(changed=1)
    return _interrupted(interrupted)


def _interrupted(work: asyncio.Future[Any]) -> Outcome:
    """What came of an action after its dialog was answered. Its own errors are told."""
    error = None if work.cancelled() else work.exception()
    if isinstance(error, AbosError):
        raise error
    outcome = work.result() if error is None and not work.cancelled() else None
    if not isinstance(outcome, Outcome):
        return Outcome(changed=1)
    return dataclasses.replace(outcome, changed=outcome.changed + 1)


async def _watch(tab: Tab, number: int) -> None:
    tab.signals.watch_requests()
    await asyncio.gather(tab.world.call("begin", number), tab.cdp.send("Network.enable"))


def _before(tab: Tab, started: float) -> Before:
    signals = tab.signals
    return Before(signals.navigations, signals.documents, signals.downloaded, started)


async def _through(tab: Tab, before: Before, work: Awaitable[Outcome]) -> Effect:
    try:
        outcome = await _perform(tab, work)
        changes = await _settle(tab, before)
        if outcome.press and changes.hit == "other":
            _check_landing(tab, before, outcome)
    except Exception as error:
        raise _marked(error, performed=tab.performed) from error
    finally:
        # Events for each request cost time in this process; they are on only around actions.
        if not tab.lost:
            tab.background.run(tab.cdp.send("Network.disable"))
    return _effect(tab, before, outcome, changes)


async def _perform(tab: Tab, work: Awaitable[Outcome]) -> Outcome:
    """Run `work` until it is done, or a dialog holds it, or the tab is gone.

    Input events return only after the page's handlers have, and a dialog keeps those waiting.
    """
    worker = await race(tab.pulse, work, lambda: tab.held)
    if not worker.done():
        if not tab.lost:
            tab.dialogs.hold(worker)
            return Outcome()
        await tab.end(worker)
        if not tab.performed:
            raise PageLost("the tab was closed")
        return Outcome()
    try:
        return worker.result()
    except (PlaywrightError, WorldLost) as error:
        # A press that closes its own tab did what it should. Its event may come after the error.
        if not tab.performed or "closed" not in str(error):
            raise
        if not await tab.signals.until(lambda: tab.lost, CLOSING_S):
            raise
        return Outcome()


def _check_landing(tab: Tab, before: Before, outcome: Outcome) -> None:
    if tab.signals.navigations == before.navigations and not tab.held:
        raise missed(outcome.press)


def _marked(error: Exception, *, performed: bool) -> Exception:
    """The error as users know it, since a mark on another one would be lost on the way to them."""
    if not performed:
        return error
    known = translate(error)
    vars(known)["performed"] = True
    return known


async def _settle(tab: Tab, before: Before) -> Changes:
    signals = tab.signals
    answers_by = time.monotonic() + before.left(ANSWERS_S)
    changes = Changes()
    seen = 0
    for _ in range(_ROUNDS):
        changes = await _changes(tab, changes)
        if _moved(tab, before):
            break
        if tab.held or not (signals.busy or signals.answered != seen):
            return changes
        # An answer may have come before the page could act on it: read once more after each.
        if not await signals.until(
            lambda: not signals.busy or signals.navigating or tab.held,
            max(0.0, answers_by - time.monotonic()),
        ):
            break
        seen = signals.answered
    if _moved(tab, before):
        await arrived(tab, before.left(NAVIGATION_S))
    if signals.documents > before.documents:
        return changes
    # What seemed a navigation became a download, or nothing: the page is still the same one.
    return await _changes(tab, changes)


def _moved(tab: Tab, before: Before) -> bool:
    """Whether another document comes. A new address within this one ends nothing: scripts that
    set it are about to ask for what belongs there."""
    return tab.signals.navigating or tab.signals.documents > before.documents


async def _changes(tab: Tab, last: Changes) -> Changes:
    """What the page counted; `last` when it can't say. The action is done: nothing raises."""
    if tab.held or tab.signals.pending:
        return last
    worker = await race(
        tab.pulse, tab.world.call("settle"), lambda: tab.held or tab.signals.pending
    )
    if not worker.done():
        tab.background.drop(worker)
        return last
    try:
        counted = worker.result()
    except (WorldLost, PageHung):
        return last
    return Changes(counted["added"], counted["removed"], counted["changed"], counted["hit"])


def _effect(tab: Tab, before: Before, outcome: Outcome, changes: Changes) -> Effect:
    signals = tab.signals
    dialog = tab.dialog
    return Effect(
        url=tab.page.url,
        # One that is still under way counts: whoever acts next must look again.
        navigated=signals.navigations > before.navigations or signals.pending or tab.lost,
        dialog=dialog.message if dialog else "",
        downloads=signals.newest(before.downloads),
        added=changes.added,
        removed=changes.removed,
        changed=changes.changed + outcome.changed,
        value=outcome.value,
        status=signals.status,
    )
