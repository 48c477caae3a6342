"""A page that was kept as bytes, read without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .codec import decode
from .columns import Columns, Field, Kind, Page, depths, tree_hash
from .inert import inner_html, page_html

MASK = "••••"

_SILENT = frozenset(["head", "script", "style", "template", "noscript", "title", "datalist"])
_BLOCK = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "iframe",
        "legend",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "td",
        "textarea",
        "th",
        "tr",
        "ul",
    ]
)
_INNER = {Kind.DOCUMENT: "#document", Kind.SHADOW: "#shadow", Kind.CONTENT: "#content"}


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


@dataclass(frozen=True)
class Snapshot:
    """A page at one moment. Make it with `Snapshot.from_bytes` or `capture`.

    Equal when the bytes are. What is asked for first is computed once and kept.
    """

    data: bytes = field(repr=False)
    columns: Columns = field(repr=False, compare=False)

    @classmethod
    def from_bytes(cls, data: bytes) -> Snapshot:
        """Open bytes that `data` of another snapshot gave. Raises `BadSnapshot`."""
        return cls(data, decode(data))

    @property
    def page(self) -> Page:
        """Address, title, time, viewport, scroll and focus."""
        return self.columns.page

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
        return len(self.data)

    @property
    def node_count(self) -> int:
        """Elements, texts, shadow roots and documents."""
        return len(self.columns.kind)

    @property
    def element_count(self) -> int:
        return len(self.columns.elements)

    @cached_property
    def depths(self) -> list[int]:
        """The depth of each node in the tree, 0 for the page itself."""
        return depths(self.columns)

    @cached_property
    def tree_hash(self) -> str:
        """16 hexadecimal digits that two pages share when their element trees are the same."""
        return tree_hash(self.columns, self.depths)

    @cached_property
    def html(self) -> str:
        """The top document as HTML that does nothing; see `inert`."""
        return page_html(self.columns, self.depths)

    def inner_html(self, node: int) -> str:
        """What is inside one node, inert as `html` is."""
        return inner_html(self.columns, self.depths, node)

    def text(self, node: int = 0) -> str:
        """The words a person would see in the page or in one node, about a line a block.

        Shadow roots and same-origin frames are in it. What only `visibility` or covering hides is
        in it too.
        """
        lines: list[list[str]] = []
        line = (-1, 0)
        for place, words in self._words(node):
            if place != line:
                lines.append([])
                line = place
            lines[-1].append(words)
        flat = (" ".join("".join(words).split()) for words in lines)
        return "\n".join(line for line in flat if line)

    def find(
        self, tag: str = "", attribute: str = "", value: str | None = None
    ) -> tuple[Node, ...]:
        """Elements of a tag, with an attribute, with that value of it; in document order."""
        return tuple(
            found
            for found in map(self.node, self._tagged(tag))
            if not attribute
            or (
                attribute in found.attributes
                and (value is None or found.attributes[attribute] == value)
            )
        )

    def node(self, index: int) -> Node:
        """One element by its index. Raises `IndexError` for an index that is no element's."""
        if not 0 <= index < self.node_count or self.columns.kind[index] < Kind.ELEMENT:
            raise IndexError(f"node {index} is not an element of this snapshot")
        return Node(index, self.label(index), self._attributes(index), self._box(index))

    def said(self, index: int) -> dict[str, str]:
        """The attributes of any node: those of documents and shadow roots say what they are."""
        return self._attributes(index)

    def label(self, index: int) -> str:
        """The tag of an element, the text of a text node."""
        return self.columns.strings[int(self.columns.label[index])]

    def form_state(self) -> tuple[tuple[str, str], ...]:
        """Where and what, for people: `("#email", "ada@example.com")`.

        Secrets that were left out read `••••`.
        """
        columns = self.columns
        rows = zip(
            columns.state_node.tolist(),
            columns.state_field.tolist(),
            columns.state_value.tolist(),
            strict=True,
        )
        return tuple(
            (self.where(node), self._said(node, kind, value)) for node, kind, value in rows
        )

    def where(self, index: int) -> str:
        """A short name of an element for people: its id, its name, or its path."""
        node = self.node(index)
        if node.attributes.get("id"):
            return f"#{node.attributes['id']}"
        if node.attributes.get("name"):
            value = node.attributes.get("value")
            radio = node.attributes.get("type") in {"radio", "checkbox"} and value
            return f'{node.tag}[name="{node.attributes["name"]}"]' + (f"={value}" if radio else "")
        return " > ".join(
            tag if tag.startswith("#") else f"{tag}:nth-of-type({nth})"
            for tag, nth in self.path(index)
        )

    def path(self, index: int) -> tuple[tuple[str, int], ...]:
        """The way from the page to a node: tags, each with its number among siblings of that tag,
        from 1. `#shadow`, `#document` and `#content` lead inside an element."""
        steps: list[tuple[str, int]] = []
        while index > 0:
            inner = _INNER.get(Kind(int(self.columns.kind[index])))
            steps.append((inner, 0) if inner else (self.label(index), self._ordinals[index]))
            index = int(self.columns.parent[index])
        return tuple(reversed(steps))

    def options(self, select: int) -> tuple[tuple[str, str], ...]:
        """Value and label of each option of a `<select>`."""
        result = []
        for node in range(select + 1, self._end(select)):
            if self.columns.kind[node] == Kind.ELEMENT and self.label(node) == "option":
                label = self._inner_text(node)
                result.append((self._attributes(node).get("value", label), label))
        return tuple(result)

    def _said(self, node: int, kind: int, value: int) -> str:
        match Field(kind):
            case Field.SECRET:
                return MASK
            case Field.CHECKED:
                return ("off", "on", "mixed", "mixed")[value & 3]
            case Field.SELECTED:
                options = self.options(node)
                return options[value][1] if 0 <= value < len(options) else ""
            case _:
                return self.columns.strings[value]

    def _tagged(self, tag: str) -> list[int]:
        wanted = self.columns.kind >= Kind.ELEMENT
        if tag:
            if tag not in self._string_index:
                return []
            wanted &= self.columns.label == self._string_index[tag]
        found: list[int] = np.flatnonzero(wanted).tolist()
        return found

    def _attributes(self, index: int) -> dict[str, str]:
        end = int(self._attribute_ends[index])
        start = end - int(self.columns.attr_count[index])
        strings = self.columns.strings
        flat = self.columns.attrs[start * 2 : end * 2].tolist()
        return {strings[a]: strings[b] for a, b in zip(flat[::2], flat[1::2], strict=True)}

    def _box(self, index: int) -> tuple[float, float, float, float] | None:
        if not len(self.columns.boxes):
            return None
        row = int(np.searchsorted(self._elements, index)) * 4
        x, y, width, height = self.columns.boxes[row : row + 4].tolist()
        return (x, y, width, height)

    def _end(self, index: int) -> int:
        """The first node after a subtree."""
        depth = self.depths[index]
        for node in range(index + 1, self.node_count):
            if self.depths[node] <= depth:
                return node
        return self.node_count

    def _words(self, root: int) -> Iterator[tuple[tuple[int, int], str]]:
        """Texts inside `root` with the line they are on, without what is not shown."""
        kinds, parents = self.columns.kind.tolist(), self.columns.parent.tolist()
        hidden = set(self.columns.hidden.tolist())
        block = {root: root}
        skipped = 0
        breaks = 0
        for node in range(root + 1, self._end(root)):
            if skipped and self.depths[node] > skipped:
                continue
            skipped = 0
            kind, parent = kinds[node], parents[node]
            above = block[parent]
            if kind == Kind.TEXT:
                yield (above, breaks), self.label(node)
                continue
            if kind == Kind.COMMENT:
                continue
            label = self.label(node)
            if (
                kind == Kind.CONTENT
                or node in hidden
                or (kind == Kind.ELEMENT and label in _SILENT)
            ):
                skipped = self.depths[node]
            starts_line = kind == Kind.ELEMENT and label in _BLOCK
            block[node] = node if starts_line else above
            breaks += starts_line

    def _inner_text(self, root: int) -> str:
        nodes = range(root + 1, self._end(root))
        texts = (self.label(node) for node in nodes if self.columns.kind[node] == Kind.TEXT)
        return " ".join("".join(texts).split())

    @cached_property
    def _elements(self) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        return np.flatnonzero(self.columns.kind >= Kind.ELEMENT)

    @cached_property
    def _attribute_ends(self) -> list[int]:
        ends: list[int] = self.columns.attr_count.cumsum(dtype=np.uint64).tolist()
        return ends

    @cached_property
    def _string_index(self) -> dict[str, int]:
        return {text: i for i, text in enumerate(self.columns.strings)}

    @cached_property
    def _ordinals(self) -> list[int]:
        """The number of each node among its siblings of the same tag, from 1."""
        columns = self.columns
        is_element = (columns.kind >= Kind.ELEMENT).tolist()
        seen: dict[tuple[int, int, bool], int] = {}
        result = []
        for key in zip(columns.parent.tolist(), columns.label.tolist(), is_element, strict=True):
            seen[key] = seen.get(key, 0) + 1
            result.append(seen[key])
        return result
