"""The text view of elements without a browser: the same lines, under the same budget. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .observe import STATES, Element
from .render import View, estimate_tokens

_SHOWN_STATES = tuple(state for state in STATES if state not in {"offscreen", "multiple"})
_LEFT_OUT = "- … {} more lines left out"
LEAST_OF_TEXT = 5
"""Tokens of any line of text at least: a dash, two words, a colon, and one for its end."""
LEAST_OF_HEADING = 7


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
    ranks: Sequence[int], text_of: Callable[[int], str], least_of: Callable[[int], int], most: int
) -> View:
    """What `render.render` chooses for `most` tokens; a line is written only when it may fit.

    `ranks` has one number a line, the least first: 0 and 2 for what matters, 1 and 3 for plain
    text, 2 and 3 for what is out of view. `least_of` is what a line takes at least.
    """
    texts: list[str] = []
    total = 0
    for i in range(len(ranks)):
        texts.append(text_of(i))
        total += estimate_tokens(texts[i])
        if total > most:
            break
    else:
        return View("\n".join(texts), total, 0)
    budget = most - estimate_tokens(_LEFT_OUT.format(len(ranks)))
    kept = _kept(ranks, text_of, least_of, budget)
    spent = sum(cost for _, cost in kept.values())
    note = _LEFT_OUT.format(len(ranks) - len(kept))
    lines = [kept[i][0] for i in sorted(kept)]
    if budget >= 0:
        lines.append(note)
        spent += estimate_tokens(note)
    return View("\n".join(lines), spent, len(ranks) - len(kept))


def _kept(
    ranks: Sequence[int], text_of: Callable[[int], str], least_of: Callable[[int], int], budget: int
) -> dict[int, tuple[str, int]]:
    """Lines that fit, and what they cost: those of the least ranks first."""
    kept: dict[int, tuple[str, int]] = {}
    left = budget
    for i in sorted(range(len(ranks)), key=ranks.__getitem__):
        if left < LEAST_OF_TEXT:
            break
        if least_of(i) <= left:
            text = text_of(i)
            cost = estimate_tokens(text)
            if cost <= left:
                kept[i] = text, cost
                left -= cost
    return kept


def least_tokens(element: Element) -> int:
    """What the line of an element takes at least: half of a name may be single spaces, and five
    letters may be one token."""
    name = 2 + len(element.name) // 10 if element.name else 0
    return 7 + len(element.role) // 5 + len(element.ref) + name
