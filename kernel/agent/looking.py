"""Finding what no tier could choose: by how it looks, what it says, or by opening what hides it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...planner import (
    Thing,
    called,
    counted,
    entries,
    field_labelled,
    likeness,
    most,
    next_page,
    pointed_at,
    saying,
    title_of,
)
from ..actions import Click
from .choice import Choice, chosen
from .opening import reveal

if TYPE_CHECKING:
    from .hands import Hands

_POINTED = frozenset({"click", "hover", ""})
"""Kinds of actions that can be done to things that are no controls."""
_PAGES = 20
_RISKY = 0.85
"""How sure the name of a thing must be before something is done that can't be undone."""


async def look_for(hands: Hands, target: str, kind: str, *, irreversible: bool) -> Choice | None:
    """What words mean among all that is shown, or hidden behind it; None when nothing does."""
    if not target or kind not in _POINTED | {"fill"}:
        return None
    things = await hands.sys.things()
    if kind == "fill":
        field = field_labelled(target, things)
        return as_choice(field) if field else None
    found = at(target, things, irreversible=irreversible)
    if found is not None:
        return found
    if kind != "click" or irreversible or called(target, things):
        # It may not be pressed unseen, or several things are called so.
        return None
    return await reveal(hands, target)


async def look_again(hands: Hands, target: str, kind: str, found: Choice) -> Choice | None:
    """Where something else says just what is meant, or the target is counted, that is surer."""
    if kind != "click" or found.by in ("exact", "cloud"):
        return None
    things = await hands.sys.things()
    number = counted(target)
    if number is not None:
        return await _nth_entry(hands, number, things)
    # What a field holds is not its name.
    exact = [item for item in called(target, things) if item.kind != "field"]
    if len(exact) == 1:
        return as_choice(exact[0])
    return None


async def _nth_entry(hands: Hands, number: int, things: tuple[Thing, ...]) -> Choice | None:
    """The n-th entry of the main list, which may go on over several pages."""
    for _ in range(_PAGES):
        rows = entries(things)
        place = number - 1 if number > 0 else len(rows) - 1
        if 0 <= place < len(rows):
            title = title_of(rows[place], things)
            return as_choice(title) if title else None
        view = await hands.observe()
        ref = next_page(view, things)
        if not ref or not rows:
            return None
        number -= len(rows)
        await hands.do(Click(ref), chosen(view, ref, "exact"))
        things = await hands.sys.things()
    return None


def at(target: str, things: tuple[Thing, ...], *, irreversible: bool = False) -> Choice | None:
    """The thing that words mean."""
    exact = saying(target, things)
    if irreversible:
        sure = [t for t in things if t.kind == "icon" and likeness(target, t) >= _RISKY]
        found = exact[0] if len(exact) == 1 else sure[0] if len(sure) == 1 else None
    else:
        found = most(target, things) or pointed_at(target, things)
    return as_choice(found) if found else None


def as_choice(item: Thing, by_sure: float = 0.9) -> Choice:
    """A thing as what an action is done to."""
    words = item.text or re.sub(r"[-_]", " ", item.label)
    what = f'{item.role or item.kind} "{words[:60]}"'
    return Choice(item.ref, what, item.tag, by="exact", probability=by_sure)
