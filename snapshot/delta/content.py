"""One hash over everything that a page's columns say, however their strings are numbered. Pure."""

from __future__ import annotations

from dataclasses import fields

import msgpack  # type: ignore[import-untyped]
import numpy as np
import xxhash
from numpy.typing import NDArray

from ..columns import Columns, Page
from .numbering import digests, text_rows

_STRINGS = frozenset(["label", "attrs", "sheet_texts", "mark_value"])
_SKIPPED = frozenset(["page", "strings", "state_value"])
_COLUMNS = tuple(item.name for item in fields(Columns) if item.name not in _SKIPPED)
_PAGE = tuple(item.name for item in fields(Page))
HASH_BYTES = 16


def content_hash(columns: Columns, known: NDArray[np.uint64] | None = None) -> bytes:
    """16 bytes (XXH3-128) that two pages share when all their columns say the same.

    `known` are the `digests` of the strings, when the caller has them.
    """
    texts = digests(columns.strings) if known is None else known
    digest = xxhash.xxh3_128(_page(columns))
    for name in _COLUMNS:
        column = getattr(columns, name)
        _add(digest, texts[column] if name in _STRINGS else column)
    values = columns.state_value.astype("<i8").view("<u8")
    rows = text_rows(columns)
    values[rows] = texts[columns.state_value[rows]]
    _add(digest, values)
    return digest.digest()


def same(one: Columns, other: Columns) -> bool:
    """Whether two pages say the same, by their hashes."""
    return content_hash(one) == content_hash(other)


def _page(columns: Columns) -> bytes:
    page = [
        value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        for value in (getattr(columns.page, name) for name in _PAGE)
    ]
    packed: bytes = msgpack.packb(page, use_bin_type=True)
    return packed


def _add(digest: xxhash.xxh3_128, column: NDArray[np.generic]) -> None:
    data = np.ascontiguousarray(column)
    if data.dtype.byteorder == ">":
        data = data.astype(data.dtype.newbyteorder("<"))
    digest.update(len(data).to_bytes(8, "little"))
    digest.update(data.data)
