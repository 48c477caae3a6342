"""The text view of elements without a browser: the same lines, under the same budget. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .observe import STATES, Element

_SHOWN_STATES = tuple(state for state in STATES if state not in {"offscreen", "multiple"})
_LEFT_OUT = "- … {} more lines left out"
LEAST_OF_LINE = 5
"""Tokens of any line at least: a dash, a word, two signs, and one for its end."""
LEAST_OF_HEADING = 11
"""Without its name."""


# About one token each: five letters, a digit, any other sign.
_PIECE = re.compile(r"[A-Za-z]{1,5}|[^\sA-Za-z]")
_PIECE_OR_END = re.compile(rf"{_PIECE.pattern}|\n")
# Letters from U+2E80 on (Chinese, Japanese, Korean) take one and a half.
_WIDE = re.compile(r"[\u2e80-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class View:
    """The lines that fitted."""

    text: str
    tokens: int
    left_out: int


def estimate_tokens(text: str) -> int:
    """Tokens of `text`, estimated as `view.js` does for a live page."""
    tokens = 1 + len(_PIECE.findall(text))
    return tokens if text.isascii() else tokens + len(_WIDE.findall(text)) // 2


def pieces(texts: Sequence[str]) -> list[int]:
    """What each of these texts without line ends adds to the tokens of a line at least: all but
    what wide letters take beyond one."""
    found = _PIECE_OR_END.findall("\n".join(texts))
    ends = [place for place, piece in enumerate(found) if piece == "\n"]
    return [end - begin - 1 for begin, end in pairwise((-1, *ends, len(found)))] if texts else []


def describe(element: Element) -> str:
    """One line of the text view: `- button "Add to cart" [ref=e12]`."""
    line = f"- {element.role}"
    if element.name:
        line += f" {quoted(element.name)}"
    if element.states:
        line += "".join(f" [{state}]" for state in _SHOWN_STATES if state in element.states)
    line += f" [ref={element.ref}]"
    if not element.name and element.hint:
        line += f" ({element.hint})"
    if element.options:
        line += " {" + " | ".join(element.options[:12]) + "}"
    return f"{line}: {element.value}" if element.value else line


def quoted(words: str) -> str:
    """In double quotes."""
    return '"' + words.replace('"', '\\"') + '"'


def choose(
    ranks: Sequence[int], least: Sequence[int], text_of: Callable[[int], str], most: int
) -> View:
    """What `view.js` chooses for `most` tokens; a line is written only when it may fit.

    `ranks` has one number a line, the least first: 0 and 2 for what matters, 1 and 3 for plain
    text, 2 and 3 for what is out of view. `least` is what each line takes at least.
    """
    written: dict[int, tuple[str, int]] = {}
    total = 0
    for i in range(len(ranks)):
        text = text_of(i)
        written[i] = text, estimate_tokens(text)
        total += written[i][1]
        if total > most:
            break
    else:
        return View("\n".join(text for text, _ in written.values()), total, 0)
    budget = most - estimate_tokens(_LEFT_OUT.format(len(ranks)))
    chosen = _chosen(ranks, least, text_of, budget, written)
    spent = sum(written[i][1] for i in chosen)
    note = _LEFT_OUT.format(len(ranks) - len(chosen))
    lines = [written[i][0] for i in sorted(chosen)]
    if budget >= 0:
        lines.append(note)
        spent += estimate_tokens(note)
    return View("\n".join(lines), spent, len(ranks) - len(chosen))


def _chosen(
    ranks: Sequence[int],
    least: Sequence[int],
    text_of: Callable[[int], str],
    budget: int,
    written: dict[int, tuple[str, int]],
) -> list[int]:
    """Lines that fit, those of the least ranks first; they are put into `written`."""
    chosen = []
    left = budget
    for i in sorted(range(len(ranks)), key=ranks.__getitem__):
        if least[i] > left:
            continue
        if i not in written:
            text = text_of(i)
            written[i] = text, estimate_tokens(text)
        if written[i][1] <= left:
            chosen.append(i)
            left -= written[i][1]
    return chosen
