"""The sentences in which a change is told, and the tables of a page that they are about. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..columns import Columns, Field, Kind
from .naming import MASK, Names, quoted

_SWITCHES = {
    "disabled": "disabled",
    "hidden": "hidden",
    "open": "open",
    "checked": "checked by default",
    "selected": "chosen by default",
    "required": "required",
    "readonly": "read-only",
    "inert": "inert",
}
_STATES = {
    "aria-expanded": "expanded",
    "aria-selected": "selected",
    "aria-checked": "checked",
    "aria-pressed": "pressed",
    "aria-disabled": "disabled",
    "aria-invalid": "invalid",
    "aria-hidden": "hidden from assistive technology",
    "aria-busy": "busy",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed."""

    kind: str
    """`added`, `removed`, `moved`, `text`, `attribute`, `state`, `shown`, `look`, `scroll`, `page`,
    `style` or `mark`."""
    what: str
    """The element, or the part of the page: `button 'Add to cart'`."""
    how: str
    """The rest of the sentence: `removed`, `changed from '0' to '1'`."""
    before: str = ""
    after: str = ""

    @property
    def line(self) -> str:
        return f"{self.what} {self.how}"


def whole(how: str, names: Names, columns: Columns, node: int) -> Iterator[Change]:
    """A subtree that came or went. Texts are told with the element that holds them."""
    if columns.kind[node] >= Kind.ELEMENT:
        if names.is_secret(node) and names.tag(node) == "textarea":
            yield Change(how, names.call(node, by_text=False), how)
        else:
            yield Change(how, names.call(node), how)
    elif columns.kind[node] in {Kind.DOCUMENT, Kind.SHADOW}:
        above = names.element(node)
        part = "inside" if columns.kind[node] == Kind.DOCUMENT else "shadow root"
        yield Change(how, f"{part} of {names.call(above) if above >= 0 else 'the page'}", how)


def changed(kind: str, what: str, one: str, other: str) -> Change:
    return Change(kind, what, f"changed from {quoted(one)} to {quoted(other)}", one, other)


def attribute(what: str, name: str, one: str | None, other: str | None) -> Change:
    before, after = one or "", other or ""
    if name in _SWITCHES and (one is None or other is None):
        how = f"now {_SWITCHES[name]}" if one is None else f"no longer {_SWITCHES[name]}"
    elif name in _STATES and {one, other} <= {"true", "false", None}:
        how = f"now {_STATES[name]}" if other == "true" else f"no longer {_STATES[name]}"
    elif one is None:
        how = f"got {name} {quoted(after)}"
    elif other is None:
        how = f"lost {name} {quoted(before)}"
    else:
        how = f"{name} changed from {quoted(before)} to {quoted(after)}"
    return Change("attribute", what, how, before, after)


def worth(text: str) -> str:
    return text if text in {"on", "off", "mixed", MASK} else quoted(text) if text else "empty"


def state_of(columns: Columns) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, list[tuple[int, int]]] = {}
    rows = (columns.state_node, columns.state_field, columns.state_value)
    for node, field, value in zip(*(row.tolist() for row in rows), strict=True):
        found.setdefault(node, []).append((field, value))
    return found


def said(names: Names, columns: Columns, node: int, rows: list[tuple[int, int]]) -> str:
    words = []
    for field, value in rows:
        if field == Field.SECRET:
            words.append(MASK)
        elif field == Field.CHECKED:
            words.append(("off", "on", "mixed", "mixed")[value & 3])
        elif field == Field.SELECTED:
            words.append(MASK if names.is_secret(node) else names.option(node, value))
        else:
            text = columns.strings[value]
            words.append(MASK if text and names.is_secret(node) else text)
    return ", ".join(words)


def scroll_of(columns: Columns) -> dict[int, tuple[float, float]]:
    places = columns.scroll_xy.reshape(-1, 2).tolist()
    return {node: (x, y) for node, (x, y) in zip(columns.scroll_node.tolist(), places, strict=True)}


def marks_of(columns: Columns) -> dict[tuple[int, int], str]:
    rows = (columns.mark_node, columns.mark_kind, columns.mark_value)
    return {
        (node, kind): columns.strings[value]
        for node, kind, value in zip(*(row.tolist() for row in rows), strict=True)
    }


def sheets_of(columns: Columns) -> dict[str, None]:
    texts = np.asarray(columns.sheet_texts).reshape(-1, 3)[:, 0].tolist()
    lines = (line for text in texts for line in columns.strings[text].split("\n"))
    return dict.fromkeys(line.strip() for line in lines if line.strip())
