"""The text view of elements without a browser: the same lines, under the same budget. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .observe import STATES, Element
from .render import View, estimate_tokens

_SHOWN_STATES = tuple(state for state in STATES if state not in {"offscreen", "multiple"})
_LEFT_OUT = "- … {} more lines left out"
_LEAST = 3
"""Tokens that any line takes at least."""


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


def choose(ranks: Sequence[int], text_of: Callable[[int], str], max_tokens: int) -> View:
    """What `render.render` chooses; a line is written only when it may fit.

    `ranks` has one number a line, the least first: see `rank`.
    """
    texts: list[str] = []
    total = 0
    for i in range(len(ranks)):
        texts.append(text_of(i))
        total += estimate_tokens(texts[i])
        if total > max_tokens:
            break
    else:
        return View("\n".join(texts), total, 0)
    return _chosen(ranks, text_of, max_tokens)


def _chosen(ranks: Sequence[int], text_of: Callable[[int], str], max_tokens: int) -> View:
    budget = max_tokens - estimate_tokens(_LEFT_OUT.format(len(ranks)))
    kept: dict[int, str] = {}
    spent = 0
    for i in sorted(range(len(ranks)), key=ranks.__getitem__):
        if spent + _LEAST > budget:
            break
        text = text_of(i)
        cost = estimate_tokens(text)
        if spent + cost <= budget:
            kept[i] = text
            spent += cost
    note = _LEFT_OUT.format(len(ranks) - len(kept))
    lines = [kept[i] for i in sorted(kept)]
    if budget >= 0:
        lines.append(note)
        spent += estimate_tokens(note)
    return View("\n".join(lines), spent, len(ranks) - len(kept))


def rank(in_view: bool, important: bool) -> int:
    """What the viewport shows comes first, controls and headings before plain text."""
    return (0 if in_view else 2) + (0 if important else 1)
