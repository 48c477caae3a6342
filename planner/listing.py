"""Lists of alike entries on a page, found by their shape: which one is the third result. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .things import Thing, shape
from .words import ordinal, stem, tokens

_ENTRIES = frozenset(
    stem(word)
    for word in [
        "result",
        "results",
        "item",
        "entry",
        "row",
        "card",
        "hit",
        "match",
        "post",
        "article",
        "product",
        "message",
        "email",
        "mail",
        "thread",
        "listing",
        "story",
        "one",
        "person",
        "contact",
        "record",
        "search",
    ]
)


def entries(things: Sequence[Thing]) -> list[tuple[int, ...]]:
    """The paths of the entries of the page's main list, in order: the one that takes most room."""
    groups: dict[tuple[int, ...], dict[int, list[Thing]]] = {}
    for item in things:
        for depth in range(2, len(item.path)):
            around, number = item.path[: depth - 1], item.path[depth - 1]
            groups.setdefault(around, {}).setdefault(number, []).append(item)
    best: tuple[float, list[tuple[int, ...]]] = (0.0, [])
    for around, children in groups.items():
        alike = _alike(children, len(around) + 1)
        room = sum(t.area for number in alike for t in children[number] if t.kind == "text")
        if len(alike) > 1 and room > best[0]:
            best = (room, [(*around, number) for number in alike])
    return best[1]


def _alike(children: dict[int, list[Thing]], depth: int) -> list[int]:
    """The children that look like most others, each with more than one thing in it."""
    shapes = {n: shape(held, depth) for n, held in children.items() if len(held) > 1}
    found: list[int] = []
    for mine in shapes.values():
        group = [n for n, other in shapes.items() if len(mine & other) >= 0.6 * len(mine | other)]
        if len(group) > len(found):
            found = group
    return sorted(found)


def counted(words: str) -> int | None:
    """3 of "the 3rd search result"; None for what is not counted, or is no entry of a list."""
    found = ordinal(words)
    if found is None:
        return None
    nouns = [stem(t) for t in tokens(re.sub(r"[\"“”]", "", found[1]))]
    return found[0] if nouns and nouns[-1] in _ENTRIES else None


def title_of(path: tuple[int, ...], things: Sequence[Thing]) -> Thing | None:
    """What of an entry is pressed to open it: its first link, else its first words."""
    held = [t for t in things if t.lies_in(path)]
    links = [t for t in held if t.role in ("link", "button") or t.tag == "a"]
    words = [t for t in held if t.kind == "text"]
    return next(iter(links or words or held), None)
