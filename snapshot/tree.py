"""Depth and extent of every node of a tree in document order, from its parents alone. Pure.

All steps are over whole columns: pointers are doubled, so that a tree of depth d takes log d rounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .errors import BadSnapshot


@dataclass(frozen=True)
class Tree:
    """A checked tree. Make it with `Tree.of`."""

    parent: NDArray[np.intp]
    """The parent of each node; node 0 is its own."""
    depth: NDArray[np.intp]
    """0 for node 0."""
    end: NDArray[np.intp]
    """The first node after each node's subtree."""

    @classmethod
    def of(cls, parent: NDArray[np.int32]) -> Tree:
        """Raises `BadSnapshot` unless the parents describe one tree in document order."""
        if not len(parent) or parent[0] != -1:
            raise BadSnapshot("the tree has no root")
        above = parent.astype(np.intp)
        above[0] = 0
        own = np.arange(len(above))
        if (above[1:] >= own[1:]).any() or (above < 0).any():
            raise BadSnapshot("a parent is missing or comes after its child")
        tree = cls(above, depths(above), _ends(above, own))
        tree._check(own)
        return tree

    def _check(self, own: NDArray[np.intp]) -> None:
        """A subtree is an interval: all of it lies inside, and it has as many nodes as fit."""
        size = self.end - own
        inner = np.bincount(self.parent[1:], size[1:], minlength=len(size))
        wrong = (size != inner + 1) | (self.end > self.end.take(self.parent))
        if wrong.any():
            node = int(np.flatnonzero(wrong)[0])
            raise BadSnapshot(f"node {node} is out of document order")

    def covered(self, nodes: NDArray[np.intp]) -> NDArray[np.bool_]:
        """For every node, whether it is inside one of `nodes`; they themselves are not, on their
        own account."""
        change = np.zeros(len(self.end) + 2, np.intp)
        np.add.at(change, nodes + 1, 1)
        np.subtract.at(change, self.end[nodes], 1)
        inside: NDArray[np.bool_] = change.cumsum()[: len(self.end)] > 0
        return inside

    @cached_property
    def before(self) -> NDArray[np.intp]:
        """For nodes in the order of (parent, node): `order` such that siblings are neighbours."""
        order: NDArray[np.intp] = np.argsort(self.parent, kind="stable")
        return order


def depths(above: NDArray[np.intp]) -> NDArray[np.intp]:
    """The depth of each node; `above` is its parent, that of node 0 is 0."""
    depth = np.ones(len(above), np.intp)
    depth[0] = 0
    while above.any():
        depth = depth + depth.take(above)
        above = above.take(above)
    return depth


def _ends(above: NDArray[np.intp], own: NDArray[np.intp]) -> NDArray[np.intp]:
    """One past the last child of the last child and so on."""
    last = own.copy()
    last[above[1:]] = own[1:]  # of equal indexes the last one counts
    while True:
        further = last.take(last)
        if (further == last).all():
            return last + 1
        last = further
