"""The strings of two pages under one numbering, so that equal texts have equal numbers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xxhash
from numpy.typing import NDArray

from ..columns import Columns, Field

TEXT_FIELDS = (Field.VALUE, Field.EDITABLE, Field.FILES)
"""Form state whose number is a string index."""

_IS_TEXT = np.zeros(256, bool)
_IS_TEXT[list(TEXT_FIELDS)] = True


def number(columns: Columns, index: dict[str, int]) -> Columns:
    """`columns` with its strings as numbered by `index`, which learns those it does not know.

    The string table of the result is empty: `index` is the table.
    """
    names = [index.setdefault(text, len(index)) for text in columns.strings]
    return renumbered(columns, np.array(names, "u4"), ())


def renumbered(columns: Columns, names: NDArray[np.uint32], strings: Sequence[str]) -> Columns:
    """`columns` with `names[i]` in place of string `i`."""
    return replace(
        columns,
        strings=tuple(strings),
        label=names[columns.label],
        attrs=names[columns.attrs],
        state_value=_texts(columns, names),
        sheet_texts=names[columns.sheet_texts],
        mark_value=names[columns.mark_value],
    )


def compact(columns: Columns) -> Columns:
    """The same page with each string once, those that are used only, in the order of their use."""
    state = columns.state_value[text_rows(columns)]
    used = np.concatenate(
        (
            columns.label,
            columns.attrs,
            state.astype("u4"),
            columns.sheet_texts,
            columns.mark_value,
        )
    )
    found, first = np.unique(used, return_index=True)
    index = {"": 0}
    names = np.zeros(len(columns.strings), "u4")
    for at in found[np.argsort(first)].tolist():
        names[at] = index.setdefault(columns.strings[at], len(index))
    return renumbered(columns, names, tuple(index))


def text_rows(columns: Columns) -> NDArray[np.intp]:
    """The rows of form state whose number is a string index."""
    return np.flatnonzero(_IS_TEXT[columns.state_field])


def digests(strings: Sequence[str]) -> NDArray[np.uint64]:
    """XXH3-64 of the UTF-8 of each string, lone surrogates as three bytes."""
    digest = xxhash.xxh3_64_intdigest
    return np.array([digest(text.encode("utf-8", "surrogatepass")) for text in strings], "<u8")


def _texts(columns: Columns, names: NDArray[np.uint32]) -> NDArray[np.int32]:
    rows = text_rows(columns)
    values = columns.state_value.astype("i4")
    values[rows] = names[values[rows]]
    return values
