"""Everything that a page shows, controls or not, as values; and what lies where in it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .colours import Colour
from .words import STOPWORDS, fold, related, stem, tokens


@dataclass(frozen=True, slots=True)
class Thing:
    """Words, a shape, a patch of colour, an icon or a control."""

    ref: str
    kind: str
    """`text`, `shape`, `box`, `icon`, `picture`, `field` or `control`."""
    text: str = ""
    label: str = ""
    """What its source calls it: label, title or class."""
    tag: str = ""
    role: str = ""
    colour: Colour | None = None
    """What it is filled with, where that can be seen."""
    ink: Colour | None = None
    """The colour of its words or its line."""
    corners: int = 0
    """Of a drawn polygon; 0 for what has none."""
    box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    """x, y, width, height in CSS pixels of the top viewport."""
    path: tuple[int, ...] = ()
    """Numbers of the elements that it lies in, outermost first, and its own."""

    @property
    def area(self) -> float:
        """Of its box, in square pixels."""
        return self.box[2] * self.box[3]

    @property
    def middle(self) -> tuple[float, float]:
        """Of its box."""
        x, y, width, height = self.box
        return x + width / 2, y + height / 2

    def lies_in(self, path: tuple[int, ...]) -> bool:
        """Whether it is the element with this path, or within it."""
        return self.path[: len(path)] == path


def thing(row: Mapping[str, Any]) -> Thing:
    """A thing from a row of `Extract("things")`."""
    x, y, width, height = row["box"]
    return Thing(
        ref=row["ref"],
        kind=row["kind"],
        text=row["text"],
        label=row["label"],
        tag=row["tag"],
        role=row["role"],
        colour=rgb(row["colour"]),
        ink=rgb(row["ink"]),
        corners=row["corners"],
        box=(x, y, width, height),
        path=tuple(row["path"]),
    )


_RGB = re.compile(r"rgba?\((\d+),\s*(\d+),\s*(\d+)")


def rgb(css: str) -> Colour | None:
    """A colour as browsers compute it, `rgb(255, 0, 0)`."""
    found = _RGB.match(css)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


# ---- words ------------------------------------------------------------------------------------

_NOUNS = frozenset(
    stem(word)
    for word in [
        "icon",
        "button",
        "link",
        "image",
        "picture",
        "option",
        "item",
        "entry",
        "field",
        "box",
        "tab",
        "symbol",
        "sign",
        "label",
        "menu",
        "node",
        "folder",
        "file",
        "row",
        "line",
        "text",
        "area",
        "checkbox",
        "section",
        "called",
        "named",
        "labeled",
        "labelled",
        "titled",
        "that",
        "says",
        "saying",
        "number",
        "address",
    ]
)
"""Words that say what kind of thing is meant, not which one."""


def meant(words: str) -> tuple[str, ...]:
    """The stems of a description that tell one thing from another."""
    stems = [stem(t) for t in tokens(words) if t not in STOPWORDS]
    return tuple(s for s in stems if s not in _NOUNS) or tuple(stems)


def likeness(words: str, item: Thing) -> float:
    """How surely words mean a thing, by what it says or is called: 0 to 1."""
    if not words:
        return 0.0
    if item.text and fold(item.text) == fold(words):
        return 1.0
    wanted = meant(words)
    if not wanted:
        return 0.0
    said = [stem(t) for t in tokens(item.text)]
    if said and tuple(said) == wanted:
        return 0.95
    told = [stem(t) for t in tokens(re.sub(r"[-_]", " ", item.label))]
    return max(0.9 * _overlap(wanted, said), 0.85 * _overlap(wanted, told, back=False))


def _overlap(wanted: Sequence[str], found: Sequence[str], *, back: bool = True) -> float:
    """The share of the words wanted that is there; less when much else is there, too."""
    if not wanted or not found:
        return 0.0
    there = sum(max(related(w, f) for f in found) for w in wanted) / len(wanted)
    if not back:
        return there
    also = sum(max(related(w, f) for w in wanted) for f in found) / len(found)
    return there * (0.5 + 0.5 * also)


def best(words: str, things: Iterable[Thing], *, least: float = 0.55) -> Thing | None:
    """The thing that words mean; the first and innermost of equals, None when none is near."""
    top: Thing | None = None
    score = least
    for item in things:
        found = likeness(words, item)
        deeper = top is not None and found == score and len(item.path) > len(top.path)
        if found > score or (found == score and (top is None or (deeper and _inside(item, top)))):
            top, score = item, found
    return top


def _inside(inner: Thing, outer: Thing) -> bool:
    return inner.lies_in(outer.path)


_TRAILING = re.compile(
    r"\s+(?:button|link|tab|icon|item|option|entry|menu item|folder|file)$", re.IGNORECASE
)


def called(words: str, things: Sequence[Thing]) -> list[Thing]:
    """Things that say just this, or this without the word for their kind: "Save button"."""
    return saying(words, things) or saying(_TRAILING.sub("", words), things)


def saying(words: str, things: Iterable[Thing]) -> list[Thing]:
    """Things that say just this; those that hold others of them are left out."""
    wanted = fold(words)
    found = [t for t in things if t.text and fold(t.text) == wanted and wanted]
    found = [t for t in found if t.text.strip() == words.strip()] or found
    return [t for t in found if not any(o is not t and o.lies_in(t.path) for o in found)]


# ---- entries of lists -----------------------------------------------------------------------


def entries_of(words: str, things: Sequence[Thing]) -> list[tuple[int, ...]]:
    """The paths of the entries (rows, cards, posts) of a list that show these words, in order."""
    found: list[tuple[int, ...]] = []
    for anchor in _anchors(words, things):
        path = _entry_around(anchor, things)
        if path not in found:
            found.append(path)
    return found


def _anchors(words: str, things: Sequence[Thing]) -> list[Thing]:
    wanted = fold(words)
    if not wanted:
        return []
    shown = [t for t in things if t.kind != "field" and t.text]
    for fits in (
        lambda text: text == wanted,
        lambda text: text.startswith(f"{wanted} ") or text.endswith(f" {wanted}"),
        lambda text: f" {wanted} " in f" {text} ",
    ):
        found = [t for t in shown if fits(fold(t.text))]
        if found:
            return [t for t in found if not any(o is not t and o.lies_in(t.path) for o in found)]
    return []


def _entry_around(anchor: Thing, things: Sequence[Thing]) -> tuple[int, ...]:
    """The nearest element around it that holds more than it and has others like it beside it."""
    fallback: tuple[int, ...] = anchor.path
    for depth in range(len(anchor.path) - 1, 1, -1):
        path = anchor.path[:depth]
        held = [t for t in things if t.lies_in(path)]
        if len(held) < 2:
            continue
        if fallback == anchor.path:
            fallback = path
        if _has_twin(path, held, things):
            return path
    return fallback


def _has_twin(path: tuple[int, ...], held: Sequence[Thing], things: Sequence[Thing]) -> bool:
    around, depth = path[:-1], len(path)
    twins: dict[int, list[Thing]] = {}
    for item in things:
        if len(item.path) > depth and item.path[:-1][: depth - 1] == around:
            twins.setdefault(item.path[depth - 1], []).append(item)
    mine = shape(held, depth)
    others = (shape(group, depth) for number, group in twins.items() if number != path[-1])
    return any(len(mine & other) >= 0.5 * len(mine | other) for other in others if len(other) > 1)


def shape(held: Iterable[Thing], depth: int) -> frozenset[tuple[str, str, int]]:
    """What an entry is made of: kinds and tags, and how deep each lies in it."""
    return frozenset((t.kind, t.tag, len(t.path) - depth) for t in held)


def within(path: tuple[int, ...], things: Iterable[Thing]) -> list[Thing]:
    """What lies in an entry."""
    return [t for t in things if t.lies_in(path)]
