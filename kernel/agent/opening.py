"""Bringing to light what lies under a tab, in a folded section, in a menu or on a further page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from ...planner import Thing, called, more, named, next_page, openers
from ..actions import Back, Click, Hover
from ..errors import ElementError
from .choice import Choice, chosen
from .choosing import changes

if TYPE_CHECKING:
    from .hands import Hands

_LOOKS = 60
"""So often what moves is looked at until it rests."""
_OPENS = 4
"""So many changes of the page are waited for until a menu is open."""
_MOST = 40
"""So much is opened in search of one thing."""


async def reveal(hands: Hands, target: str) -> Choice | None:
    """Open one thing after another until `target` can be seen.

    None when it is nowhere: then the address is the one where the search began.
    """
    start = (await hands.observe()).url
    found = await _revealed(hands, target)
    if found is None and (await hands.observe()).url != start:
        hands.url = (await hands.sys.navigate(start)).url
        hands.note("back to where the search began", f"→ {hands.url}")
    return found


async def _revealed(hands: Hands, target: str) -> Choice | None:
    tried: set[str] = set()
    while len(tried) < _MOST:
        view = await hands.observe()
        things = await hands.sys.things()
        if found := named(view, target):
            return await at_rest(hands, chosen(view, found, "exact", 0.95))
        if tried and (item := seen(target, things)):
            return await at_rest(hands, item)
        left = [ref for ref in openers(view, things) if ref not in tried]
        ref = left[0] if left else _further(next_page(view, things), tried, view.url)
        if not ref:
            return None
        tried.add(ref if left else f"{ref} {_page_of(things)}")
        if not await _open(hands, ref, _named(ref, things)):
            return None
    return None


async def at_rest(hands: Hands, choice: Choice) -> Choice:
    """Wait until what was just brought to light lies where it lay a moment before."""
    before: tuple[float, ...] = ()
    for _ in range(_LOOKS):
        box = next((t.box for t in await hands.sys.things() if t.ref == choice.ref), ())
        if box == before:
            break
        before = box
    return choice


def seen(target: str, things: tuple[Thing, ...]) -> Choice | None:
    """The one thing that says just what is looked for."""
    found = [item for item in called(target, things) if item.kind != "field"]
    return Choice(found[0].ref, f'text "{found[0].text}"', by="exact") if len(found) == 1 else None


def _further(ref: str, tried: set[str], url: str) -> str:
    return ref if ref and f"{ref} {url}" not in tried else ""


def _page_of(things: tuple[Thing, ...]) -> str:
    return str(hash(tuple(t.text for t in things if t.kind == "text")))


def _named(ref: str, things: tuple[Thing, ...]) -> Choice:
    item = next((t for t in things if t.ref == ref), None)
    what = f'{item.role or item.kind} "{item.text or item.label}"' if item else ref
    return Choice(ref, what, by="exact")


async def _open(hands: Hands, ref: str, choice: Choice) -> bool:
    """Press what may open something; back again when that led to another page."""
    url = (await hands.observe()).url
    try:
        effect = await hands.do(Click(ref), choice)
    except ElementError:
        return True
    if effect.navigated and effect.url.split("#")[0] != url.split("#")[0]:
        after = await hands.observe()
        if after.url.split("#")[0].split("?")[0] != url.split("#")[0].split("?")[0]:
            await hands.do(Back())
            return False
    return True


async def unfold(hands: Hands, choice: Choice, *, folded: bool) -> None:
    """Open one menu or section: by the pointer alone where that is enough, else by a press."""
    ahead = await hands.ahead()
    wanted = ahead[0].target if ahead else ""
    if not folded:
        await hands.do(Hover(choice.ref), choice)
        for _ in range(_OPENS):
            if not wanted or named(await hands.observe(), wanted):
                return
            if seen(wanted, await hands.sys.things()):
                return
            if not await changes(hands.sys):
                break
    await hands.do(Click(choice.ref), choice)


async def more_of(
    hands: Hands, things: list[Thing], look: Callable[[], Awaitable[Choice | None]]
) -> Choice | None:
    """What `look` finds once an entry's menu is open: by the pointer alone, else by a press."""
    for ref in more(things):
        choice = _named(ref, tuple(things))
        await hands.do(Hover(ref), choice)
        found = await look()
        if found is None:
            await hands.do(Click(ref), choice)
            found = await look()
        if found is not None:
            return found
    return None
