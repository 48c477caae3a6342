"""Search, suggestions, filters, sorting and pages over the catalogue. Pure functions."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from .catalogue import Product, products

PAGE_SIZE = 9
MAX_QUERY = 100
SORTS = {
    "relevance": "Best match",
    "price-asc": "Price: low to high",
    "price-desc": "Price: high to low",
    "name": "Name",
    "rating": "Best rated",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the filter form of a product list says. Prices in cents, None where left empty."""

    lowest: int | None = None
    highest: int | None = None
    colours: frozenset[str] = frozenset()
    in_stock: bool = False
    sort: str = "relevance"
    page: int = 1


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: the products on it, and where it lies."""

    products: tuple[Product, ...]
    number: int
    pages: int
    total: int


def tokens(text: str) -> tuple[str, ...]:
    """Lower-case words without their plural s."""
    words = re.findall(r"[a-z0-9]+", text.lower().replace("'", ""))
    return tuple(w[:-1] if len(w) > 3 and w.endswith("s") and w[-2] != "s" else w for w in words)


@cache
def _fields(product: Product) -> tuple[tuple[frozenset[str], float], ...]:
    """The searchable texts of a product and what a hit in each is worth."""
    return (
        (frozenset(tokens(product.name)), 10.0),
        (frozenset(tokens(" ".join(product.colours))), 4.0),
        (frozenset(tokens(product.category.name)), 3.0),
        (frozenset(tokens(product.material)), 3.0),
        (frozenset(tokens(product.description)), 1.0),
    )


@cache
def _vocabulary() -> tuple[str, ...]:
    return tuple(sorted({w for p in products() for words, _ in _fields(p) for w in words}))


def correct(words: Iterable[str]) -> tuple[str, ...]:
    """Misspelt words replaced by the closest one of the catalogue; unknown ones stay."""
    known = _vocabulary()
    out = []
    for word in words:
        near = [] if word in known else difflib.get_close_matches(word, known, n=1, cutoff=0.7)
        out.append(near[0] if near else word)
    return tuple(out)


def score(product: Product, words: Sequence[str]) -> tuple[int, float]:
    """(how many of the words were found, how good the hits are); larger is closer."""
    found, worth = 0, 0.0
    fields = _fields(product)
    for word in words:
        best = max((value for texts, value in fields if word in texts), default=0.0)
        found += best > 0
        worth += best
    name = tokens(product.name)
    # A name that says only what was asked for beats one that says more.
    worth += 10.0 * len(set(name) & set(words)) / len(name)
    if name == tuple(words):
        worth += 100.0
    return found, worth


def search(query: str) -> tuple[Product, ...]:
    """Products for a query, closest first.

    Those with all its words come first, then those with some of them in the name; if none has
    all, those with as many as possible.
    """
    words = correct(tokens(query[:MAX_QUERY]))
    scored = [(score(p, words), p) for p in products()]
    most = max(found for (found, _), _ in scored)
    if most == 0:
        return ()
    hits = [
        (grade, product)
        for grade, product in scored
        if grade[0] == most or set(words) & set(tokens(product.name))
    ]
    # Negated, not reversed: ties stay in catalogue order.
    hits.sort(key=lambda hit: (-hit[0][0], -hit[0][1]))
    return tuple(product for _, product in hits)


def suggest(query: str, count: int = 6) -> tuple[str, ...]:
    """Names for the drop-down under the search box; the last word may be unfinished."""
    words = tokens(query[:MAX_QUERY])
    if not words:
        return ()
    *whole, last = words
    starts = [
        p.name
        for p in products()
        if all(w in tokens(p.name) for w in whole)
        and any(w.startswith(last) for w in tokens(p.name))
    ]
    starts.sort(key=lambda name: len(tokens(name)))
    return tuple(starts[:count])


def keep(product: Product, filters: Filters) -> bool:
    """Whether a product passes the filters."""
    if filters.lowest is not None and product.price < filters.lowest:
        return False
    if filters.highest is not None and product.price > filters.highest:
        return False
    if filters.in_stock and not product.in_stock:
        return False
    return not filters.colours or not filters.colours.isdisjoint(product.colours)


def arrange(found: Iterable[Product], sort: str) -> tuple[Product, ...]:
    """Products in the order of one of `SORTS`; an unknown sort keeps the order."""
    keys = {
        "price-asc": lambda p: p.price,
        "price-desc": lambda p: -p.price,
        "name": lambda p: p.name,
        "rating": lambda p: -p.rating,
    }
    key = keys.get(sort)
    return tuple(sorted(found, key=key)) if key else tuple(found)


def browse(found: Iterable[Product], filters: Filters) -> Page:
    """Filter, sort and cut out one page; a page number outside the list is clamped."""
    kept = arrange((p for p in found if keep(p, filters)), filters.sort)
    pages = max(1, math.ceil(len(kept) / PAGE_SIZE))
    number = min(max(filters.page, 1), pages)
    start = (number - 1) * PAGE_SIZE
    return Page(kept[start : start + PAGE_SIZE], number, pages, len(kept))


def cents(text: str) -> int | None:
    """A price typed by a person ("12", "12.5", "€12,50") in cents; None if it is not one."""
    match = re.fullmatch(r"€?\s*(\d{1,6})(?:[.,](\d{1,2}))?", text.strip())
    if not match:
        return None
    return int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))


def read_filters(query: Sequence[tuple[str, str]]) -> Filters:
    """Filters from the pairs of a query string; what cannot be read is ignored."""
    single = dict(query)
    page = single.get("page", "1")
    sort = single.get("sort", "relevance")
    return Filters(
        lowest=cents(single.get("min", "")),
        highest=cents(single.get("max", "")),
        colours=frozenset(value for key, value in query if key == "colour"),
        in_stock=single.get("in_stock") == "1",
        sort=sort if sort in SORTS else "relevance",
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
    )
