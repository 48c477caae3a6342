"""A page as columns: one entry a node, in document order, with every string kept once.

Pure values. `codec` makes bytes of them, `reader` answers questions from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from .tree import Tree

MAX_NODES = 2_000_000


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
    veiled: NDArray[np.uint32] = field(default_factory=lambda: np.array([], np.uint32))
    """Elements whose `visibility` is not `visible` though that of what is around them is."""
    revealed: NDArray[np.uint32] = field(default_factory=lambda: np.array([], np.uint32))
    """Elements whose `visibility` is `visible` though that of what is around them is not."""
    pointed: NDArray[np.uint32] = field(default_factory=lambda: np.array([], np.uint32))
    """Elements over which the pointer becomes a hand. All three are empty when not asked for."""

    @property
    def elements(self) -> NDArray[np.intp]:
        """Node indexes of all elements."""
        return np.flatnonzero(self.kind >= Kind.ELEMENT)


def depths(columns: Columns) -> list[int]:
    """The depth of each node, 0 for the first.

    Raises `BadSnapshot` unless the parents describe one tree in document order.
    """
    found: list[int] = Tree.of(columns.parent).depth.tolist()
    return found


def tree_hash(
    strings: Sequence[str], kind: NDArray[Any], label: NDArray[Any], depth: NDArray[Any]
) -> str:
    """16 hexadecimal digits over (tag, depth) of the elements in document order (XXH3-64)."""
    elements = np.flatnonzero(kind >= Kind.ELEMENT)
    labels = label.take(elements)
    names = np.zeros(len(strings), "<u8")
    for index in np.flatnonzero(np.bincount(labels)).tolist():
        name = strings[index].encode("utf-8", "surrogatepass")
        names[index] = xxhash.xxh3_64_intdigest(name)
    rows = np.empty((len(elements), 2), "<u8")
    rows[:, 0] = names.take(labels)
    rows[:, 1] = depth.take(elements)
    return xxhash.xxh3_64_hexdigest(rows.data)
