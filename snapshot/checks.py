"""Whether columns say what a page can say: every index points at what it should. Pure."""

from __future__ import annotations

from math import isfinite
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .columns import MAX_NODES, Columns, Mark, Page, Sheet
from .errors import BadSnapshot
from .kinds import (
    COMMENT,
    CONTENT,
    DOCUMENT,
    EDITABLE,
    ELEMENT,
    FILES,
    OTHER,
    SECRET,
    SELECTED,
    SHADOW,
    TEXT,
    VALUE,
)
from .tree import Tree


class StateColumns(Protocol):
    """The columns of section STATE."""

    @property
    def state_node(self) -> NDArray[Any]: ...
    @property
    def state_field(self) -> NDArray[Any]: ...
    @property
    def state_value(self) -> NDArray[Any]: ...
    @property
    def scroll_node(self) -> NDArray[Any]: ...
    @property
    def scroll_xy(self) -> NDArray[Any]: ...
    @property
    def selection(self) -> NDArray[Any]: ...


class LookColumns(Protocol):
    """The columns of section LOOK."""

    @property
    def veiled(self) -> NDArray[Any]: ...
    @property
    def revealed(self) -> NDArray[Any]: ...
    @property
    def pointed(self) -> NDArray[Any]: ...


class SheetColumns(Protocol):
    """The columns of section CSS."""

    @property
    def sheet_node(self) -> NDArray[Any]: ...
    @property
    def sheet_flags(self) -> NDArray[Any]: ...
    @property
    def sheet_texts(self) -> NDArray[Any]: ...


class MarkColumns(Protocol):
    """The columns of section MARK."""

    @property
    def mark_node(self) -> NDArray[Any]: ...
    @property
    def mark_kind(self) -> NDArray[Any]: ...
    @property
    def mark_value(self) -> NDArray[Any]: ...


_IS_TEXT = np.zeros(SECRET + 1, bool)
_IS_TEXT[[VALUE, EDITABLE, FILES]] = True


def check(columns: Columns) -> None:
    """Raise `BadSnapshot` unless every index points at what it should."""
    kind, known = columns.kind, len(columns.strings)
    _require(len(columns.parent) == len(kind), "the node columns differ in length")
    up = (np.arange(len(kind), dtype=np.int64) - columns.parent).astype(np.uint32)
    check_nodes(up, kind, columns.label, columns.hidden, known)
    Tree.of(columns.parent)
    check_attributes(kind, columns.attr_count, columns.attrs[::2], columns.attrs[1::2], known)
    check_boxes(len(columns.elements), columns.boxes)
    check_state(kind, columns, known)
    check_look(kind, columns)
    check_sheets(kind, columns, known)
    check_marks(kind, columns, known)
    check_page(columns.page, len(kind))
    check_focus(kind, columns.page.focus)


def check_nodes(
    up: NDArray[Any], kind: NDArray[Any], label: NDArray[Any], hidden: NDArray[Any], known: int
) -> NDArray[np.int32]:
    """The parents: of one tree, as far as that can be said without walking it."""
    count = len(kind)
    _require(0 < count <= MAX_NODES, "the number of nodes is out of bounds")
    _require(len(up) == len(label) == count, "the node columns differ in length")
    _require(below(kind, OTHER + 1), "a node is of an unknown kind")
    _require(below(label, known), "a string is missing")
    own = np.arange(count, dtype=np.uint32)
    missing = (up > own) | (up == 0)
    _require(up[0] == 1 and not missing[1:].any(), "a parent is missing or after its child")
    parent: NDArray[np.int32] = (own - up).view(np.int32)
    _require(kind[0] == DOCUMENT and _nested(kind, parent[1:]), "a node has an impossible parent")
    _require(_on_elements(kind, hidden), "a hidden node is missing")
    return parent


def check_attributes(
    kind: NDArray[Any], count: NDArray[Any], name: NDArray[Any], value: NDArray[Any], known: int
) -> NDArray[np.int64]:
    """The first row of each node, and the number of rows: every attribute has an owner, a name and
    a value."""
    _require(len(count) == len(kind), "the node columns differ in length")
    _require(below(name, known) and below(value, known), "a string is missing")
    start = np.zeros(len(count) + 1, np.int64)
    np.cumsum(count, out=start[1:])
    bare = (kind == TEXT) | (kind == CONTENT) | (kind == COMMENT)
    _require(
        int(start[-1]) == len(name) == len(value) and not (bare & (count > 0)).any(),
        "the attributes don't match their counts",
    )
    return start


def check_boxes(elements: int, boxes: NDArray[Any]) -> None:
    """One box an element, or none at all."""
    _require(len(boxes) in {0, elements * 4}, "boxes and elements differ in number")
    _require(bool(np.isfinite(boxes).all()), "a length is not a number")


def check_state(kind: NDArray[Any], rows: StateColumns, known: int) -> None:
    """Form state, scroll offsets and selection."""
    _require(
        len(rows.state_field) == len(rows.state_value) == len(rows.state_node)
        and (not len(rows.state_node) or _state_known(kind, rows, known)),
        "the form state is malformed",
    )
    _require(
        len(rows.scroll_xy) == 2 * len(rows.scroll_node) and _on_elements(kind, rows.scroll_node),
        "the scroll offsets are malformed",
    )
    _require(bool(np.isfinite(rows.scroll_xy).all()), "a length is not a number")
    _require(_selection_known(rows.selection, len(kind)), "the selection is malformed")


def check_look(kind: NDArray[Any], rows: LookColumns) -> None:
    """What computed style says."""
    _require(
        all(_on_elements(kind, nodes) for nodes in (rows.veiled, rows.revealed, rows.pointed)),
        "the look is malformed",
    )


def check_sheets(kind: NDArray[Any], rows: SheetColumns, known: int) -> None:
    """Style sheets and their owners."""
    _require(_sheets_known(kind, rows, known), "the style sheets are malformed")


def check_marks(kind: NDArray[Any], rows: MarkColumns, known: int) -> None:
    """What markup can't say."""
    _require(
        len(rows.mark_node) == len(rows.mark_kind) == len(rows.mark_value)
        and below(rows.mark_kind, Mark.LOST + 1)
        and below(rows.mark_value, known)
        and _on_elements(kind, rows.mark_node),
        "the marks are malformed",
    )


def check_page(page: Page, nodes: int) -> None:
    """Lengths that are numbers, and a focus that may exist."""
    lengths = (page.taken_at, page.width, page.height, page.ratio, page.scroll_x, page.scroll_y)
    _require(all(map(isfinite, lengths)), "a length is not a number")
    _require(-1 <= page.focus < nodes, "bad focus")


def check_focus(kind: NDArray[Any], focus: int) -> None:
    """The focus is on an element."""
    _require(focus == -1 or bool(kind[focus] >= ELEMENT), "bad focus")


def below(column: NDArray[Any], limit: int) -> bool:
    """Whether all numbers are less than `limit`."""
    return len(column) == 0 or int(column.max()) < limit


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise BadSnapshot(reason)


def _nested(kind: NDArray[Any], parents: NDArray[Any]) -> bool:
    """Texts have no children; documents, shadow roots and contents hang on elements."""
    above, own = kind.take(parents), kind[1:]
    inner = (own == DOCUMENT) | (own == SHADOW) | (own == CONTENT)
    leaves = (above == TEXT) | (above == COMMENT)
    return not (leaves | (inner & (above < ELEMENT))).any()


def _on_elements(kind: NDArray[Any], nodes: NDArray[Any]) -> bool:
    return below(nodes, len(kind)) and bool((kind[nodes] >= ELEMENT).all())


def _state_known(kind: NDArray[Any], rows: StateColumns, known: int) -> bool:
    return (
        below(rows.state_field, SECRET + 1)
        and _on_elements(kind, rows.state_node)
        and _said_once(rows)
        and _values_known(rows, known)
    )


def _said_once(rows: StateColumns) -> bool:
    """A control has one row, except that each selected option has its own."""
    selected = rows.state_field == SELECTED
    said = np.bincount(rows.state_node[~selected], minlength=int(rows.state_node.max()) + 1)
    return bool(said.max() <= 1) and not said[rows.state_node[selected]].any()


def _values_known(rows: StateColumns, known: int) -> bool:
    values = rows.state_value[_IS_TEXT[rows.state_field]]
    return bool((values >= 0).all()) and below(values, known)


def _sheets_known(kind: NDArray[Any], rows: SheetColumns, known: int) -> bool:
    nodes, flags, texts = rows.sheet_node, rows.sheet_flags, rows.sheet_texts
    if not (len(nodes) == len(flags) and len(texts) == 3 * len(nodes)):
        return False
    if not (below(nodes, len(kind)) and below(flags, 64) and below(texts, known)):
        return False
    adopted = (flags & Sheet.ADOPTED).astype(bool)
    kinds = kind[nodes]
    scopes = (kinds == DOCUMENT) | (kinds == SHADOW)
    return bool(np.where(adopted, scopes, kinds >= ELEMENT).all())


def _selection_known(selection: NDArray[Any], count: int) -> bool:
    nodes = selection[::2]
    return len(selection) in {0, 4} and bool((selection >= 0).all()) and below(nodes, count)
