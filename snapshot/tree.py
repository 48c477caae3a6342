"""Depth and extent of every node of a tree in document order, from its parents alone. Pure.

All steps are over whole columns: pointers are doubled, so that depth d takes log d rounds.
"""

from __future__ import annotations

from dataclasses import dataclass

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
        if not len(nodes):
            return np.zeros(len(self.end), bool)
        size = len(self.end) + 1
        begun = np.bincount(nodes + 1, minlength=size)
        ended = np.bincount(self.end[nodes], minlength=size)
        inside: NDArray[np.bool_] = (begun - ended).cumsum()[:-1] > 0
        return inside

    def nearest(self, marked: NDArray[np.bool_]) -> NDArray[np.intp]:
        """For every node itself or its nearest ancestor that is marked; node 0 for none."""
        found = np.where(marked, np.arange(len(marked)), self.parent)
        while True:
            further = found.take(found)
            if (further == found).all():
                return found
            found = further


def depths(above: NDArray[np.intp]) -> NDArray[np.intp]:
    """The depth of each node; `above` is its parent, that of node 0 is 0."""
    depth = np.ones(len(above), np.intp)  # as far as a way of so many steps goes
    depth[0] = 0
    steps = 1
    while True:
        depth += depth.take(above)
        steps *= 2
        if depth.max() < steps:
            return depth
        above = above.take(above)


def _ends(above: NDArray[np.intp], own: NDArray[np.intp]) -> NDArray[np.intp]:
    """One past the last child of the last child and so on."""
    last = own.copy()
    last[above[1:]] = own[1:]  # of equal indexes the last one counts
    while True:
        further = last.take(last)
        if (further == last).all():
            return last + 1
        last = further
