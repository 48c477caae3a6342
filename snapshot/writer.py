"""Columns to markup that does nothing; what may be in it is said in `inert`. Pure."""

from __future__ import annotations

import re
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .columns import Columns, Kind
from .parsing import NEWLINE_EATEN, RAW, TEXT_ONLY, VOID, breaks_out, is_odd_comment
from .sanitize import INERT_TYPE, Attributes
from .tree import Tree

Nodes = NDArray[np.intp]
Mask = NDArray[np.bool_]

_TAG = re.compile(r"[A-Za-z][A-Za-z0-9:._-]*")
_ATTRIBUTE = re.compile(r"[^\s\"'<>/=\x00-\x1f\x7f]+")
_MARKUP = re.compile(r"<(?=[A-Za-z/!?])")
# `plaintext` can't be closed, everything after it would become its text.
_RENAMED = {"plaintext": "pre"}


_UNSAID = (Kind.DOCUMENT, Kind.SHADOW, Kind.CONTENT, Kind.MATHML, Kind.OTHER)
# Elements of SVG in which a parser takes HTML again.
_HTML_AGAIN = frozenset(("foreignObject", "desc", "title"))


class _Pieces:
    """The parts that markup is joined from; each one that comes again is made once."""

    def __init__(self) -> None:
        self.all: list[str] = []

    def add(self, texts: list[str]) -> int:
        """The number of the first of them."""
        first = len(self.all)
        self.all += texts
        return first


class Writer:
    """Writes by whole columns: what stands where is computed, and then joined in one go.

    A node is opened at its place and closed at the end of its subtree; of those that end at the
    same place the innermost comes first.
    """

    def __init__(self, columns: Columns, attributes: Attributes, *, staged: bool) -> None:
        self._staged = staged
        self._attributes = attributes
        self._strings = columns.strings
        self._kind: NDArray[np.uint8] = columns.kind
        self._label = columns.label.astype(np.intp)
        self._tree = Tree.of(columns.parent)
        self._tags = {
            label: self._safe(self._strings[label])
            for label in np.unique(self._label[self._elements]).tolist()
        }

    def inside(self, root: int) -> str:
        """The markup of what is inside a node."""
        written = np.zeros(len(self._kind), bool)
        written[root + 1 : self._tree.end[root]] = True
        silent = np.flatnonzero(self._silent & written)
        written &= ~self._tree.covered(silent) & ~self._unwritten
        return self._joined(root, written)

    def is_whole(self) -> bool:
        """Whether no other tree than this page, with no other attributes, has this markup.

        So it is where everything is said (no shadow roots, templates, frames), nothing is inside
        what holds text alone, and each namespace is the one that a parser takes.
        """
        inner = np.isin(self._kind, _UNSAID)
        texts = (self._html & self._tagged(RAW | VOID | TEXT_ONLY)) | self._scripts
        above = self._tree.parent[self._elements]
        return not (
            inner[1:].any()
            or any(self._strings[label] != tag for label, tag in self._tags.items())
            or not self._sayable[self._elements[self._attributes.owners]].all()
            or texts[above].any()
            or not self._parsed_namespaces(above)
        )

    def _parsed_namespaces(self, above: Nodes) -> bool:
        """Whether exactly `<svg>` and what is inside it is SVG; `above` are parents of elements."""
        svg, elements = self._kind == Kind.SVG, self._elements
        around = svg & ~self._tagged(_HTML_AGAIN)
        begins = self._tagged(frozenset(["svg"]))[elements]
        math = self._tagged(frozenset(["math"]))
        return bool((svg[elements] == (around[above] | begins)).all() and not math.any())

    # ---- which nodes ----

    @cached_property
    def _elements(self) -> Mask:
        found: Mask = self._kind >= Kind.ELEMENT
        return found

    @cached_property
    def _html(self) -> Mask:
        found: Mask = self._kind == Kind.ELEMENT
        return found

    @cached_property
    def _closed(self) -> Mask:
        """Closed shadow roots that a stage attaches later."""
        found = np.zeros(len(self._kind), bool)
        if self._staged:
            for node in np.flatnonzero(self._kind == Kind.SHADOW).tolist():
                found[node] = dict(self._attributes.of(node)).get("mode") == "closed"
        return found

    @cached_property
    def _silent(self) -> Mask:
        """Nodes of which nothing inside is written."""
        found: Mask = (self._kind == Kind.DOCUMENT) | self._closed | self._scripts
        return found

    @cached_property
    def _scripts(self) -> Mask:
        return self._tagged(frozenset(["script"]), any_case=True)

    @cached_property
    def _unwritten(self) -> Mask:
        """Nodes that have no markup of their own."""
        inner = (self._kind == Kind.DOCUMENT) | (self._kind == Kind.CONTENT)
        found: Mask = inner | self._closed
        return found

    @cached_property
    def _open(self) -> Mask:
        """Nodes that need an end tag."""
        void = self._html & self._tagged(VOID)
        found: Mask = (self._elements & ~void) | (self._kind == Kind.SHADOW)
        return found

    def _tagged(self, tags: frozenset[str], *, any_case: bool = False) -> Mask:
        """Elements that are written with one of these tags."""
        wanted = np.zeros(len(self._strings), bool)
        for label, tag in self._tags.items():
            wanted[label] = (tag.lower() if any_case else tag) in tags
        found: Mask = wanted[self._label] & self._elements
        return found

    @staticmethod
    def _safe(name: str) -> str:
        return _RENAMED.get(name, name) if _TAG.fullmatch(name) else "x-unknown"

    # ---- what is written of them, as numbers of pieces ----

    def _joined(self, root: int, written: Mask) -> str:
        pieces = _Pieces()
        nodes = np.flatnonzero(written)
        rows = np.flatnonzero(self._sayable & (written & self._elements)[self._attributes.owners])
        owners = self._attributes.owners[rows]
        elements = nodes[self._elements[nodes]]
        count = np.zeros(len(written) + 1, np.intp)
        count[1:][written] = 1
        count[1:] += np.bincount(owners, minlength=len(written)) + (written & self._elements)
        before = count.cumsum()  # of each node, without end tags

        closing = nodes[self._open[nodes]][::-1]
        closing = closing[np.argsort(self._tree.end[closing], kind="stable")]
        ends = self._tree.end[closing]
        place = before[:-1] + ends.searchsorted(np.arange(len(written)), side="right")

        order = np.empty(before[-1] + len(closing), np.intp)
        order[before[ends] + np.arange(len(closing))] = self._end_tags(pieces, closing)
        order[place[elements]] = self._start_tags(pieces, elements)
        order[place[elements] + count[elements + 1] - 1] = self._after(pieces, elements)
        nth = np.arange(len(rows)) - owners.searchsorted(owners)
        order[place[owners] + 1 + nth] = self._pairs(pieces, rows)
        texts = nodes[self._kind[nodes] == Kind.TEXT]
        order[place[texts]] = self._texts(pieces, texts, root)
        for kind, say in ((Kind.COMMENT, self._comment), (Kind.SHADOW, self._shadow)):
            these = nodes[self._kind[nodes] == kind]
            first = pieces.add(list(map(say, these.tolist())))
            order[place[these]] = np.arange(first, first + len(these))
        return "".join(map(pieces.all.__getitem__, order.tolist()))

    @cached_property
    def _sayable(self) -> Mask:
        """Attributes that markup can say."""
        known = self._attributes
        plain, declares = (np.zeros(len(known.strings), bool) for _ in range(2))
        for i in np.unique(known.names).tolist():
            plain[i] = _ATTRIBUTE.fullmatch(known.strings[i]) is not None
            declares[i] = known.strings[i].lower().startswith("shadowroot")
        templates = self._tagged(frozenset(["template"]), any_case=True)
        said: Mask = plain[known.names] & ~(declares[known.names] & templates[known.owners])
        return said

    def _start_tags(self, pieces: _Pieces, elements: Nodes) -> Nodes:
        return self._by_label(pieces, elements, [self._start(tag) for tag in self._tags.values()])

    def _end_tags(self, pieces: _Pieces, nodes: Nodes) -> Nodes:
        found = self._by_label(pieces, nodes, [f"</{tag}>" for tag in self._tags.values()])
        found[self._kind[nodes] == Kind.SHADOW] = pieces.add(["</template>"])
        return found

    def _by_label(self, pieces: _Pieces, nodes: Nodes, texts: list[str]) -> Nodes:
        """`texts` are one a tag, in the order of `_tags`."""
        numbers = np.zeros(len(self._strings), np.intp)
        first = pieces.add(texts)
        numbers[list(self._tags)] = np.arange(first, first + len(texts))
        return numbers[self._label[nodes]]

    def _start(self, tag: str) -> str:
        lower = tag.lower()
        if lower == "script":
            return f'<{tag} type="{INERT_TYPE}"'
        if lower == "iframe" and not self._staged:
            return f'<{tag} sandbox="allow-same-origin"'  # and no scripts
        return f"<{tag}"

    def _after(self, pieces: _Pieces, elements: Nodes) -> Nodes:
        """What ends a start tag; a newline that a parser eats is written twice."""
        first = pieces.add([">", ">\n"])
        found = np.full(len(elements), first)
        eating = self._tagged(NEWLINE_EATEN)[elements]
        for i in np.flatnonzero(eating).tolist():
            found[i] += self._begins_with_newline(int(elements[i]))
        return found

    def _begins_with_newline(self, node: int) -> bool:
        after = node + 1
        inside = after < self._tree.end[node] and self._kind[after] == Kind.TEXT
        return bool(inside) and self._strings[self._label[after]].startswith("\n")

    def _pairs(self, pieces: _Pieces, rows: Nodes) -> Nodes:
        """Attributes, each pair of name and value once."""
        texts = self._attributes.strings
        keys = self._attributes.names[rows].astype(np.int64) * len(texts)
        unique, places = np.unique(keys + self._attributes.values[rows], return_inverse=True)
        names, values = (each.tolist() for each in np.divmod(unique, len(texts)))
        first = pieces.add(
            [
                f' {texts[a]}="{_escape(texts[b], quote=True)}"'
                for a, b in zip(names, values, strict=True)
            ]
        )
        found: Nodes = places + first
        return found

    def _texts(self, pieces: _Pieces, nodes: Nodes, root: int) -> Nodes:
        unique, places = np.unique(self._label[nodes], return_inverse=True)
        found: Nodes = places + pieces.add([_escape(self._strings[i]) for i in unique.tolist()])
        around = self._around(root)[self._tree.parent[nodes]]
        raw = self._html[around] & self._tagged(RAW)[around] & (around != root)
        for i in np.flatnonzero(raw).tolist():
            text = self._strings[self._label[nodes[i]]]
            found[i] = pieces.add([self._raw(text, self._tags[int(self._label[around[i]])])])
        return found

    def _around(self, root: int) -> Nodes:
        """Of every node itself, or what is around it in the markup: `root` is where that ends."""
        marked = self._open.copy()
        marked[root] = True
        return self._tree.nearest(marked)

    def _raw(self, text: str, tag: str) -> str:
        if self._staged:
            return "" if tag == "noscript" or breaks_out(text, tag) else text
        if tag == "style":
            # In CSS an escaped `<` means the same; as markup it means nothing.
            return _MARKUP.sub(r"\\3c ", text.replace("<!--", "").replace("-->", ""))
        return "" if "<" in text else text

    def _comment(self, node: int) -> str:
        text = self._strings[self._label[node]]
        return "" if is_odd_comment(text) or not self._staged else f"<!--{text}-->"

    def _shadow(self, node: int) -> str:
        said = dict(self._attributes.of(node))
        mode = "closed" if said.pop("mode", "") == "closed" else "open"
        rest = "".join(
            f' shadowroot{name}=""'
            for name in ("clonable", "delegatesfocus", "serializable")
            if name in said
        )
        slots = ' shadowrootslotassignment="manual"' if "slotassignment" in said else ""
        return f'<template shadowrootmode="{mode}"{rest}{slots}>'


def _escape(text: str, *, quote: bool = False) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = text.replace("\xa0", "&nbsp;").replace("\r", "&#13;")
    return text.replace('"', "&quot;") if quote else text
