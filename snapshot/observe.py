"""What an agent sees of a page: the elements a person could use, and a compact text view."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import accumulate, chain, repeat
from typing import Any

from .errors import UnknownRef
from .world import World

# Bit i of a row's state mask, in the order of STATES in dom.js.
STATES = (
    "disabled",
    "checked",
    "mixed",
    "selected",
    "expanded",
    "collapsed",
    "focused",
    "required",
    "readonly",
    "invalid",
    "offscreen",
    "pressed",
    "current",
    "multiple",
)


@dataclass(frozen=True, slots=True)
class Element:
    """One element a person could use."""

    ref: str
    """`e12`; stays the same as long as the element lives, and is never given again."""
    role: str
    """ARIA role; `file`, `color` and `clickable` where ARIA has none."""
    name: str
    """Accessible name, at most 200 characters."""
    value: str = ""
    """Current value; passwords read `••••`."""
    states: frozenset[str] = frozenset()
    """A subset of `STATES`."""
    box: tuple[float, float, float, float] = (0, 0, 0, 0)
    """x, y, width, height in CSS pixels of the top viewport."""
    tag: str = ""
    type: str = ""
    """The type of an `<input>`."""
    hint: str = ""
    """Placeholder, description or title, where that is not the name already."""
    options: tuple[str, ...] = ()
    """Labels of a `<select>`'s first 100 options."""
    context: str = ""
    """Nearest group, list item, landmark label or heading."""
    landmark: str = ""
    """Role of the landmark around it: `main`, `navigation`, `dialog`..."""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Dialog:
    """A JavaScript dialog that holds the page until it is answered."""

    kind: str
    """`alert`, `confirm`, `prompt` or `beforeunload`."""
    message: str
    default: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """A page as an agent sees it at one moment."""

    url: str
    title: str
    elements: tuple[Element, ...] = ()
    """Everything usable, in document order, whatever the text budget was."""
    text: str = ""
    """The compact view; its refs are those of `elements`."""
    tokens: int = 0
    """Estimated tokens of `text` (see `countTokens` in view.js)."""
    truncated: int = 0
    """Lines that the budget left out."""
    dialog: Dialog | None = None
    tabs: tuple[str, ...] = ()
    """Addresses of the open tabs."""
    tab: int = 0
    """Index of this tab in `tabs`."""

    def find(self, ref: str) -> Element:
        """The element of a ref, `e12` or `@e12`. Raises `UnknownRef`."""
        wanted = ref.removeprefix("@")
        for element in self.elements:
            if element.ref == wanted:
                return element
        raise UnknownRef(ref)


@dataclass(frozen=True, slots=True)
class Walked:
    """An observation, and the first ref number that is still free."""

    observation: Observation
    next_ref: int
    mark: str = ""
    """Names it in its document, which then can say whether it still holds; empty when it can't."""


async def observe(
    world: World,
    *,
    first_ref: int = 1,
    max_tokens: int = 1500,
    timeout_s: float = 5.0,
    known: Walked | None = None,
) -> Walked:
    """Read the page in one walk and one round trip.

    `max_tokens` bounds the text view, never the elements. `known` is an earlier reading with the
    same budget: it is returned itself when the page finds that nothing changed since, for a small
    part of what reading costs (see validation.js). Raises `WorldLost` and `PageHung`.
    """
    mark = known.mark if known is not None else ""
    asked = {"base": first_ref, "maxTokens": max_tokens, "known": mark}
    walk = json.loads(await world.call("observe", asked, timeout_s=timeout_s))
    return known if known is not None and "same" in walk else parse(walk)


def parse(walk: Mapping[str, Any]) -> Walked:
    """An observation from what walker.js returned."""
    observation = Observation(
        url=walk["url"],
        title=walk["title"],
        elements=_elements(walk),
        text=walk["text"],
        tokens=walk["tokens"],
        truncated=walk["left"],
    )
    return Walked(observation, walk["next"], walk.get("mark", ""))


def _elements(walk: Mapping[str, Any]) -> tuple[Element, ...]:
    """One element a row, made column by column: a large page has ten thousand of them."""
    columns: Mapping[str, Mapping[str, list[int]]] = walk["columns"]
    strings: list[str] = walk["strings"]

    def plain(name: str) -> Iterable[int]:
        return _unpacked(columns[name])

    def growing(name: str) -> Iterable[int]:
        return accumulate(_unpacked(columns[name]))

    def words(places: Iterable[int]) -> Iterable[str]:
        return map(strings.__getitem__, places)

    found: dict[str, Iterable[object]] = {
        "ref": map("e{}".format, growing("ref")),
        "name": words(growing("name")),
        "states": map(_states, plain("states")),
        "box": zip(plain("x"), growing("y"), plain("width"), plain("height"), strict=True),
        "options": map(_lists(walk["lists"], strings).__getitem__, plain("options")),
        "href": map(_addresses(walk["origin"], strings), growing("href")),
        **{name: words(plain(name)) for name in _WORDS},
    }
    count = sum(columns["ref"].get("lengths", ())) or len(columns["ref"]["values"])
    elements = tuple(map(object.__new__, repeat(Element, count)))
    for name, values in found.items():
        deque(map(_SET[name], elements, values), maxlen=0)
    return elements


def _unpacked(column: Mapping[str, list[int]]) -> Iterable[int]:
    """The numbers of a column that walker.js sent whole or as runs of equal numbers."""
    if "lengths" not in column:
        return column["values"]
    return chain.from_iterable(map(repeat, column["values"], column["lengths"]))


def _lists(lists: Sequence[Sequence[int]], strings: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(strings[place] for place in places) for places in lists]


def _addresses(origin: str, strings: Sequence[str]) -> Callable[[int], str]:
    """Negative places are those of paths on the page's own origin."""
    return lambda place: strings[place] if place >= 0 else origin + strings[-place]


@lru_cache(maxsize=512)
def _states(mask: int) -> frozenset[str]:
    return frozenset(state for i, state in enumerate(STATES) if mask >> i & 1)


_WORDS = ("role", "value", "tag", "type", "hint", "context", "landmark")
# A frozen class takes its fields one by one, in its constructor; this is several times faster.
_SET: dict[str, Callable[[Element, object], None]] = {
    each.name: getattr(Element, each.name).__set__ for each in fields(Element)
}
