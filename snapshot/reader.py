"""A page that was kept as bytes, read without a browser."""

from __future__ import annotations

import mmap
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from .codec import opened
from .columns import Columns, Page
from .container import Source
from .dom import Dom
from .errors import BadSnapshot, UnknownRef
from .glance import Glance
from .inert import inner_html, page_html
from .kinds import ELEMENT
from .observe import Observation
from .parts import Parts
from .plaintext import Lines, plain_text, shown_texts
from .selectors import Selecting
from .wording import Wording


@dataclass(frozen=True, slots=True)
class Node:
    """One element of a snapshot."""

    index: int
    """Its place in document order, texts counted."""
    tag: str
    """Local name; of SVG and MathML too."""
    attributes: dict[str, str]
    box: tuple[float, float, float, float] | None
    """x, y, width, height in CSS pixels of the top viewport; None when not captured."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A page at one moment. Make it with `Snapshot.from_bytes`, `Snapshot.open` or `capture`.

    Equal when the bytes are. Opening reads the header alone; a section is checked when it is first
    asked for, so any question may raise `BadSnapshot`. `verify` asks all of them.
    """

    source: Source = field(repr=False)
    parts: Parts = field(repr=False)

    @classmethod
    def from_bytes(cls, data: Source, key: bytes | None = None) -> Snapshot:
        """Open bytes that `data` of another snapshot gave, or a memory map of them.

        `key` is for sealed ones. Raises `BadSnapshot`, `SnapshotLocked`, `WrongKey`.
        """
        return cls(data, opened(data, key))

    @classmethod
    def open(cls, path: Path | str, key: bytes | None = None) -> Snapshot:
        """Open a file without reading it into memory.

        The file must not be made shorter while the snapshot lives: replace it instead.
        Raises `BadSnapshot` and `OSError`.
        """
        with Path(path).open("rb") as file:
            if file.seek(0, 2) == 0:
                raise BadSnapshot("the file is empty")
            return cls.from_bytes(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Snapshot) and self.data == other.data

    def __hash__(self) -> int:
        return hash(self.data)

    @cached_property
    def data(self) -> bytes:
        """All its bytes."""
        return self.source if isinstance(self.source, bytes) else bytes(self.source)

    def verify(self) -> None:
        """Check everything. Raises `BadSnapshot`."""
        self.parts.verify()

    @property
    def columns(self) -> Columns:
        """Everything that was captured, checked throughout."""
        return self.parts.columns

    @property
    def page(self) -> Page:
        """Address, title, time, viewport, scroll and focus."""
        return self.parts.page

    @property
    def url(self) -> str:
        return self.page.url

    @property
    def title(self) -> str:
        return self.page.title

    @property
    def taken_at(self) -> float:
        """Seconds since the epoch, by the clock of whoever captured."""
        return self.page.taken_at

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.source)

    @property
    def node_count(self) -> int:
        """Elements, texts, comments, shadow roots and documents."""
        return self.parts.counts.nodes

    @property
    def element_count(self) -> int:
        return self.parts.counts.elements

    @cached_property
    def depths(self) -> list[int]:
        """The depth of each node in the tree, 0 for the page itself."""
        found: list[int] = self.parts.tree.depth.tolist()
        return found

    @property
    def tree_hash(self) -> str:
        """16 hexadecimal digits that two pages share when their element trees are the same."""
        return self.parts.tree_hash

    @cached_property
    def html(self) -> str:
        """The top document as HTML that does nothing; see `inert`."""
        return page_html(self.columns)

    def inner_html(self, node: int) -> str:
        """What is inside one node, inert as `html` is."""
        return inner_html(self.columns, node)

    def section(self, name: str) -> bytes | None:
        """The bytes of section `HTML`, `DELTA` or `LIVE`, None for none."""
        return bytes(self.parts.container[name]) if name in self.parts.container else None

    # ---- elements ----

    def text(self, node: int = 0) -> str:
        """The words a person would see in the page or in one node, about a line a block.

        Shadow roots and same-origin frames are in it. What only `visibility` or covering hides is
        in it too.
        """
        return plain_text(self._dom, self._shown, node)

    def select(self, selector: str) -> tuple[Node, ...]:
        """Elements that match a CSS selector, in document order; in every document and shadow root
        of the page, each on its own. Raises `BadSelector`."""
        return tuple(map(self.node, self._selecting.select(selector).tolist()))

    def by_id(self, id_: str) -> Node | None:
        """The first element of the page with this id."""
        found = self._dom.by_id.get(id_)
        return None if found is None else self.node(found)

    def by_role(self, role: str, name: str | None = None) -> tuple[Node, ...]:
        """Elements of an ARIA role that a person could use, with that accessible name."""
        glance = self._glance
        return tuple(
            self.node(node)
            for node, element in zip(glance.nodes.tolist(), glance.elements, strict=True)
            if element.role == role and name in {None, element.name}
        )

    def observe(self, max_tokens: int = 1500) -> Observation:
        """What an agent would have seen of the page; refs are counted from `e1`."""
        return self._glance.observation(max_tokens)

    def at(self, ref: str) -> Node:
        """The element of a ref of `observe`, `e12` or `@e12`. Raises `UnknownRef`."""
        number = ref.removeprefix("@").removeprefix("e")
        if number.isascii() and number.isdigit() and 0 < int(number) <= len(self._glance.nodes):
            return self.node(self._glance.nodes.item(int(number) - 1))
        raise UnknownRef(ref)

    def find(
        self, tag: str = "", attribute: str = "", value: str | None = None
    ) -> tuple[Node, ...]:
        """Elements of a tag, with an attribute, with that value of it; in document order."""
        dom = self._dom
        wanted = dom.kind >= ELEMENT
        if tag:
            wanted = wanted & np.isin(dom.label, dom.tags.get(tag, []))
        if attribute:
            having = np.zeros(len(wanted), bool)
            having[[n for n, said in dom.valued(attribute) if value in {None, said}]] = True
            wanted = wanted & having
        return tuple(map(self.node, np.flatnonzero(wanted).tolist()))

    def node(self, index: int) -> Node:
        """One element by its index. Raises `IndexError` for an index that is no element's."""
        dom = self._dom
        if not 0 <= index < dom.count or dom.kind.item(index) < ELEMENT:
            raise IndexError(f"node {index} is not an element of this snapshot")
        return Node(index, self.label(index), dict(dom.attributes(index)), self._box(index))

    def said(self, index: int) -> dict[str, str]:
        """The attributes of any node: those of documents and shadow roots say what they are."""
        return dict(self._dom.attributes(index))

    def label(self, index: int) -> str:
        """The tag of an element, the text of a text node."""
        return self.parts.strings[self._dom.label.item(index)]

    # ---- form state, in words ----

    def form_state(self) -> tuple[tuple[str, str], ...]:
        """Where and what, for people: `("#email", "ada@example.com")`.

        Secrets that were left out read `••••`.
        """
        return self._wording.form_state()

    def where(self, index: int) -> str:
        """A short name of an element for people: its id, its name, or its path. Raises
        `IndexError` as `node` does."""
        return self._wording.where(self.node(index).index)

    def path(self, index: int) -> tuple[tuple[str, int], ...]:
        """The way from the page to a node: tags, each with its number among siblings of that tag,
        from 1. `#shadow`, `#document` and `#content` lead inside an element."""
        return self._wording.path(index)

    def options(self, select: int) -> tuple[tuple[str, str], ...]:
        """Value and label of each option of a `<select>`."""
        return self._wording.options(select)

    def _box(self, index: int) -> tuple[float, float, float, float] | None:
        boxes = self.parts.boxes
        if not len(boxes):
            return None
        row = 4 * int(self.parts.elements.searchsorted(index))
        x, y, width, height = boxes[row : row + 4].tolist()
        return (x, y, width, height)

    @cached_property
    def _dom(self) -> Dom:
        return Dom(self.parts)

    @cached_property
    def _wording(self) -> Wording:
        return Wording(self._dom)

    @cached_property
    def _shown(self) -> Lines:
        return shown_texts(self._dom)

    @cached_property
    def _selecting(self) -> Selecting:
        return Selecting(self._dom)

    @cached_property
    def _glance(self) -> Glance:
        return Glance(self._dom)
