"""The observation of a page that no browser holds: what walker.js finds, from columns."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np

from . import vocabulary as words
from .columns import Kind
from .dom import Dom, clean
from .lines import choose, describe, quoted, rank
from .naming import NAME_LIMIT, Naming
from .observe import Element, Observation
from .scene import Scene, Staging
from .stating import Stating

_TEXT_LIMIT = 2000
_MEASURE_EVERY = 6

Line = tuple[int, str | int]
"""Rank, and the text of the line or the place of its element."""


class Glance:
    """One walk over what is shown. Read `observation` and `nodes` after it."""

    def __init__(self, dom: Dom) -> None:
        self._dom = dom
        self._naming = Naming(dom)
        self._stating = Stating(dom, self._naming)
        self._scene: Scene = Staging(dom, self._naming, self._stating).scene()
        self._page = dom.parts.page
        self._node = dom.flat.node.tolist()
        self._lines: list[Line] = []
        self._fields: dict[str, list[Any]] = {field.name: [] for field in fields(Element)}
        self.nodes: list[int] = []
        """The node of each element, in their order."""
        self._heading = ""
        self._text: list[str] = []
        self._text_top = self._top = 0
        self._measured = -_MEASURE_EVERY
        self._boxes = self._every_box()
        self._above: dict[int, tuple[str, str]] = {-1: ("", "")}
        self._walk()
        self._elements = _made(self._fields)

    def observation(self, max_tokens: int) -> Observation:
        """`max_tokens` bounds the text view, never the elements."""
        view = choose([rank for rank, _ in self._lines], self._line, max_tokens)
        return Observation(
            url=self._page.url,
            title=" ".join(self._page.title.split()),
            elements=self._elements,
            text=view.text,
            tokens=view.tokens,
            truncated=view.left_out,
        )

    def _line(self, row: int) -> str:
        said = self._lines[row][1]
        return said if isinstance(said, str) else describe(self._elements[said])

    # ---- the walk ----

    def _walk(self) -> None:
        scene = self._scene
        seen = scene.control | scene.heading | scene.picture | scene.text | self._dialogs()
        places = np.flatnonzero(seen)
        whats = np.select(
            [scene.control[places], scene.heading[places], scene.picture[places], scene.text[places]],
            [0, 1, 2, 3],
            4,
        ).tolist()
        steps = (self._control, self._title, self._picture, self._words, self._dialog)
        line = -1
        for place, what, at in zip(places.tolist(), whats, scene.line[places].tolist(), strict=True):
            if at != line:
                self._flush()
                line = at
            steps[what](place, self._node[place])
        self._flush()

    def _dialogs(self) -> Any:
        """Landmarks that have a line of their own."""
        found = np.zeros(len(self._node), bool)
        dom, place = self._dom, self._dom.flat.place
        said = [node for node, value in dom.valued("role") if value.lower().split()[:1] in (["dialog"], ["alertdialog"])]
        tags = np.flatnonzero(dom.tagged(frozenset(["dialog"]))).tolist()
        wanted = [node for node in tags if not dom.attribute(node, "role")] + said
        places = place[np.array(wanted, np.intp)]
        found[places[places >= 0]] = True
        return found & self._scene.walked

    def _flush(self) -> None:
        if self._text:
            text = clean("".join(self._text), _TEXT_LIMIT)
            self._text = []
            if text:
                in_view = 0 <= self._text_top < self._page.height
                self._lines.append((rank(in_view, False), f"- text: {text}"))

    def _words(self, place: int, node: int) -> None:
        if not self._text:
            if len(self._lines) >= self._measured + _MEASURE_EVERY:
                parent = self._dom.flat.tree.parent.item(place)
                self._top = round_half_up(self._box(self._node[parent])[1])
                self._measured = len(self._lines)
            self._text_top = self._top
        self._text.append(self._dom.strings[self._dom.label.item(node)])

    def _picture(self, place: int, node: int) -> None:
        alt = self._dom.attribute(node, "alt")
        if alt:
            if not self._text:
                self._text_top = self._top
            self._text.append(f" [image: {alt}] ")

    def _title(self, place: int, node: int) -> None:
        self._flush()
        name = clean(self._naming.content(node), NAME_LIMIT)
        if name:
            self._heading = name
            given = self._dom.attribute(node, "aria-level") or self._dom.tag(node)[1:2]
            level = int(given) if given.isascii() and given.isdigit() and int(given[:4]) else 2
            in_view = 0 <= round_half_up(self._box(node)[1]) < self._page.height
            self._lines.append((rank(in_view, True), f"- heading {quoted(name)} [level={level}]"))

    def _dialog(self, place: int, node: int) -> None:
        attributes = self._dom.attributes(node)
        label = self._naming.labelled_by(attributes.get("aria-labelledby"), node)
        name = clean(label or attributes.get("aria-label", ""), 80)
        name = name or clean(self._naming.content(node), 80)
        self._lines.append((rank(True, True), f"- dialog {quoted(name)}"))

    # ---- controls ----

    def _control(self, place: int, node: int) -> None:
        naming, stating = self._naming, self._stating
        x, y, width, height = self._box(node)
        kind = naming.type(node) if self._dom.tag(node) == "input" else ""
        if not (width and height) and self._boxes and node not in naming.labels and kind != "file":
            return
        self._flush()
        self._top = round_half_up(y)
        self._measured = len(self._lines)
        page, tag = self._page, self._dom.strings[self._dom.label.item(node)]
        offscreen = bool(self._boxes) and (
            x + width <= 0 or y + height <= 0 or x >= page.width or y >= page.height
        )
        role = naming.role(node)
        name = naming.name(node, role or "clickable")
        landmark, group = self._around(self._dom.flat.tree.parent.item(place))
        self._lines.append((rank(not offscreen, True), len(self.nodes)))
        self.nodes.append(node)
        given: dict[str, Any] = {
            "ref": f"e{len(self.nodes)}", "role": role or "clickable", "name": name,
            "value": stating.value(node), "states": stating.states(node, offscreen),
            "box": tuple(map(round_half_up, (x, y, width, height))), "tag": tag, "type": kind,
            "hint": naming.hint(node, name),
            "options": stating.options(node) if tag == "select" else (),
            "context": group or self._heading, "landmark": landmark,
            "href": stating.href(node) if self._dom.tag(node) in {"a", "area"} else "",
        }  # fmt: skip
        for field, values in self._fields.items():
            values.append(given[field])

    def _around(self, place: int) -> tuple[str, str]:
        """Landmark and group that a place in the tree gives to what is in it."""
        missing = []
        while place not in self._above:
            missing.append(place)
            parent = self._dom.flat.tree.parent.item(place)
            place = parent if place else -1
        found = self._above[place]
        for place in reversed(missing):
            found = self._above[place] = self._entered(self._node[place], found)
        return found

    def _entered(self, node: int, outer: tuple[str, str]) -> tuple[str, str]:
        dom, (landmark, group) = self._dom, outer
        if dom.kind[node] < Kind.ELEMENT:
            return ("", "") if dom.kind[node] == Kind.DOCUMENT else outer
        tag, attributes = dom.tag(node), dom.attributes(node)
        role = attributes.get("role", "form") if tag == "form" else (
            (attributes["role"].split() or [""])[0].lower() if attributes.get("role") else ""
        )  # fmt: skip
        mine = role if role in words.LANDMARK_ROLES else words.LANDMARKS.get(tag, "")
        if mine and not (mine == "banner" and landmark == "main"):
            landmark = mine
            said = self._naming.labelled_by(attributes.get("aria-labelledby"), node)
            group = clean(said or attributes.get("aria-label", ""), 80) or group
        if tag in words.GROUPS or role in words.GROUP_ROLES:
            group = clean(self._naming.group(node), 80) or group
        return landmark, group

    # ---- boxes ----

    def _every_box(self) -> list[list[float]]:
        found: list[list[float]] = self._dom.parts.boxes.reshape(-1, 4).tolist()
        return found

    def _box(self, node: int) -> list[float]:
        if not self._boxes:
            return [0.0, 0.0, 0.0, 0.0]
        if self._dom.kind[node] < Kind.ELEMENT:
            node = self._dom.parts.nodes.parent.item(node)
        row = int(self._dom.parts.elements.searchsorted(node))
        return self._boxes[row]


def round_half_up(number: float) -> int:
    """As JavaScript rounds."""
    return int(np.floor(number + 0.5))


_SET: dict[str, Callable[[Element, object], None]] = {
    field.name: getattr(Element, field.name).__set__ for field in fields(Element)
}


def _made(columns: dict[str, list[Any]]) -> tuple[Element, ...]:
    """One element a row. A frozen class takes its fields one by one; this is several times faster."""
    elements = tuple(object.__new__(Element) for _ in columns["ref"])
    for name, values in columns.items():
        deque(map(_SET[name], elements, values), maxlen=0)
    return elements
