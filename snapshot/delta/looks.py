"""Which elements look otherwise by section LOOK: invisible, or with a hand for a pointer. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..columns import Columns, Kind
from ..tree import Tree

Mask = NDArray[np.bool_]


def differences(base: Columns, target: Columns, was: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Elements of `target` with words for what became of them, each only where what is around it
    did not change alike. `was` has the node of `base` of each node, -1 for none.

    Nothing when one of the two was captured without LOOK.
    """
    origin = np.array(was, np.intp)
    if not _comparable(base, target, origin):
        return
    old, new = Tree.of(base.parent), Tree.of(target.parent)
    both = (origin >= 0) & (target.kind >= Kind.ELEMENT)
    both &= _displayed(target, new) & _displayed(base, old)[origin]
    for ask, now_not, now in (
        (_seen, "now invisible", "now visible"),
        (_hand, "no longer looks pressable", "now looks pressable"),
    ):
        before, after = ask(base, old)[origin], ask(target, new)
        turned = both & (before != after)
        alike = turned & turned[new.parent] & (after == after[new.parent])
        for node in np.flatnonzero(turned & ~alike).tolist():
            yield node, now if after[node] else now_not


def _comparable(base: Columns, target: Columns, origin: NDArray[np.intp]) -> bool:
    """Without LOOK there is nothing, even of a page with links, over which a hand shows."""
    if _looked(base) == _looked(target):
        return _looked(target)
    hands = target.pointed if _looked(target) else base.pointed
    known = np.flatnonzero(origin >= 0) if _looked(target) else origin
    return not np.isin(hands, known).any()


def _looked(columns: Columns) -> bool:
    return bool(len(columns.veiled) or len(columns.revealed) or len(columns.pointed))


def _displayed(columns: Columns, tree: Tree) -> Mask:
    hidden = columns.hidden.astype(np.intp)
    shown = ~tree.covered(hidden)
    shown[hidden] = False
    return shown


def _seen(columns: Columns, tree: Tree) -> Mask:
    """As each element is by the nearest note around it; what is slotted goes by its host."""
    marked = columns.kind == Kind.DOCUMENT
    hidden = np.zeros(len(marked), bool)
    for nodes, is_hidden in ((columns.veiled, True), (columns.revealed, False)):
        marked[nodes] = True
        hidden[nodes] = is_hidden
    seen: Mask = ~hidden[tree.nearest(marked)]
    return seen


def _hand(columns: Columns, tree: Tree) -> Mask:
    pointed: Any = columns.pointed.astype(np.intp)
    found = tree.covered(pointed)
    found[pointed] = True
    return found
