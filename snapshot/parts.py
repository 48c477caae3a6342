"""The columns of a container, each section read and checked when it is first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import Any, NamedTuple, get_type_hints

import msgpack  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray

from . import checks
from .columns import Columns, Page, tree_hash
from .container import Container
from .errors import BadSnapshot
from .kinds import DOCUMENT, ELEMENT
from .layout import SECTIONS, boxes_of, unpack
from .strings import Strings
from .tree import Tree

_PAGE: dict[str, type] = get_type_hints(Page)
_TEXT = ("url", "title")
OPTIONAL = ("STATE", "LOOK", "CSS", "MARK")
"""Sections that are there only when they have rows, and whose columns go by the same names."""
TREE = "tree"
"""The key of META under which the element-tree hash is."""


class Nodes(NamedTuple):
    """Section NODE, with parents instead of steps up."""

    parent: NDArray[np.int32]
    kind: NDArray[np.uint8]
    label: NDArray[np.uint32]
    hidden: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Attributes:
    """Section ATTR, with the first row of each node."""

    start: NDArray[np.int64]
    """One more than there are nodes: the last is the number of rows."""
    name: NDArray[np.uint32]
    value: NDArray[np.uint32]


class Parts:
    """Raises `BadSnapshot` for what is not as it was written, when that is asked for."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self.counts = container.header.counts

    @cached_property
    def _meta(self) -> dict[str, Any]:
        try:
            found = msgpack.unpackb(
                self.container["META"], max_map_len=len(_PAGE) + 1, max_array_len=0, max_ext_len=0
            )
        except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as error:
            raise BadSnapshot(f"META is not msgpack: {error}") from error
        if not isinstance(found, dict) or found.keys() != {*_PAGE, TREE}:
            raise BadSnapshot("META has other keys than a snapshot")
        return found

    @cached_property
    def page(self) -> Page:
        values = {name: self._meta[name] for name in _PAGE}
        for name in _TEXT:
            values[name] = _text(values[name])
        for name, wanted in _PAGE.items():
            if type(values[name]) is not wanted:
                raise BadSnapshot(f"{name} is not of type {wanted.__name__}")
        page = Page(**values)
        checks.check_page(page, self.counts.nodes)
        return page

    @cached_property
    def tree_hash(self) -> str:
        """As it was written; `verify` compares it with the tree."""
        found = self._meta[TREE]
        if not isinstance(found, str) or len(found) != 16:
            raise BadSnapshot("the hash of the tree is malformed")
        return found

    @cached_property
    def strings(self) -> Strings:
        columns = self._section("STR")
        strings = Strings(columns["start"], columns["text"])
        if len(strings) != self.counts.strings:
            raise BadSnapshot("the header counts other strings")
        if "CANVAS" in self.container:
            strings.put(self._outside(len(strings)))
        return strings

    @cached_property
    def nodes(self) -> Nodes:
        columns = self._section("NODE")
        up, kind = columns["up"], columns["kind"]
        label, hidden = columns["label"], columns["hidden"]
        parent = checks.check_nodes(up, kind, label, hidden, self.counts.strings)
        if (len(kind), int(np.count_nonzero(kind >= ELEMENT))) != self.counts[:2]:
            raise BadSnapshot("the header counts other nodes")
        return Nodes(parent, kind, label, hidden)

    @cached_property
    def tree(self) -> Tree:
        return Tree.of(self.nodes.parent)

    @cached_property
    def elements(self) -> NDArray[np.intp]:
        """Node indexes of all elements."""
        return np.flatnonzero(self.nodes.kind >= ELEMENT)

    @cached_property
    def attributes(self) -> Attributes:
        columns = self._section("ATTR")
        count, name, value = columns["count"], columns["name"], columns["value"]
        start = checks.check_attributes(self.nodes.kind, count, name, value, self.counts.strings)
        return Attributes(start, name, value)

    @cached_property
    def boxes(self) -> NDArray[np.float32]:
        """Four numbers an element, or none at all."""
        if "RECT" not in self.container:
            return np.array([], "<f4")
        boxes = boxes_of(self._section("RECT"))
        checks.check_boxes(self.counts.elements, boxes)
        return boxes

    @cached_property
    def state(self) -> Any:
        """`checks.StateColumns`."""
        rows = SimpleNamespace(**self._section("STATE"))
        checks.check_state(self.nodes.kind, rows, self.counts.strings)
        return rows

    @cached_property
    def look(self) -> Any:
        """`checks.LookColumns`."""
        rows = SimpleNamespace(**self._section("LOOK"))
        checks.check_look(self.nodes.kind, rows)
        return rows

    @cached_property
    def sheets(self) -> Any:
        """`checks.SheetColumns`."""
        rows = SimpleNamespace(**self._section("CSS"))
        checks.check_sheets(self.nodes.kind, rows, self.counts.strings)
        return rows

    @cached_property
    def marks(self) -> Any:
        """`checks.MarkColumns`."""
        rows = SimpleNamespace(**self._section("MARK"))
        checks.check_marks(self.nodes.kind, rows, self.counts.strings)
        return rows

    @cached_property
    def columns(self) -> Columns:
        """All of them, checked throughout but for the bytes of sections that no column is in."""
        nodes, attributes = self.nodes, self.attributes
        checks.check_focus(nodes.kind, self.page.focus)
        _ = self.tree
        attrs = np.empty(2 * len(attributes.name), "<u4")
        attrs[::2], attrs[1::2] = attributes.name, attributes.value
        return Columns(
            page=self.page,
            strings=self.strings.all,
            **nodes._asdict(),
            attr_count=np.diff(attributes.start).astype("<u4"),
            attrs=attrs,
            boxes=self.boxes,
            **vars(self.state),
            **vars(self.look),
            **vars(self.sheets),
            **vars(self.marks),
        )

    def verify(self) -> None:
        """Check all there is. Raises `BadSnapshot`."""
        self.container.verify()
        nodes = self.nodes
        found = tree_hash(self.strings, nodes.kind, nodes.label, self.tree.depth)
        if found != self.tree_hash:
            raise BadSnapshot("the hash of the tree is another")
        self._check_frames()
        _ = self.columns

    def _check_frames(self) -> None:
        documents = np.flatnonzero(self.nodes.kind == DOCUMENT)[1:]
        if "FRAME" in self.container:
            rows = self._section("FRAME")
            same = np.array_equal(rows["document"], documents)
            if (
                not same
                or len(rows["cross"]) != len(documents)
                or not checks.below(rows["cross"], 2)
            ):
                raise BadSnapshot("the list of frames is malformed")
        elif len(documents):
            raise BadSnapshot("the list of frames is missing")

    def _section(self, name: str) -> dict[str, NDArray[Any]]:
        """Optional sections that are not there have no rows."""
        if name not in self.container and name in OPTIONAL:
            return {column: np.array([], dtype) for column, dtype in SECTIONS[name].items()}
        return unpack(name, self.container[name])

    def _outside(self, known: int) -> dict[int, str]:
        columns = self._section("CANVAS")
        texts = Strings(columns["start"], columns["text"])
        places = columns["string"].tolist()
        if len(places) != len(texts) or any(place >= known for place in places):
            raise BadSnapshot("the pixels are malformed")
        return dict(zip(places, texts.all, strict=True))


def _text(data: object) -> str:
    if not isinstance(data, bytes):
        raise BadSnapshot("a text of META is not a byte string")
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise BadSnapshot("a string is not UTF-8") from error
