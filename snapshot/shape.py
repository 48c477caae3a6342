"""The shape of a tree: one row of numbers an element, the same as revive.js makes of a page. Pure.

A row is a hash of the element's tag and namespace, its depth, and a hash of its attributes in any
order. Two trees with equal rows are equal to anyone who asks elements and attributes.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from .columns import Columns, Kind
from .sanitize import Attributes

_WORD = np.uint64(0xFFFFFFFF)
_MIX = 0x9E3779B1
_POLYNOMIALS = (0x01000193, 0x85EBCA6B)


@dataclass(frozen=True)
class Shape:
    """The elements of one document and of all frames that its scripts reach."""

    nodes: Any
    """The node index of each element, in order."""
    scopes: tuple[int, ...]
    """Nodes of its documents and shadow roots, in order."""
    frames: tuple[int, ...]
    """Nodes of elements that may hold a document, in order."""
    make: Callable[[], Any] = field(repr=False)
    """Makes `rows`, which most pages are never asked for."""

    @cached_property
    def rows(self) -> Any:
        """Unsigned, three an element: tag, depth, attributes."""
        return self.make()

    @property
    def digest(self) -> list[int]:
        """Two polynomials over all rows, modulo 2 to the 32."""
        flat = self.rows.reshape(-1)
        return [_polynomial(flat, base) for base in _POLYNOMIALS]


def shape(columns: Columns, depth: Sequence[int], attributes: Attributes, root: int = 0) -> Shape:
    """The shape of document `root`, without documents that only DevTools reaches."""
    levels = np.asarray(depth, "i8")
    inside = _reached(columns, levels, attributes, root)
    nodes = inside[columns.kind[inside] >= Kind.ELEMENT]
    scopes = inside[np.isin(columns.kind[inside], (Kind.DOCUMENT, Kind.SHADOW))]

    def make() -> Any:
        return _rows(columns, attributes, nodes, levels[nodes] - levels[root])

    return Shape(nodes, tuple(scopes.tolist()), _frames(columns, nodes), make)


def _rows(columns: Columns, attributes: Attributes, nodes: Any, levels: Any) -> Any:
    strings = _hashes(attributes, columns.label[nodes])
    kinds = columns.kind[nodes].astype("u4")
    rows = np.empty((len(nodes), 3), "u4")
    rows[:, 0] = strings[columns.label[nodes]] ^ kinds * np.uint32(_MIX)
    rows[:, 1] = levels
    rows[:, 2] = _attribute_sums(columns, attributes, strings)[nodes]
    return rows


def subtree_end(levels: Any, node: int) -> int:
    """The first node after a subtree."""
    after = np.flatnonzero(levels[node + 1 :] <= levels[node])
    return node + 1 + int(after[0]) if len(after) else len(levels)


def is_cross(columns: Columns, attributes: Attributes, node: int) -> bool:
    """Whether a node is a document that the page's own scripts don't reach."""
    return columns.kind[node] == Kind.DOCUMENT and any(
        name == "cross" for name, _ in attributes.of(node)
    )


def _reached(columns: Columns, levels: Any, attributes: Attributes, root: int) -> Any:
    kept = np.zeros(len(levels), bool)
    kept[root : subtree_end(levels, root)] = True
    for node in np.flatnonzero(columns.kind == Kind.DOCUMENT).tolist():
        if node != root and kept[node] and is_cross(columns, attributes, node):
            kept[node : subtree_end(levels, node)] = False
    return np.flatnonzero(kept)


_FRAMES = ("iframe", "frame", "object", "embed")


def _frames(columns: Columns, nodes: Any) -> tuple[int, ...]:
    wanted = [i for i, text in enumerate(columns.strings) if text in _FRAMES]
    html = nodes[columns.kind[nodes] == Kind.ELEMENT]
    return tuple(html[np.isin(columns.label[html], wanted)].tolist())


def _hashes(attributes: Attributes, labels: Any) -> Any:
    """CRC-32 of the UTF-16 code units of each string that is asked for."""
    hashes = np.zeros(len(attributes.strings), "u4")
    for i in np.unique(np.concatenate((labels, attributes.names, attributes.values))).tolist():
        hashes[i] = zlib.crc32(attributes.strings[i].encode("utf-16-le", "surrogatepass"))
    return hashes


def _attribute_sums(columns: Columns, attributes: Attributes, hashes: Any) -> Any:
    pairs = hashes[attributes.names] * np.uint32(31) ^ hashes[attributes.values]
    sums = np.zeros(len(columns.kind), "u8")
    np.add.at(sums, attributes.owners, pairs.astype("u8"))
    return (sums & _WORD).astype("u4")


def _polynomial(values: Any, base: int) -> int:
    powers = np.full(len(values), base, "u4")
    powers[:1] = 1
    powers = np.cumprod(powers, dtype="u4")[::-1]
    return int((values * powers).sum(dtype="u4"))
