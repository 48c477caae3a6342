"""Short values that a page shows, each with what stands beside it: candidates of VALUE. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from .question import Candidate, Page

MOST = 600
"""Values of one page; the rest is left out."""

_LONGEST = 200
_LINE = 400
"""Of a line that is looked at: what takes the patterns long is cut, and the interpreter is free
between lines."""
_LABEL_WORDS = 6

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_AMOUNT = r"\d{1,3}(?:[ ,.’']\d{3})*(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_CURRENCY = r"[$€£¥₹]|\b(?:USD|EUR|GBP|CHF|JPY|INR|AUD|CAD|SEK|NOK|DKK|PLN|kr)\b"
_DATE = (
    rf"\b\d{{4}}-\d{{2}}-\d{{2}}\b|\b\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\.? {_MONTH}(?:,? \d{{4}})?\b"
    rf"|\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?\b"
)
_CODE = (
    r"#\s?\w*\d[\w-]*|\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9]+(?:-\w+)*\b"
    r"|\b\d+-[\d-]+\d\b|\b\d{5,}\b"
)
_UNIT = (
    "kg|g|lbs?|oz|km|m|cm|mm|miles?|l|ml|[kmgt]b|hours?|minutes?|min|days?|weeks?|months?|years?"
)
_PHONE = r"\+\d[\d ()/-]{6,}\d|\(\d{2,5}\) ?\d[\d -]{4,}\d|\b0\d{1,4}[ /-]\d[\d -]{4,}\d\b"
TYPES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("money", rf"-?(?:(?:{_CURRENCY})\s?(?:{_AMOUNT})|(?:{_AMOUNT})\s?(?:{_CURRENCY}))"),
        ("email", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
        ("date", _DATE),
        ("time", r"\b\d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]m)?\b"),
        ("percent", r"\b\d+(?:[.,]\d+)? ?%"),
        ("phone", _PHONE),
        ("code", _CODE),
        ("number", rf"(?<![\w.,])\d+(?:[.,]\d{{3}})*(?:[.,]\d+)?(?: ?(?:{_UNIT})\b)?(?![\w])"),
    )
)
"""Kinds of values by how they are written; the first that matches a text wins."""

_PAIR = re.compile(r"^\s*(?P<label>[^:：\t]{2,60}?)\s*[:：]\s*(?P<value>\S.*)$")


@dataclass(frozen=True, slots=True)
class Span:
    """A value, what it is called by the page, and what kind of text it is ("" for words)."""

    value: str
    label: str
    type: str
    near: str = ""
    """The lines before it, which may say what it belongs to."""


def spans(page: Page) -> tuple[Span, ...]:
    """All short values with their labels, the surest pairs first for each value."""
    found: dict[tuple[str, str], Span] = {}
    for span in (*_of_fields(page), *_of_lines(page.lines)):
        value, label = _tidy(span.value)[:_LONGEST], _tidy(span.label)[:_LONGEST]
        if value and len(found) < MOST:
            found.setdefault((value, label), Span(value, label, span.type, _tidy(span.near)))
    return tuple(found.values())


def candidates(page: Page) -> tuple[Candidate, ...]:
    """The values as candidates: the name is the value, the context its label."""
    return tuple(
        Candidate(f"v{n}", "value", span.value, span.label, span.near, type=span.type)
        for n, span in enumerate(spans(page), 1)
    )


def type_of(text: str) -> str:
    """What kind of value a whole text is; "" for words."""
    stripped = text.strip()
    return next((name for name, pattern in TYPES if pattern.fullmatch(stripped)), "")


def _tidy(text: str) -> str:
    return " ".join(text.split()).strip(" :-–—|•")


def _of_fields(page: Page) -> Iterator[Span]:
    for element in page.elements:
        if element.value and "••" not in element.value:
            yield Span(element.value, element.name or element.hint, type_of(element.value))


def _of_lines(lines: tuple[str, ...]) -> Iterator[Span]:
    header: list[str] = []
    previous, near = "", ""
    cut = (each[:_LINE] for each in lines if each.strip())
    for line, after in pairwise((*cut, "")):
        cells = [cell for cell in line.split("\t") if cell.strip()]
        for span in _of_line(line, cells, previous):
            yield replace(span, near=near)
        if len(cells) > 2:
            yield from _of_row(header, cells)
            header = header if len(header) == len(cells) else cells
        elif len(cells) < 2:
            header = []
        if len(cells) == 1 and after and "\t" not in after and _is_label(line):
            yield Span(after, line, type_of(after), near)
        previous, near = line, f"{previous} {line}"


def _of_line(line: str, cells: list[str], previous: str) -> Iterator[Span]:
    if len(cells) == 2:
        yield Span(cells[1], cells[0], type_of(cells[1]))
    pair = _PAIR.match(line) if len(cells) == 1 else None
    by = _BY.match(line)
    if by is not None:
        yield Span(by["name"], "author written by", "")
    if pair is not None and not _TIME_LIKE.match(line):
        yield Span(pair["value"], pair["label"], type_of(pair["value"]))
    yield from _typed(line, previous)


_BY = re.compile(r"^(?:by|von|par|por|di) (?P<name>(?:[^\W\d_][\w.'’-]* ?){1,4})$", re.IGNORECASE)
_TIME_LIKE = re.compile(r"^\s*(?:\d{1,2}:\d{2}|https?:)")


def _of_row(header: list[str], cells: list[str]) -> Iterator[Span]:
    """Cells of a table's row: called by the row's first cell, and by the head of their column."""
    heads: Iterable[str] = header if len(header) == len(cells) else [""] * len(cells)
    for head, cell in list(zip(heads, cells, strict=True))[1:]:
        yield Span(cell, f"{cells[0]} {head}", type_of(cell))


def _typed(line: str, previous: str) -> Iterator[Span]:
    """Values inside a sentence: what is left of it is what they are called."""
    taken: list[tuple[int, int]] = []
    for name, pattern in TYPES:
        for match in pattern.finditer(line):
            start, end = match.span()
            if any(start < b and a < end for a, b in taken):
                continue
            taken.append((start, end))
            around = f"{line[:start]} {line[end:]}"
            yield Span(match[0], around if _tidy(around) else previous, name)


def _is_label(line: str) -> bool:
    words = line.split()
    return len(words) <= _LABEL_WORDS and not any(p.search(line) for _, p in TYPES[:6])
