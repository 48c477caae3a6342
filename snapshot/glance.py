"""The observation of a page that no browser holds: what walker.js finds, from columns.

What most elements have in common is decided for all of them at once, the rest one by one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import fields
from functools import cached_property, lru_cache
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .areas import area_boxes
from .dom import Dom, clean
from .errors import PageTooLarge
from .kinds import ELEMENT as HTML
from .kinds import TEXT
from .naming import NAME_LIMIT, Naming
from .observe import Element, Observation
from .scene import Scene, Staging
from .stating import MAYBE_STATED, Stating
from .surroundings import Surroundings
from .viewing import Shown, ViewLines, rounded
from .vocabulary import NAMED_BY_CONTENT

MAX_CONTROLS = 200_000
_REFS = 1000
_NO_BOX = (0, 0, 0, 0)


class Glance:
    """One page. `nodes` has the node of each of the `elements`.

    Raises `PageTooLarge` above `MAX_CONTROLS`.
    """

    def __init__(self, dom: Dom) -> None:
        self._dom = dom
        self._flat = dom.flat
        self._page = dom.parts.page
        self._naming = Naming(dom)
        self._stating = Stating(dom, self._naming)
        self._areas = area_boxes(dom)
        self._scene: Scene = Staging(dom, self._naming, self._stating, self._areas).scene()
        self._headings = self._named_headings()
        self._controls = self._pressable()
        self.nodes = self._flat.node[self._controls]
        self.elements = self._made()

    def observation(self, max_tokens: int) -> Observation:
        """`max_tokens` bounds the text view, never the elements."""
        view = self._lines.choose(max_tokens)
        return Observation(
            url=self._page.url,
            title=self._page.title,
            elements=self.elements,
            text=view.text,
            tokens=view.tokens,
            truncated=view.left_out,
        )

    @cached_property
    def _lines(self) -> ViewLines:
        shown = Shown(
            self._scene, self._controls, self._headings, self._heading_at, self.elements,
            self._boxes_at,
        )  # fmt: skip
        return ViewLines(self._dom, self._naming, shown)

    # ---- headings ----

    def _named_headings(self) -> NDArray[np.intp]:
        places = np.flatnonzero(self._scene.heading)
        content, node = self._naming.content, self._flat.node
        named = (
            (place, clean(content(node.item(place)), NAME_LIMIT) if name is None else name)
            for place, name in zip(places.tolist(), self._lone_texts(places), strict=True)
        )
        self._heading_at = {place: name for place, name in named if name}
        return np.array(list(self._heading_at), np.intp)

    def _lone_texts(self, places: NDArray[np.intp]) -> list[str | None]:
        """The text, cleaned, of each place that holds one text and nothing else."""
        kind, end, strings = self._flat.kind, self._flat.tree.end, self._dom.strings
        inside = np.minimum(places + 1, len(kind) - 1)
        lone = (end[places] == places + 2) & (kind[inside] == TEXT)
        labels = self._flat.label[inside]
        short = self._dom.parts.strings.tidy(NAME_LIMIT)[labels]
        return [
            (strings[label] if as_it_is else clean(strings[label], NAME_LIMIT)) if alone else None
            for label, alone, as_it_is in zip(
                labels.tolist(), lone.tolist(), short.tolist(), strict=True
            )
        ]

    # ---- elements ----

    def _pressable(self) -> NDArray[np.intp]:
        """Controls with an area, with a label, or that choose files."""
        places = np.flatnonzero(self._scene.control)
        if len(places) > MAX_CONTROLS:
            raise PageTooLarge(f"more than {MAX_CONTROLS} elements could be used")
        boxes = self._boxes_at(places)
        if not len(boxes):
            return places
        kept = (boxes[:, 2] != 0) & (boxes[:, 3] != 0)
        for row in np.flatnonzero(~kept).tolist():
            node = self._flat.node.item(places.item(row))
            file = self._dom.tag(node) == "input" and self._naming.type(node) == "file"
            kept[row] = file or node in self._naming.labels
        found: NDArray[np.intp] = places[kept]
        return found

    def _boxes_at(self, places: NDArray[np.intp]) -> NDArray[np.float64]:
        boxes = self._dom.parts.boxes.reshape(-1, 4).astype(np.float64)
        if not len(boxes):
            return boxes
        nodes = self._flat.node[places]
        found = boxes[self._dom.parts.elements.searchsorted(nodes)]
        for area, box in self._areas.items():
            found[nodes == area] = box
        return found

    def _made(self) -> tuple[Element, ...]:
        nodes = self.nodes.tolist()
        dom, stating = self._dom, self._stating
        tags = list(map(dom.strings.__getitem__, dom.label[self.nodes].tolist()))
        html = [
            tag if is_html else ""
            for tag, is_html in zip(tags, (dom.kind[self.nodes] == HTML).tolist(), strict=True)
        ]
        links = dom.having_any(("href",))[self.nodes].tolist()
        html_links = [
            tag if tag != "a" or link else "" for tag, link in zip(html, links, strict=True)
        ]
        roles = self._role_column(nodes, html_links)
        names = self._name_column(nodes, roles)
        boxes, offscreen = self._places_on_screen()
        around = Surroundings(dom, self._naming)
        landmarks, groups = around.of(self._flat.tree.parent[self._controls].tolist())
        stated = dom.having_any(MAYBE_STATED)
        stated |= stating.stateful
        return _elements(
            {
                "ref": _refs(-(-len(nodes) // _REFS)),
                "role": roles,
                "name": names,
                "value": [
                    stating.value(node, tag) if valued else ""
                    for node, tag, valued in zip(
                        nodes, html, stating.valued[self.nodes].tolist(), strict=True
                    )
                ],
                "states": [
                    stating.states(node, off) if some else _PLAIN[off]
                    for node, off, some in zip(
                        nodes, offscreen, stated[self.nodes].tolist(), strict=True
                    )
                ],
                "box": boxes,
                "tag": tags,
                "type": [
                    self._naming.type(node) if tag == "input" else ""
                    for node, tag in zip(nodes, html, strict=True)
                ],
                "hint": self._hint_column(nodes, names),
                "options": [
                    stating.options(node) if tag == "select" else ()
                    for node, tag in zip(nodes, html, strict=True)
                ],
                "context": self._context_column(groups),
                "landmark": landmarks,
                "href": stating.addresses(nodes, html),
            },
            len(nodes),
        )

    def _role_column(self, nodes: list[int], tags: list[str]) -> list[str]:
        given = self._dom.having_any(("role",))[self.nodes].tolist()
        role = self._naming.role
        return [
            (not said and _PLAIN_ROLES.get(tag)) or role(node) or "clickable"
            for node, tag, said in zip(nodes, tags, given, strict=True)
        ]

    def _name_column(self, nodes: list[int], roles: list[str]) -> list[str]:
        """Most controls are named by the one text in them."""
        labelled, name_of = self._naming.labels, self._naming.name
        said = self._dom.having_any(("aria-labelledby", "aria-label"))[self.nodes].tolist()
        found = []
        for node, role, text, other in zip(
            nodes, roles, self._lone_texts(self._controls), said, strict=True
        ):
            if text and not other and role in NAMED_BY_CONTENT and node not in labelled:
                found.append(text)
            else:
                found.append(name_of(node, role))
        return found

    def _hint_column(self, nodes: list[int], names: list[str]) -> Iterable[str]:
        some = self._dom.having_any(
            ("placeholder", "aria-describedby", "title", "autocomplete", "name")
        )[self.nodes]
        hint = self._naming.hint
        return [
            hint(node, name) if said else ""
            for node, name, said in zip(nodes, names, some.tolist(), strict=True)
        ]

    def _context_column(self, groups: list[str]) -> list[str]:
        """The group around each control, else the heading before it."""
        names = list(self._heading_at.values())
        before = (self._headings.searchsorted(self._controls) - 1).tolist()
        return [
            group or (names[heading] if heading >= 0 else "")
            for group, heading in zip(groups, before, strict=True)
        ]

    def _places_on_screen(self) -> tuple[Iterable[tuple[float, ...]], list[bool]]:
        boxes = self._boxes_at(self._controls)
        if not len(boxes):
            return repeat(_NO_BOX, len(self._controls)), [False] * len(self._controls)
        x, y, width, height = boxes.T
        off = (x + width <= 0) | (y + height <= 0) | (x >= self._page.width)
        off |= y >= self._page.height
        return map(tuple, rounded(boxes).tolist()), off.tolist()


_PLAIN_ROLES = {"button": "button", "a": "link", "summary": "button", "textarea": "textbox"}
_PLAIN = (frozenset[str](), frozenset(["offscreen"]))


@lru_cache(maxsize=8)
def _refs(steps: int) -> tuple[str, ...]:
    """The first `steps * _REFS` refs."""
    return tuple(map("e{}".format, range(1, steps * _REFS + 1)))


_SET: dict[str, Callable[[Element, object], None]] = {
    field.name: getattr(Element, field.name).__set__ for field in fields(Element)
}


def _elements(columns: dict[str, Iterable[Any]], count: int) -> tuple[Element, ...]:
    """One element a row. A frozen class takes its fields one by one; this is faster."""
    elements = tuple(map(object.__new__, repeat(Element, count)))
    for name, values in columns.items():
        deque(map(_SET[name], elements, values), maxlen=0)
    return elements
