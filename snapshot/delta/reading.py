"""New and changed nodes of a delta, and its texts, checked as they are read. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..columns import MAX_NODES, Columns
from ..errors import BadSnapshot
from .delta import STRING_COLUMNS, Delta, Splice, Text
from .numbering import TEXT_FIELDS
from .tree import attribute_starts

MAX_TEXT = 128 * 1024 * 1024
"""Code points that the texts of a delta may have once its splices are carried out."""


@dataclass(frozen=True, slots=True)
class New:
    """Nodes that are not copied; string indexes count on from the strings of the base."""

    like: list[int] = field(default_factory=list)
    """The base node that each was, -1 for none."""
    depth: list[int] = field(default_factory=list)
    kind: list[int] = field(default_factory=list)
    label: list[int] = field(default_factory=list)
    count: list[int] = field(default_factory=list)
    """How many attributes, -1 for those of the base node."""
    attrs: list[int] = field(default_factory=list)


def read_nodes(base: Columns, delta: Delta, count: int) -> New:
    """The nodes of a delta. Raises `BadSnapshot` unless there are `count`, all well-formed."""
    return _Reader(base, delta).nodes(count)


class _Reader:
    def __init__(self, base: Columns, delta: Delta) -> None:
        self._base = base
        self._texts = len(delta.texts)
        self._starts = attribute_starts(base)
        self._take = iter(delta.nodes.tolist())
        self._new = New()

    def nodes(self, count: int) -> New:
        try:
            for _ in range(count):
                self._node()
        except StopIteration:
            raise BadSnapshot("the nodes of the delta are cut short") from None
        if next(self._take, None) is not None:
            raise BadSnapshot("the delta has more nodes than it says")
        return self._new

    def _node(self) -> None:
        new, take = self._new, self._take
        depth, like, kind, label = next(take), next(take) - 1, next(take), next(take)
        known = -1 <= like < len(self._base.kind)
        if not (known and 0 <= kind < 256 and 0 <= depth <= MAX_NODES):
            raise BadSnapshot("a node of the delta is malformed")
        if label == 0 and like < 0:
            raise BadSnapshot("a new node has no label")
        new.label.append(self._text(label - 1) if label else int(self._base.label[like]))
        new.like.append(like)
        new.depth.append(depth)
        new.kind.append(kind)
        self._attributes(like)

    def _attributes(self, like: int) -> None:
        size = next(self._take) - 1
        if size < -1 or (size < 0 and like < 0):
            raise BadSnapshot("a node of the delta has no attributes")
        self._new.count.append(size)
        for _ in range(size):
            first = next(self._take)
            if first < 0:
                self._new.attrs.extend(self._known(like, -1 - first))
            else:
                self._new.attrs.extend((self._text(first), self._text(next(self._take))))

    def _text(self, ref: int) -> int:
        if not 0 <= ref < self._texts:
            raise BadSnapshot("a text of the delta is missing")
        return len(self._base.strings) + ref

    def _known(self, like: int, place: int) -> list[int]:
        if like < 0 or place >= int(self._base.attr_count[like]):
            raise BadSnapshot("an attribute of the base is missing")
        at = 2 * (int(self._starts[like]) + place)
        pair: list[int] = self._base.attrs[at : at + 2].tolist()
        return pair


def whole_texts(base: Columns, texts: tuple[Text, ...]) -> Iterator[str]:
    """The texts of a delta, spliced. Raises `BadSnapshot` for more than `MAX_TEXT`."""
    total = 0
    for text in texts:
        result = text if isinstance(text, str) else _spliced(base, text, MAX_TEXT - total)
        total += len(result)
        if total > MAX_TEXT:
            raise BadSnapshot("the texts of the delta are too long")
        yield result


def _spliced(base: Columns, splice: Splice, room: int) -> str:
    if not 0 <= splice.column < len(STRING_COLUMNS):
        raise BadSnapshot("a splice is of an unknown column")
    name = STRING_COLUMNS[splice.column]
    column = getattr(base, name)
    if not 0 <= splice.row < len(column) or (
        name == "state_value" and base.state_field[splice.row] not in TEXT_FIELDS
    ):
        raise BadSnapshot("the text that a splice is of is missing")
    old = base.strings[int(column[splice.row])]
    if min(splice.prefix, splice.suffix) < 0 or splice.prefix + splice.suffix > len(old):
        raise BadSnapshot("a splice keeps more than there is")
    if splice.prefix + splice.suffix + len(splice.middle) > room:
        raise BadSnapshot("the texts of the delta are too long")
    return old[: splice.prefix] + splice.middle + old[len(old) - splice.suffix :]
