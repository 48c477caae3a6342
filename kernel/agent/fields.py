"""Putting values into fields of all kinds: dates, sliders, suggestions, several at once."""

from __future__ import annotations

import contextlib
import re

from ...planner import (
    Day,
    Step,
    Thing,
    as_date,
    beside,
    fitting,
    hexadecimal,
    next_press,
    number_in,
)
from ...snapshot import Element, Observation
from ..actions import Click, Fill, Press, Type
from ..errors import CannotDecide, ElementGone, TaskFailed, WrongElement
from .choice import Choice, chosen
from .choosing import changes
from .hands import Hands
from .looking import as_choice

_TEXT = frozenset({"textbox", "searchbox", "combobox", "spinbutton"})
_MONTHS = 600
"""Pages of a calendar that are turned at most."""
_WAITS = 4
"""Changes of the page that are waited for until the suggestions are there."""
_KEYS = 400
"""Keys that are pressed at most to bring a slider to its place."""


def element_of(view: Observation, ref: str) -> Element | None:
    """The element of a ref, if it is a control."""
    return next((e for e in view.elements if e.ref == ref), None)


def fitted(view: Observation, ref: str, value: str) -> str:
    """A value in the form that a field takes."""
    element = element_of(view, ref)
    if element is None:
        return value
    colour = hexadecimal(value)
    if colour and element.type == "text" and re.fullmatch(r"#?[0-9A-Fa-f]{6}", element.value):
        return colour if element.value.startswith("#") else colour.removeprefix("#")
    return fitting(element.type, value)


async def fill_all(hands: Hands, step: Step) -> None:
    """The same value into every text field that takes one."""
    view = await hands.observe()
    fields = [e for e in view.elements if e.role in _TEXT and _open(e)]
    if not fields:
        raise TaskFailed("there is no text field")
    for field in fields:
        await hands.do(Fill(field.ref, step.value), chosen(view, field.ref, "exact"))


async def fill_from_page(hands: Hands, _: Step) -> None:
    """Into each empty field what the page says elsewhere next to the same label."""
    view, things = await hands.observe(), await hands.sys.things()
    done = 0
    for field in view.elements:
        if field.role not in _TEXT or not _open(field) or field.value:
            continue
        label = field.name or _label_before(field, things)
        others = tuple(t for t in things if not _is_label_of(t, field, label))
        value = beside(label.rstrip(": "), others) if label else ""
        if value:
            await hands.do(Fill(field.ref, value), chosen(view, field.ref, "form"))
            done += 1
    if not done:
        raise TaskFailed("the page does not say what belongs into these fields")


def _label_before(field: Element, things: tuple[Thing, ...]) -> str:
    x, y, _, height = field.box
    near = [
        t
        for t in things
        if t.kind == "text"
        and t.box[0] + t.box[2] <= x + 4
        and abs(t.middle[1] - y - height / 2) < 14
    ]
    return max(near, key=lambda t: t.box[0]).text if near else ""


def _is_label_of(item: Thing, field: Element, label: str) -> bool:
    near = abs(item.middle[1] - field.box[1] - field.box[3] / 2) < max(16, field.box[3])
    return near and item.text.rstrip(": ") == label.rstrip(": ")


def _open(element: Element) -> bool:
    return not element.states & {"disabled", "readonly"} and element.type not in ("date", "time")


# ---- dates ---------------------------------------------------------------------------------


async def pick_date(hands: Hands, step: Step, field: Choice) -> bool:
    """Pick a date in the calendar that a field opens; False when none opens."""
    day = as_date(step.value)
    if day is None:
        return False
    if next_press(day, await hands.sys.things()) is None:
        await hands.do(Click(field.ref), field)
        if next_press(day, await hands.sys.things()) is None and not await changes(hands.sys):
            return False
    for _ in range(_MONTHS):
        things = await hands.sys.things()
        press = next_press(day, things)
        if press is None:
            return False
        item = next(t for t in things if t.ref == press.ref)
        await hands.do(Click(press.ref), as_choice(item))
        if isinstance(press, Day):
            return True
    return False


async def date_field(hands: Hands, step: Step) -> Choice:
    """The field that a date belongs into: by its name, else the only one that could take it."""
    view = await hands.observe()
    fields = [e for e in view.elements if e.role in _TEXT or e.type in ("date", "datetime-local")]
    if len(fields) == 1:
        return chosen(view, fields[0].ref, "exact")
    return await hands.choose(step.target or "date", "fill", value=step.value)


# ---- sliders ----------------------------------------------------------------------------------


async def slide(hands: Hands, step: Step) -> bool:
    """Bring a slider to a number by its keys; False when there is none."""
    wanted = number_in(step.value)
    handle = _handle(step.target, await hands.sys.things()) if wanted is not None else None
    if handle is None or wanted is None:
        return False
    choice = as_choice(handle)
    low = await _press_and_read(hands, choice, "Home")
    one = await _press_and_read(hands, choice, "ArrowRight")
    readout = next((ref for ref in one if one[ref] != low.get(ref, one[ref])), "")
    if not readout:
        raise TaskFailed(f"{choice.what} does not show where it stands")
    unit = one[readout] - low[readout]
    at = one[readout]
    for _ in range(_KEYS):
        steps = round((wanted - at) / unit)
        if not steps:
            break
        key = "ArrowRight" if steps > 0 else "ArrowLeft"
        await hands.sys.act(Press(key, choice.ref))
        at += unit if steps > 0 else -unit
    shown = _numbers(await hands.sys.things()).get(readout, at)
    hands.note(f"slide {choice.what} to {shown:g}")
    if abs(shown - wanted) > abs(unit) / 2:
        raise WrongElement(choice.ref, f"{choice.what} stands at {shown:g}, not {wanted:g}")
    return True


def _handle(target: str, things: tuple[Thing, ...]) -> Thing | None:
    words = re.compile(r"\b(?:slider|range|dial)\b.*\b(?:handle|thumb|knob)\b", re.IGNORECASE)
    found = [t for t in things if t.role == "slider" or words.search(re.sub(r"[-_]", " ", t.label))]
    counted = re.match(r"(\d+)\.", target)
    place = int(counted[1]) - 1 if counted else 0
    return found[place] if place < len(found) and (counted or len(found) == 1) else None


async def _press_and_read(hands: Hands, choice: Choice, key: str) -> dict[str, float]:
    await hands.do(Press(key, choice.ref), choice)
    return _numbers(await hands.sys.things())


def _numbers(things: tuple[Thing, ...]) -> dict[str, float]:
    found = {t.ref: number_in(t.text) for t in things if t.text}
    return {ref: number for ref, number in found.items() if number is not None}


# ---- suggestions ------------------------------------------------------------------------------


async def take_suggestion(hands: Hands, step: Step) -> None:
    """Type how something begins and take the suggestion that fits."""
    begins, ends = step.field("starts"), step.field("ends")
    field = await hands.choose(step.target, "fill")
    before = {t.ref for t in await hands.sys.things()}
    await hands.do(Type(field.ref, begins), field)
    for _ in range(_WAITS):
        view, things = await hands.observe(), await hands.sys.things()
        found = [t for t in things if t.ref not in before and _suits(t.text, begins, ends)]
        inner = [t for t in found if not any(o is not t and o.lies_in(t.path) for o in found)]
        if inner:
            # Lists are written anew with every letter: what is gone may be there once more.
            with contextlib.suppress(ElementGone):
                await hands.do(Click(inner[0].ref), as_choice(inner[0]))
                return
        elif not await changes(hands.sys, view):
            break
    raise CannotDecide(
        f"no suggestion starts with {begins!r}" + (f" and ends with {ends!r}" * bool(ends))
    )


def _suits(text: str, begins: str, ends: str) -> bool:
    plain = text.strip().casefold()
    return bool(plain) and plain.startswith(begins.casefold()) and plain.endswith(ends.casefold())


async def lone_field(hands: Hands, target: str) -> Choice | None:
    """The field that needs no name: the only one, or the only one that is still empty."""
    view = await hands.observe()
    fields = [e for e in view.elements if e.role in _TEXT and _open(e)]
    if target:
        return None
    empty = [e for e in fields if not e.value]
    lines = [e for e in empty if e.tag != "textarea"]
    for group in (fields, empty, lines):
        if len(group) == 1:
            return chosen(view, group[0].ref, "exact")
    return None
