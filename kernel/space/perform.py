"""How each action on a page is carried out: one small function each, listed in `PERFORM`.

The page is asked where to press (probe.js waits there until the element can take it), then real
input events are sent. None waits for a fixed time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...snapshot import WorldLost
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
    Type,
    Upload,
    WaitFor,
)
from ..errors import BadAction, ElementCovered, ElementGone, WaitFailed, WrongElement
from .problems import raise_problem, ref_number
from .tab import Tab

ACTIONABLE_S = 5.0
"""How long an element may take to become visible, enabled, still and uncovered."""
_SLACK_S = 2.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What performing an action told us itself."""

    value: str = ""
    press: str = ""
    """The ref that a press was aimed at, to be checked against the event that arrived."""
    changed: int = 0
    """Field values changed, which no observer of the document sees."""


_DONE = Outcome()


async def _ask(tab: Tab, function: str, ref: str, *args: Any, timeout_s: float) -> dict[str, Any]:
    answer: dict[str, Any] = await tab.world.call(
        function, ref_number(ref), *args, timeout_s=timeout_s + _SLACK_S
    )
    raise_problem(ref, answer)
    return answer


async def _locate(tab: Tab, ref: str, *, enabled: bool = True) -> tuple[float, float]:
    spot = await _ask(tab, "locate", ref, ACTIONABLE_S * 1000, enabled, timeout_s=ACTIONABLE_S)
    return float(spot["x"]), float(spot["y"])


async def _click(tab: Tab, action: Click) -> Outcome:
    x, y = await _locate(tab, action.ref)
    await tab.page.mouse.click(x, y, button=action.button)
    return Outcome(press=action.ref)


async def _double_click(tab: Tab, action: DoubleClick) -> Outcome:
    x, y = await _locate(tab, action.ref)
    await tab.page.mouse.dblclick(x, y)
    return Outcome(press=action.ref)


async def _hover(tab: Tab, action: Hover) -> Outcome:
    x, y = await _locate(tab, action.ref, enabled=False)
    await tab.page.mouse.move(x, y)
    return _DONE


async def _drag(tab: Tab, action: Drag) -> Outcome:
    mouse = tab.page.mouse
    x, y = await _locate(tab, action.ref)
    await mouse.move(x, y)
    await mouse.down()
    try:
        # Once picked up, the target may need scrolling; a drag starts after a few pixels' move.
        await mouse.move(x + 5, y + 5)
        onto_x, onto_y = await _locate(tab, action.onto, enabled=False)
        await mouse.move(onto_x, onto_y, steps=5)
    finally:
        await mouse.up()
    return _DONE


async def _fill(tab: Tab, action: Fill) -> Outcome:
    answer = await _ask(
        tab, "fill", action.ref, action.value, ACTIONABLE_S * 1000, timeout_s=ACTIONABLE_S
    )
    return Outcome(value=answer["value"], changed=1)


async def _type(tab: Tab, action: Type) -> Outcome:
    await _ask(tab, "focus", action.ref, ACTIONABLE_S * 1000, timeout_s=ACTIONABLE_S)
    await tab.page.keyboard.type(action.text)
    answer = await _ask(tab, "extract", action.ref, "value", 200, timeout_s=ACTIONABLE_S)
    return Outcome(value=answer["result"], changed=1)


async def _press(tab: Tab, action: Press) -> Outcome:
    if action.ref:
        await _ask(tab, "focus", action.ref, ACTIONABLE_S * 1000, timeout_s=ACTIONABLE_S)
    try:
        await tab.page.keyboard.press(action.key)
    except Exception as error:  # Playwright's error for a key it does not know
        if "Unknown key" in str(error):
            raise BadAction(
                f"unknown key {action.key!r}", hint="Keys are named as in KeyboardEvent.key."
            ) from error
        raise
    return _DONE


async def _select(tab: Tab, action: Select) -> Outcome:
    if not action.options:
        raise BadAction("select needs at least one option")
    answer = await _ask(
        tab, "select", action.ref, list(action.options), ACTIONABLE_S * 1000, timeout_s=ACTIONABLE_S
    )
    return Outcome(value=answer["value"], changed=1)


async def _check(tab: Tab, action: Check) -> Outcome:
    before = await _ask(tab, "checked", action.ref, timeout_s=ACTIONABLE_S)
    if before["checked"] == action.checked:
        return _DONE
    if before["radio"] and not action.checked:
        raise WrongElement(action.ref, f"{before['what']} is a radio button; check another one")
    x, y = await _locate(tab, action.ref)
    await tab.page.mouse.click(x, y)
    after = await _ask(tab, "checked", action.ref, timeout_s=ACTIONABLE_S)
    if after["checked"] != action.checked:
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
        await tab.cdp.send("DOM.setFileInputFiles", {"objectId": node, "files": paths})
        return Outcome(changed=1)
    x, y = await _locate(tab, action.ref)
    async with tab.page.expect_file_chooser(timeout=ACTIONABLE_S * 1000) as chooser:
        await tab.page.mouse.click(x, y)
    await (await chooser.value).set_files(paths)
    return Outcome(changed=1)


def _existing(paths: tuple[str, ...]) -> list[str]:
    missing = [path for path in paths if not Path(path).is_file()]
    if missing or not paths:
        raise BadAction(f"no such file: {missing[0] if missing else '(none given)'}")
    return [str(Path(path).resolve()) for path in paths]


async def _wait_for(tab: Tab, action: WaitFor) -> Outcome:
    if action.idle:
        await tab.page.wait_for_load_state("networkidle", timeout=action.timeout_s * 1000)
        return _DONE
    if action.change:
        return await _wait_for_change(tab, action.timeout_s)
    if not action.text and not action.ref:
        raise BadAction("WaitFor needs a text, a ref, idle=True or change=True")
    wanted = {
        "text": action.text,
        "ref": ref_number(action.ref) if action.ref else 0,
        "gone": action.gone,
        "timeoutMs": action.timeout_s * 1000,
    }
    answer = await tab.world.call("until", wanted, timeout_s=action.timeout_s + _SLACK_S)
    if not answer["ok"]:
        what = repr(action.text) if action.text else action.ref
        verb = "still there" if action.gone else "not there"
        raise WaitFailed(f"{what} is {verb} after {action.timeout_s:g} s")
    return _DONE


async def _wait_for_change(tab: Tab, timeout_s: float) -> Outcome:
    try:
        answer = await tab.world.call("change", timeout_s * 1000, timeout_s=timeout_s + _SLACK_S)
    except WorldLost:
        return _DONE
    if not answer["ok"]:
        raise WaitFailed(f"nothing changed within {timeout_s:g} s")
    return _DONE


PERFORM: dict[type[Any], Callable[[Tab, Any], Awaitable[Outcome]]] = {
    Click: _click,
    DoubleClick: _double_click,
    Hover: _hover,
    Drag: _drag,
    Fill: _fill,
    Type: _type,
    Press: _press,
    Select: _select,
    Check: _check,
    Scroll: _scroll,
    Upload: _upload,
    WaitFor: _wait_for,
}


def missed(ref: str) -> ElementCovered:
    """The error for a press that landed on something else although the way looked free."""
    return ElementCovered(ref, "the press landed on something else; the page moved meanwhile")
