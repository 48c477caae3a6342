"""The text view of a page under a hard token budget. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_PIECE = re.compile(r"[A-Za-z]+|\d+|[^\sA-Za-z\d]")
_LETTERS_PER_TOKEN = 6
_DIGITS_PER_TOKEN = 2
_LEFT_OUT = "- … {} more lines left out"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the view."""

    text: str
    in_view: bool
    """Whether the viewport shows it now."""
    important: bool
    """Whether an agent could act on it or find its way by it (controls, headings, dialogs)."""


@dataclass(frozen=True, slots=True)
class View:
    """The lines that fitted."""

    text: str
    tokens: int
    left_out: int


def estimate_tokens(text: str) -> int:
    """Tokens of `text`, estimated on the high side without a tokenizer (about 2 us a line).

    Short words, symbols and each non-Latin letter count one, long words one for six letters,
    digits one for two. `tests/unit/snapshot/test_render.py` holds it against a real tokenizer.
    """
    tokens = 1
    for piece in _PIECE.findall(text):
        if piece.isdigit():
            tokens += -(-len(piece) // _DIGITS_PER_TOKEN)
        else:
            tokens += -(-len(piece) // _LETTERS_PER_TOKEN)
    return tokens


def render(lines: Sequence[Line], max_tokens: int) -> View:
    """Choose the lines that fit into `max_tokens` and join them in page order.

    What the viewport shows comes first, controls and headings before plain text. The result
    never exceeds `max_tokens`, by `estimate_tokens`.
    """
    costs = [estimate_tokens(line.text) for line in lines]
    total = sum(costs)
    if total <= max_tokens:
        return View("\n".join(line.text for line in lines), total, 0)
    budget = max_tokens - estimate_tokens(_LEFT_OUT.format(len(lines)))
    order = sorted(range(len(lines)), key=lambda i: _rank(lines[i], i))
    kept: set[int] = set()
    spent = 0
    for i in order:
        if spent + costs[i] <= budget:
            kept.add(i)
            spent += costs[i]
    left_out = len(lines) - len(kept)
    note = _LEFT_OUT.format(left_out)
    chosen = [line.text for i, line in enumerate(lines) if i in kept]
    if budget >= 0:
        chosen.append(note)
        spent += estimate_tokens(note)
    return View("\n".join(chosen), spent, left_out)


def _rank(line: Line, index: int) -> tuple[bool, bool, int]:
    return (not line.in_view, not line.important, index)
