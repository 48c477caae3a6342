"""The tree as it is laid out: open shadow roots in place of what is inside their hosts, and what is
slotted in its slot. Pure.

A page without shadow roots is its own flat tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .kinds import ELEMENT, SHADOW, TEXT
from .parts import Parts
from .tree import Tree

Look = Callable[[int, str], str | None]
"""The value of an attribute of a node."""


@dataclass(frozen=True)
class Flat:
    """One entry a node of the flat tree, in its order."""

    node: NDArray[np.intp]
    """Its index in the snapshot."""
    kind: NDArray[np.uint8]
    label: NDArray[np.uint32]
    tree: Tree
    place: NDArray[np.intp]
    """The way back: the place of each node of the snapshot, -1 for none."""


def flatten(parts: Parts, root: NDArray[np.intp], look: Look) -> Flat:
    """The flat tree; closed shadow roots are not entered."""
    kind, label = parts.nodes.kind, parts.nodes.label
    if not (kind == SHADOW).any():
        own = np.arange(len(kind))
        return Flat(own, kind, label, parts.tree, own)
    pairs = np.array(list(_walk(parts, root, look)), np.intp)
    node = pairs[:, 0]
    place = np.full(len(kind), -1, np.intp)
    place[node] = np.arange(len(node))
    tree = Tree.of(pairs[:, 1].astype(np.int32))
    return Flat(node, kind[node], label[node], tree, place)


def _walk(parts: Parts, root: NDArray[np.intp], look: Look) -> Iterator[tuple[int, int]]:
    """Nodes with the places of their parents, in order. Without recursion: trees may be deep."""
    children = _Children(parts, root, look)
    stack = [(0, -1)]
    place = 0
    while stack:
        node, above = stack.pop()
        yield node, above
        stack += [(child, place) for child in reversed(children.of(node))]
        place += 1


class _Children:
    def __init__(self, parts: Parts, root: NDArray[np.intp], look: Look) -> None:
        self._look = look
        self._root = root
        self._kind = parts.nodes.kind.tolist()
        self._parent = parts.nodes.parent.tolist()
        self._lists: dict[int, list[int]] = {}
        for node, parent in enumerate(self._parent):
            self._lists.setdefault(parent, []).append(node)
        tags = parts.nodes.label.tolist()
        self._slots = {
            node for node, tag in enumerate(tags)
            if self._kind[node] == ELEMENT and parts.strings[tag] == "slot"
        }  # fmt: skip
        self._assigned = self._assign()

    def of(self, node: int) -> list[int]:
        """The children of a node in the flat tree."""
        if node in self._assigned:
            return self._assigned[node]
        found = self._lists.get(node, [])
        if found and self._kind[found[0]] == SHADOW:
            if self._look(found[0], "mode") == "open":
                return self._lists.get(found[0], [])
            return found[1:]
        return found

    def _assign(self) -> dict[int, list[int]]:
        """What each slot of an open shadow root shows, if anything."""
        result: dict[int, list[int]] = {}
        taken: set[tuple[int, str]] = set()
        for slot in sorted(self._slots):
            root = self._root.item(slot)
            name = self._look(slot, "name") or ""
            if self._kind[root] != SHADOW or (root, name) in taken:
                continue
            taken.add((root, name))
            light = [
                child for child in self._lists[self._parent[root]] if self._slot_of(child) == name
            ]
            if light:
                result[slot] = light
        return result

    def _slot_of(self, child: int) -> str | None:
        if self._kind[child] == TEXT:
            return ""
        return (self._look(child, "slot") or "") if self._kind[child] >= ELEMENT else None
