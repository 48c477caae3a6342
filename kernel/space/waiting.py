"""Waiting for words, elements, changes and silence, across documents."""

from __future__ import annotations

import time
from typing import Any

from playwright.async_api import TimeoutError as PlaywrightTimeout

from ...snapshot import PageHung, WorldLost
from ..actions import WaitFor
from ..errors import BadAction, WaitFailed
from .outcome import Outcome
from .problems import ref_number
from .tab import Tab

_SLACK_S = 2.0
_DONE = Outcome()


async def wait_for(tab: Tab, action: WaitFor) -> Outcome:
    """Wait for what an action names. Raises `WaitFailed` when time is up."""
    if action.idle:
        return await _wait_for_idle(tab, action.timeout_s)
    if action.change:
        return await _wait_for_change(tab, action.timeout_s, action.quiet_s)
    if not action.text and not action.ref:
        raise BadAction("WaitFor needs a text, a ref, idle=True or change=True")
    if not await _comes(tab, action):
        what = repr(action.text) if action.text else action.ref
        verb = "still there" if action.gone else "not there"
        raise WaitFailed(f"{what} is {verb} after {action.timeout_s:g} s")
    return _DONE


async def _comes(tab: Tab, action: WaitFor) -> bool:
    """Whether what is waited for comes in time, in this document or in one after it."""
    end = time.monotonic() + action.timeout_s
    left = action.timeout_s
    while left > 0:
        await tab.signals.until(lambda: not tab.signals.pending or tab.held, left)
        left = max(0.0, end - time.monotonic())
        wanted = {
            "text": action.text,
            "ref": ref_number(action.ref) if action.ref else 0,
            "gone": action.gone,
            "timeoutMs": left * 1000,
        }
        try:
            answer = await tab.world.call("until", wanted, timeout_s=left + _SLACK_S)
        except WorldLost:
            left = end - time.monotonic()
            if tab.lost:
                raise
            continue
        except PageHung:
            if not tab.signals.pending:
                raise
            return False
        return bool(answer["ok"])
    return False


async def _wait_for_idle(tab: Tab, timeout_s: float) -> Outcome:
    try:
        await tab.page.wait_for_load_state("networkidle", timeout=timeout_s * 1000)
    except PlaywrightTimeout as error:
        raise WaitFailed(f"the page is still loading after {timeout_s:g} s") from error
    return _DONE


async def _wait_for_change(tab: Tab, timeout_s: float, quiet_s: float) -> Outcome:
    try:
        answer = await _change(tab, timeout_s, quiet_s)
    except WorldLost:
        return _DONE
    except PageHung:
        if not tab.signals.pending:
            raise
        return _DONE
    if not answer["ok"]:
        raise WaitFailed(f"nothing changed within {answer['seconds']:.2g} s")
    return _DONE


async def _change(tab: Tab, timeout_s: float, quiet_s: float) -> dict[str, Any]:
    """Whether the page changes: looked at until it has been quiet for long enough."""
    end = time.monotonic() + timeout_s
    while True:
        left = max(0.0, end - time.monotonic())
        # The page can't tell which of its requests are under way; our signals can.
        quiet = 0.0 if tab.signals.busy else quiet_s * 1000
        asked = tab.world.call("change", left * 1000, quiet, timeout_s=left + _SLACK_S)
        answer: dict[str, Any] = await asked
        if answer["ok"] or time.monotonic() >= end or not tab.signals.busy:
            return {**answer, "seconds": timeout_s - max(0.0, end - time.monotonic())}
