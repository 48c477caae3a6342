"""What an agent sees of a page: the elements a person could use, and a compact text view."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .errors import UnknownRef
from .render import Line, render
from .world import World

# Bit i of a row's state mask, in the order of STATES in walker.js.
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
_ELEMENT, _HEADING, _TEXT, _LANDMARK = range(4)
_SHOWN_STATES = tuple(state for state in STATES if state not in {"offscreen", "multiple"})


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
    """Estimated tokens of `text` (see `render.estimate_tokens`)."""
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


async def observe(
    world: World, *, first_ref: int = 1, max_tokens: int = 1500, timeout_s: float = 5.0
) -> Walked:
    """Read the page in one walk and one round trip.

    `max_tokens` bounds the text view, never the elements. Raises `WorldLost` and `PageHung`.
    """
    answer = await world.call("observe", {"base": first_ref}, timeout_s=timeout_s)
    return parse(json.loads(answer), max_tokens)


def parse(walk: dict[str, Any], max_tokens: int) -> Walked:
    """An observation from what walker.js returned."""
    strings: list[str] = walk["strings"]
    height: int = walk["height"]
    elements: list[Element] = []
    lines: list[Line] = []
    for row in walk["rows"]:
        if row[0] == _ELEMENT:
            element = _element(row, strings)
            elements.append(element)
            lines.append(Line(describe(element), "offscreen" not in element.states, True))
        else:
            lines.append(_line(row, strings, height))
    view = render(lines, max_tokens)
    return Walked(
        Observation(
            url=walk["url"],
            title=walk["title"],
            elements=tuple(elements),
            text=view.text,
            tokens=view.tokens,
            truncated=view.left_out,
        ),
        walk["next"],
    )


def describe(element: Element) -> str:
    """One line of the text view: `- button "Add to cart" [ref=e12]`."""
    line = f"- {element.role}"
    if element.name:
        line += f" {_quoted(element.name)}"
    if element.states:
        line += "".join(f" [{state}]" for state in _SHOWN_STATES if state in element.states)
    line += f" [ref={element.ref}]"
    if not element.name and element.hint:
        line += f" ({element.hint})"
    if element.options:
        line += " {" + " | ".join(element.options[:12]) + "}"
    return f"{line}: {element.value}" if element.value else line


def _element(row: Sequence[Any], strings: Sequence[str]) -> Element:
    return Element(
        ref=f"e{row[1]}",
        role=strings[row[2]],
        name=strings[row[3]],
        value=strings[row[4]],
        states=_states(row[5]),
        box=(row[6], row[7], row[8], row[9]),
        tag=strings[row[10]],
        type=strings[row[11]],
        hint=strings[row[12]],
        options=tuple(strings[i] for i in row[13] or ()),
        context=strings[row[14]],
        landmark=strings[row[15]],
        href=strings[row[16]],
    )


@lru_cache(maxsize=512)
def _states(mask: int) -> frozenset[str]:
    return frozenset(state for i, state in enumerate(STATES) if mask >> i & 1)


def _line(row: Sequence[Any], strings: Sequence[str], height: int) -> Line:
    words = strings[row[1]]
    in_view = 0 <= row[2] < height
    if row[0] == _HEADING:
        return Line(f"- heading {_quoted(words)} [level={row[3]}]", in_view, True)
    if row[0] == _LANDMARK:
        return Line(f"- dialog {_quoted(words)}", True, True)
    return Line(f"- text: {words}", in_view, False)


def _quoted(words: str) -> str:
    return '"' + words.replace('"', '\\"') + '"'
