"""A delta: what makes one page of another. Pure values.

`FORMAT.md` says what each part means; `make` writes one, `apply` carries it out, `wire` makes
bytes of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def ints(*values: int) -> Ints:
    return np.array(values, "i8")


@dataclass(frozen=True, slots=True)
class Splice:
    """A text made of one that the base has: its beginning, `middle`, its end."""

    column: int
    """Of `STRING_COLUMNS`."""
    row: int
    """Where in that column of the base the string index stands."""
    prefix: int
    suffix: int
    """Code points kept at either end."""
    middle: str


Text = str | Splice
STRING_COLUMNS = ("label", "attrs", "state_value", "sheet_texts", "mark_value")


@dataclass(frozen=True, slots=True)
class Rows:
    """A table of the target, from that of the base with its nodes renamed; see `Table`."""

    runs: Ints
    """Pairs: first row of the renamed table, or -1 for new rows, and how many."""
    new: Ints
    """The new rows, value after value; texts are indexes into `Delta.texts`."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """Layout boxes, coordinate by coordinate over all elements."""

    runs: Ints
    """Pairs: how many elements, and 0 as predicted, 1 moved by a value, 2 a value each."""
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Delta:
    """Operations that make the target of the base."""

    base: bytes
    """`content_hash` of the page it starts from."""
    target: bytes
    """`content_hash` of the page it leads to."""
    count: int
    """Nodes of the target."""
    runs: Ints
    """Triples: first node of the base, or -1 for new or changed nodes, how many, and what to add to
    their depths."""
    nodes: Ints
    """New and changed nodes, see `FORMAT.md`."""
    texts: tuple[Text, ...] = ()
    page: dict[str, str | float | int | bool] = field(default_factory=dict)
    """Fields of `Page` that differ."""
    boxes: Boxes | None = None
    """None when the target has none."""
    tables: dict[str, Rows] = field(default_factory=dict)
    """Tables that are not what renaming the nodes gives."""
    selection: Ints | None = None
    """The selection, when it is not what renaming gives."""

    @property
    def empty(self) -> bool:
        """Whether base and target are the same page."""
        return self.base == self.target

    @property
    def changed_nodes(self) -> int:
        """Nodes that are not copied as they are."""
        copied = self.runs[1::3][self.runs[::3] >= 0]
        return self.count - int(copied.sum())
