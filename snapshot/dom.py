"""Elements, attributes and texts of a snapshot by index, the way a script would ask a page."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .flat import Flat, flatten
from .kinds import CONTENT, DOCUMENT, ELEMENT, SHADOW, TEXT
from .parts import Parts

_SPACE = re.compile(r"[\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+")
_UNTIDY = re.compile(r"^\s|\s$|[^\S ]|  |\ufeff")


class Dom:
    """Questions by node index; vectors have one entry a node."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.count = len(parts.nodes.kind)
        self.kind = parts.nodes.kind
        self.label = parts.nodes.label
        self._start = parts.attributes.start
        self._rows: dict[int, dict[str, str]] = {}

    @cached_property
    def strings(self) -> tuple[str, ...]:
        """All strings: of one alone the table of `parts` decodes no other."""
        return self.parts.strings.all

    # ---- attributes ----

    def attributes(self, node: int) -> dict[str, str]:
        """All of one node."""
        found = self._rows.get(node)
        if found is None:
            first, last = self._start.item(node), self._start.item(node + 1)
            rows, strings = self.parts.attributes, self.parts.strings
            found = {} if first == last else {
                strings[name]: strings[value]
                for name, value in zip(
                    rows.name[first:last].tolist(), rows.value[first:last].tolist(), strict=True
                )
            }  # fmt: skip
            self._rows[node] = found
        return found

    def attribute(self, node: int, name: str) -> str | None:
        """One of one node."""
        return self.attributes(node).get(name)

    @cached_property
    def owners(self) -> NDArray[np.intp]:
        """The node of each attribute row."""
        return np.repeat(np.arange(len(self.kind)), np.diff(self._start))

    @cached_property
    def _names(self) -> dict[str, list[int]]:
        return self._index(self.parts.attributes.name)

    @cached_property
    def tags(self) -> dict[str, list[int]]:
        """Local names and their strings."""
        return self._index(self.label[self.parts.elements])

    def _index(self, column: NDArray[Any]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for index in np.flatnonzero(np.bincount(column)).tolist():
            found.setdefault(self.strings[index], []).append(index)
        return found

    def rows(self, name: str) -> NDArray[np.intp]:
        """The attribute rows of a name."""
        column = self.parts.attributes.name
        ids = self._names.get(name, [])
        if not ids:
            return np.array([], np.intp)
        return np.flatnonzero(column == ids[0] if len(ids) == 1 else np.isin(column, ids))

    def having(self, name: str) -> NDArray[np.intp]:
        """The nodes that have an attribute."""
        return self.owners[self.rows(name)]

    def having_any(self, names: Iterable[str]) -> NDArray[np.bool_]:
        """Which nodes have one of these attributes."""
        found = np.zeros(len(self.kind), bool)
        for name in names:
            if name in self._names:
                found[self.having(name)] = True
        return found

    def valued(self, name: str) -> list[tuple[int, str]]:
        """The nodes that have an attribute, and its values."""
        rows = self.rows(name)
        values = self.parts.attributes.value[rows].tolist()
        return list(
            zip(self.owners[rows].tolist(), map(self.strings.__getitem__, values), strict=True)
        )

    # ---- elements ----

    def tagged(self, tags: frozenset[str]) -> NDArray[np.bool_]:
        """Which nodes are HTML elements of these tags."""
        table = np.zeros(max(len(self.strings), 1), bool)
        for tag in tags & self.tags.keys():
            table[self.tags[tag]] = True
        found: NDArray[np.bool_] = table.take(self.label) & (self.kind == ELEMENT)
        return found

    def tag(self, node: int) -> str:
        """The local name of an HTML element, else empty."""
        return self.strings[self.labels[node]] if self.kinds[node] == ELEMENT else ""

    def string_of(self, node: int) -> str:
        """The local name of an element, the text of a text."""
        return self.strings[self.labels[node]]

    @cached_property
    def kinds(self) -> list[int]:
        """As `kind`, for one at a time."""
        found: list[int] = self.kind.tolist()
        return found

    @cached_property
    def labels(self) -> list[int]:
        """As `label`, for one at a time."""
        found: list[int] = self.label.tolist()
        return found

    @cached_property
    def flat(self) -> Flat:
        """The tree as it is laid out."""
        return flatten(self.parts, self.root, self.attribute)

    @cached_property
    def root(self) -> NDArray[np.intp]:
        """The document, shadow root or template content that each node is in."""
        kind = self.kind
        inner = (kind == DOCUMENT) | (kind == SHADOW) | (kind == CONTENT)
        return self.parts.tree.nearest(inner)

    @cached_property
    def roots(self) -> list[int]:
        """As `root`, for one at a time."""
        found: list[int] = self.root.tolist()
        return found

    @cached_property
    def ends(self) -> list[int]:
        """The first node after each node's subtree."""
        found: list[int] = self.parts.tree.end.tolist()
        return found

    @cached_property
    def ids(self) -> dict[tuple[int, str], int]:
        """By root and id the first element that has it."""
        found: dict[tuple[int, str], int] = {}
        roots = self.roots
        for node, value in self.valued("id"):
            found.setdefault((roots[node], value), node)
        return found

    @cached_property
    def by_id(self) -> dict[str, int]:
        """The first element with each id, in whatever root."""
        found: dict[str, int] = {}
        for (_, id_), node in self.ids.items():
            if id_ not in found or node < found[id_]:
                found[id_] = node
        return found

    @cached_property
    def _texts(self) -> list[int]:
        found: list[int] = np.flatnonzero(self.kind == TEXT).tolist()
        return found

    def text_content(self, node: int) -> str:
        """All text inside, shown or not, without shadow roots."""
        texts, roots = self._texts, self.roots
        first = bisect_left(texts, node)
        last = bisect_left(texts, self.ends[node], first)
        own = roots[node]
        return "".join([self.string_of(text) for text in texts[first:last] if roots[text] == own])

    def first_inside(self, node: int, wanted: list[int]) -> int:
        """The first of `wanted`, a sorted list, inside a node and its root; -1 for none."""
        end, own = self.ends[node], self.roots[node]
        for place in range(bisect_left(wanted, node + 1), len(wanted)):
            if wanted[place] >= end:
                break
            if self.roots[wanted[place]] == own:
                return wanted[place]
        return -1


def clean(text: str, limit: int) -> str:
    """White space as single spaces, cut at `limit` UTF-16 units."""
    flat = _SPACE.sub(" ", text).strip(" ") if _UNTIDY.search(text) else text
    if len(flat) * 2 > limit and (len(flat) > limit or not flat.isascii()):
        units = flat.encode("utf-16-le", "surrogatepass")
        if len(units) > limit * 2:
            return units[: (limit - 1) * 2].decode("utf-16-le", "surrogatepass") + "…"
    return flat
