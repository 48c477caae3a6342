"""Which node of the base became which node of the target. Pure.

The method is that of XyDiff (Cobena, Abiteboul, Marian: Detecting Changes in XML Documents, 2002):
equal subtrees are found by their hashes, and what is left is paired top-down, by tag and id among
the children of one parent. Each node is looked at a bounded number of times, so the work grows
with the pages and never with their product. A wrong pair makes a delta larger, never wrong: what
is copied is compared value by value afterwards.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..columns import Columns, Kind
from .tree import Tree, attribute_starts, tree_of

Pair = tuple[int, int]


def align(base: Columns, target: Columns, id_name: int) -> NDArray[np.int32]:
    """For each node of `target` the node of `base` that it was, -1 for a new one.

    The strings of both are numbered alike (see `number`); `id_name` is the number of `id`. No node
    of `base` is given twice.
    """
    return _Matching(base, target, id_name).result()


class _Side:
    def __init__(self, columns: Columns, id_name: int) -> None:
        self.tree: Tree = tree_of(columns)
        self._kinds = columns.kind.tolist()
        self._labels = columns.label.tolist()
        names = np.flatnonzero(columns.attrs[::2] == id_name)
        owners = np.searchsorted(attribute_starts(columns), names, "right") - 1
        self._ids = dict(zip(owners.tolist(), columns.attrs[1::2][names].tolist(), strict=True))

    def children(self, node: int) -> list[int]:
        found, end, ends = [], self.tree.end[node], self.tree.end
        child = node + 1
        while child < end:
            found.append(child)
            child = ends[child]
        return found

    def key(self, node: int) -> Hashable:
        """What siblings have in common that may be the same thing, changed."""
        kind: int = self._kinds[node]
        if kind < Kind.ELEMENT:
            return kind
        return kind, self._labels[node], self._ids.get(node, -1)


class _Matching:
    def __init__(self, base: Columns, target: Columns, id_name: int) -> None:
        self._base, self._target = _Side(base, id_name), _Side(target, id_name)
        self._was = [-1] * len(target.kind)
        self._taken = bytearray(len(base.kind))
        self._broken = bytearray(len(base.kind))
        self._parents = base.parent.tolist()
        self._new: list[int] = []
        """Roots of target subtrees that have no pair."""

    def result(self) -> NDArray[np.int32]:
        waiting: list[Pair] = [(0, 0)]
        while waiting:
            was, node = waiting.pop()
            if self._equal(was, node):
                self._take(was, node)
                continue
            self._was[node] = was
            self._taken[was] = 1
            waiting += self._paired(self._base.children(was), self._target.children(node))
        self._find_moved()
        return np.array(self._was, "i4")

    def _equal(self, was: int, node: int) -> bool:
        base, target = self._base.tree, self._target.tree
        return (
            base.subtree[was] == target.subtree[node]
            and base.end[was] - was == target.end[node] - node
        )

    def _take(self, was: int, node: int) -> None:
        size = self._target.tree.end[node] - node
        self._was[node : node + size] = range(was, was + size)
        self._taken[was : was + size] = b"\1" * size

    def _paired(self, before: list[int], after: list[int]) -> list[Pair]:
        """Pairs of children that differ; equal ones are taken, the others noted as new."""
        start, limit = 0, min(len(before), len(after))
        while start < limit and self._equal(before[start], after[start]):
            self._take(before[start], after[start])
            start += 1
        end = 0
        while end < limit - start and self._equal(before[-1 - end], after[-1 - end]):
            self._take(before[-1 - end], after[-1 - end])
            end += 1
        old, rest = before[start : len(before) - end], after[start : len(after) - end]
        equal, old, rest = _matched(old, rest, self._base.tree.subtree, self._target.tree.subtree)
        pairs = [pair for pair in equal if not self._equal(*pair)]
        for was, node in equal:
            if self._equal(was, node):
                self._take(was, node)
        changed, _, new = _matched(old, rest, _Keys(self._base), _Keys(self._target))
        self._new += new
        return pairs + changed

    def _find_moved(self) -> None:
        """Subtrees that went to another parent, the largest first within each new one."""
        taken, subtree = self._taken, self._base.tree.subtree
        where: dict[int, list[int]] = {}
        for node in np.flatnonzero(np.frombuffer(taken, "u1") == 0)[::-1].tolist():
            where.setdefault(subtree[node], []).append(node)
        waiting = self._new[::-1] if where else []
        while waiting:
            node = waiting.pop()
            was = self._free(where.get(self._target.tree.subtree[node]), node)
            if was >= 0:
                self._take(was, node)
                self._break(was)
            else:
                waiting += reversed(self._target.children(node))

    def _free(self, found: list[int] | None, node: int) -> int:
        while found:
            was = found.pop()
            if not self._taken[was] and not self._broken[was] and self._equal(was, node):
                return was
        return -1

    def _break(self, was: int) -> None:
        """What is around a subtree that was taken can't be taken whole any more."""
        above = self._parents[was]
        while above >= 0 and not self._taken[above] and not self._broken[above]:
            self._broken[above] = 1
            above = self._parents[above]


class _Keys(Sequence[Hashable]):
    """The keys of nodes, worked out when they are asked for."""

    def __init__(self, side: _Side) -> None:
        self._side = side

    def __getitem__(self, node: int) -> Hashable:  # type: ignore[override]
        return self._side.key(node)

    def __len__(self) -> int:
        return 0


def _matched(
    before: Iterable[int],
    after: Iterable[int],
    was_key: Sequence[Hashable],
    key: Sequence[Hashable],
) -> tuple[list[Pair], list[int], list[int]]:
    """Nodes of equal keys paired in order, and those of each side that are left."""
    waiting: dict[Hashable, list[int]] = {}
    for node in before:
        waiting.setdefault(was_key[node], []).append(node)
    for nodes in waiting.values():
        nodes.reverse()
    pairs, new = [], []
    for node in after:
        found = waiting.get(key[node])
        if found:
            pairs.append((found.pop(), node))
        else:
            new.append(node)
    return pairs, sorted(node for nodes in waiting.values() for node in nodes), new
