"""Dragging: into boxes, by a way, to another place in a list, a whole list into its order."""

from __future__ import annotations

import re

from ...planner import Step, Thing, described, number_in, placed, pointed_at
from ..actions import Drag
from ..errors import CannotDecide, TaskFailed
from .hands import Hands
from .looking import as_choice

_SLANT = 5
"""Pixels aside from which on a way is neither level nor upright."""
_STEP = 40
"""Pixels that "drag it left" means."""


async def drag(hands: Hands, step: Step) -> None:
    """Drag a thing, or all that fit, to where the goal says."""
    things = await hands.sys.things()
    if step.many and not _dragged(hands, step, things):
        hands.note(f"drag {step.target}", "there are none")
    for item in _dragged(hands, step, things):
        await _drag_one(hands, item, step.value)
        hands.dragged.add(item.ref)


def _dragged(hands: Hands, step: Step, things: tuple[Thing, ...]) -> list[Thing]:
    if step.many != "all":
        item = pointed_at(step.target, things)
        if item is None:
            raise CannotDecide(f"nothing here is {step.target!r}")
        return [item]
    target = re.sub(r"^(?:everything|all) (?:else|others?)$", "shapes", step.target)
    found = [t for t in described(target, things) if t.ref not in hands.dragged]
    place = _target_of(step.value, things)
    return [t for t in found if place is None or (t.ref != place.ref and not _frame(t))]


def _frame(item: Thing) -> bool:
    """Drawn as an outline alone: something to drag into, not to drag."""
    return item.kind == "shape" and item.colour is None


def _target_of(where: str, things: tuple[Thing, ...]) -> Thing | None:
    words = re.sub(r"^(?:in ?to|on ?to|in|inside|over|to)\s+(?:the\s+)?", "", where)
    if not re.search(r"\b(?:box|container|area|zone|square|frame|bin|basket|column)\b", words):
        return None
    frames = [t for t in things if _frame(t)]
    if len(frames) == 1:
        return frames[0]
    place = re.sub(r"\b(?:container|area|zone|frame|bin|basket|column)\b", "box", words)
    found = described(place, frames) if frames else []
    return found[0] if len(found) == 1 else pointed_at(words, things)


_WAYS = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}


async def _drag_one(hands: Hands, item: Thing, where: str) -> None:
    things = await hands.sys.things()
    item = next((t for t in things if t.ref == item.ref), item)
    way = re.match(r"(up|down|left|right)(?:wards?)?\b", where)
    row = _siblings(item, things)
    if way and len(row) < 2:
        dx, dy = _WAYS[way[1]]
        await hands.do(Drag(item.ref, "", dx * _STEP, dy * _STEP), as_choice(item))
        return
    slot = None if _target_of(where, things) else _slot(where, item, row)
    if slot is not None:
        dx, dy = _beyond(item, slot)
        mine = next(t for t in row if t.lies_in(item.path) or item.lies_in(t.path))
        await hands.do(Drag(mine.ref, slot.ref, dx, dy), as_choice(item))
        return
    onto = _target_of(where, things) or pointed_at(
        re.sub(r"^(?:in ?to|on ?to|in|inside|over|to)\s+(?:the\s+)?", "", where), things
    )
    if onto is None:
        raise CannotDecide(f"nothing here is {where!r}")
    # Outlines have nothing in their middle that could be pointed at: the distance does it.
    dx, dy = (round(a - b) for a, b in zip(onto.middle, item.middle, strict=True))
    await hands.do(Drag(item.ref, "", dx, dy), as_choice(item))


def _siblings(item: Thing, things: tuple[Thing, ...]) -> list[Thing]:
    """The entries of the list that a thing is in, by how deep alike ones lie."""
    for depth in range(len(item.path), 1, -1):
        around = item.path[: depth - 1]
        numbers = {
            t.path[depth - 1]
            for t in things
            if t.path[: depth - 1] == around and len(t.path) >= depth
        }
        if len(numbers) > 2:
            row: list[Thing] = []
            for number in sorted(numbers):
                held = [t for t in things if t.lies_in((*around, number))]
                row.append(max(held, key=lambda t: (t.area, -len(t.path))))
            return row
    return [item]


def _slot(where: str, item: Thing, row: list[Thing]) -> Thing | None:
    """The entry whose place the dragged one is to take."""
    mine = next((n for n, t in enumerate(row) if t.lies_in(item.path) or item.lies_in(t.path)), -1)
    if mine < 0 or len(row) < 2:
        return None
    grid = len({round(t.box[1] / 4) for t in row}) < len(row)
    if grid:
        return _beside(where, row[mine], row) or _corner(where, row)
    place = placed(where)
    moved = re.match(r"(up|down)(?:wards?)? by (\w+)", where)
    if moved:
        count = {"one": 1, "a": 1, "two": 2, "three": 3}.get(moved[2], 0) or int(
            number_in(moved[2]) or 1
        )
        place = mine + 1 + (count if moved[1] == "down" else -count)
    elif re.search(r"\b(?:top|start|beginning|front)\b", where):
        place = 1
    elif re.search(r"\b(?:bottom|end)\b", where):
        place = len(row)
    if place is None:
        return None
    at = place - 1 if place > 0 else len(row) - 1
    return row[at] if 0 <= at < len(row) else None


def _beside(where: str, item: Thing, row: list[Thing]) -> Thing | None:
    """The place next to a thing in a grid: "right by one"."""
    way = re.match(r"(up|down|left|right)(?:wards?)? by (?:one|1|an?)\b", where)
    if way is None:
        return None
    dx, dy = _WAYS[way[1]]
    x, y = item.middle[0] + dx * item.box[2], item.middle[1] + dy * item.box[3]
    near = min(row, key=lambda t: abs(t.middle[0] - x) + abs(t.middle[1] - y))
    return None if near is item else near


def _corner(where: str, row: list[Thing]) -> Thing | None:
    """A place in a grid: "top left", "center"."""
    if not re.search(r"\b(?:top|bottom|left|right|center|centre|middle)\b", where):
        return None
    xs, ys = [t.middle[0] for t in row], [t.middle[1] for t in row]
    x = min(xs) if "left" in where else max(xs) if "right" in where else (min(xs) + max(xs)) / 2
    y = min(ys) if "top" in where else max(ys) if "bottom" in where else (min(ys) + max(ys)) / 2
    return min(row, key=lambda t: abs(t.middle[0] - x) + abs(t.middle[1] - y))


def _beyond(item: Thing, slot: Thing) -> tuple[int, int]:
    """How far past the middle of its new place: lists make room only then."""
    dx, dy = slot.middle[0] - item.middle[0], slot.middle[1] - item.middle[1]
    if min(abs(dx), abs(dy)) > _SLANT:
        return 0, 0
    if abs(dy) >= abs(dx):
        return 0, int(slot.box[3] * 0.3) * (1 if dy > 0 else -1)
    return int(slot.box[2] * 0.3) * (1 if dx > 0 else -1), 0


async def arrange(hands: Hands, step: Step) -> None:
    """Bring a list into the order of its numbers or words, one drag after another."""
    falling = step.value == "descending"
    for place in range(60):
        things = await hands.sys.things()
        row = _list_of(things)
        if place >= len(row):
            return
        least = sorted(range(len(row)), key=lambda n: _rank(row[n]), reverse=falling)[place]
        if least == place:
            continue
        item, slot = row[least], row[place]
        dx, dy = _beyond(item, slot)
        await hands.do(Drag(item.ref, slot.ref, dx, dy), as_choice(item))


def _list_of(things: tuple[Thing, ...]) -> list[Thing]:
    """The entries of the longest list of things that lie below one another."""
    numbers = [t for t in things if number_in(t.text) is not None and t.kind in ("text", "box")]
    best: list[Thing] = []
    for item in numbers[:20]:
        row = _siblings(item, things)
        if len(row) > len(best) and all(number_in(t.text) is not None for t in row):
            best = row
    if not best:
        raise TaskFailed("there is no list of numbers here")
    return best


def _rank(item: Thing) -> tuple[float, str]:
    return number_in(item.text) or 0.0, item.text
