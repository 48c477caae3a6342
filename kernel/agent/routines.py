"""How the agent carries out each verb of a plan: a table of small routines."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import urljoin

from ...planner import Step, Verb, answer, as_date, complaints, dismissal, find_option
from ...snapshot import Element, Observation
from ..actions import (
    Back,
    Check,
    Click,
    Effect,
    Fill,
    Forward,
    Hover,
    Press,
    Scroll,
    Select,
    Upload,
    WaitFor,
)
from ..errors import CannotDecide, TaskFailed, WaitFailed
from .applying import apply_button, update_button
from .choice import Choice, chosen
from .choosing import changes
from .dragging import arrange, drag
from .entries import click_in_each, click_within, find_entry
from .fields import (
    date_field,
    element_of,
    fill_all,
    fill_from_page,
    fitted,
    lone_field,
    pick_date,
    slide,
    take_suggestion,
)
from .finishing import press_answer, search_by_fields
from .forms import complete_form
from .hands import Hands
from .pointing import click_many, copy, expand, focus, guess, highlight, resize
from .reading import best_passage, on_controls

_REFUSED = 400
"""From this HTTP status on, a server has not done what was asked."""
_EFFECT_S = 1.5
"""How long the effect of a click may take to show when nothing happened at once."""
_TEXT_S = 5.0
_PAGE = 600
_SAME_FORM = frozenset({Verb.FILL, Verb.SELECT, Verb.CHECK, Verb.UNCHECK})
_SCROLLS = {"up": -_PAGE, "down": _PAGE, "top": -1_000_000, "bottom": 1_000_000}


async def _open(hands: Hands, step: Step) -> None:
    # A model may name a page by its path alone.
    url = urljoin(hands.url, step.target)
    effect = await hands.sys.navigate(url)
    hands.url = effect.url
    hands.note(f"open {url}", f"→ {effect.url}")


async def _click(hands: Hands, step: Step) -> None:
    if step.many:
        await (click_in_each if step.within else click_many)(hands, step)
        return
    if step.within:
        await click_within(hands, step)
        return
    if step.recall:
        step = replace(step, target=hands.memory)
    effect = await hands.decide_and_do(step, step.target, "click", _press_it)
    await _refuse_refusals(hands, effect)
    await _await_effect(hands, effect)


async def _refuse_refusals(hands: Hands, effect: Effect) -> None:
    """A page that answers "no" must not pass for a step that is done."""
    if effect.status < _REFUSED:
        return
    said = complaints(await hands.observe())
    reason = f"the page says: {said[0]}" if said else f"the server answered {effect.status}"
    raise TaskFailed(reason, hint="What was done before stays done.")


def _press_it(choice: Choice) -> Click:
    return Click(choice.ref)


async def _fill(hands: Hands, step: Step) -> None:
    if step.many:
        await (fill_from_page if step.recall else fill_all)(hands, step)
        return
    if step.fields:
        await take_suggestion(hands, step)
        return
    if step.recall:
        step = replace(step, value=hands.memory)
    if await _fill_by_hand(hands, step):
        return
    view = await hands.observe()

    def fill(choice: Choice) -> Fill | Select:
        # "Set the country to France" may mean a list.
        if choice.tag == "select":
            return Select(choice.ref, (step.value,))
        return Fill(choice.ref, fitted(view, choice.ref, step.value))

    lone = await lone_field(hands, step.target)
    if lone is not None:
        await hands.do(fill(lone), lone)
    else:
        await hands.decide_and_do(step, step.target, "fill", fill)
    await _press_waiting(hands, update_button)


async def _fill_by_hand(hands: Hands, step: Step) -> bool:
    """A calendar or a slider, where the field is no field that text could be put into."""
    if as_date(step.value):
        field = await date_field(hands, step)
        element = element_of(await hands.observe(), field.ref)
        if element is not None and (element.type == "text" or "readonly" in element.states):
            return await pick_date(hands, step, field)
        return False
    sliding = re.search(r"(?i)\b(?:slider|dial|knob|range)\b", step.target)
    return bool(sliding) and await slide(hands, step)


async def _select(hands: Hands, step: Step) -> None:
    if as_date(step.value):
        await _fill(hands, step)
        return
    view = await hands.observe()
    found = find_option(view, step.value, step.target)
    if found is None:
        effect = await hands.decide_and_do(step, step.value, "click", _press_it)
        await _refuse_refusals(hands, effect)
        await _await_effect(hands, effect)
        return
    choice = chosen(view, found.ref, "exact")
    if found.option:
        options = (*hands.picked.get(found.ref, ()), found.option) if step.many else (found.option,)
        hands.picked[found.ref] = options
        effect = await hands.do(Select(found.ref, options), choice)
    elif found.checkable:
        effect = await hands.do(Check(found.ref), choice)
    else:
        effect = await hands.do(Click(found.ref), choice)
    await _apply(hands, effect)


async def _check(hands: Hands, step: Step) -> None:
    wanted = step.verb is Verb.CHECK

    def check(choice: Choice) -> Check:
        return Check(choice.ref, wanted)

    effect = await hands.decide_and_do(step, step.target, "check", check)
    await _apply(hands, effect)


async def _press(hands: Hands, step: Step) -> None:
    if step.target:
        await hands.decide_and_do(step, step.target, "fill", lambda it: Press(step.value, it.ref))
    else:
        await hands.do(Press(step.value))


async def _hover(hands: Hands, step: Step) -> None:
    await hands.decide_and_do(step, step.target, "hover", lambda it: Hover(it.ref))


async def _scroll(hands: Hands, step: Step) -> None:
    if step.target and step.value:
        choice = await hands.choose(step.target, "")
        await hands.do(Scroll(choice.ref, dy=_SCROLLS.get(step.value, _PAGE)), choice)
    elif step.target:
        await hands.decide_and_do(step, step.target, "", lambda it: Scroll(it.ref))
    else:
        await hands.do(Scroll(dy=_SCROLLS.get(step.value.lower(), _PAGE)))


async def _upload(hands: Hands, step: Step) -> None:
    def upload(choice: Choice) -> Upload:
        return Upload(choice.ref, (step.value,))

    await hands.decide_and_do(step, step.target or "file", "upload", upload)


async def _back(hands: Hands, _: Step) -> None:
    await hands.do(Back())


async def _forward(hands: Hands, _: Step) -> None:
    await hands.do(Forward())


async def _wait(hands: Hands, step: Step) -> None:
    if step.value:
        await hands.do(WaitFor(text=step.value))
    elif step.target:
        # The goal names a time; the task's deadline bounds it.
        await asyncio.sleep(float(step.target))
        hands.note(f"wait {step.target} s")
    else:
        await hands.do(WaitFor(idle=True))


async def _search(hands: Hands, step: Step) -> None:
    try:
        choice = await hands.choose(step.target or "search", "fill")
    except CannotDecide:
        if not await search_by_fields(hands, step):
            raise
        return
    await hands.do(Fill(choice.ref, step.value), choice)
    effect = await hands.do(Press("Enter", choice.ref), choice)
    if effect.any:
        return
    # Some searches have no form behind the field, only a button beside it.
    await hands.decide_and_do(step, "search button", "click", _press_it)


async def _read(hands: Hands, step: Step) -> None:
    found = answer(step.target, await hands.sys.things())
    if not found:
        found = best_passage(on_controls(await hands.observe()), step.target)
    if not found:
        found = best_passage(await hands.sys.extract(), step.target)
    if not found:
        raise TaskFailed(f"the page does not say anything about {step.target!r}")
    hands.memory = found
    hands.answers.append(found)
    hands.note(f"read {step.target}", found[:120])
    if not await hands.ahead():
        await press_answer(hands, found)


async def _verify(hands: Hands, step: Step) -> None:
    wanted = step.value or step.target
    try:
        await hands.do(WaitFor(text=wanted, timeout_s=_TEXT_S))
    except WaitFailed as error:
        raise TaskFailed(f"the page does not show {wanted!r}") from error


async def _dismiss(hands: Hands, step: Step) -> None:
    view = await hands.observe()
    ref = dismissal(view, "", prefer=step.value)
    if ref is not None:
        await hands.do(Click(ref), chosen(view, ref, "exact"))
        return
    try:
        await hands.decide_and_do(step, f"{step.value} {step.target}".strip(), "click", _press_it)
    except CannotDecide:
        # Asked to get rid of something that is not there: nothing to do.
        hands.note(f"dismiss {step.target}", "not there")


async def _apply(hands: Hands, effect: Effect) -> None:
    """Press the Apply button that a list or filter waits for, if it did nothing by itself.

    Not when the plan goes on with the same form, or presses that button itself.
    """
    if effect.navigated or effect.added or effect.removed:
        return
    ahead = await hands.ahead()
    if ahead and ahead[0].verb in _SAME_FORM:
        return
    await _press_waiting(hands, apply_button)


async def _press_waiting(hands: Hands, find: Callable[[Observation, str], Element | None]) -> None:
    """Press the button that the field in focus waits for, unless the plan presses it itself."""
    view = await hands.observe()
    focused = next((e for e in view.elements if "focused" in e.states), None)
    button = find(view, focused.ref) if focused else None
    if button is None or any(_names(step, button.name) for step in await hands.ahead()):
        return
    effect = await hands.do(Click(button.ref), chosen(view, button.ref, "exact"))
    await _refuse_refusals(hands, effect)


def _names(step: Step, button: str) -> bool:
    words = step.target.lower()
    return step.verb is Verb.CLICK and (words in button.lower() or button.lower() in words)


async def _await_effect(hands: Hands, effect: Effect) -> None:
    """A click that did nothing at once may still do something: wait for a change, bounded."""
    if not effect.any:
        await changes(hands.sys, timeout_s=_EFFECT_S)


ROUTINES: dict[Verb, Callable[[Hands, Step], Awaitable[None]]] = {
    Verb.OPEN: _open,
    Verb.CLICK: _click,
    Verb.FILL: _fill,
    Verb.SELECT: _select,
    Verb.CHECK: _check,
    Verb.UNCHECK: _check,
    Verb.PRESS: _press,
    Verb.HOVER: _hover,
    Verb.SCROLL: _scroll,
    Verb.UPLOAD: _upload,
    Verb.BACK: _back,
    Verb.FORWARD: _forward,
    Verb.WAIT: _wait,
    Verb.SEARCH: _search,
    Verb.FORM: complete_form,
    Verb.READ: _read,
    Verb.VERIFY: _verify,
    Verb.DISMISS: _dismiss,
    Verb.FIND: find_entry,
    Verb.EXPAND: expand,
    Verb.FOCUS: focus,
    Verb.HIGHLIGHT: highlight,
    Verb.COPY: copy,
    Verb.DRAG: drag,
    Verb.RESIZE: resize,
    Verb.ARRANGE: arrange,
    Verb.GUESS: guess,
}
