"""Columns to bytes and back: see `FORMAT.md`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import msgpack  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray

from .checks import below
from .columns import Columns, Mark, Page, tree_hash
from .container import Container, Counts, Source, write
from .errors import BadSnapshot, SnapshotLocked
from .kinds import DOCUMENT, ELEMENT
from .layout import SECTIONS, Piece, pack, rects, texts
from .parts import OPTIONAL, TREE, Parts
from .sealing import is_sealed, seal, unseal
from .strings import MAX_STRINGS
from .tree import depths

_FIELDS = [field.name for field in fields(Page)]
_EXTRAS = frozenset(["HTML", "DELTA", "LIVE"])


def encode(
    columns: Columns,
    *,
    key: bytes | None = None,
    extras: Mapping[str, bytes] | None = None,
    compress: bool = True,
) -> bytes:
    """The bytes of a page.

    With a `key` of 32 bytes they are sealed: right for pages captured with their secrets. `extras`
    are the bytes of sections HTML, DELTA and LIVE. Raises `PageTooLarge`, `WrongKey`, and
    `BadSnapshot` for columns that are no tree.
    """
    extras = extras or {}
    if not extras.keys() <= _EXTRAS:
        raise ValueError(f"only {', '.join(sorted(_EXTRAS))} can be given as bytes")
    elements = int(np.count_nonzero(columns.kind >= ELEMENT))
    counts = Counts(len(columns.kind), elements, len(columns.strings))
    sections = _sections(columns)
    sections.update({name: [data] for name, data in extras.items()})
    plain = write(counts, sections, compress=compress)
    return plain if key is None else seal(plain, key)


def opened(data: Source, key: bytes | None = None) -> Parts:
    """The columns of a page, read when they are asked for.

    Raises `BadSnapshot` for bytes whose header or directory `encode` did not write,
    `SnapshotLocked` and `WrongKey` for sealed ones.
    """
    if is_sealed(data):
        data = unseal(data, key)
        if is_sealed(data):
            raise SnapshotLocked("the snapshot is sealed twice")
    return Parts(Container(data))


def decode(data: Source, key: bytes | None = None) -> Columns:
    """The columns of a page, checked throughout.

    Raises `BadSnapshot` for anything that `encode` did not write, and allocates at most a small
    multiple of `container.MAX_RAW` before it does.
    """
    parts = opened(data, key)
    parts.verify()
    return parts.columns


def _sections(columns: Columns) -> dict[str, list[Piece]]:
    if len(columns.strings) > MAX_STRINGS:
        raise BadSnapshot("too many strings")
    up = _up(columns)
    meta = _meta(columns)
    strings, canvas = _apart(columns)
    found: dict[str, Mapping[str, Any]] = {
        "NODE": {"up": up, "label": columns.label, "hidden": columns.hidden, "kind": columns.kind},
        "ATTR": {
            "count": columns.attr_count, "name": columns.attrs[::2], "value": columns.attrs[1::2],
        },
        "STR": texts(strings),
    }  # fmt: skip
    for name in OPTIONAL:
        rows = {column: getattr(columns, column) for column in SECTIONS[name]}
        if any(map(len, rows.values())):
            found[name] = rows
    if len(columns.boxes):
        found["RECT"] = rects(columns.boxes)
    documents = np.flatnonzero(columns.kind == DOCUMENT)[1:]
    if len(documents):
        found["FRAME"] = {"document": documents, "cross": _cross(columns, documents)}
    if canvas:
        found["CANVAS"] = {"string": list(canvas), **texts(list(canvas.values()))}
    return {"META": [meta], **{name: pack(name, rows) for name, rows in found.items()}}


def _up(columns: Columns) -> NDArray[np.uint32]:
    """Column `up`; checked as far as encoding relies on it."""
    parent, own = columns.parent, np.arange(len(columns.kind), dtype="<u4")
    if not len(parent) == len(own) == len(columns.label) or parent[:1].tolist() != [-1]:
        raise BadSnapshot("the node columns differ in length, or there is no root")
    above = parent.astype("<u4")
    if (above[1:] >= own[1:]).any():  # one that is negative is large here
        raise BadSnapshot("a parent is missing or comes after its child")
    if not below(columns.label, len(columns.strings)):
        raise BadSnapshot("a string is missing")
    up: NDArray[np.uint32] = own - above
    return up


def _meta(columns: Columns) -> bytes:
    page = {name: getattr(columns.page, name) for name in _FIELDS}
    for name in ("url", "title"):
        page[name] = page[name].encode("utf-8", "surrogatepass")
    above = columns.parent.astype(np.intp)
    above[0] = 0
    page[TREE] = tree_hash(columns.strings, columns.kind, columns.label, depths(above))
    packed: bytes = msgpack.packb(page)
    return packed


def _apart(columns: Columns) -> tuple[list[str] | tuple[str, ...], dict[int, str]]:
    """The pixels of canvases apart from all other strings: readers seldom want them."""
    rows = columns.mark_value[columns.mark_kind == Mark.CANVAS]
    if not len(rows):
        return columns.strings, {}
    strings = list(columns.strings)
    canvas = {}
    for index in np.unique(rows).tolist():
        canvas[index] = strings[index]
        strings[index] = ""
    return strings, canvas


def _cross(columns: Columns, documents: Any) -> list[int]:
    """Which documents the page's own scripts can't reach."""
    ends = columns.attr_count.cumsum(dtype=np.int64)
    spans = zip((ends - columns.attr_count)[documents], ends[documents], strict=True)
    names = columns.attrs[::2]
    return [int("cross" in map(columns.strings.__getitem__, names[a:b])) for a, b in spans]
