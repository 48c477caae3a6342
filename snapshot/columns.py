"""A page as columns: one entry a node, in document order, with every string kept once.

Pure values. `codec` makes bytes of them, `reader` answers questions from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

import numpy as np
import xxhash
from numpy.typing import NDArray

from .errors import BadSnapshot

MAX_NODES = 2_000_000
MAX_STRINGS = 4_000_000


class Kind(IntEnum):
    """What a node is. Elements of any namespace are `ELEMENT` and above."""

    DOCUMENT = 0
    """The page (node 0), or the document of a frame, under its frame element.

    Its attributes: `doctype`; `mode`, which is `quirks` or missing; `type` unless text/html; of
    frames `url`, `src` where that is another address, and `cross` when the page can't reach in.
    """
    TEXT = 1
    SHADOW = 2
    """A shadow root, first child of its host; its attributes are those of a `<template>` that
    declares it, without `shadowroot` before each."""
    CONTENT = 3
    """What a `<template>` holds."""
    COMMENT = 4
    ELEMENT = 5
    SVG = 6
    MATHML = 7
    OTHER = 8
    """An element of any other namespace."""


class Field(IntEnum):
    """What a row of form state says about its control."""

    VALUE = 0
    """Text of an input or textarea; the number is a string index."""
    CHECKED = 1
    """Bit 0 checked, bit 1 indeterminate."""
    SELECTED = 2
    """Index of a selected option, one row each; -1 when nothing is selected."""
    EDITABLE = 3
    """Text of a `contenteditable` host; a string index."""
    FILES = 4
    """Names of chosen files; a string index."""
    SECRET = 5
    """The control holds something that was left out on purpose; the number is 0."""


class Sheet(IntFlag):
    """What is special about a style sheet."""

    ADOPTED = 1
    """Of `adoptedStyleSheets`; its node is the document or shadow root."""
    DISABLED = 2
    IMPORTED = 4
    """By `@import`; its node is the owner of the sheet that imports it."""
    UNREADABLE = 8
    """Of another origin, and nobody gave its text; the text is empty."""
    PLAIN = 16
    """A `<style>` whose own text says all its rules; the text is empty."""
    SOURCE = 32
    """Browsers can't write these rules down without loss, so the text is what was loaded."""


class Mark(IntEnum):
    """What markup can't say of an element."""

    MODAL = 0
    """A dialog shown by `showModal`."""
    POPOVER = 1
    """A popover that is open."""
    CANVAS = 2
    """Its pixels, as a `data:` address."""
    UNDEFINED = 3
    """A custom element that nobody has defined."""
    NAMESPACE = 4
    """The namespace of an element of kind `OTHER`."""
    PREFIX = 5
    """What stands before the colon of its tag."""
    LOST = 6
    """Something of it that can't be read; the string says what."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is true of the whole page. Lengths are CSS pixels."""

    url: str
    title: str
    taken_at: float
    """Seconds since the epoch."""
    standards: bool
    """False in quirks mode."""
    width: float
    height: float
    ratio: float
    """Device pixels to one CSS pixel."""
    scroll_x: float
    scroll_y: float
    focus: int
    """The focused node, -1 for none."""
    selection_start: int
    """Text selection inside the focused field in UTF-16 units, -1 for none."""
    selection_end: int


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The struct of arrays. Build it from anywhere, then call `check`."""

    page: Page
    strings: tuple[str, ...]
    parent: NDArray[np.int32]
    """The parent of each node, always an earlier one; -1 for node 0."""
    kind: NDArray[np.uint8]
    label: NDArray[np.uint32]
    """String index: the local name of an element, the text of a text or comment, else 0."""
    attr_count: NDArray[np.uint32]
    """Attributes of each node."""
    attrs: NDArray[np.uint32]
    """String indexes, name and value in turn, for all nodes one after the other."""
    boxes: NDArray[np.float32]
    """x, y, width, height of each element in the top viewport; empty when not asked for."""
    hidden: NDArray[np.uint32]
    """Nodes that `display: none` takes away (their descendants are not listed)."""
    state_node: NDArray[np.uint32]
    state_field: NDArray[np.uint8]
    state_value: NDArray[np.int32]
    """Form state; see `Field`."""
    scroll_node: NDArray[np.uint32]
    scroll_xy: NDArray[np.float32]
    """Left and top of each scrolled element."""
    selection: NDArray[np.int32]
    """Selected text outside fields: from node, offset, to node, offset. Empty for none."""
    sheet_node: NDArray[np.uint32]
    """The owner of each style sheet in the order of the cascade, scope by scope."""
    sheet_flags: NDArray[np.uint8]
    """See `Sheet`."""
    sheet_texts: NDArray[np.uint32]
    """String indexes, three a sheet: its rules, its media, the address it came from."""
    mark_node: NDArray[np.uint32]
    mark_kind: NDArray[np.uint8]
    mark_value: NDArray[np.uint32]
    """What markup can't say of an element, and a string index; see `Mark`."""

    @property
    def elements(self) -> NDArray[np.intp]:
        """Node indexes of all elements."""
        return np.flatnonzero(self.kind >= Kind.ELEMENT)


_BARE = (Kind.TEXT, Kind.CONTENT, Kind.COMMENT)


def depths(columns: Columns) -> list[int]:
    """The depth of each node, 0 for the first.

    Raises `BadSnapshot` unless the parents describe one tree in document order.
    """
    parents = columns.parent.tolist()
    if not parents or parents[0] != -1:
        raise BadSnapshot("the tree has no root")
    result = [0] * len(parents)
    path = [0]  # the node before, and its ancestors
    for node in range(1, len(parents)):
        parent = parents[node]
        depth = result[parent] + 1 if 0 <= parent < node else 0
        if not depth or depth > len(path) or path[depth - 1] != parent:
            raise BadSnapshot(f"node {node} is out of document order")
        result[node] = depth
        del path[depth:]
        path.append(node)
    return result


def tree_hash(columns: Columns, depth: list[int]) -> str:
    """16 hexadecimal digits over (tag, depth) of the elements in document order (XXH3-64)."""
    elements = columns.elements
    labels = columns.label[elements]
    names = np.zeros(len(columns.strings), "<u8")
    for index in np.unique(labels).tolist():
        name = columns.strings[index].encode("utf-8", "surrogatepass")
        names[index] = xxhash.xxh3_64_intdigest(name)
    rows = np.empty((len(elements), 2), "<u8")
    rows[:, 0] = names[labels]
    rows[:, 1] = np.asarray(depth, "<u8")[elements]
    return xxhash.xxh3_64_hexdigest(rows.tobytes())


def check(columns: Columns) -> None:
    """Raise `BadSnapshot` unless every index points at what it should."""
    count = len(columns.kind)
    kind, known = columns.kind, len(columns.strings)
    elements = len(columns.elements)
    rows = len(columns.state_node)
    parents = columns.parent[1:]
    focus = columns.page.focus
    _require(0 < count <= MAX_NODES, "the number of nodes is out of bounds")
    _require(
        len(columns.parent) == len(columns.label) == len(columns.attr_count) == count,
        "the node columns differ in length",
    )
    _require(_below(kind, Kind.OTHER + 1), "a node is of an unknown kind")
    _require(_below(columns.label, known) and _below(columns.attrs, known), "a string is missing")
    _require(
        int(columns.attr_count.sum(dtype=np.uint64)) * 2 == len(columns.attrs)
        and not columns.attr_count[np.isin(kind, _BARE)].any(),
        "the attributes don't match their counts",
    )
    _require(
        bool((parents >= 0).all()) and _below(parents, count) and columns.parent[0] == -1,
        "a parent is missing",
    )
    _require(kind[0] == Kind.DOCUMENT and _nested(kind, parents), "a node has an impossible parent")
    _require(len(columns.boxes) in {0, elements * 4}, "boxes and elements differ in number")
    _require(
        len(columns.state_field) == len(columns.state_value) == rows
        and _below(columns.state_field, Field.SECRET + 1)
        and _on_elements(kind, columns.state_node)
        and _said_once(columns)
        and _values_known(columns, known),
        "the form state is malformed",
    )
    _require(
        len(columns.scroll_xy) == 2 * len(columns.scroll_node)
        and _on_elements(kind, columns.scroll_node),
        "the scroll offsets are malformed",
    )
    _require(_on_elements(kind, columns.hidden), "a hidden node is missing")
    _require(focus == -1 or (0 <= focus < count and kind[focus] >= Kind.ELEMENT), "bad focus")
    _require(_finite(columns), "a length is not a number")
    _require(_selection_known(columns.selection, count), "the selection is malformed")
    _require(_sheets_known(columns, known), "the style sheets are malformed")
    _require(_marks_known(columns, known), "the marks are malformed")


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise BadSnapshot(reason)


def _below(column: NDArray[np.generic], limit: int) -> bool:
    return len(column) == 0 or int(column.max()) < limit


def _nested(kind: NDArray[np.uint8], parents: NDArray[np.int32]) -> bool:
    """Texts have no children; documents, shadow roots and contents hang on elements."""
    above, rest = kind[parents], kind[1:]
    inner = np.isin(rest, (Kind.DOCUMENT, Kind.SHADOW, Kind.CONTENT))
    leaves = np.isin(above, (Kind.TEXT, Kind.COMMENT))
    return not leaves.any() and bool((above[inner] >= Kind.ELEMENT).all())


def _on_elements(kind: NDArray[np.uint8], nodes: NDArray[np.uint32]) -> bool:
    return _below(nodes, len(kind)) and bool((kind[nodes] >= Kind.ELEMENT).all())


def _said_once(columns: Columns) -> bool:
    """A control has one row, except that each selected option has its own."""
    selected = columns.state_field == Field.SELECTED
    single = columns.state_node[~selected]
    nodes = np.unique(single)
    return len(nodes) == len(single) and not np.isin(columns.state_node[selected], nodes).any()


def _values_known(columns: Columns, known: int) -> bool:
    texts = np.isin(columns.state_field, (Field.VALUE, Field.EDITABLE, Field.FILES))
    values = columns.state_value[texts]
    return bool((values >= 0).all()) and _below(values, known)


def _sheets_known(columns: Columns, known: int) -> bool:
    nodes, flags, texts = columns.sheet_node, columns.sheet_flags, columns.sheet_texts
    if not (len(nodes) == len(flags) and len(texts) == 3 * len(nodes)):
        return False
    if not (_below(nodes, len(columns.kind)) and _below(flags, 64) and _below(texts, known)):
        return False
    adopted = (flags & Sheet.ADOPTED).astype(bool)
    kinds = columns.kind[nodes]
    scopes = np.isin(kinds[adopted], (Kind.DOCUMENT, Kind.SHADOW))
    return bool(scopes.all()) and bool((kinds[~adopted] >= Kind.ELEMENT).all())


def _marks_known(columns: Columns, known: int) -> bool:
    return (
        len(columns.mark_node) == len(columns.mark_kind) == len(columns.mark_value)
        and _below(columns.mark_kind, Mark.LOST + 1)
        and _below(columns.mark_value, known)
        and _on_elements(columns.kind, columns.mark_node)
    )


def _finite(columns: Columns) -> bool:
    page = columns.page
    lengths = (page.taken_at, page.width, page.height, page.ratio, page.scroll_x, page.scroll_y)
    return all(
        bool(np.isfinite(part).all()) for part in (lengths, columns.boxes, columns.scroll_xy)
    )


def _selection_known(selection: NDArray[np.int32], count: int) -> bool:
    nodes = selection[::2]
    return len(selection) in {0, 4} and bool((selection >= 0).all()) and _below(nodes, count)
