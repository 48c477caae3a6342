"""Which of several has the most of something: "the cheapest", "the card with the greatest number".

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .things import Thing

_MOST = re.compile(
    r"\b(?:(?P<high>greatest|highest|largest|biggest|most expensive|longest|most|maximum|latest"
    r"|newest|oldest|heaviest|dearest|best rated)"
    r"|(?P<low>smallest|lowest|cheapest|least expensive|least|shortest|minimum|fewest|earliest"
    r"|lightest|youngest))\b",
    re.IGNORECASE,
)
_MONEY = re.compile(r"[$€£]\s*(\d[\d,]*(?:\.\d+)?)|(\d[\d,]*(?:\.\d+)?)\s*[$€£]")
_SPAN = re.compile(r"(?:(\d+)\s*d\w*\s*)?(?:(\d+)\s*h\w*\s*)?(?:(\d+)\s*m(?:in\w*)?)?\b")


def superlative(words: str) -> tuple[str, bool] | None:
    """The comparing word of "the cheapest one" and whether it asks for the highest value."""
    found = _MOST.search(words)
    return (found.group().lower(), bool(found["high"])) if found else None


def amount(words: str, text: str) -> float | None:
    """What a text says of the quantity that is compared: its price, its time span, its number."""
    if re.search(r"\b(?:cheap|expensive|price|cost|dear)", words, re.IGNORECASE):
        found = _MONEY.search(text)
        return float((found[1] or found[2]).replace(",", "")) if found else None
    if re.search(
        r"\b(?:duration|time|flight|trip|shortest|longest|fastest)\b", words, re.IGNORECASE
    ):
        spans = [_minutes(m) for m in _SPAN.finditer(text) if m.group().strip()]
        known = [span for span in spans if span]
        if known:
            return known[0]
    numbers = re.findall(r"-?\d[\d,]*(?:\.\d+)?", text)
    return float(numbers[0].replace(",", "")) if numbers else None


def _minutes(found: re.Match[str]) -> float:
    days, hours, minutes = (int(part or 0) for part in found.groups())
    return days * 1440 + hours * 60 + minutes


def most(words: str, things: Sequence[Thing]) -> Thing | None:
    """Of alike things the one with the most or least: "the card with the greatest number"."""
    compared = superlative(words)
    if compared is None:
        return None
    groups: dict[tuple[object, ...], list[Thing]] = {}
    for item in things:
        groups.setdefault((item.path[:-1], item.tag, item.kind == "text"), []).append(item)
    best: list[tuple[float, Thing]] = []
    for group in groups.values():
        known = [(value, t) for t in group if (value := amount(words, t.text)) is not None]
        if len(known) == len(group) > max(1, len(best)):
            best = known
    if not best:
        return None
    pick = max if compared[1] else min
    return pick(best, key=lambda pair: pair[0])[1]
