"""Which entries a table shows, in which order, on which page, and what to narrow it by. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .data import Entry

PAGE_SIZE = 15
COLUMNS = {"name": "Name", "category": "Category", "town": "Town", "since": "Since"}
FACETS = ("kind", "town", "category", "hours")


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of the table; `facets` counts the values of all entries found. Pages count from 1."""

    entries: tuple[Entry, ...]
    total: int
    number: int
    pages: int
    facets: Mapping[str, Mapping[str, int]]


def find(entries: Iterable[Entry], asked: Mapping[str, str], *, backwards: bool = False) -> Shown:
    """The page that a query asks for; `backwards` turns the order round."""
    hits = [entry for entry in entries if _matches(entry, asked)]
    facets = {facet: _counted(hits, facet) for facet in FACETS}
    hits = _sorted(hits, asked.get("sort", "name"), asked.get("order") == "down", backwards)
    pages = max(1, -(-len(hits) // PAGE_SIZE))
    text = asked.get("page", "1")
    wanted = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    number = min(max(1, wanted), pages)
    start = (number - 1) * PAGE_SIZE
    return Shown(tuple(hits[start : start + PAGE_SIZE]), len(hits), number, pages, facets)


def _matches(entry: Entry, asked: Mapping[str, str]) -> bool:
    for facet in FACETS:
        if asked.get(facet) and getattr(entry, facet) != asked[facet]:
            return False
    if asked.get("letter") and entry.letter != asked["letter"].upper():
        return False
    fields = (entry.name, entry.category, entry.town, entry.street, entry.text)
    text = " ".join(fields).lower()
    return all(word in text for word in re.findall(r"[\w&]+", asked.get("q", "").lower()[:100]))


def _counted(entries: Sequence[Entry], facet: str) -> dict[str, int]:
    counts = Counter(getattr(entry, facet) for entry in entries)
    return dict(sorted(counts.items()))


def _sorted(entries: Sequence[Entry], by: str, down: bool, backwards: bool) -> list[Entry]:
    column = by if by in COLUMNS else "name"
    return sorted(
        entries,
        key=lambda entry: (getattr(entry, column).lower(), entry.name.lower()),
        reverse=down != backwards,
    )
