"""The observation of a page that no browser holds: what walker.js finds, from columns.

What most elements have in common is decided for all of them at once, the rest one by one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import fields
from functools import cached_property
from itertools import repeat
from operator import ne
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .areas import area_boxes
from .dom import Dom, clean
from .errors import PageTooLarge
from .kinds import ELEMENT as HTML
from .kinds import TEXT
from .lines import LEAST_OF_HEADING, LEAST_OF_LINE, choose, describe, pieces, quoted
from .naming import NAME_LIMIT, Naming
from .observe import Element, Observation
from .scene import Scene, Staging
from .stating import MAYBE_STATED, Stating
from .surroundings import Surroundings
from .vocabulary import NAMED_BY_CONTENT

MAX_CONTROLS = 200_000
_TEXT_LIMIT = 2000
_MEASURE_EVERY = 6
_CONTROL, _HEADING, _PICTURE, _TEXT, _DIALOG = range(5)
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

    # ---- the text view ----

    def observation(self, max_tokens: int) -> Observation:
        """`max_tokens` bounds the text view, never the elements."""
        view = choose(self._ranks, self._least, self._line, max_tokens)
        return Observation(
            url=self._page.url,
            title=self._page.title,
            elements=self.elements,
            text=view.text,
            tokens=view.tokens,
            truncated=view.left_out,
        )

    def _line(self, row: int) -> str:
        """A line of the view."""
        places, whats, starts = self._rows
        start = starts[row]
        match whats[start]:
            case 0:
                return describe(self.elements[self._numbers[row]])
            case 1:
                return self._heading_line(places[start])
            case 4:
                return self._dialog_line(places[start])
        end = starts[row + 1] if row + 1 < len(starts) else len(places)
        return self._text_line(places[start:end])

    @cached_property
    def _least(self) -> list[int]:
        """The tokens that each line takes at least: half of a name may be single spaces, and five
        letters may be one token. Of headings it is what they take but for wide letters: many are
        out of view, and would be written in vain."""
        _, whats, starts = self._rows
        what = np.array(whats, np.int8)[starts]
        found = np.full(len(what), LEAST_OF_LINE)
        role, name = (np.fromiter(map(len, column), np.intp) for column in self._said)
        ref = np.char.str_len(np.arange(1, len(role) + 1).astype(str)) + 1
        found[what == _CONTROL] = 7 + role // 5 + ref + np.where(name > 0, 2 + name // 10, 0)
        found[what == _HEADING] = LEAST_OF_HEADING
        found[what == _HEADING] += np.array(pieces([*self._heading_at.values()]), np.intp)
        least: list[int] = found.tolist()
        return least

    @cached_property
    def _numbers(self) -> list[int]:
        """For each row how many controls come before it."""
        _, whats, starts = self._rows
        before = np.cumsum(np.array(whats, np.int8)[starts] == _CONTROL) - 1
        found: list[int] = before.tolist()
        return found

    @cached_property
    def _ranks(self) -> list[int]:
        """What is in view comes first. Where plain text lies is measured every few rows, counted
        from the last control or measurement."""
        places, whats, starts = self._rows
        what = np.array(whats, np.int8)[starts]
        tops = self._tops([places[start] for start in starts])
        off = np.array(["offscreen" in element.states for element in self.elements], bool)
        rows = np.arange(len(what))
        near = np.maximum.accumulate(np.where(what == _CONTROL, rows, -_MEASURE_EVERY))
        top = np.zeros(len(what) + 1, np.int64)
        measured = -_MEASURE_EVERY
        for row in np.flatnonzero(what == _TEXT).tolist():
            measured = max(measured, near.item(row))
            if row >= measured + _MEASURE_EVERY:
                measured = row
            top[row] = tops[measured]
        # Pictures lie where the text before them does, the first ones at the top.
        before = np.maximum.accumulate(np.where(what == _TEXT, rows, -1))
        tops = np.where(what == _HEADING, tops, top[before])
        ranks = np.where((tops >= 0) & (tops < self._page.height), 0, 2)
        ranks[(what == _TEXT) | (what == _PICTURE)] += 1
        ranks[what == _CONTROL] = np.where(off, 2, 0)
        ranks[what == _DIALOG] = 0
        found: list[int] = ranks.tolist()
        return found

    @cached_property
    def _rows(self) -> tuple[list[int], list[int], list[int]]:
        """Places that are shown, what each is, and where a line of the view begins."""
        scene, what = self._scene, np.full(len(self._flat.kind), -1, np.int8)
        what[scene.text], what[scene.picture], what[self._dialogs()] = _TEXT, _PICTURE, _DIALOG
        what[self._headings], what[self._controls] = _HEADING, _CONTROL
        places = np.flatnonzero(what >= 0)
        whats = what[places]
        words = (whats == _TEXT) | (whats == _PICTURE)
        line = scene.line[places]
        goes_on = words[1:] & words[:-1] & (line[1:] == line[:-1])
        starts = np.flatnonzero(~np.concatenate(([False], goes_on))) if len(places) else places
        return places.tolist(), whats.tolist(), starts.tolist()

    def _tops(self, places: list[int]) -> NDArray[np.int64]:
        """Where each is, or for a text its element, below the top of the viewport."""
        if not len(self._dom.parts.boxes):
            return np.zeros(len(places), np.int64)
        where = np.array(places, np.intp)
        texts = self._flat.kind[where] == TEXT
        where = np.where(texts, self._flat.tree.parent[where], where)
        return _rounded(self._boxes_at(where)[:, 1])

    def _text_line(self, places: list[int]) -> str:
        dom, found = self._dom, []
        blanks = self._scene.blank[places].tolist()
        apart = [False, *map(ne, blanks, blanks[1:])]
        for node, gap in zip(self._flat.node[places].tolist(), apart, strict=True):
            if gap:
                found.append(" ")
            if dom.kinds[node] == TEXT:
                found.append(dom.string_of(node))
            else:
                found.append(f" [image: {dom.attribute(node, 'alt')}] ")
        return f"- text: {clean(''.join(found), _TEXT_LIMIT)}"

    def _heading_line(self, place: int) -> str:
        node = self._flat.node.item(place)
        given = self._dom.attribute(node, "aria-level") or self._dom.tag(node)[1:2]
        level = int(given) if given.isascii() and given.isdigit() and int(given[:4]) else 2
        return f"- heading {quoted(self._heading_at[place])} [level={level}]"

    def _dialog_line(self, place: int) -> str:
        node = self._flat.node.item(place)
        attributes = self._dom.attributes(node)
        label = self._naming.labelled_by(attributes.get("aria-labelledby"), node)
        name = clean(label or attributes.get("aria-label", ""), 80)
        return f"- dialog {quoted(name or clean(self._naming.content(node), 80))}"

    def _dialogs(self) -> NDArray[np.bool_]:
        """Landmarks that have a line of their own."""
        found = np.zeros(len(self._flat.kind), bool)
        dom, place = self._dom, self._flat.place
        roles = dict(dom.valued("role"))
        tags = np.flatnonzero(dom.tagged(frozenset(["dialog"]))).tolist()
        wanted = [node for node in tags if not roles.get(node)]
        for node, value in roles.items():
            if (value.lower().split() or [""])[0] in {"dialog", "alertdialog"}:
                wanted.append(node)
        places = place[np.array(wanted, np.intp)]
        found[places[places >= 0]] = True
        return found & self._scene.walked & ~self._scene.control

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
        self._said = roles, names
        boxes, offscreen = self._places_on_screen()
        around = Surroundings(dom, self._naming)
        landmarks, groups = around.of(self._flat.tree.parent[self._controls].tolist())
        stated = dom.having_any(MAYBE_STATED)
        stated |= stating.stateful
        return _elements(
            {
                "ref": map("e{}".format, range(1, len(nodes) + 1)),
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
        return map(tuple, _rounded(boxes).tolist()), off.tolist()


_PLAIN_ROLES = {"button": "button", "a": "link", "summary": "button", "textarea": "textbox"}
_PLAIN = (frozenset[str](), frozenset(["offscreen"]))


def _rounded(numbers: NDArray[Any]) -> NDArray[np.int64]:
    """As JavaScript rounds."""
    return np.floor(numbers.astype(np.float64) + 0.5).astype(np.int64)


_SET: dict[str, Callable[[Element, object], None]] = {
    field.name: getattr(Element, field.name).__set__ for field in fields(Element)
}


def _elements(columns: dict[str, Iterable[Any]], count: int) -> tuple[Element, ...]:
    """One element a row. A frozen class takes its fields one by one; this is faster."""
    elements = tuple(map(object.__new__, repeat(Element, count)))
    for name, values in columns.items():
        deque(map(_SET[name], elements, values), maxlen=0)
    return elements
