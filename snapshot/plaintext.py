"""The words of a page or a node, about a line a block. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .dom import Dom
from .kinds import CONTENT, TEXT
from .vocabulary import BLOCKS

_SILENT = frozenset(["head", "script", "style", "template", "noscript", "title", "datalist"])
_LINES = (BLOCKS | {"iframe"}) - {"input", "button", "select"}


Lines = tuple[NDArray[np.intp], NDArray[np.intp]]
"""The texts that are displayed, and the number of the line of each."""


def plain_text(dom: Dom, shown: Lines, root: int) -> str:
    """The words inside `root`; `shown` as from `shown_texts`."""
    end = dom.parts.tree.end.item(root)
    nodes, lines = shown
    first, last = np.searchsorted(nodes, (root, end)).tolist()
    result: list[list[str]] = []
    line = -1
    for node, at in zip(nodes[first:last].tolist(), lines[first:last].tolist(), strict=True):
        if at != line:
            result.append([])
            line = at
        result[-1].append(dom.string_of(node))
    flat = (" ".join("".join(words).split()) for words in result)
    return "\n".join(words for words in flat if words)


def shown_texts(dom: Dom) -> Lines:
    """Without what is in elements that show nothing of it."""
    tree = dom.parts.tree
    gone = dom.tagged(_SILENT) | (dom.kind == CONTENT)
    gone[dom.parts.nodes.hidden] = True
    hidden = tree.covered(np.flatnonzero(gone))
    blocks = dom.tagged(_LINES) & ~hidden
    ends = np.bincount(tree.end[blocks], minlength=len(blocks) + 1)[:-1]
    lines = (blocks + ends).cumsum()
    nodes = np.flatnonzero((dom.kind == TEXT) & ~hidden)
    return nodes, lines[nodes]
