"""How each action on a page is carried out: one small function each, listed in `PERFORM`.

The page is asked where to press (probe.js waits there until the element can take it), then real
input events are sent. None waits for a fixed time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ...snapshot import PageHung, WorldLost
from ..actions import (
    Check,
    Click,
    DoubleClick,
    Drag,
    Fill,
    Hover,
    Press,
    Scroll,
    Select,
    SelectText,
    Type,
    Upload,
    WaitFor,
)
from ..errors import (
    BadAction,
    ElementCovered,
    ElementGone,
    WrongElement,
)
from .outcome import Outcome
from .problems import raise_problem, ref_number
from .pulse import race
from .tab import Tab
from .waiting import wait_for

ACTIONABLE_S = 5.0
"""How long an element may take to become visible, enabled, still and uncovered."""
CHECKED_S = 1.0
"""How long a pressed checkbox may take to change its state; handlers may ask a server."""
_SLACK_S = 2.0


_DONE = Outcome()


def _send(tab: Tab) -> None:
    """From here on the page has had input: should something fail, it must not be sent again."""
    tab.performed = True


async def _ask(tab: Tab, function: str, ref: str, *args: Any, timeout_s: float) -> dict[str, Any]:
    answer: dict[str, Any] = await tab.world.call(
        function, ref_number(ref), *args, timeout_s=timeout_s + _SLACK_S
    )
    raise_problem(ref, answer)
    return answer


async def _locate(tab: Tab, ref: str, *, enabled: bool = True) -> tuple[float, float]:
    spot = await _ask(tab, "locate", ref, ACTIONABLE_S * 1000, enabled, timeout_s=ACTIONABLE_S)
    return float(spot["x"]), float(spot["y"])


async def _put(tab: Tab, function: str, ref: str, *args: Any) -> dict[str, Any]:
    """Let a script of ours change a field."""
    _send(tab)
    answer: dict[str, Any] = await tab.world.call(
        function, ref_number(ref), *args, timeout_s=ACTIONABLE_S + _SLACK_S
    )
    # Of the problems only this one is found out by trying.
    tab.performed = answer.get("error") in {None, "refused"}
    raise_problem(ref, answer)
    return answer


async def _after(tab: Tab, function: str, ref: str, *args: Any) -> dict[str, Any]:
    """Ask about an element that has had its input; {} when the page can't say any more."""
    if tab.held or tab.signals.pending:
        return {}
    asked = tab.world.call(function, ref_number(ref), *args)
    worker = await race(tab.pulse, asked, lambda: tab.held or tab.signals.pending)
    if not worker.done():
        tab.background.drop(worker)
        return {}
    try:
        answer: dict[str, Any] = worker.result()
    except (WorldLost, PageHung):
        return {}
    return {} if "error" in answer else answer


async def _click(tab: Tab, action: Click) -> Outcome:
    x, y = await _locate(tab, action.ref)
    _send(tab)
    await tab.page.mouse.click(x, y, button=action.button)
    return Outcome(press=action.ref)


async def _double_click(tab: Tab, action: DoubleClick) -> Outcome:
    x, y = await _locate(tab, action.ref)
    _send(tab)
    await tab.page.mouse.dblclick(x, y)
    return Outcome(press=action.ref)


async def _hover(tab: Tab, action: Hover) -> Outcome:
    x, y = await _locate(tab, action.ref, enabled=False)
    _send(tab)
    await tab.page.mouse.move(x, y)
    return _DONE


async def _drag(tab: Tab, action: Drag) -> Outcome:
    if not (action.onto or action.dx or action.dy):
        raise BadAction("a drag needs an element to go onto, or how far to go")
    mouse = tab.page.mouse
    x, y = await _locate(tab, action.ref)
    if action.corner:
        corner = await _ask(tab, "corner", action.ref, timeout_s=ACTIONABLE_S)
        x, y = float(corner["x"]), float(corner["y"])
    _send(tab)
    await mouse.move(x, y)
    await mouse.down()
    try:
        # Once picked up, the target may need scrolling; a drag starts after a few pixels' move.
        await mouse.move(x + 5, y + 5)
        if action.onto:
            x, y = await _locate(tab, action.onto, enabled=False)
        x, y = x + action.dx, y + action.dy
        await mouse.move(x, y, steps=12)
        # Lists make room when the pointer moves over them once more.
        await mouse.move(x + 1, y + 1)
    finally:
        await mouse.up()
    return _DONE


async def _select_text(tab: Tab, action: SelectText) -> Outcome:
    _send(tab)
    await _ask(tab, "selectText", action.ref, action.text, timeout_s=ACTIONABLE_S)
    return Outcome(changed=1)


async def _fill(tab: Tab, action: Fill) -> Outcome:
    await _ask(tab, "fillable", action.ref, ACTIONABLE_S * 1000, timeout_s=ACTIONABLE_S)
    answer = await _put(tab, "fill", action.ref, action.value)
    return Outcome(value=answer["value"], changed=1)


async def _type(tab: Tab, action: Type) -> Outcome:
    await _ask(tab, "focus", action.ref, ACTIONABLE_S * 1000, True, timeout_s=ACTIONABLE_S)
    _send(tab)
    await tab.page.keyboard.type(action.text)
    answer = await _after(tab, "extract", action.ref, "value", 200)
    return Outcome(value=answer.get("result", ""), changed=1)


async def _press(tab: Tab, action: Press) -> Outcome:
    if action.ref:
        await _ask(tab, "focus", action.ref, ACTIONABLE_S * 1000, False, timeout_s=ACTIONABLE_S)
    _send(tab)
    try:
        await tab.page.keyboard.press(action.key)
    except Exception as error:  # Playwright's error for a key it does not know
        if "Unknown key" in str(error):
            tab.performed = False
            raise BadAction(
                f"unknown key {action.key!r}", hint="Keys are named as in KeyboardEvent.key."
            ) from error
        raise
    return _DONE


async def _select(tab: Tab, action: Select) -> Outcome:
    if not action.options:
        raise BadAction("select needs at least one option")
    answer = await _put(tab, "select", action.ref, list(action.options), ACTIONABLE_S * 1000)
    return Outcome(value=answer["value"], changed=1)


async def _check(tab: Tab, action: Check) -> Outcome:
    before = await _ask(tab, "checked", action.ref, timeout_s=ACTIONABLE_S)
    if before["checked"] == action.checked:
        return _DONE
    if before["radio"] and not action.checked:
        raise WrongElement(action.ref, f"{before['what']} is a radio button; check another one")
    x, y = await _locate(tab, action.ref)
    _send(tab)
    await tab.page.mouse.click(x, y)
    after = await _after(tab, "becomesChecked", action.ref, action.checked, CHECKED_S * 1000)
    if after.get("ok") is False:
        raise WrongElement(action.ref, f"{before['what']} did not change its state when pressed")
    return Outcome(changed=1)


async def _scroll(tab: Tab, action: Scroll) -> Outcome:
    ref = ref_number(action.ref) if action.ref else 0
    answer = await tab.world.call("scroll", ref, action.dx, action.dy)
    raise_problem(action.ref, answer)
    return _DONE


async def _upload(tab: Tab, action: Upload) -> Outcome:
    paths = await asyncio.to_thread(_existing, action.paths)
    kind = await _ask(tab, "kind", action.ref, timeout_s=ACTIONABLE_S)
    if kind["file"]:
        node = await tab.world.handle("node", ref_number(action.ref))
        if not node:
            raise ElementGone(action.ref, "the element has left the page")
        _send(tab)
        await tab.cdp.send("DOM.setFileInputFiles", {"objectId": node, "files": paths})
        return Outcome(changed=1)
    return await _through_chooser(tab, action, paths)


async def _through_chooser(tab: Tab, action: Upload, paths: list[str]) -> Outcome:
    x, y = await _locate(tab, action.ref)
    tab.signals.choosers = []
    await tab.cdp.send("Page.setInterceptFileChooserDialog", {"enabled": True})
    try:
        _send(tab)
        await tab.page.mouse.click(x, y)
        if not await tab.signals.until(lambda: bool(tab.signals.choosers), ACTIONABLE_S):
            raise WrongElement(action.ref, "no file chooser opened when it was pressed")
        node = tab.signals.choosers[0]
        await tab.cdp.send("DOM.setFileInputFiles", {"backendNodeId": node, "files": paths})
    finally:
        off = tab.cdp.send("Page.setInterceptFileChooserDialog", {"enabled": False})
        tab.background.run(off)
    return Outcome(changed=1)


def _existing(paths: tuple[str, ...]) -> list[str]:
    missing = [path for path in paths if not Path(path).is_file()]
    if missing or not paths:
        raise BadAction(f"no such file: {missing[0] if missing else '(none given)'}")
    return [str(Path(path).resolve()) for path in paths]


PERFORM: dict[type[Any], Callable[[Tab, Any], Awaitable[Outcome]]] = {
    Click: _click,
    DoubleClick: _double_click,
    Hover: _hover,
    Drag: _drag,
    SelectText: _select_text,
    Fill: _fill,
    Type: _type,
    Press: _press,
    Select: _select,
    Check: _check,
    Scroll: _scroll,
    Upload: _upload,
    WaitFor: wait_for,
}


def missed(ref: str) -> ElementCovered:
    """The error for a press that landed on something else although the way looked free."""
    return ElementCovered(ref, "the press landed on something else; the page moved meanwhile")
