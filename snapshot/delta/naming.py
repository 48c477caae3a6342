"""What a person would call an element: `button 'Add to cart'`, `text field 'Email'`. Pure."""

from __future__ import annotations

import re
from functools import cached_property

import numpy as np

from ..columns import Columns, Kind
from .tree import attribute_starts

MASK = "••••"
LONGEST = 60
"""Characters of a quoted text."""

_SECRET_USES = re.compile(
    r"(^|\s)(cc-\S+|current-password|new-password|one-time-code)(\s|$)", re.IGNORECASE
)
_TAGS = {
    "a": "link",
    "button": "button",
    "textarea": "text field",
    "select": "list",
    "option": "option",
    "img": "image",
    "li": "list item",
    "ul": "list",
    "ol": "list",
    "p": "paragraph",
    "table": "table",
    "tr": "row",
    "td": "cell",
    "th": "cell",
    "form": "form",
    "nav": "navigation",
    "dialog": "dialog",
    "iframe": "frame",
    "label": "label",
    "canvas": "drawing",
    "svg": "drawing",
    "video": "video",
    "style": "style sheet",
    "link": "style sheet",
    "script": "script",
    "div": "block",
    "span": "text",
    "section": "section",
    "body": "page",
}
_INPUTS = {
    "checkbox": "checkbox",
    "radio": "radio button",
    "submit": "button",
    "button": "button",
    "reset": "button",
    "image": "button",
    "file": "file field",
    "password": "password field",
    "range": "slider",
    "hidden": "hidden field",
}
_HEADING = re.compile(r"h[1-6]")
_SILENT = frozenset(["script", "style", "template", "noscript"])
_PARTS = re.compile(r"[-_\s]+|(?<=[a-z])(?=[A-Z])")


def quoted(text: str) -> str:
    """One line of a text in quotes, cut when long."""
    flat = " ".join(text.split())
    return f"'{flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + '…'}'"


class Names:
    """Answers for one page; what is asked first is worked out once."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._strings = columns.strings
        self._parents: list[int] = columns.parent.tolist()
        self._kinds: list[int] = columns.kind.tolist()
        self._starts: list[int] = attribute_starts(columns).tolist()

    def tag(self, node: int) -> str:
        """The local name of an element, "" of anything else."""
        return self._label(node) if self._kinds[node] >= Kind.ELEMENT else ""

    def attributes(self, node: int) -> dict[str, str]:
        start, count = 2 * self._starts[node], int(self._columns.attr_count[node])
        flat = self._columns.attrs[start : start + 2 * count].tolist()
        names = (self._strings[i] for i in flat[::2])
        return dict(zip(names, (self._strings[i] for i in flat[1::2]), strict=True))

    def is_secret(self, node: int) -> bool:
        """Whether what the field holds is nobody's business."""
        found = self.attributes(node)
        uses = found.get("autocomplete", "")
        return found.get("type", "").lower() == "password" or bool(_SECRET_USES.search(uses))

    def element(self, node: int) -> int:
        """The nearest element at or above a node, -1 for none."""
        while node >= 0 and self._kinds[node] < Kind.ELEMENT:
            node = self._parents[node]
        return node

    def own_text(self, node: int) -> str:
        """The texts right inside an element."""
        return "".join(self._label(child) for child in self._texts_of.get(node, ()))

    def text(self, node: int) -> str:
        """The first words inside a node."""
        words: list[str] = []
        length, skip = 0, 0
        for inner in range(node, self._ends[node]):
            if inner < skip:
                continue
            if self._kinds[inner] == Kind.TEXT:
                words.append(self._label(inner))
                length += len(words[-1].strip())
            elif self.tag(inner) in _SILENT or self._kinds[inner] == Kind.CONTENT:
                skip = self._ends[inner]
            if length > 2 * LONGEST:
                break
        return " ".join(" ".join(words).split())

    def call(self, node: int, *, by_text: bool = True) -> str:
        """What the element is, and its name; `by_text` when its text may be that."""
        what = self._what(node)
        name = self._name(node, by_text=by_text)
        return f"{what} {quoted(name)}" if name else what

    def subject(self, node: int) -> str:
        """What to call an element whose text changes: `cart count` for `#cart-count`."""
        found = self.attributes(node)
        if found.get("aria-label"):
            return f"{self._what(node)} {quoted(found['aria-label'])}"
        words = found.get("id") or (found.get("class", "").split() or [""])[0]
        plain = " ".join(part.lower() for part in _PARTS.split(words) if part)
        return plain or self._what(node)

    def option(self, select: int, index: int) -> str:
        """The label of an option."""
        options = [node for node in range(select, self._ends[select]) if self.tag(node) == "option"]
        return self.text(options[index]) if 0 <= index < len(options) else ""

    def _what(self, node: int) -> str:
        tag, found = self.tag(node), self.attributes(node)
        if self._kinds[node] == Kind.DOCUMENT:
            return "document"
        if tag == "input":
            return _INPUTS.get(found.get("type", "").lower(), "text field")
        role = found.get("role", "").split()
        if role:
            return role[0].lower()
        return "heading" if _HEADING.fullmatch(tag) else _TAGS.get(tag, tag or "text")

    def _name(self, node: int, *, by_text: bool) -> str:
        found, tag = self.attributes(node), self.tag(node)
        told = found.get("aria-label") or self._labels.get(found.get("id", ""), "")
        if not told and tag in {"input", "textarea", "select"}:
            told = self._around(node) or found.get("placeholder", "")
            if found.get("type", "").lower() in {"submit", "button", "reset"}:
                told = found.get("value", "") or told
        elif not told and by_text and tag not in _SILENT:
            told = self.text(node)
        known = told or found.get("alt") or found.get("title") or found.get("name")
        return known or found.get("id", "")

    def _around(self, node: int) -> str:
        """The words of a label around a field."""
        for _ in range(4):
            node = self._parents[node]
            if node < 0:
                break
            if self.tag(node) == "label":
                return self.text(node)
        return ""

    def _label(self, node: int) -> str:
        return self._strings[int(self._columns.label[node])]

    @cached_property
    def _ends(self) -> list[int]:
        size = [1] * len(self._parents)
        for node in range(len(size) - 1, 0, -1):
            size[self._parents[node]] += size[node]
        return [node + length for node, length in enumerate(size)]

    @cached_property
    def _texts_of(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for node in np.flatnonzero(self._columns.kind == Kind.TEXT).tolist():
            found.setdefault(self._parents[node], []).append(node)
        return found

    @cached_property
    def _labels(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for node in self._columns.elements.tolist():
            if self.tag(node) == "label":
                whose = self.attributes(node).get("for")
                if whose:
                    found.setdefault(whose, self.text(node))
        return found
