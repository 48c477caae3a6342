"""What a parser made of a page, and what must be done to it until it is the page again. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .columns import Columns, Kind, Mark
from .parsing import RAW, breaks_out, is_odd_comment
from .sanitize import Attributes
from .shape import Shape, subtree_end

# No UTF-8 carries a lone surrogate, and no parser keeps a null.
_ODD = re.compile("[\ud800-\udfff\0]")
_TABLES = frozenset(["table", "tbody", "thead", "tfoot", "tr", "colgroup"])
_WORDLESS = frozenset([*_TABLES, "html", "head", "frameset"])
_VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta"])
_CAREFUL = RAW | _WORDLESS | _VOID
_PARTS = {Kind.SHADOW: "shadow", Kind.CONTENT: "content"}


@dataclass(slots=True)
class Repairs:
    """What revive.js is told to mend; places are numbers of elements in its last walk."""

    builds: list[Any] = field(default_factory=list)
    """The number of an element, -1 for the document, and rows of what belongs inside."""
    attributes: list[Any] = field(default_factory=list)
    """The number of an element and all its attributes."""
    elements: int = 0
    """How many elements are built anew."""

    def told(self) -> dict[str, Any]:
        """As the script wants it."""
        return {"builds": self.builds, "attributes": self.attributes, "texts": []}


def repairs(
    columns: Columns, depth: Sequence[int], attributes: Attributes, wanted: Shape, found: Any
) -> Repairs:
    """How to make rows `found` those of `wanted`: the smallest subtrees that differ anew."""
    result = Repairs()
    ours, theirs = _children(wanted.rows), _children(found)
    waiting = [(-1, -1)]
    while waiting:
        mine, other = waiting.pop()
        pairs = list(zip(ours[mine], theirs[other], strict=False))
        same = len(ours[mine]) == len(theirs[other]) and all(
            (wanted.rows[a, :2] == found[b, :2]).all() for a, b in pairs
        )
        if not same:
            node = int(wanted.nodes[mine]) if mine >= 0 else wanted.scopes[0]
            rows = list(_rows(columns, depth, attributes, node))
            result.builds.append([other, rows])
            result.elements += sum(row[1] >= Kind.ELEMENT for row in rows)
            continue
        for a, b in pairs:
            if wanted.rows[a, 2] != found[b, 2]:
                result.attributes.append([b, attributes.of(int(wanted.nodes[a]))])
        waiting += pairs
    return result


def odd_texts(columns: Columns, wanted: Shape) -> list[Any]:
    """Texts and comments that no markup gives: where, and all that stands between the elements."""
    containers = dict.fromkeys(_odd_containers(columns))
    if not containers:
        return []
    number = {int(node): i for i, node in enumerate(wanted.nodes.tolist())}
    places = {each: None for each in containers if _host(columns, each) in number}
    inside = _items(columns, places)
    result = []
    for container in places:
        part = _PARTS.get(Kind(int(columns.kind[container])), "")
        result.append([number[_host(columns, container)], part, inside[container]])
    return result


def _host(columns: Columns, container: int) -> int:
    """The element that a container is, or is inside of."""
    is_element = columns.kind[container] >= Kind.ELEMENT
    return container if is_element else int(columns.parent[container])


def _children(rows: Any) -> dict[int, list[int]]:
    """The child elements of each row by number, those of the document under -1."""
    children: dict[int, list[int]] = {-1: []}
    path: list[tuple[int, int]] = []
    for i, depth in enumerate(rows[:, 1].tolist()):
        while path and path[-1][0] >= depth:
            path.pop()
        children[path[-1][1] if path else -1].append(i)
        children[i] = []
        path.append((depth, i))
    return children


def _rows(
    columns: Columns, depth: Sequence[int], attributes: Attributes, root: int
) -> Iterator[list[Any]]:
    """What is inside a node, as the script builds it; frames load their documents themselves."""
    named = {
        (int(node), int(kind)): columns.strings[value]
        for node, kind, value in zip(
            columns.mark_node, columns.mark_kind, columns.mark_value.tolist(), strict=True
        )
    }
    skipped = 0
    for node in range(root + 1, subtree_end(np.asarray(depth), root)):
        if skipped and depth[node] > skipped:
            continue
        kind = int(columns.kind[node])
        label = columns.strings[columns.label[node]]
        script = kind >= Kind.ELEMENT and label.lower() == "script"
        skipped = depth[node] if kind == Kind.DOCUMENT or script else 0
        if kind == Kind.DOCUMENT:
            continue
        row: list[Any] = [depth[node] - depth[root], kind, label, attributes.of(node)]
        if kind >= Kind.ELEMENT:
            row += [named.get((node, Mark.NAMESPACE)), named.get((node, Mark.PREFIX))]
        yield row


def _odd_containers(columns: Columns) -> Iterator[int]:
    for node in _doubtful(columns):
        parent, index = int(columns.parent[node]), int(columns.label[node])
        if columns.kind[parent] == Kind.DOCUMENT:
            continue
        text = columns.strings[index]
        odd = _ODD.search(text) is not None
        if columns.kind[node] == Kind.COMMENT:
            if odd or is_odd_comment(text):
                yield parent
            continue
        tag = columns.strings[columns.label[parent]] if columns.kind[parent] == Kind.ELEMENT else ""
        if tag != "script" and (odd or _lost_in(tag, text)):
            yield parent
            if tag in _WORDLESS or tag in _VOID:  # it fell out of there, into what is around
                yield from _around(columns, parent)


def _doubtful(columns: Columns) -> list[int]:
    """Texts and comments that a closer look is due to: few, on most pages."""
    comments = columns.kind == Kind.COMMENT
    texts = columns.kind == Kind.TEXT
    odd = np.zeros(len(columns.strings), bool)
    for i in np.flatnonzero(np.bincount(columns.label[texts])).tolist():
        text = columns.strings[i]
        # Nearly all are told by the first two, which take no time.
        odd[i] = "\0" in text or not (text.isascii() or _ODD.search(text) is None)
    careful = np.zeros(len(columns.strings), bool)
    for i in np.flatnonzero(np.bincount(columns.label[columns.kind >= Kind.ELEMENT])).tolist():
        careful[i] = columns.strings[i] in _CAREFUL
    above = columns.parent
    inside = careful[columns.label[above]] & (columns.kind[above] == Kind.ELEMENT)
    found: list[int] = np.flatnonzero(comments | (texts & (odd[columns.label] | inside))).tolist()
    return found


def _lost_in(tag: str, text: str) -> bool:
    """Whether this text can't be written inside this tag."""
    if tag in RAW and (tag == "noscript" or "\r" in text or breaks_out(text, tag)):
        return True
    return (tag in _WORDLESS and bool(text.strip(" \t\n\f\r"))) or tag in _VOID


def _around(columns: Columns, node: int) -> Iterator[int]:
    """Where a parser may have put a text that was in `node`."""
    tag = columns.strings[columns.label[node]]
    if tag in {"html", "head"}:
        html = node if tag == "html" else int(columns.parent[node])
        children = np.flatnonzero(columns.parent == html).tolist()
        yield from (i for i in children if columns.strings[columns.label[i]] == "body")
    while True:
        node = int(columns.parent[node])
        if node < 0:
            return
        if columns.kind[node] != Kind.ELEMENT:
            if columns.kind[node] != Kind.DOCUMENT:
                yield node
            return
        yield node
        if columns.strings[columns.label[node]] not in _TABLES:
            return


def _items(columns: Columns, places: dict[int, None]) -> dict[int, list[Any]]:
    """What stands in each container: null for an element, a text, a comment as a list of one."""
    items: dict[int, list[Any]] = {place: [] for place in places}
    if not items:
        return items
    for node in np.flatnonzero(np.isin(columns.parent, list(items))).tolist():
        kind, text = columns.kind[node], columns.strings[columns.label[node]]
        into = items[int(columns.parent[node])]
        if kind >= Kind.ELEMENT:
            into.append(None)
        elif kind == Kind.TEXT:
            into.append(text)
        elif kind == Kind.COMMENT:
            into.append([text])
    return items
