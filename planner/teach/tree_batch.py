"""Trees of tokens as arrays: a prefix, and branches that see the prefix and themselves alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Tree:
    """One question in tokens. ``right`` are the branches that answer it; empty: none does."""

    prefix: tuple[int, ...]
    branches: tuple[tuple[int, ...], ...]
    right: tuple[int, ...] = ()

    @property
    def tokens(self) -> int:
        """All tokens; the prefix counts once."""
        return len(self.prefix) + sum(map(len, self.branches))


@dataclass(frozen=True, slots=True)
class Batch:
    """Trees side by side, filled up to the longest.

    ``tokens`` and ``positions`` are [trees, length]; ``sees`` is [trees, length, length]; ``ends``
    are the last tokens of the branches, [trees, branches], and ``real`` and ``right`` say which
    of them are there and which are right.
    """

    tokens: Array
    positions: Array
    sees: Array
    ends: Array
    real: Array
    right: Array


def batch_of(trees: Sequence[Tree]) -> Batch:
    """Arrays of some trees."""
    count, length = len(trees), max(t.tokens for t in trees)
    widest = max(len(t.branches) for t in trees)
    tokens, positions = (np.zeros((count, length), np.int64) for _ in range(2))
    branch = np.full((count, length), -1, np.int64)
    ends = np.zeros((count, widest), np.int64)
    real, right = (np.zeros((count, widest), bool) for _ in range(2))
    for row, tree in enumerate(trees):
        start = at = len(tree.prefix)
        tokens[row, :start], positions[row, :start] = tree.prefix, np.arange(start)
        branch[row, :start] = 0
        for number, texts in enumerate(tree.branches):
            end = at + len(texts)
            tokens[row, at:end], branch[row, at:end] = texts, number + 1
            positions[row, at:end] = start + np.arange(len(texts))
            ends[row, number], at = end - 1, end
        real[row, : len(tree.branches)] = True
        right[row, list(tree.right)] = True
    return Batch(tokens, positions, _sees(branch), ends, real, right)


def _sees(branch: Array) -> Array:
    """Which token sees which: earlier ones of the prefix and of its own branch."""
    earlier = np.tril(np.ones((branch.shape[1],) * 2, bool))
    shared = (branch[:, None, :] == 0) | (branch[:, None, :] == branch[:, :, None])
    return np.asarray(earlier & shared)


def batches(
    trees: Sequence[Tree], size: int, rng: np.random.Generator | None = None
) -> list[list[int]]:
    """Places of trees in batches of similar length; shuffled when there is a generator.

    Order within a length is random, so that batches differ from one round to the next.
    """
    noise = rng.random(len(trees)) if rng is not None else np.zeros(len(trees))
    order = sorted(range(len(trees)), key=lambda i: (trees[i].tokens // 4, noise[i], i))
    groups = [order[at : at + size] for at in range(0, len(order), size)]
    if rng is not None:
        rng.shuffle(groups)
    return groups
