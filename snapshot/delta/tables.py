"""The tables of a page beside its tree: rows of whole numbers, a node first. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..columns import Columns
from .delta import Ints
from .numbering import TEXT_FIELDS


@dataclass(frozen=True, slots=True)
class Table:
    """How columns of a page make one table."""

    name: str
    columns: tuple[tuple[str, int], ...]
    """Column of `Columns`, and how many of its values make a row."""
    texts: frozenset[int] = frozenset()
    """Places in a row that are string indexes; those of form state only where its field says so."""

    @property
    def width(self) -> int:
        return sum(width for _, width in self.columns)


HIDDEN = Table("hidden", (("hidden", 1),))
STATE = Table("state", (("state_node", 1), ("state_field", 1), ("state_value", 1)), frozenset([2]))
SCROLL = Table("scroll", (("scroll_node", 1), ("scroll_xy", 2)))
SHEETS = Table(
    "sheets", (("sheet_node", 1), ("sheet_flags", 1), ("sheet_texts", 3)), frozenset([2, 3, 4])
)
MARKS = Table("marks", (("mark_node", 1), ("mark_kind", 1), ("mark_value", 1)), frozenset([2]))
VEILED = Table("veiled", (("veiled", 1),))
REVEALED = Table("revealed", (("revealed", 1),))
POINTED = Table("pointed", (("pointed", 1),))
TABLES = (HIDDEN, STATE, SCROLL, SHEETS, MARKS, VEILED, REVEALED, POINTED)
_TYPES = {
    "hidden": "u4",
    "state_node": "u4",
    "state_field": "u1",
    "state_value": "i4",
    "scroll_node": "u4",
    "scroll_xy": "f4",
    "sheet_node": "u4",
    "sheet_flags": "u1",
    "sheet_texts": "u4",
    "mark_node": "u4",
    "mark_kind": "u1",
    "mark_value": "u4",
    "veiled": "u4",
    "revealed": "u4",
    "pointed": "u4",
}


def rows_of(columns: Columns, table: Table) -> Ints:
    """One row of whole numbers each; lengths as the bits of their 32-bit floats."""
    parts = []
    for name, width in table.columns:
        column = getattr(columns, name)
        if _TYPES[name] == "f4":
            column = np.ascontiguousarray(column, "f4").view("i4")
        parts.append(column.astype("i8").reshape(-1, width))
    return np.concatenate(parts, axis=1)


def columns_of(rows: Ints, table: Table) -> dict[str, Any]:
    """Columns by name, the reverse of `rows_of`. Numbers that don't fit are cut to fit."""
    found, at = {}, 0
    for name, width in table.columns:
        part = np.ascontiguousarray(rows[:, at : at + width]).reshape(-1)
        kind = _TYPES[name]
        found[name] = part.astype("i4").view("f4") if kind == "f4" else part.astype(kind)
        at += width
    return found


def renamed(rows: Ints, now: NDArray[np.int64]) -> tuple[Ints, Ints]:
    """Rows of the base with `now[node]` for each node, without those whose node is gone, and where
    in the base each stood."""
    nodes = now[rows[:, 0]]
    kept = np.flatnonzero(nodes >= 0)
    result = rows[kept]
    result[:, 0] = nodes[kept]
    return result, kept


def renames(was: NDArray[np.integer[Any]], count: int) -> NDArray[np.int64]:
    """For each of `count` nodes of the base its node in the target, -1 for none; the last of
    several."""
    now = np.full(count, -1, "i8")
    kept = np.flatnonzero(was >= 0)
    now[was[kept]] = kept
    return now


def is_text(row: list[int], place: int, table: Table) -> bool:
    """Whether the value at `place` is a string index."""
    return place in table.texts and (table is not STATE or row[1] in TEXT_FIELDS)


def moved_selection(selection: NDArray[np.int32], now: NDArray[np.int64]) -> Ints:
    """The selection of the base in nodes of the target; empty when one of them is gone."""
    result = selection.astype("i8")
    result[::2] = now[result[::2]]
    return result if bool((result[::2] >= 0).all()) else result[:0]
