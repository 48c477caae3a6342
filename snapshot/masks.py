"""Masks over the nodes of a page and over the places of its flat tree."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .dom import Dom
from .kinds import DOCUMENT, SHADOW, TEXT

Mask = NDArray[np.bool_]


class Masks:
    """What is true of all nodes of one page at once."""

    def __init__(self, dom: Dom) -> None:
        self._dom = dom
        self._flat = dom.flat
        self._tree = dom.flat.tree

    @cached_property
    def _wordy(self) -> tuple[Mask, Mask]:
        """Texts that are not only white space, and those that are nothing else."""
        strings, label, texts = self._dom.strings, self._dom.label, self._dom.kind == TEXT
        wordy = np.ones(len(strings), bool)
        blank = np.zeros(len(strings), bool)
        used = np.zeros(len(strings), bool)
        used[label[texts]] = True
        for index in np.flatnonzero(used & self._dom.parts.strings.maybe_blank).tolist():
            if not strings[index] or strings[index].isspace():
                wordy[index], blank[index] = False, bool(strings[index])
        return wordy.take(label), blank.take(label)

    def _having(self, name: str) -> Mask:
        found = np.zeros(len(self._dom.kind), bool)
        found[self._dom.having(name)] = True
        return found

    def _tagged(self, tags: frozenset[str]) -> Mask:
        return self._flat_mask(self._dom.tagged(tags))

    def _named(self, name: str) -> Mask:
        return np.isin(self._flat.label, self._dom.tags.get(name, []))

    def _flat_mask(self, nodes: Mask) -> Mask:
        return (
            nodes.take(self._flat.node)
            if len(nodes) != len(self._flat.node) or self._shaded
            else nodes
        )

    @cached_property
    def _shaded(self) -> bool:
        return bool((self._dom.kind == SHADOW).any())

    def _places(self, nodes: NDArray[np.integer]) -> NDArray[np.intp]:
        places = self._flat.place[nodes]
        found: NDArray[np.intp] = places[places >= 0]
        return found

    def _nodes(self, nodes: object) -> Mask:
        found = np.zeros(len(self._flat.kind), bool)
        found[self._places(np.array(list(nodes), np.intp))] = True  # type: ignore[call-overload]
        return found

    @cached_property
    def _documents(self) -> Mask:
        found: Mask = self._flat.kind == DOCUMENT
        return found

    def _within(self, mask: Mask) -> Mask:
        """As `_inside`, but what is around a frame says nothing of what is in it."""
        if np.count_nonzero(self._documents) == 1:
            return self._inside(mask)
        near = self._tree.nearest(mask | self._documents)
        within: Mask = mask[near[self._tree.parent]]
        return within

    def _inside(self, mask: Mask) -> Mask:
        return self._tree.covered(np.flatnonzero(mask))
