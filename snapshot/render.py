"""The text view of a page under a hard token budget. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

# About one token each: five letters, a digit, any other sign.
_PIECE = re.compile(r"[A-Za-z]{1,5}|[^\sA-Za-z]")
# Letters from U+2E80 on (Chinese, Japanese, Korean) take one and a half.
_WIDE = re.compile(r"[\u2e80-\U0010ffff]")
_LEFT_OUT = "- … {} more lines left out"


class Line(NamedTuple):
    """One line of the view. A tuple, because a large page makes thousands of them."""

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
    """Tokens of `text`, estimated without a tokenizer in a few microseconds a line.

    Held against a real tokenizer in `tests/unit/snapshot/test_render.py`; on real pages it comes
    within a tenth of Llama 2's count.
    """
    tokens = 1 + len(_PIECE.findall(text))
    return tokens if text.isascii() else tokens + len(_WIDE.findall(text)) // 2


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
