"""Answering a small question from a page's text by its words alone. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter

from ...snapshot import Observation

_WORD = re.compile(r"[^\W_]+")
_MONEY = re.compile(r"(?:[$€£¥]\s?\d|\d\s?(?:[$€£¥]|EUR\b|USD\b|GBP\b))")
_LIMIT = 500
_ENOUGH = 0.5
"""Share of the question, by the rarity of its words, that an answer has to speak of."""


def best_passage(text: str, question: str) -> str:
    """The line that shares the rarest words with the question, and its neighbour if it is short.

    Empty when no word of the question occurs. A label alone ("Total") is joined with the line
    after it, where pages put the value.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    wanted = set(_words(question)) - _STOP
    money = [line for line in lines if _MONEY.search(line)] if wanted and wanted <= _PRICE else []
    if money:
        return money[0][:_LIMIT]
    frequency = Counter(word for line in lines for word in set(_words(line)))
    best, best_score = -1, 0.0
    worth = {word: math.log(1 + len(lines) / frequency.get(word, 1)) for word in wanted}
    for index, line in enumerate(lines):
        words = set(_words(line))
        shared = wanted & words
        if sum(worth[word] for word in shared) < _ENOUGH * sum(worth.values()):
            continue  # a line that shares a word or two is not an answer
        score = sum(worth[word] for word in shared)
        score /= 1 + 0.02 * len(words)
        if score > best_score:
            best, best_score = index, score
    if best < 0:
        return _first_price(lines) if wanted & _ABOUT_MONEY else ""
    answer = lines[best]
    if answer.endswith("?") and best + 1 < len(lines):
        # A page that answers questions repeats them as headings.
        return lines[best + 1][:_LIMIT]
    if len(_words(answer)) <= len(wanted) + 1 and best + 1 < len(lines):
        answer = (
            f"{answer}: {lines[best + 1]}"
            if not answer.endswith(":")
            else (f"{answer} {lines[best + 1]}")
        )
    return answer[:_LIMIT]


def on_controls(view: Observation) -> str:
    """What controls say of themselves, a line each: "Priority: High", "Title: Old logo"."""
    lines = (
        f"{e.name}: {e.value}" if e.value and e.type != "password" else e.name
        for e in view.elements
    )
    return "\n".join(line for line in lines if ": " in line)


def _first_price(lines: list[str]) -> str:
    """Pages show a price without calling it one."""
    return next((line[:_LIMIT] for line in lines if _MONEY.search(line)), "")


def _words(text: str) -> list[str]:
    return [_stem(word.lower()) for word in _WORD.findall(text)]


def _stem(word: str) -> str:
    """Enough to make "takes" and "take" one word."""
    for ending in ("ing", "es", "ed", "s", "e"):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word.removesuffix(ending)
    return word


_STOP = frozenset(
    _words("a an the of is are was what which how much many do does me tell my in on")
)
_PRICE = frozenset(_words("price cost"))
_ABOUT_MONEY = frozenset(_words("price cost total subtotal amount"))
