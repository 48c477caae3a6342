"""Acting on the entry of a list that somebody or something names: a mail, a post, a row."""

from __future__ import annotations

from ...planner import (
    Step,
    Thing,
    amount,
    best,
    entries,
    entries_of,
    most,
    next_page,
    right_of,
    superlative,
    within,
)
from ..actions import Click
from ..errors import CannotDecide, TaskFailed
from .choice import Choice, chosen
from .choosing import decided
from .hands import Hands
from .looking import as_choice, at
from .opening import more_of

_PAGES = 40
"""So many pages of a list are turned."""


async def find_entry(hands: Hands, step: Step) -> None:
    """Turn pages until the entry is shown, and open it where the goal says so."""
    path, things = await _bring(hands, step.within)
    hands.note(f"find {step.within}", "found")
    if step.value == "open":
        await hands.do(Click(_handle(path, things).ref), as_choice(_handle(path, things)))


async def click_within(hands: Hands, step: Step) -> None:
    """Press the target in its entry, in the entry's menu, or where opening the entry leads."""
    if step.value == "most":
        await _click_most(hands, step)
        return
    path, things = await _bring(hands, step.within)
    found = _in_entry(step, within(path, things))
    if found is None:
        found = await more_of(hands, within(path, things), lambda: _unfolded(hands, step))
    if found is None:
        found = await _on_page(hands, step)
    if found is None:
        handle = _handle(path, things)
        await hands.do(Click(handle.ref), as_choice(handle))
        found = at(step.target, await hands.sys.things(), irreversible=step.irreversible)
    if found is None:
        found = await hands.choose(step.target, "click", irreversible=step.irreversible)
    await hands.do(Click(found.ref), found)


async def _click_most(hands: Hands, step: Step) -> None:
    """Press the entry that has the most or least of something, or its button for the deed."""
    things = await hands.sys.things()
    rows = entries(things)
    compared = [(amount(step.within, _text_of(path, things)), path) for path in rows]
    known = [(value, path) for value, path in compared if value is not None]
    how = superlative(step.within)
    if how is None or len(known) < len(rows) or not rows:
        item = most(step.within, things)
        if item is None:
            raise CannotDecide(f"what has {step.within!r} can't be told")
        await hands.do(Click(item.ref), as_choice(item))
        return
    path = (max if how[1] else min)(known, key=lambda pair: pair[0])[1]
    held = within(path, things)
    buttons = [t for t in held if t.role in ("button", "link") or t.kind == "control"]
    found = best(step.target, buttons) or (buttons[0] if len(buttons) == 1 else None)
    item = found or _handle(path, things)
    await hands.do(Click(item.ref), as_choice(item))


def _text_of(path: tuple[int, ...], things: tuple[Thing, ...]) -> str:
    return " ".join(t.text for t in within(path, things) if t.kind in ("text", "control"))


async def click_in_each(hands: Hands, step: Step) -> None:
    """Press the target in all entries of that name, or in as many as the goal says."""
    _, things = await _bring(hands, step.within)
    paths = entries_of(step.within, things)
    wanted = len(paths) if step.many == "all" else int(step.many)
    if wanted > len(paths):
        raise TaskFailed(f"there are only {len(paths)} entries of {step.within!r}, not {wanted}")
    for path in paths[:wanted]:
        found = _in_entry(step, within(path, things))
        if found is None:
            found = await more_of(hands, within(path, things), lambda: _unfolded(hands, step))
        if found is None:
            raise CannotDecide(f"nothing in the entry of {step.within!r} is {step.target!r}")
        await hands.do(Click(found.ref), found)


async def _bring(hands: Hands, name: str) -> tuple[tuple[int, ...], tuple[Thing, ...]]:
    """The first entry of that name, on this page of the list or a later one."""
    seen: set[tuple[str, ...]] = set()
    for _ in range(_PAGES):
        view = await hands.observe()
        things = await hands.sys.things()
        paths = entries_of(name, things)
        if paths:
            return paths[0], things
        shown = tuple(t.text for t in things if t.kind == "text")
        ref = next_page(view, things)
        if not ref or shown in seen:
            break
        seen.add(shown)
        await hands.do(Click(ref), chosen(view, ref, "exact"))
    raise TaskFailed(f"there is no entry of {name!r}", hint="Name it as the page does.")


def _in_entry(step: Step, held: list[Thing]) -> Choice | None:
    shown = [t for t in held if t.kind != "box"]
    found = best(step.target, [t for t in shown if not t.text.endswith(":")])
    if found is None:
        # "Email: ada@example.com": what the label stands before.
        label = best(step.target, shown)
        found = right_of(label, shown) if label else None
    return as_choice(found) if found else None


async def _unfolded(hands: Hands, step: Step) -> Choice | None:
    """The target in what an entry's menu has just shown: in the entry, or drawn over the page."""
    things = await hands.sys.things()
    for path in entries_of(step.within, things):
        if found := _in_entry(step, within(path, things)):
            return found
    return at(step.target, things, irreversible=step.irreversible)


async def _on_page(hands: Hands, step: Step) -> Choice | None:
    try:
        return await decided(hands.sys, step.target, "click", irreversible=step.irreversible)
    except CannotDecide:
        return None


def _handle(path: tuple[int, ...], things: tuple[Thing, ...]) -> Thing:
    """What of an entry is pressed to open it: its title or its first words."""
    held = within(path, things)
    words = [t for t in held if t.kind == "text"]
    return (words or held)[0]
