"""Shapes of trees in document order: ends of subtrees, parents from depths, hashes of subtrees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..columns import Columns
from ..errors import BadSnapshot

_ODD = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_BASE = 0xD6E8FEB86659FD93


@dataclass(frozen=True, slots=True)
class Tree:
    """What matching asks of a page. Lists, as each number is asked for alone."""

    end: list[int]
    """The first node after each subtree."""
    subtree: list[int]
    """A hash of each subtree. Equal subtrees have equal hashes, seldom others."""


def tree_of(columns: Columns) -> Tree:
    """Ends and hashes; strings must be numbered as in the tree to compare with."""
    parents = columns.parent.tolist()
    size = [1] * len(parents)
    for node in range(len(parents) - 1, 0, -1):
        size[parents[node]] += size[node]
    ends = np.arange(len(parents), dtype="i8") + np.array(size, "i8")
    hashes = _subtree_hashes(columns, ends)
    return Tree(ends.tolist(), hashes.tolist())


def parents_of(depth: NDArray[np.int64]) -> NDArray[np.int32]:
    """The parent of each node from the depths in document order.

    Raises `BadSnapshot` unless they describe one tree.
    """
    count = len(depth)
    if not count or depth[0] != 0 or (depth[1:] < 1).any() or (np.diff(depth) > 1).any():
        raise BadSnapshot("the depths don't describe one tree")
    place = np.arange(count, dtype="i8")
    keys = depth * count + place  # a node's parent is the last one before it a level above
    order = np.sort(keys)
    above = np.searchsorted(order, keys - count) - 1
    parent = order[above] % count
    parent[0] = -1
    return parent.astype("i4")


def depths_of(parent: NDArray[np.int32]) -> NDArray[np.int64]:
    """The depth of each node of a tree that was checked, by doubling the way to the ancestors."""
    above = np.maximum(parent, 0).astype("i8")
    depth = (parent >= 0).astype("i8")
    while above.any():
        depth = depth + depth[above]
        above = above[above]
    return depth


def flat_ranges(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """`starts[0], starts[0] + 1, ...` for each range, one after the other."""
    total = int(counts.sum())
    offsets = np.repeat(starts - (np.cumsum(counts) - counts), counts)
    result: NDArray[np.int64] = np.arange(total, dtype="i8") + offsets
    return result


def attribute_starts(columns: Columns) -> NDArray[np.int64]:
    """Where the attributes of each node begin, in pairs."""
    counts = columns.attr_count.astype("i8")
    starts: NDArray[np.int64] = np.cumsum(counts) - counts
    return starts


def _subtree_hashes(columns: Columns, ends: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A polynomial over each subtree's nodes, modulo 2 to the 64: with sums up to each node, that
    of a subtree is one subtraction. The number of children stands in for the shape."""
    count = len(ends)
    children: NDArray[np.uint64] = np.bincount(columns.parent[1:], minlength=count).astype("u8")
    shapes: NDArray[np.uint64] = _node_hashes(columns) + children * _ODD
    rows = _mixed(shapes)
    powers, inverses = _powers(_BASE, count), _powers(pow(_BASE, -1, 1 << 64), count)
    sums = np.concatenate((np.zeros(1, "u8"), np.cumsum(rows * powers, dtype="u8")))
    hashes: NDArray[np.uint64] = (sums[ends] - sums[:-1]) * inverses
    return hashes


def _node_hashes(columns: Columns) -> NDArray[np.uint64]:
    starts, counts = attribute_starts(columns), columns.attr_count.astype("i8")
    place = np.arange(len(columns.attrs) // 2, dtype="i8") - np.repeat(starts, counts)
    pairs = columns.attrs.astype("u8").reshape(-1, 2)
    mixed = _mixed(_mixed(pairs[:, 0] + place.astype("u8") * _ODD) + pairs[:, 1])
    sums = np.concatenate((np.zeros(1, "u8"), np.cumsum(mixed, dtype="u8")))
    attributes = sums[starts + counts] - sums[starts]
    labels = (columns.label.astype("u8") << np.uint64(8)) + columns.kind
    return _mixed(_mixed(labels) + attributes)


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finalizer of SplitMix64 (Steele, Lea, Flood 2014)."""
    mixed = values + _ODD
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX[0]
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX[1]
    result: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return result


def _powers(base: int, count: int) -> NDArray[np.uint64]:
    powers = np.full(count, base, "u8")
    powers[:1] = 1
    return np.cumprod(powers, dtype="u8")
