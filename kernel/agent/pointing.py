"""What hands do to things that are no controls: drag, mark, copy, resize, put in order."""

from __future__ import annotations

import re

from ...planner import WIDGETS, Step, Thing, described, number_in, placed, pointed_at
from ...snapshot import Observation
from ..actions import Click, Drag, Fill, SelectText
from ..errors import CannotDecide, ElementGone, TaskFailed
from .choice import Choice, chosen
from .choosing import decided
from .hands import Hands
from .looking import as_choice
from .opening import unfold


async def click_many(hands: Hands, step: Step) -> None:
    """Press all things that fit a description, in the order of their numbers where it says so."""
    things = await hands.sys.things()
    found = [t for t in described(step.target, things) if t.role != "button"]
    found = found or await _of_kind(hands, step.target, things)
    if not found:
        raise CannotDecide(f"nothing here is {step.target!r}")
    if step.many.isdigit():
        found = found[: int(step.many)]
    if step.value:
        found.sort(key=lambda t: number_in(t.text) or 0.0, reverse=step.value == "descending")
    for item in found:
        try:
            await hands.do(Click(item.ref), as_choice(item))
        except ElementGone:
            # Turned over or replaced: what lies there now is meant.
            await _click_there(hands, item)


async def _of_kind(hands: Hands, words: str, things: tuple[Thing, ...]) -> list[Thing]:
    """Controls of a kind that people have a word for."""
    kind = words.strip().casefold()
    roles = WIDGETS.get(kind, frozenset())
    area = kind in ("textarea", "text area")
    view = await hands.observe()
    refs = {
        e.ref
        for e in view.elements
        if e.role in roles and (e.tag == "textarea") == area and "disabled" not in e.states
    }
    return [t for t in things if t.ref in refs]


async def _click_there(hands: Hands, item: Thing) -> None:
    x, y = item.middle
    now = [t for t in await hands.sys.things() if _covers(t, x, y)]
    if not now:
        raise ElementGone(item.ref, "the element has left the page")
    there = min(now, key=lambda t: t.area)
    await hands.do(Click(there.ref), as_choice(there))


def _covers(item: Thing, x: float, y: float) -> bool:
    left, top, width, height = item.box
    return left <= x <= left + width and top <= y <= top + height


async def expand(hands: Hands, step: Step) -> None:
    """Open what is folded up; nothing when it is open, or opens with what is pressed next."""
    view = await hands.observe()
    folded = [e for e in view.elements if "collapsed" in e.states and "disabled" not in e.states]
    if step.many == "all" or re.search(r"(?i)\b(?:sections|panels|items|all)\b", step.target):
        for element in folded:
            await hands.do(Click(element.ref), chosen(view, element.ref, "exact"))
        return
    if len(folded) == 1:
        await hands.do(Click(folded[0].ref), chosen(view, folded[0].ref, "exact"))
        return
    try:
        choice = await hands.choose(step.target, "click")
    except CannotDecide:
        if not await hands.ahead():
            raise
        hands.note(f"expand {step.target}", "not there by that name")
        return
    await unfold(hands, choice, folded=any(e.ref == choice.ref for e in folded))


async def focus(hands: Hands, step: Step) -> None:
    """Put the cursor into a field."""
    await hands.decide_and_do(step, step.target, "fill", lambda it: Click(it.ref))


async def highlight(hands: Hands, step: Step) -> None:
    """Select the text of a paragraph or a field."""
    things = await hands.sys.things()
    item = _passage(step.target, things)
    if item is not None:
        await hands.do(SelectText(item.ref), as_choice(item))
        return
    holding = [t for t in things if t.kind == "text" and step.target in t.text]
    if not holding:
        raise CannotDecide(f"no text here is {step.target!r}")
    inner = min(holding, key=lambda t: len(t.text))
    await hands.do(SelectText(inner.ref, step.target), as_choice(inner))


def _passage(words: str, things: tuple[Thing, ...]) -> Thing | None:
    texts = [t for t in things if t.kind == "text" and t.role not in ("button", "link")]
    paragraphs = [t for t in texts if t.tag == "p"] or [t for t in texts if " " in t.text]
    place = placed(words)
    if place is not None:
        at = place - 1 if place > 0 else len(paragraphs) - 1
        return paragraphs[at] if 0 <= at < len(paragraphs) else None
    if not re.search(r"(?i)\b(?:paragraph|passage|everything|text)\b", words):
        return pointed_at(words, things)
    return max(paragraphs, key=lambda t: len(t.text)) if paragraphs else None


async def copy(hands: Hands, step: Step) -> None:
    """Keep what a field or a passage holds for a later step."""
    view = await hands.observe()
    choice = await _source(hands, view, step.target)
    hands.memory = await hands.sys.extract(choice.ref, "value") or await hands.sys.extract(
        choice.ref
    )
    hands.note(f"copy {choice.what}", "kept")


async def _source(hands: Hands, view: Observation, words: str) -> Choice:
    place = placed(words)
    areas = [e for e in view.elements if e.tag == "textarea"]
    filled = areas or [e for e in view.elements if e.role == "textbox" and e.value]
    if re.search(r"(?i)area|field|box|input", words) and filled:
        at = (place or 1) - 1 if (place or 1) > 0 else len(filled) - 1
        if 0 <= at < len(filled) and (place or len(filled) == 1):
            return chosen(view, filled[at].ref, "exact")
    item = _passage(words, await hands.sys.things())
    if item is not None:
        return as_choice(item)
    return await decided(hands.sys, words, "fill")


async def resize(hands: Hands, step: Step) -> None:
    """Make something that has a grip at its corner larger or smaller."""
    view = await hands.observe()
    areas = [e for e in view.elements if e.tag == "textarea"]
    if len(areas) != 1:
        raise CannotDecide(f"nothing here that can be resized is {step.target!r}")
    far = 40
    dx = {"wider": far, "narrower": -far, "larger": far, "smaller": -far}.get(step.value, 0)
    dy = {"taller": far, "shorter": -far, "larger": far, "smaller": -far}.get(step.value, 0)
    await hands.do(Drag(areas[0].ref, "", dx, dy, corner=True), chosen(view, areas[0].ref, "exact"))


async def guess(hands: Hands, step: Step) -> None:
    """Halve the range until the page no longer says that the guess is too low or too high."""
    low, high = (int(part) for part in step.value.split())
    while low <= high:
        middle = (low + high) // 2
        field = await hands.choose(step.target if hands.moves else "", "fill")
        await hands.do(Fill(field.ref, str(middle)), field)
        before = {t.text for t in await hands.sys.things()}
        button = await hands.choose("submit", "click")
        await hands.do(Click(button.ref), button)
        said = " ".join(t.text for t in await hands.sys.things() if t.text not in before)
        if re.search(
            rf"(?i)\b(?:higher|greater|larger|bigger|more) than {middle}\b|too (?:low|small)", said
        ):
            low = middle + 1
        elif re.search(
            rf"(?i)\b(?:lower|less|smaller|fewer) than {middle}\b|too (?:high|big|large)", said
        ):
            high = middle - 1
        else:
            return
    raise TaskFailed("the page takes no number of the range")
